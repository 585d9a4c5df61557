//! Backups of a catalogue that is being written, and `restore`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use catalogue::movie::{Fields, Movie};
use catalogue::protocol::resp::Reply;
use catalogue::store::{self, Loader, ProgressObserver, StoreError};
use rusqlite::Connection;

use crate::support::load::{WRITERS, under_load};
use crate::support::{Cli, Folder, PROGRAM, TestServer, in_terminal};

/// Movies of [`grown`], enough for a copy of several steps.
const GROWN: usize = 2_000;
const DONE: &str = "backed up `sae.db` to `copy.db`, 3 movies and 3 accounts\n";
const RESTORED: &str = "restored `sae.db` from `copy.db`, 3 movies and 3 accounts\n";

/// A catalogue of a few megabytes, with accounts.
fn grown() -> Folder {
    let folder = Folder::with_accounts();
    let mut loader = Loader::begin(&folder.db()).unwrap();
    for number in 0..GROWN {
        let fields = Fields {
            name: format!("g{number}"),
            title: "x".repeat(1_000),
            ..Fields::default()
        };
        loader.put(&Movie::new(fields).unwrap().view()).unwrap();
    }
    loader.commit().unwrap();
    folder
}

fn backup(folder: &Folder) {
    Cli::new(["backup", "copy.db"]).stdout(DONE).run(folder);
}

/// A catalogue and its backup, after which the catalogue was changed.
fn backed_up() -> Folder {
    let folder = Folder::with_accounts();
    backup(&folder);
    let sqlite = folder.sqlite();
    let changes = "DELETE FROM movie; UPDATE counters SET movies = 0; DELETE FROM user";
    sqlite.execute_batch(changes).unwrap();
    sqlite.close().unwrap();
    folder
}

