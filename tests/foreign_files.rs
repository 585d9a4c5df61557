//! Changes by other programs to the files of a database that is in use.

use std::fs;

use catalogue::protocol::resp::Reply;

use crate::support::{Cli, Folder, TestServer};

const MOVED: &str =
    "the server's database was moved or replaced, nothing was changed, its log says more";

/// A server whose admin has put a movie, with the answer to the next one after `disturb`.
fn put_after(disturb: impl FnOnce(&Folder)) -> (Folder, Reply, String) {
    let server = TestServer::start();
    let mut admin = server.admin();
    let mut put = |name| admin.ask(&["PUT", name, r#"{"title":"New"}"#]);
    assert_eq!(put("before"), Reply::Status("OK".to_owned()));
    disturb(server.folder());
    let answer = put("after");
    let line = server.logged("changes are refused from now on");
    let (_, folder) = server.stop();
    (folder, answer, line)
}

#[track_caller]
fn in_order(folder: &Folder, file: &str, movies: u64) {
    Cli::new(["check", "--db", file])
        .stdout(format!(
            "`{file}` is in order, {movies} movies and 3 accounts\n"
        ))
        .run(folder);
}

/// An acknowledged change is in the file that was served, wherever it is by then.
#[test]
fn no_change_is_acknowledged_after_the_database_was_moved() {
    let refused = Reply::error("ERR", MOVED);
    let (folder, answer, line) = put_after(|folder| {
        fs::rename(folder.db(), folder.path().join("away.db")).unwrap();
    });
    assert_eq!(answer, refused);
    assert!(line.contains("sae.db"), "{line}");
    assert_eq!(folder.files(), ["away.db"]);
    in_order(&folder, "away.db", 4);
}

/// The new file was read together with the WAL of the old one, and was malformed.
#[test]
fn a_database_that_takes_the_place_of_another_stays_intact() {
    let (folder, answer, _) = put_after(|folder| {
        Cli::new(["backup", "new.db"])
            .stdout("backed up `sae.db` to `new.db`, 4 movies and 3 accounts\n")
            .run(folder);
        fs::rename(folder.path().join("new.db"), folder.db()).unwrap();
    });
    assert_eq!(answer, Reply::error("ERR", MOVED));
    in_order(&folder, "sae.db", 4);
}

#[test]
fn no_change_is_acknowledged_after_a_file_next_to_the_database_was_removed() {
    for ending in ["-wal", "-shm"] {
        let (folder, answer, line) = put_after(|folder| {
            fs::remove_file(folder.path().join(format!("sae.db{ending}"))).unwrap();
        });
        assert_eq!(answer, Reply::error("ERR", MOVED));
        assert!(line.contains(ending), "{line}");
        in_order(&folder, "sae.db", 4);
    }
}

/// An idle server notices it too, and reports it at `/readyz`.
#[test]
fn a_server_whose_database_was_moved_is_not_ready() {
    let server = TestServer::start();
    fs::remove_file(server.folder().db()).unwrap();
    server.logged("changes are refused from now on");
}

/// A trigger would change rows without the readers' knowledge, and could make any account
/// an admin.
#[test]
fn a_trigger_in_the_file_never_runs() {
    let folder = Folder::with_accounts();
    let triggers = "CREATE TRIGGER grow AFTER UPDATE ON movie \
        BEGIN UPDATE user SET role = 'admin'; DELETE FROM movie WHERE name = '2'; END; \
        CREATE TRIGGER more AFTER INSERT ON movie \
        BEGIN UPDATE user SET role = 'admin'; DELETE FROM movie WHERE name = '2'; END";
    folder.sqlite().execute_batch(triggers).unwrap();
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    let mut admin = server.admin();
    for name in ["1", "new"] {
        let put = admin.ask(&["PUT", name, r#"{"title":"New"}"#]);
        assert_eq!(put, Reply::Status("OK".to_owned()));
    }
    assert_eq!(admin.ask(&["EXISTS", "2"]), Reply::Integer(1));
    let (_, folder) = server.stop();
    let admins = "SELECT count(*) FROM user WHERE role = 'admin'";
    let admins = folder.sqlite().query_row(admins, [], |row| row.get(0));
    assert_eq!(admins, Ok(1));
}

#[test]
fn a_database_that_every_user_can_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    for (mode, exposed) in [(0o604, "read"), (0o606, "change")] {
        let folder = Folder::with_accounts();
        fs::set_permissions(folder.db(), fs::Permissions::from_mode(mode)).unwrap();
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        server.logged(&format!(
            "every user of this machine can {exposed} `sae.db`"
        ));
    }
}
