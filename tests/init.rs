//! `init`, and the files that it must not change.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Cli, Folder, as_unprivileged, missing_program};

const ALREADY: &str = "`sae.db` is a catalogue already, with 3 movies, nothing was changed\n";

#[test]
fn a_new_catalogue_is_one_file_for_its_owner_alone() {
    let folder = Folder::initialised();
    let made = Folder::empty();
    let hint = "add the first account with `catalogue adduser admin`";
    Cli::new(["init", "--db", "movies.db"])
        .stdout(format!("created `movies.db` with 3 movies, {hint}\n"))
        .run(&made);
    assert_eq!(made.files(), ["movies.db"]);
    let mode = fs::metadata(made.path().join("movies.db"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let check: String = folder
        .sqlite()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn the_environment_names_the_database_and_the_flag_wins() {
    let folder = Folder::empty();
    let hint = "add the first account with `catalogue adduser admin`";
    for (args, name) in [
        (vec!["init"], "env.db"),
        (vec!["init", "--db", "flag.db"], "flag.db"),
    ] {
        Cli::new(args)
            .env("CATALOGUE_DB", "env.db")
            .stdout(format!("created `{name}` with 3 movies, {hint}\n"))
            .run(&folder);
    }
    assert_eq!(folder.files(), ["env.db", "flag.db"]);
}

/// Every command that has a database uses the variable.
#[test]
fn the_environment_names_the_database_for_every_command() {
    let folder = Folder::with_accounts();
    fs::rename(folder.db(), folder.path().join("env.db")).unwrap();
    let cli = |args: &[&str], name: &str| Cli::new(args).env("CATALOGUE_DB", name);
    cli(&["adduser", "3"], "env.db")
        .stdin("3\n")
        .stdout("added `3` as reader\n")
        .run(&folder);
    cli(&["deluser", "3"], "env.db")
        .stdout("removed `3`\n")
        .run(&folder);
    let rows = cli(&["export", "--format", "csv"], "env.db").output(&folder);
    assert_eq!(rows.status.code(), Some(0));
    assert_eq!(folder.files(), ["env.db"]);
    fs::write(folder.path().join("rows.csv"), rows.stdout).unwrap();
    for args in [
        &["serve"][..],
        &["users"],
        &["adduser", "3", "--generate"],
        &["passwd", "1", "--generate"],
        &["deluser", "1"],
        &["export"],
        &["import", "rows.csv"],
    ] {
        cli(args, "nowhere.db")
            .fails("no catalogue at `nowhere.db`, create one with `catalogue init --db nowhere.db`")
            .run(&folder);
    }
}

#[test]
fn a_second_init_changes_no_byte() {
    let folder = Folder::with_accounts();
    let before = fs::read(folder.db()).unwrap();
    Cli::new(["init"]).stdout(ALREADY).run(&folder);
    assert_eq!(fs::read(folder.db()).unwrap(), before);
    assert_eq!(folder.files(), ["sae.db"]);
}

/// No command changes files of other programs.
#[test]
fn other_files_are_left_alone() {
    let sqlite = {
        let folder = Folder::empty();
        let other = folder.sqlite();
        other
            .execute_batch("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')")
            .unwrap();
        other.close().unwrap();
        fs::read(folder.db()).unwrap()
    };
    let text = b"my shopping list: 100 lines of it, longer than a header\n".repeat(100);
    for content in [&b""[..], b"short", b"SQLite format 3\0", &text, &sqlite] {
        for args in [
            vec!["init"],
            vec!["serve"],
            vec!["users"],
            vec!["adduser", "admin", "--generate"],
        ] {
            let folder = Folder::empty();
            fs::write(folder.db(), content).unwrap();
            Cli::new(args)
                .fails("`sae.db` is not a catalogue and was left as it is, choose another file with --db")
                .run(&folder);
            assert_eq!(fs::read(folder.db()).unwrap(), content);
            assert_eq!(folder.files(), ["sae.db"]);
        }
    }
}

#[test]
fn a_folder_is_not_a_catalogue() {
    let folder = Folder::empty();
    for args in [
        ["init", "--db", "."],
        ["users", "--db", "."],
        ["serve", "--db", "."],
    ] {
        Cli::new(args)
            .fails("`.` is not a catalogue and was left as it is, choose another file with --db")
            .run(&folder);
    }
    assert_eq!(folder.files(), [""; 0]);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = Folder::empty();
    Cli::new(["init", "--db", "nowhere/sae.db"])
        .fails("`nowhere/sae.db` cannot be opened: its folder does not exist")
        .run(&folder);
    assert_eq!(folder.files(), [""; 0]);
}

#[test]
fn other_commands_do_not_create_a_missing_catalogue() {
    let folder = Folder::empty();
    for args in [
        vec!["users"],
        vec!["serve"],
        vec!["deluser", "1"],
        vec!["passwd", "1", "--generate"],
    ] {
        Cli::new(args)
            .fails("no catalogue at `sae.db`, create one with `catalogue init --db sae.db`")
            .run(&folder);
    }
    assert_eq!(folder.files(), [""; 0]);
}

#[test]
fn a_newer_catalogue_is_left_alone() {
    let folder = Folder::initialised();
    let sqlite = folder.sqlite();
    sqlite.pragma_update(None, "user_version", 999).unwrap();
    sqlite.close().unwrap();
    let before = fs::read(folder.db()).unwrap();
    let known = catalogue::store::LATEST_SCHEMA_VERSION;
    for args in [
        vec!["init"],
        vec!["serve"],
        vec!["users"],
        vec!["adduser", "1", "--generate"],
    ] {
        Cli::new(args)
            .fails(format!(
                "`sae.db` has schema version 999 and this program knows {known}, use a newer catalogue"
            ))
            .run(&folder);
        assert_eq!(fs::read(folder.db()).unwrap(), before);
    }
}

/// A catalogue that is truncated anywhere is refused with one line, and never changed.
#[test]
fn a_truncated_catalogue_is_not_repaired() {
    let whole = Folder::with_accounts();
    let whole = fs::read(whole.db()).unwrap();
    for kept in [100, 4_000, 4_096, whole.len() / 2, whole.len() - 4_096] {
        let folder = Folder::empty();
        fs::write(folder.db(), &whole[..kept]).unwrap();
        for args in [vec!["init"], vec!["serve"], vec!["users"]] {
            let output = Cli::new(args.clone()).output(&folder);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{kept} {args:?} {stderr}");
            assert!(
                stderr.starts_with("catalogue: `sae.db` is damaged ("),
                "{kept} {args:?} {stderr}"
            );
            assert!(
                stderr.ends_with("restore it from a backup\n"),
                "{kept} {args:?} {stderr}"
            );
        }
        assert_eq!(fs::read(folder.db()).unwrap(), &whole[..kept]);
    }
}

/// A lock of another program is waited for and then reported.
#[test]
fn a_locked_catalogue_is_named() {
    let folder = Folder::initialised();
    let other = folder.sqlite();
    other
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE counters SET id = 1; COMMIT",
        )
        .unwrap();
    std::thread::scope(|scope| {
        for args in [["init"], ["users"], ["serve"]] {
            let folder = &folder;
            scope.spawn(move || {
                Cli::new(args)
                    .fails(
                        "`sae.db` is locked by another process, try again when that has finished",
                    )
                    .run(folder);
            });
        }
    });
    drop(other);
    Cli::new(["init"]).stdout(ALREADY).run(&folder);
}

/// Missing permissions are reported in one line. The superuser may always write, so the
/// program runs as another user then.
#[test]
fn a_read_only_folder_is_named() {
    let folder = Folder::empty();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(
        closed.join("sae.db"),
        fs::read(Folder::initialised().db()).unwrap(),
    )
    .unwrap();
    fs::set_permissions(closed.join("sae.db"), PermissionsExt::from_mode(0o444)).unwrap();
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o555)).unwrap();
    let Some(run) = as_unprivileged(folder.path()) else {
        return missing_program("setpriv");
    };
    let stderr = |args: &[&str]| {
        let output = run(args, &closed);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        stderr(&["init", "--db", "new.db"]),
        "catalogue: `new.db` cannot be written, check the permissions of the file and its folder\n"
    );
    for args in [
        &["serve", "--listen", "127.0.0.1:0", "--http", "off"][..],
        &["adduser", "admin", "--generate"],
    ] {
        assert_eq!(
            stderr(args),
            "catalogue: `sae.db` cannot be written, check the permissions of the file and its folder\n",
            "{args:?}"
        );
    }
}
