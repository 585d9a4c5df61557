//! Imports of a folder of IMDb's files that are killed, cancelled, or meet a full disk: the
//! catalogue is as it was, whether a server has it open or not.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rustix::process::{Pid, Signal, kill_process};

use super::is_whole;
use crate::support::{Folder, PROGRAM, SmallDisk, TestServer, skipped, wait_for};

/// More rows than the cache of the import has room for, so that some are in the file before its end.
const ROWS: usize = (limits::LOAD_CACHE_KIB as usize + 2 * 1024) * 1024 / limits::MAX_TITLE_BYTES;

/// Writes titles and their other titles, about twice `rows` times the longest title.
fn write_titles(folder: &Path, rows: usize) {
    fs::create_dir_all(folder).unwrap();
    let title = "x".repeat(limits::MAX_TITLE_BYTES);
    let mut basics = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n".to_owned();
    let mut akas =
        "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle\n"
            .to_owned();
    for number in 1..=rows {
        basics += &format!("tt{number:07}\tmovie\t{title}\t{title}\t0\t2001\t\\N\t\\N\t\\N\n");
        akas += &format!("tt{number:07}\t1\ty{title:.1000}{number}\tFR\t\\N\t\\N\t\\N\t0\n");
    }
    fs::write(folder.join("title.basics.tsv"), basics).unwrap();
    fs::write(folder.join("title.akas.tsv"), akas).unwrap();
}

fn spawn(folder: &Path, files: &Path) -> Child {
    Command::new(PROGRAM)
        .arg("import")
        .arg(files)
        .current_dir(folder)
        .env_remove("CATALOGUE_DB")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Begins an import of so many rows that it takes some seconds.
fn begin(folder: &Path) -> Child {
    let files = folder.join("imdb");
    write_titles(&files, 6 * ROWS);
    spawn(folder, &files)
}

fn bytes_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn remove_files(folder: &Folder) {
    fs::remove_dir_all(folder.path().join("imdb")).unwrap();
    assert_eq!(folder.files(), ["sae.db"]);
}

#[test]
fn an_import_of_a_folder_that_is_killed_leaves_the_catalogue_as_it_was() {
    let folder = Folder::with_accounts();
    let before = bytes_of(&folder.db());
    let mut import = begin(folder.path());
    wait_for("rows in the file", || {
        (bytes_of(&folder.db()) > before + 1024 * 1024).then_some(())
    });
    import.kill().unwrap();
    assert_eq!(import.wait().unwrap().code(), None, "it ended too early");
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    assert_eq!(bytes_of(&folder.db()), before);
    remove_files(&folder);
}

#[test]
fn an_import_of_a_folder_that_is_cancelled_next_to_a_server_changes_nothing() {
    let server = TestServer::start();
    let (mut admin, mut reader) = (server.admin(), server.reader());
    let import = begin(server.folder().path());
    let log = server.folder().path().join("sae.db-wal");
    wait_for("rows in the log", || {
        (bytes_of(&log) > 1024 * 1024).then_some(())
    });
    assert_eq!(reader.ask(&["COUNT"]), Reply::Integer(3));
    assert_eq!(reader.ask(&["FIND", "xxx"]), Reply::Array(Vec::new()));
    // This change waits for the import, and then succeeds.
    admin.send("PUT new '{\"title\":\"New\"}'\r\n");
    let pid = Pid::from_raw(import.id() as i32).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let output = import.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && error.contains("nothing was changed"),
        "{error}"
    );
    assert_eq!(admin.reply(), Reply::Status("OK".to_owned()));
    assert_eq!(reader.ask(&["COUNT"]), Reply::Integer(4));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    remove_files(&folder);
}

#[test]
fn an_import_of_a_folder_onto_a_full_disk_fails_and_changes_nothing() {
    let Some(disk) = SmallDisk::mount(4 * 1024 * 1024) else {
        return skipped("no small file system can be mounted here");
    };
    let folder = Folder::with_accounts_in(disk.path());
    let files = tempfile::tempdir().unwrap();
    write_titles(files.path(), 3 * 1024);
    let before = fs::read(folder.db()).unwrap();
    let import = |folder: &Path| {
        let output = spawn(folder, files.path()).wait_with_output().unwrap();
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "catalogue: no space left for `sae.db`, nothing was changed, make room and try again\n"
        );
        assert_eq!(output.status.code(), Some(1));
    };
    import(folder.path());
    assert_eq!(fs::read(folder.db()).unwrap().len(), before.len());
    assert_eq!(folder.files(), ["sae.db"]);
    is_whole(&folder);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    import(server.folder().path());
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
}
