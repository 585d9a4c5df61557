//! A full disk, a limit on the size of files, missing permissions. The change is refused
//! with its reason, reads succeed, and writes succeed again as soon as they can.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rustix::process::{Resource, Rlimit, prlimit};

use super::is_whole;
use crate::support::{
    Cli, Folder, PROGRAM, RawClient, SmallDisk, TestServer, as_unprivileged, missing_program,
    skipped,
};

/// Movies that need space, and which of them were acknowledged.
struct Movies {
    json: String,
    acknowledged: usize,
}

impl Movies {
    fn new() -> Movies {
        let ballast = "-".repeat(limits::MAX_TITLE_BYTES);
        Movies {
            json: format!(r#"{{"title":"x","original_title":"{ballast}"}}"#),
            acknowledged: 0,
        }
    }

    fn put(&mut self, client: &mut RawClient) -> Reply {
        let reply = client.ask(&["PUT", &format!("new {}", self.acknowledged), &self.json]);
        self.acknowledged += usize::from(reply == Reply::Status("OK".to_owned()));
        reply
    }

    /// Puts more movies until one is refused, and returns the refusal.
    fn put_until_refused(&mut self, client: &mut RawClient) -> Reply {
        for _ in 0..10_000 {
            let reply = self.put(client);
            if reply != Reply::Status("OK".to_owned()) {
                return reply;
            }
        }
        panic!("nothing was refused");
    }

    #[track_caller]
    fn are_there(&self, client: &mut RawClient) {
        for number in 0..self.acknowledged {
            let there = client.ask(&["EXISTS", &format!("new {number}")]);
            assert_eq!(there, Reply::Integer(1), "new {number}");
        }
        // In addition to the three movies of every new catalogue.
        let count = Reply::Integer(self.acknowledged as i64 + 3);
        assert_eq!(client.ask(&["COUNT"]), count);
    }
}

#[test]
fn a_full_disk_refuses_changes_and_loses_none() {
    let Some(disk) = SmallDisk::mount(8 * 1024 * 1024) else {
        return skipped("no small file system can be mounted here");
    };
    let full = "the server's disk is full, nothing was changed, make room there and try again";
    let mut folder = Folder::with_accounts_in(disk.path());
    let mut movies = Movies::new();
    // After `kill -9` on the full disk, the server starts on the full disk.
    for _ in 0..2 {
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        let (mut admin, mut reader) = (server.admin(), server.reader());
        for room in [64 * 1024, 0] {
            disk.fill(room);
            assert_eq!(
                movies.put_until_refused(&mut admin),
                Reply::error("ERR", full)
            );
            server.logged("make room and try again");
            let passwd = admin.ask(&["PASSWD", "mdp", "mdp"]);
            assert!(
                matches!(passwd, Reply::Error(_) | Reply::Status(_)),
                "{passwd:?}"
            );
            movies.are_there(&mut reader);
            disk.make_room();
            assert_eq!(movies.put(&mut admin), Reply::Status("OK".to_owned()));
            movies.are_there(&mut reader);
        }
        disk.fill(0);
        movies.put_until_refused(&mut admin);
        is_whole(server.folder());
        folder = server.kill();
    }
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    movies.are_there(&mut server.reader());
    disk.make_room();
    assert_eq!(
        movies.put(&mut server.admin()),
        Reply::Status("OK".to_owned())
    );
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
    drop(folder);
}

/// `ulimit -f` ends a program that does not handle its signal.
#[test]
fn a_file_at_its_largest_size_refuses_changes_and_loses_none() {
    let server = TestServer::start();
    let (mut admin, mut reader) = (server.admin(), server.reader());
    let mut movies = Movies::new();
    let log = server.folder().path().join("sae.db-wal");
    for _ in 0..2 {
        movies.put(&mut admin);
        let most = fs::metadata(&log).unwrap().len() + 64 * 1024;
        let limited = |current| {
            let limit = Rlimit {
                current,
                maximum: None,
            };
            prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap();
        };
        limited(Some(most));
        let refusal =
            "the server could not write to its disk, nothing was changed, its log says more";
        assert_eq!(
            movies.put_until_refused(&mut admin),
            Reply::error("ERR", refusal)
        );
        server.logged("check its disk, the quota and `ulimit -f`");
        movies.are_there(&mut reader);
        limited(None);
        assert_eq!(movies.put(&mut admin), Reply::Status("OK".to_owned()));
    }
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    movies.are_there(&mut server.reader());
}

/// An import reports the limit and leaves no files.
#[test]
fn a_file_at_its_largest_size_refuses_an_import() {
    let folder = Folder::initialised();
    let title = "x".repeat(limits::MAX_TITLE_BYTES);
    let rows: String = (0..4_000).map(|row| format!("m{row},{title}\n")).collect();
    fs::write(
        folder.path().join("many.csv"),
        format!("name,title\n{rows}"),
    )
    .unwrap();
    let output = Command::new("bash")
        .args([
            "-c",
            r#"ulimit -f 2048 && exec "$0" import many.csv"#,
            PROGRAM,
        ])
        .current_dir(folder.path())
        .env_remove("CATALOGUE_DB")
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.starts_with("catalogue: `sae.db` could not be written to")
            && words.ends_with("nothing was changed, check its disk, the quota and `ulimit -f`\n"),
        "{words}"
    );
    assert_eq!(folder.files(), ["many.csv", "sae.db"]);
    is_whole(&folder);
}

