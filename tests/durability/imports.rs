//! Imports that are killed, or meet a full disk: the catalogue is as it was,
//! whether a server has it open or not.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;

use super::is_whole;
use crate::support::{Folder, PROGRAM, RawClient, SmallDisk, TestServer, skipped, wait_for};

/// Bytes of rows that are more than a chunk and the buffers of the file, so that some rows are
/// written before the end of the input.
const BYTES: usize = limits::LOAD_CHUNK_BYTES + (limits::LOAD_CACHE_KIB as usize + 2 * 1024) * 1024;
const ROWS: usize = BYTES / limits::MAX_TITLE_BYTES;
/// The quickest format to read.
const HEADER: &[u8] = b"tconst\ttitleType\tprimaryTitle\toriginalTitle\n";

/// An import that reads what it is given.
struct Import {
    child: Child,
    stdin: ChildStdin,
}

impl Import {
    fn begin(folder: &Path) -> Import {
        let mut child = Command::new(PROGRAM)
            .args(["import", "-"])
            .current_dir(folder)
            .env_remove("CATALOGUE_DB")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(HEADER).unwrap();
        Import { child, stdin }
    }

    /// Sends it rows of the maximum size, up to the first that it does not take.
    fn feed(mut self, rows: impl Iterator<Item = usize>) -> Import {
        let title = "x".repeat(limits::MAX_TITLE_BYTES);
        for number in rows {
            if writeln!(self.stdin, "m{number:06}\tmovie\t{title}\t\\N").is_err() {
                break;
            }
        }
        self
    }

    /// Kills it with SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn end(self) -> Output {
        drop(self.stdin);
        self.child.wait_with_output().unwrap()
    }
}

fn bytes_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

#[test]
fn an_import_into_a_new_catalogue_that_is_killed_leaves_it_as_it_was() {
    let folder = Folder::with_accounts();
    let before = bytes_of(&folder.db());
    let import = Import::begin(folder.path()).feed(0..ROWS);
    wait_for("rows in the file", || {
        (bytes_of(&folder.db()) > before + 1024 * 1024).then_some(())
    });
    // No other program has the catalogue open.
    assert!(folder.files().contains(&"sae.db-journal".to_owned()));
    import.kill();
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    assert_eq!(bytes_of(&folder.db()), before);
    assert_eq!(folder.files(), ["sae.db"]);
}

#[test]
fn an_import_next_to_a_server_that_is_killed_leaves_it_as_it_was() {
    let server = TestServer::start();
    let (mut admin, mut reader) = (server.admin(), server.reader());
    let log = server.folder().path().join("sae.db-wal");
    let import = Import::begin(server.folder().path()).feed(0..ROWS);
    wait_for("rows in the log", || {
        (bytes_of(&log) > 1024 * 1024).then_some(())
    });
    assert_eq!(reader.ask(&["COUNT"]), Reply::Integer(3));
    // This change waits for the import, and then succeeds.
    admin.send("PUT new '{\"title\":\"New\"}'\r\n");
    import.kill();
    assert_eq!(admin.reply(), Reply::Status("OK".to_owned()));
    assert_eq!(reader.ask(&["COUNT"]), Reply::Integer(4));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
}

/// In order, so that rows are written, and not, so that they are sorted in
/// temporary files; alone, and next to a server.
#[test]
fn an_import_onto_a_full_disk_fails_and_changes_nothing() {
    let Some(disk) = SmallDisk::mount(8 * 1024 * 1024) else {
        return skipped("no small file system can be mounted here");
    };
    let folder = Folder::with_accounts_in(disk.path());
    let import = |folder: &Path, rows: &mut dyn Iterator<Item = usize>| {
        let output = Import::begin(folder).feed(rows).end();
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "catalogue: no space left for `sae.db`, nothing was changed, make room and try again\n"
        );
        assert_eq!(output.status.code(), Some(1));
    };
    let more_than_the_disk = 10 * 1024 * 1024 / limits::MAX_TITLE_BYTES;
    let before = fs::read(folder.db()).unwrap();
    import(folder.path(), &mut (0..more_than_the_disk));
    import(folder.path(), &mut (0..2 * ROWS).rev());
    assert_eq!(fs::read(folder.db()).unwrap().len(), before.len());
    assert_eq!(folder.files(), ["sae.db"]);
    is_whole(&folder);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    let mut admin: RawClient = server.admin();
    import(server.folder().path(), &mut (0..more_than_the_disk));
    assert_eq!(admin.ask(&["COUNT"]), Reply::Integer(3));
    // The WAL that had filled the disk is short again.
    let put = admin.ask(&["PUT", "new", "{\"title\":\"New\"}"]);
    assert_eq!(put, Reply::Status("OK".to_owned()));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
    drop(folder);
}