#[track_caller]
fn in_order(folder: &Folder, file: &str) {
    let output = Cli::new(["check", "--db", file]).output(folder);
    assert!(output.status.success(), "{output:?}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn count(sqlite: &Connection, like: &str) -> u64 {
    let sql = "SELECT count(*) FROM movie WHERE name LIKE ?1";
    let count: i64 = sqlite.query_row(sql, [like], |row| row.get(0)).unwrap();
    count.try_into().unwrap()
}

/// A backup is one snapshot. It has the first changes of each writer without a gap, and
/// at least those that were acknowledged before it began.
#[test]
fn a_backup_under_load_is_consistent() {
    let server = TestServer::serve(grown(), "127.0.0.1:0", &[]);
    let folder = server.folder();
    under_load(&server, |load| {
        for round in 0..4 {
            let file = format!("copy-{round}.db");
            let before = load.acknowledged();
            let output = Cli::new(["backup", &file]).output(folder);
            assert!(output.status.success(), "{output:?}");
            let after = load.acknowledged();
            in_order(folder, &file);
            let copy = Connection::open(folder.path().join(&file)).unwrap();
            assert_eq!(count(&copy, "g%"), GROWN as u64);
            for writer in 0..WRITERS {
                let found = count(&copy, &format!("w{writer}-%"));
                // One more may have been on the disk without being acknowledged.
                let bounds = before[writer]..=after[writer] + 1;
                assert!(bounds.contains(&found), "{found} of {bounds:?}");
                let last = format!("w{writer}-{}", found.saturating_sub(1));
                assert_eq!(count(&copy, &last), 1);
            }
            load.goes_on();
        }
    });
    let (status, folder) = server.stop();
    assert!(status.success());
    in_order(&folder, "sae.db");
}

#[test]
fn a_backup_is_one_file_for_its_owner_alone() {
    let folder = Folder::with_accounts();
    backup(&folder);
    assert_eq!(folder.files(), ["copy.db", "sae.db"]);
    assert_eq!(mode(&folder.path().join("copy.db")), 0o600);
    in_order(&folder, "copy.db");
    assert_eq!(folder.files(), ["copy.db", "sae.db"]);
    // The backup is a catalogue like any other.
    let users = String::from_utf8(Cli::new(["users"]).output(&folder).stdout).unwrap();
    Cli::new(["users", "--db", "copy.db"])
        .stdout(users)
        .run(&folder);
}

#[test]
fn an_existing_file_is_kept_without_force() {
    let folder = Folder::with_accounts();
    fs::write(folder.path().join("copy.db"), "mine").unwrap();
    Cli::new(["backup", "copy.db"])
        .fails("`copy.db` is there already and was left as it is, --force replaces it")
        .run(&folder);
    assert_eq!(fs::read(folder.path().join("copy.db")).unwrap(), b"mine");
    for _ in 0..2 {
        Cli::new(["backup", "--force", "copy.db"])
            .stdout(DONE)
            .run(&folder);
        in_order(&folder, "copy.db");
    }
    // Another process reads the old file. SQLite's `-wal` file of it must not be used
    // with the new one.
    let reader = Connection::open(folder.path().join("copy.db")).unwrap();
    assert_eq!(count(&reader, "%"), 3);
    Cli::new(["backup", "--force", "copy.db"])
        .fails(
            "`copy.db` is open in another program, such as a server, stop that first, \
             nothing was changed",
        )
        .run(&folder);
}

#[test]
fn the_database_is_not_replaced_by_its_backup() {
    let folder = Folder::with_accounts();
    let before = fs::read(folder.db()).unwrap();
    symlink("sae.db", folder.path().join("link.db")).unwrap();
    for file in ["sae.db", "./sae.db", "sae.db-wal", "link.db"] {
        for command in ["backup", "restore"] {
            Cli::new([command, "--force", file])
                .fails(format!(
                    "`{file}` belongs to the database itself, choose another file"
                ))
                .run(&folder);
        }
    }
    fs::create_dir(folder.path().join("folder")).unwrap();
    for file in ["folder", "/dev/null"] {
        Cli::new(["backup", "--force", file])
            .fails(format!(
                "`{file}` is no ordinary file and was left as it is, choose another one"
            ))
            .run(&folder);
    }
    Cli::new(["backup", "nowhere/copy.db"])
        .fails("`nowhere/copy.db` cannot be opened: its folder does not exist")
        .run(&folder);
    assert_eq!(fs::read(folder.db()).unwrap(), before);
    assert_eq!(folder.files(), ["folder", "link.db", "sae.db"]);
}

/// A backup that is interrupted at any of its steps leaves no file.
#[test]
fn an_interrupted_backup_leaves_no_file() {
    let folder = grown();
    let [copy, other] = ["copy.db", "other.db"].map(|name| folder.path().join(name));
    let never = Arc::new(AtomicBool::new(false));
    store::backup(
        &folder.db(),
        &copy,
        false,
        &mut ProgressObserver::new(never, |_| ()),
    )
    .unwrap();
    for stage in ["copying", "integrity", "movies", "counters"] {
        let watch = || {
            let interrupted = Arc::new(AtomicBool::new(false));
            let flag = Arc::clone(&interrupted);
            ProgressObserver::new(interrupted, move |progress| {
                flag.fetch_or(progress.work == stage, Ordering::Relaxed);
            })
        };
        for result in [
            store::backup(&folder.db(), &other, false, &mut watch()),
            store::restore(&copy, &other, false, &mut watch()),
            store::restore(&copy, &folder.db(), true, &mut watch()),
        ] {
            assert!(
                matches!(result, Err(StoreError::Interrupted)),
                "{stage}: {result:?}"
            );
        }
        assert_eq!(folder.files(), ["copy.db", "sae.db"]);
    }
}

#[test]
fn a_backup_is_restored() {
    let folder = backed_up();
    Cli::new(["restore", "copy.db"])
        .fails("`sae.db` is there already and was left as it is, --force replaces it")
        .run(&folder);
    // The permissions of the catalogue are not copied.
    fs::set_permissions(folder.db(), fs::Permissions::from_mode(0o640)).unwrap();
    Cli::new(["restore", "--force", "copy.db"])
        .stdout(RESTORED)
        .run(&folder);
    assert_eq!(mode(&folder.db()), 0o640);
    assert_eq!(folder.files(), ["copy.db", "sae.db"]);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
    let (_, folder) = server.stop();
    // No confirmation is needed when there is no file.
    fs::remove_file(folder.db()).unwrap();
    Cli::new(["restore", "copy.db"])
        .stdout(RESTORED)
        .run(&folder);
    assert_eq!(mode(&folder.db()), 0o600);
    in_order(&folder, "sae.db");
}

#[test]
fn a_catalogue_that_is_served_is_not_replaced() {
    let folder = Folder::with_accounts();
    backup(&folder);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    let folder = server.folder();
    under_load(&server, |load| {
        for _ in 0..5 {
            Cli::new(["restore", "--force", "copy.db"])
                .fails(
                    "`sae.db` is open in another program, such as a server, stop that first, \
                     nothing was changed",
                )
                .run(folder);
            load.goes_on();
        }
    });
    let mut idle = server.reader();
    let Reply::Integer(movies) = idle.ask(&["COUNT"]) else {
        panic!("no number");
    };
    let (_, folder) = server.stop();
    assert_eq!(count(&folder.sqlite(), "%"), movies as u64);
    Cli::new(["restore", "--force", "copy.db"])
        .stdout(RESTORED)
        .run(&folder);
    in_order(&folder, "sae.db");
}

/// The changes that a killed server left in the WAL belong to the catalogue that is
/// replaced, not to the one that replaces it.
#[test]
fn files_of_a_killed_server_do_not_survive_a_restore() {
    for damaged in [false, true] {
        let folder = Folder::with_accounts();
        backup(&folder);
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        under_load(&server, |load| load.goes_on());
        let folder = server.kill();
        assert!(folder.files().contains(&"sae.db-wal".to_owned()));
        if damaged {
            fs::write(folder.db(), "not much of it is left").unwrap();
        }
        Cli::new(["restore", "--force", "copy.db"])
            .stdout(RESTORED)
            .run(&folder);
        assert_eq!(folder.files(), ["copy.db", "sae.db"]);
        assert_eq!(count(&folder.sqlite(), "%"), 3);
        in_order(&folder, "sae.db");
    }
}

#[test]
fn a_file_that_is_not_a_backup_changes_nothing() {
    let folder = backed_up();
    let before = fs::read(folder.db()).unwrap();
    let path = folder.path().join("copy.db");
    let whole = fs::read(&path).unwrap();
    let refused = |content: &[u8], expected: &str| {
        fs::write(&path, content).unwrap();
        let output = Cli::new(["restore", "--force", "copy.db"]).output(&folder);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr.starts_with(&format!("catalogue: {expected}")),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(fs::read(folder.db()).unwrap(), before);
        assert_eq!(folder.files(), ["copy.db", "sae.db"]);
    };
    refused(
        b"",
        "`copy.db` is not a backup of a catalogue, nothing was changed",
    );
    refused(
        b"a,b\n1,2\n",
        "`copy.db` is not a backup of a catalogue, nothing was changed",
    );
    let damaged = "the backup `copy.db` is damaged (";
    // Every page but the first one, by whose header the file is recognised.
    const PAGE_BYTES: usize = 4_096;
    for page in 1..whole.len() / PAGE_BYTES {
        let mut spoilt = whole.clone();
        spoilt[page * PAGE_BYTES..][..PAGE_BYTES / 2].fill(0xa5);
        refused(&spoilt, damaged);
    }
    refused(&whole[..whole.len() - PAGE_BYTES], damaged);
    refused(&whole[..PAGE_BYTES / 2], damaged);
    fs::remove_file(&path).unwrap();
    for arguments in [
        &["restore", "copy.db"][..],
        &["restore", "--force", "copy.db"],
    ] {
        Cli::new(arguments)
            .fails("there is no backup at `copy.db`, `catalogue backup` makes one")
            .run(&folder);
    }
    assert_eq!(fs::read(folder.db()).unwrap(), before);
}

/// Rows that break a rule are kept.
#[test]
fn a_damaged_catalogue_is_backed_up_with_a_warning() {
    let folder = Folder::with_accounts();
    let sqlite = folder.sqlite();
    let change = "UPDATE movie SET runtime_minutes = -1 WHERE name = '1'";
    sqlite.execute_batch(change).unwrap();
    sqlite.close().unwrap();
    let advice = "catalogue: it has 1 fault, `catalogue check` says what is wrong\n";
    Cli::new(["backup", "copy.db"])
        .stdout(DONE)
        .stderr(advice)
        .run(&folder);
    Cli::new(["restore", "--force", "copy.db"])
        .stdout(RESTORED)
        .stderr(advice)
        .run(&folder);
}

#[test]
fn a_backup_of_an_older_schema_is_kept_and_a_newer_one_is_refused() {
    let folder = Folder::empty();
    let sqlite = folder.sqlite();
    let set_version = |sqlite: &Connection, version: i64| {
        sqlite.pragma_update(None, "user_version", version).unwrap();
    };
    sqlite
        .pragma_update(None, "application_id", 0x4341_544c)
        .unwrap();
    sqlite.close().unwrap();
    let older = "of an older schema version that `catalogue serve` brings up to date\n";
    Cli::new(["backup", "copy.db"])
        .stdout(format!("backed up `sae.db` to `copy.db`, {older}"))
        .run(&folder);
    Cli::new(["restore", "copy.db", "--db", "new.db"])
        .stdout(format!("restored `new.db` from `copy.db`, {older}"))
        .run(&folder);
    Cli::new(["check", "--db", "new.db"])
        .stdout(format!("`new.db` is in order, {older}"))
        .run(&folder);
    set_version(
        &Connection::open(folder.path().join("copy.db")).unwrap(),
        99,
    );
    let newer = format!(
        "`copy.db` has schema version 99 and this program knows {}, use a newer catalogue",
        store::LATEST_SCHEMA_VERSION
    );
    for args in [
        &["restore", "copy.db", "--db", "other.db"][..],
        &["backup", "other.db", "--db", "copy.db"],
        &["check", "--db", "copy.db"],
    ] {
        Cli::new(args).fails(&newer).run(&folder);
    }
}

#[test]
fn progress_is_shown_in_a_terminal() {
    let folder = grown();
    let mut command = std::process::Command::new(PROGRAM);
    command
        .args(["backup", "copy.db"])
        .current_dir(folder.path());
    let mut session = in_terminal(command);
    session.exp_string("copying").unwrap();
    session
        .exp_string("backed up `sae.db` to `copy.db`")
        .unwrap();
}

/// A restore that replaced the file itself left this connection with a file without a name,
/// and with the `-wal` of the restored one.
#[test]
fn a_connection_from_before_a_restore_writes_to_the_restored_catalogue() {
    let folder = backed_up();
    let shell = folder.sqlite();
    Cli::new(["restore", "--force", "copy.db"])
        .stdout(RESTORED)
        .run(&folder);
    let change = "UPDATE movie SET runtime_minutes = 77 WHERE name = '1'";
    assert_eq!(shell.execute(change, []), Ok(1));
    shell.close().unwrap();
    let sql = "SELECT runtime_minutes FROM movie WHERE name = '1'";
    let minutes = folder.sqlite().query_row(sql, [], |row| row.get(0));
    assert_eq!(minutes, Ok(77));
    in_order(&folder, "sae.db");
}

#[test]
fn a_backup_of_a_catalogue_with_triggers_names_them() {
    let folder = Folder::with_accounts();
    let trigger = "CREATE TRIGGER more AFTER UPDATE ON movie BEGIN DELETE FROM user; END";
    folder.sqlite().execute_batch(trigger).unwrap();
    let warning = "catalogue: foreign code: the trigger `more` is not of this program, which \
                   never runs it\n\
                   catalogue: it has 1 fault, `catalogue check` says what is wrong\n";
    Cli::new(["backup", "copy.db"])
        .stdout(DONE)
        .stderr(warning)
        .run(&folder);
    Cli::new(["restore", "--force", "copy.db"])
        .stdout(RESTORED)
        .stderr(warning)
        .run(&folder);
}