/// The file or the folder is read-only. The WAL of a server that was killed stays as it
/// is until a program can write.
#[test]
fn a_read_only_catalogue_keeps_its_rows() {
    let server = TestServer::start();
    let mut movies = Movies::new();
    for _ in 0..10 {
        assert_eq!(
            movies.put(&mut server.admin()),
            Reply::Status("OK".to_owned())
        );
    }
    let folder = server.kill();
    let Some(run) = as_unprivileged(folder.path()) else {
        return missing_program("setpriv");
    };
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for file in ["sae.db", "sae.db-wal", "sae.db-shm"] {
        mode(&folder.path().join(file), 0o444);
    }
    for of_folder in [0o777, 0o555] {
        mode(folder.path(), of_folder);
        for args in [
            &["adduser", "x", "--generate"][..],
            &["serve", "--listen", "127.0.0.1:0", "--http", "off"],
        ] {
            let output = run(args, folder.path());
            assert_eq!(
                String::from_utf8(output.stderr).unwrap(),
                "catalogue: `sae.db` cannot be written, check the permissions of the file and its folder\n"
            );
        }
    }
    mode(folder.path(), 0o755);
    // The size of the WAL counts too.
    for file in ["sae.db", "sae.db-wal"] {
        mode(&folder.path().join(file), 0o666);
    }
    let output = run(
        &["serve", "--listen", "127.0.0.1:0", "--http", "off"],
        folder.path(),
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "catalogue: `sae.db-shm` cannot be written, check the permissions of the file and its folder\n"
    );
    for file in folder.files() {
        mode(&folder.path().join(file), 0o644);
    }
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    movies.are_there(&mut server.reader());
    is_whole(server.folder());
}

/// SQLite keeps its files next to the target of a symbolic link.
#[test]
fn a_catalogue_at_a_symbolic_link_is_served_and_copied() {
    let folder = Folder::empty();
    fs::create_dir(folder.path().join("disk")).unwrap();
    let succeeds = |cli: Cli| assert!(cli.output(&folder).status.success());
    succeeds(Cli::new(["init", "--db", "disk/real.db"]));
    symlink("disk/real.db", folder.path().join("sae.db")).unwrap();
    succeeds(Cli::new(["adduser", "admin"]).stdin("a password of admin\n"));
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    let mut admin = server.raw_client().login("admin", "a password of admin");
    let put = admin.ask(&["PUT", "m", r#"{"title":"M"}"#]);
    assert_eq!(put, Reply::Status("OK".to_owned()));
    let folder = server.kill();
    let log = folder.path().join("disk/real.db-wal");
    assert!(fs::metadata(log).unwrap().len() > 0);
    Cli::new(["restore", "--db", "copy.db", "sae.db"])
        .stdout("restored `copy.db` from `sae.db`, 4 movies and 1 account\n")
        .run(&folder);
}

/// If another process holds a lock for longer than the timeout, only the change fails.
#[test]
fn a_locked_database_fails_changes_only() {
    let server = TestServer::start();
    let other = server.folder().sqlite();
    let (mut admin, mut reader) = (server.admin(), server.reader());
    let ok = Reply::Status("OK".to_owned());
    let mut movies = Movies::new();
    assert_eq!(movies.put(&mut admin), ok);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    admin.send("PUT 4 '{\"title\":\"Four\"}'\r\n");
    assert!(matches!(reader.ask(&["SEND", "1"]), Reply::Bulk(_)));
    admin.expect("-BUSY another program is writing to the database, try again\r\n");
    movies.are_there(&mut reader);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(movies.put(&mut admin), ok);
    movies.are_there(&mut reader);
    is_whole(server.folder());
}
