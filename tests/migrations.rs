//! A catalogue of an older level: who brings it up to date, and who leaves it alone.

use std::fs;

use catalogue::resp::Reply;
use catalogue::store::LATEST;

use crate::support::{Cli, Folder, TestServer};

/// A catalogue from before the first level, with each journal that it may have.
fn of_level_zero() -> [Folder; 2] {
    ["DELETE", "WAL"].map(|journal| {
        let folder = Folder::empty();
        let sqlite = folder.sqlite();
        sqlite
            .pragma_update(None, "application_id", 0x4341_544c)
            .unwrap();
        sqlite
            .pragma_update_and_check(None, "journal_mode", journal, |_| Ok(()))
            .unwrap();
        sqlite.close().unwrap();
        assert_eq!(
            (level(&folder), folder.files()),
            (0, vec!["sae.db".to_owned()])
        );
        folder
    })
}

fn level(folder: &Folder) -> usize {
    let level = folder
        .sqlite()
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    level.unwrap().try_into().unwrap()
}

fn add_admin(folder: &Folder) {
    Cli::new(["adduser", "admin"])
        .stdin("mdp\n")
        .stdout("added `admin` as admin\n")
        .run(folder);
}

#[test]
fn serve_brings_an_older_catalogue_up_to_date() {
    for folder in of_level_zero() {
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        assert!(
            server.greeting().contains(" with 0 movies "),
            "{}",
            server.greeting()
        );
        assert_eq!(level(server.folder()), LATEST);
        // An account that is added while it serves can be used at once.
        add_admin(server.folder());
        let mut admin = server.admin();
        let put = admin.ask(&["PUT", "1", r#"{"title":"The Godfather"}"#]);
        assert_eq!(put, Reply::Status("OK".to_owned()));
        assert_eq!(admin.ask(&["COUNT"]), Reply::Integer(1));
        let (status, folder) = server.stop();
        assert_eq!(status.code(), Some(0));
        assert_eq!(
            (level(&folder), folder.files()),
            (LATEST, vec!["sae.db".to_owned()])
        );
    }
}

#[test]
fn adduser_brings_an_older_catalogue_up_to_date() {
    for folder in of_level_zero() {
        add_admin(&folder);
        assert_eq!(
            (level(&folder), folder.files()),
            (LATEST, vec!["sae.db".to_owned()])
        );
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        assert_eq!(server.admin().ask(&["COUNT"]), Reply::Integer(0));
    }
}

/// `init` has nothing to make then, and says who brings it up to date.
#[test]
fn init_leaves_an_older_catalogue_as_it_is() {
    for folder in of_level_zero() {
        let before = fs::read(folder.db()).unwrap();
        Cli::new(["init"])
            .stdout(
                "`sae.db` is a catalogue already, of an older level that \
                 `catalogue serve --db sae.db` brings up to date, nothing was changed\n",
            )
            .run(&folder);
        assert_eq!(fs::read(folder.db()).unwrap(), before);
        assert_eq!(
            (level(&folder), folder.files()),
            (0, vec!["sae.db".to_owned()])
        );
    }
}
