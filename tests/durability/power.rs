//! Power cuts: a process is killed, and everything that it did not sync is lost with it.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::kills::{begin, found, kill_while_writing};
use super::{is_whole, with_rows, write_older};
use crate::support::{
    Cli, Folder, LossyDisk, PROGRAM, Rng, TestServer, measured, skipped, soak_rounds,
};

const ROUNDS: u64 = 2;
const DISK_BYTES: u64 = 128 * 1024 * 1024;
/// Movies before a command, and movies that it adds.
const ROWS: u64 = 4_000;

fn rounds() -> u64 {
    soak_rounds().map_or(ROUNDS, |rounds| rounds.div_ceil(4))
}

fn report(what: &str, counted: &str) {
    if soak_rounds().is_some() {
        measured(&format!(
            "\n- power cut during {what}: {} rounds, {counted}",
            rounds()
        ));
    }
}

fn disk() -> Option<LossyDisk> {
    let disk = LossyDisk::mount(DISK_BYTES);
    if disk.is_none() {
        skipped("no ext4 file system can be mounted here");
    }
    disk
}

#[test]
fn no_acknowledged_change_is_lost_to_a_power_cut() {
    let Some(disk) = disk() else {
        return;
    };
    let acknowledged = AtomicU64::new(0);
    let mut rng = Rng(11);
    let (mut folder, mut history) = begin(Folder::with_accounts_in(&disk.path()));
    disk.sync();
    for round in 0..rounds() {
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        history.compare(&found(&server, &history));
        is_whole(server.folder());
        let until = acknowledged.load(Ordering::Relaxed) + 20 + rng.below(200);
        folder = kill_while_writing(server, &mut history, round, until, &acknowledged);
        disk.cut_power();
    }
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    history.compare(&found(&server, &history));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    drop(folder);
    let counted = format!("{} writes acknowledged, lost: 0", acknowledged.into_inner());
    report("changes", &counted);
}

/// A command that changes a catalogue of [`ROWS`] movies, and the number of movies after it.
struct Work {
    what: &'static str,
    args: &'static [&'static str],
    movies: u64,
}

/// Runs the command on a new catalogue of each round and cuts the power at a random moment,
/// or, in every other round, as soon as the command has succeeded. The catalogue is as before
/// or as after the command, and certainly as after it if it had succeeded.
#[track_caller]
fn cut_during(work: &Work, prepare: impl Fn(&Folder)) {
    let Some(disk) = disk() else {
        return;
    };
    let mut rng = Rng(work.args[0].len() as u64);
    let mut duration = Duration::ZERO;
    let (mut finished, mut done) = (0, 0);
    for round in 0..rounds() {
        let folder = Folder::empty_in(&disk.path());
        prepare(&folder);
        disk.sync();
        let began = Instant::now();
        let mut child = Command::new(PROGRAM)
            .args(work.args)
            .current_dir(folder.path())
            .env_remove("CATALOGUE_DB")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let has_succeeded = if round % 2 == 0 {
            assert!(child.wait().unwrap().success(), "{:?}", work.args);
            duration = began.elapsed();
            true
        } else {
            let most = duration.as_micros().try_into().unwrap();
            thread::sleep(Duration::from_micros(rng.below(most)));
            child.kill().unwrap();
            child.wait().unwrap().success()
        };
        disk.cut_power();
        let movies = movies_in_order(&folder);
        assert!([ROWS, work.movies].contains(&movies), "{movies} movies");
        assert!(!has_succeeded || movies == work.movies, "{movies} movies");
        finished += u64::from(has_succeeded);
        done += u64::from(movies == work.movies);
    }
    let counted =
        format!("{finished} had succeeded, {done} were complete, all files were in order");
    report(work.what, &counted);
}

/// Finishes what the command may have left, as the next command does, and checks the rest.
/// Returns the number of movies.
#[track_caller]
fn movies_in_order(folder: &Folder) -> u64 {
    let migrated = Cli::new(["passwd", "admin"]).stdin("another password\n");
    let output = migrated.output(folder);
    assert!(output.status.success(), "{output:?}");
    let output = Cli::new(["check", "--json"]).output(folder);
    assert!(output.status.success(), "{output:?}");
    is_whole(folder);
    let counted = "SELECT movies FROM counters";
    let movies: i64 = (folder.sqlite())
        .query_row(counted, [], |row| row.get(0))
        .unwrap();
    movies.try_into().unwrap()
}

#[test]
fn an_import_is_complete_or_absent_after_a_power_cut() {
    let work = Work {
        what: "an import",
        args: &["import", "more.csv"],
        movies: 2 * ROWS,
    };
    let before = with_rows(ROWS);
    cut_during(&work, |folder| {
        fs::write(folder.db(), &before).unwrap();
        let rows: String = (0..ROWS).map(|n| format!("new {n},A film\n")).collect();
        folder.write("more.csv", &format!("name,title\n{rows}"));
    });
}

#[test]
fn a_reindexed_catalogue_is_in_order_after_a_power_cut() {
    let work = Work {
        what: "`reindex`",
        args: &["reindex"],
        movies: ROWS,
    };
    let before = with_rows(ROWS);
    cut_during(&work, |folder| {
        fs::write(folder.db(), &before).unwrap();
    });
}

#[test]
fn a_restore_is_complete_or_absent_after_a_power_cut() {
    let work = Work {
        what: "`restore --force`",
        args: &["restore", "--force", "copy.db"],
        movies: ROWS / 2,
    };
    let (before, copy) = (with_rows(ROWS), with_rows(ROWS / 2));
    cut_during(&work, |folder| {
        fs::write(folder.db(), &before).unwrap();
        fs::write(folder.path().join("copy.db"), &copy).unwrap();
    });
}

/// A file that is no database is replaced by a rename.
#[test]
fn a_restored_file_is_there_after_a_power_cut() {
    let Some(disk) = disk() else {
        return;
    };
    let copy = with_rows(ROWS);
    for round in 0..rounds() {
        let folder = Folder::empty_in(&disk.path());
        fs::write(folder.path().join("copy.db"), &copy).unwrap();
        if round % 2 == 1 {
            folder.write("sae.db", "no database");
        }
        disk.sync();
        let force = if round % 2 == 1 {
            "--force"
        } else {
            "--db=sae.db"
        };
        let output = Cli::new(["restore", force, "copy.db"]).output(&folder);
        assert!(output.status.success(), "{output:?}");
        disk.cut_power();
        assert_eq!(movies_in_order(&folder), ROWS);
    }
    report("`restore` to a new file", "all of them complete");
}

#[test]
fn a_backup_is_there_after_a_power_cut() {
    let Some(disk) = disk() else {
        return;
    };
    let before = with_rows(ROWS);
    for _ in 0..rounds() {
        let folder = Folder::empty_in(&disk.path());
        fs::write(folder.db(), &before).unwrap();
        disk.sync();
        let output = Cli::new(["backup", "copy.db"]).output(&folder);
        assert!(output.status.success(), "{output:?}");
        disk.cut_power();
        fs::rename(folder.path().join("copy.db"), folder.db()).unwrap();
        assert_eq!(movies_in_order(&folder), ROWS);
    }
    report("`backup`", "all of them complete");
}

#[test]
fn a_migration_is_complete_or_absent_after_a_power_cut() {
    let work = Work {
        what: "a migration",
        args: &["audit"],
        movies: ROWS,
    };
    cut_during(&work, |folder| write_older(folder, ROWS));
}
