//! Catalogues with an older schema version, and the commands that upgrade them.

use std::fs;

use catalogue::movie::Movie;
use catalogue::protocol::resp::Reply;
use catalogue::store::LATEST_SCHEMA_VERSION;

use crate::support::{Cli, Folder, TestServer};

/// A catalogue from before the first schema version, with each journal mode that it may
/// have.
fn of_version_zero() -> [Folder; 2] {
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
            (schema_version(&folder), folder.files()),
            (0, vec!["sae.db".to_owned()])
        );
        folder
    })
}

fn schema_version(folder: &Folder) -> usize {
    let version = folder
        .sqlite()
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    version.unwrap().try_into().unwrap()
}

fn add_admin(folder: &Folder) {
    Cli::new(["adduser", "admin"])
        .stdin("mdp\n")
        .stdout("added `admin` as admin\n")
        .run(folder);
}

#[test]
fn serve_migrates_an_older_catalogue() {
    for folder in of_version_zero() {
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        assert!(
            server.greeting().contains(" with 0 movies "),
            "{}",
            server.greeting()
        );
        assert_eq!(schema_version(server.folder()), LATEST_SCHEMA_VERSION);
        // An account that is added while the server runs can log in at once.
        add_admin(server.folder());
        let mut admin = server.admin();
        let put = admin.ask(&["PUT", "1", r#"{"title":"The Godfather"}"#]);
        assert_eq!(put, Reply::Status("OK".to_owned()));
        assert_eq!(admin.ask(&["COUNT"]), Reply::Integer(1));
        let (status, folder) = server.stop();
        assert_eq!(status.code(), Some(0));
        assert_eq!(
            (schema_version(&folder), folder.files()),
            (LATEST_SCHEMA_VERSION, vec!["sae.db".to_owned()])
        );
    }
}

#[test]
fn adduser_migrates_an_older_catalogue() {
    for folder in of_version_zero() {
        add_admin(&folder);
        assert_eq!(
            (schema_version(&folder), folder.files()),
            (LATEST_SCHEMA_VERSION, vec!["sae.db".to_owned()])
        );
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        assert_eq!(server.admin().ask(&["COUNT"]), Reply::Integer(0));
    }
}

/// `init` creates nothing then, and names the command that migrates the file.
#[test]
fn init_does_not_change_an_older_catalogue() {
    for folder in of_version_zero() {
        let before = fs::read(folder.db()).unwrap();
        Cli::new(["init"])
            .stdout(
                "`sae.db` is a catalogue already, of an older schema version that \
                 `catalogue serve --db sae.db` brings up to date, nothing was changed\n",
            )
            .run(&folder);
        assert_eq!(fs::read(folder.db()).unwrap(), before);
        assert_eq!(
            (schema_version(&folder), folder.files()),
            (0, vec!["sae.db".to_owned()])
        );
    }
}

/// A catalogue as a program with this schema version left it: the movies of the seed,
/// three more, and the accounts `admin` and `ana`.
fn stored(version: usize) -> Folder {
    let folder = Folder::empty();
    let stored = format!(
        "{}/tests/schema_versions/version-{version}.db",
        env!("CARGO_MANIFEST_DIR")
    );
    fs::copy(&stored, folder.db()).unwrap_or_else(|error| {
        panic!("{stored}: {error}; the file of every earlier schema version is kept there")
    });
    folder
}

/// Files of each earlier schema version keep their rows and accounts.
#[test]
fn a_catalogue_of_each_earlier_version_keeps_its_rows() {
    for from in 1..LATEST_SCHEMA_VERSION {
        let folder = stored(from);
        assert_eq!(schema_version(&folder), from);
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        assert_eq!(schema_version(server.folder()), LATEST_SCHEMA_VERSION);
        let mut admin = server.admin();
        assert_eq!(admin.ask(&["COUNT"]), Reply::Integer(6));
        for (name, title, original) in [
            ("3", "Amélie", Some("Le Fabuleux Destin d'Amélie Poulain")),
            ("tt0079944", "Stalker", Some("Сталкер")),
            ("a b", "A name with a space", None),
        ] {
            let Reply::Bulk(row) = admin.ask(&["SEND", name]) else {
                panic!("no movie is called {name}");
            };
            let movie = Movie::from_postcard(&row).unwrap();
            let found = (movie.title.as_str(), movie.original_title.as_deref());
            assert_eq!(found, (title, original));
        }
        let found = admin.ask(&["FIND", "сталкер"]);
        assert_eq!(found, Reply::Array(vec![admin.ask(&["SEND", "tt0079944"])]));
        // From version 6 on, movies name people, and people have an index.
        let Reply::Array(people) = admin.ask(&["PEOPLE", "tarkov"]) else {
            panic!("no list of people");
        };
        assert_eq!(people.len(), usize::from(from >= 6), "version {from}");
        let put = admin.ask(&["PUT", "7", r#"{"title":"Heat"}"#]);
        assert_eq!(put, Reply::Status("OK".to_owned()));
        server.raw_client().login("ana", "lecteur");
        let (_, folder) = server.stop();
        let intact = folder
            .sqlite()
            .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        assert_eq!(intact.as_deref(), Ok("ok"));
    }
}
