//! Recognises a catalogue, and opens it. All connections to a catalogue are opened here.
//!
//! The file is data, never code: on every connection triggers and views are off, functions
//! of the schema are not trusted, and SQLite's defensive mode is on.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};
use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::file_id::FileId;
use super::tables::cluster;
use super::{LATEST_SCHEMA_VERSION, StoreError, paths, schema};
use crate::config::limits;

/// Marks the file as a catalogue: `CATL` in the application id of its header.
pub(super) const APPLICATION_ID: u32 = 0x4341_544c;
/// The offset of the application id, big-endian, in SQLite's header
/// (<https://www.sqlite.org/fileformat.html>, 1.3).
const APPLICATION_ID_AT: usize = 68;
/// The length of SQLite's header.
const HEADER_BYTES: usize = 100;
/// The first bytes of the header.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Checks the header of the file, without SQLite, which could write to the file.
///
/// Closing a file drops every lock that the process holds on it, so this comes before
/// SQLite opens the file (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
pub(super) fn check_header(path: &Path) -> Result<(), StoreError> {
    let mut header = [0; HEADER_BYTES];
    let io = |error| StoreError::io(path, error);
    let foreign = || StoreError::Foreign(path.to_path_buf());
    let mut file = File::open(path).map_err(io)?;
    if !file.metadata().map_err(io)?.is_file() {
        return Err(foreign());
    }
    file.read_exact(&mut header)
        .map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => foreign(),
            _ => io(error),
        })?;
    drop(file);
    let id = &header[APPLICATION_ID_AT..APPLICATION_ID_AT + 4];
    let is_ours = if header.starts_with(MAGIC) {
        id == APPLICATION_ID.to_be_bytes()
    } else {
        is_ours_after_recovery(path)
    };
    if is_ours { Ok(()) } else { Err(foreign()) }
}

/// Whether SQLite finds a catalogue in a file whose header is damaged: a power cut can damage
/// the header while it is written, and then it is in the journal or in the WAL.
fn is_ours_after_recovery(path: &Path) -> bool {
    let is_filled = |file: PathBuf| std::fs::metadata(file).is_ok_and(|file| file.len() > 0);
    let id = |connection: Connection| -> rusqlite::Result<u32> {
        connection.pragma_query_value(None, "application_id", |row| row.get(0))
    };
    paths::companions(path).any(is_filled)
        && open_once(path)
            .and_then(id)
            .is_ok_and(|id| id == APPLICATION_ID)
}

/// Whether `path` is the database at `database`, one of the files that SQLite keeps or will
/// keep next to it, or any other database of SQLite. Nothing else may be written there.
///
/// It reads headers, so it comes before SQLite opens the file.
pub fn is_of_a_database(path: &Path, database: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    paths::is_file_of(path, database)
        // Opening a pipe would wait for its writer.
        || std::fs::metadata(path).is_ok_and(|file| file.is_file())
            && File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
            && magic == *MAGIC
}

/// Logs a warning when every user of the machine may read or write the file.
pub fn warn_if_exposed(path: &Path) {
    let Ok(file) = std::fs::metadata(path) else {
        return;
    };
    let exposed = match file.mode() & 0o006 {
        0 => return,
        0o004 => "read",
        _ => "change",
    };
    tracing::warn!(
        "every user of this machine can {exposed} `{}`, `chmod o= {0}` keeps accounts private",
        path.display()
    );
}

/// Opens the file for the one writer of this process. It has the latest schema version, and
/// belongs to no cluster.
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    let connection = for_changes(path)?;
    refuse_cluster(path, &connection)?;
    Ok(connection)
}

/// Refuses a file of a cluster, because it changes only through the log.
pub(super) fn refuse_cluster(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    match cluster::position(connection).map_err(|error| StoreError::sqlite(path, error))? {
        Some(_) => Err(StoreError::OfACluster(path.to_path_buf())),
        None => Ok(()),
    }
}

/// Like [`for_writing`], also for a file of a cluster.
pub(super) fn for_changes(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path)?;
    let set = || -> rusqlite::Result<bool> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // An acknowledged change survives a power failure.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // A change writes to some twenty pages all over the index. They, and their earlier
        // contents, stay in memory until the commit.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(limits::CACHED_STATEMENTS);
        // SQLite opens a write-protected file too, and fails at the first change.
        connection.is_readonly(MAIN_DB)
    };
    if set().map_err(|error| StoreError::sqlite(path, error))? {
        return Err(StoreError::ReadOnly(path.to_path_buf()));
    }
    // A process that read the file while it was write-protected may have left a
    // write-protected file next to it, which SQLite opens and never removes.
    let protected = |file: &PathBuf| access(file, Access::WRITE_OK) == Err(Errno::ACCESS);
    match paths::companions(path).find(protected) {
        Some(file) => Err(StoreError::ReadOnly(file)),
        None => at_latest_version(path, connection),
    }
}

/// Opens the file for reading; nothing can be changed through the connection. SQLite itself
/// may write, because only then can the last connection to close remove the `-wal` file.
/// A write-protected file is read as well.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    at_latest_version(path, query_only(path)?)
}

/// Opens a file of this program's schema version or an older one, to read it as it is.
pub(super) fn for_inspection(path: &Path) -> Result<Connection, StoreError> {
    at_known_version(path, query_only(path)?)
}

/// Opens a file of any schema version, to migrate it or to replace its contents.
pub(super) fn for_migration(path: &Path) -> Result<Connection, StoreError> {
    open(path)
}

/// Opens a file that no other process has open, and keeps all others out until the
/// connection is closed.
///
/// # Errors
/// [`StoreError::Locked`] at once when another process has it open.
pub(super) fn exclusive(path: &Path) -> Result<Connection, StoreError> {
    let wrong = |error| StoreError::sqlite(path, error);
    let before = FileId::read(path).map_err(|error| StoreError::io(path, error))?;
    let connection = open_once(path).map_err(wrong)?;
    connection
        .busy_timeout(std::time::Duration::ZERO)
        .and_then(|()| connection.pragma_update(None, "locking_mode", "EXCLUSIVE"))
        .map_err(wrong)?;
    // With this mode, the first write takes the lock on the whole file.
    connection
        .execute_batch("BEGIN EXCLUSIVE; COMMIT")
        .map_err(wrong)?;
    match FileId::read(path) {
        Ok(after) if after == before => Ok(connection),
        _ => Err(StoreError::Locked(path.to_path_buf())),
    }
}

/// Opens a file that no other process works with, and whose folder may be read-only: SQLite
/// creates no file next to it.
pub(super) fn immutable(path: &Path) -> Result<Connection, StoreError> {
    if paths::companions(path).any(|file| file.exists()) {
        return for_inspection(path);
    }
    let mut uri = "file:".to_owned();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            _ => uri += &format!("%{byte:02x}"),
        }
    }
    uri += "?immutable=1";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(uri, flags).map_err(|error| StoreError::sqlite(path, error))?;
    run_no_code(&connection).map_err(|error| StoreError::sqlite(path, error))?;
    at_known_version(path, connection)
}

/// Opens the file that is at `path` once the connection holds its first lock. A process that
/// replaces the file holds a lock on the old one until it is done, and a connection that waited for
/// that lock would use a file that is not at the path any more.
fn open(path: &Path) -> Result<Connection, StoreError> {
    let io = |error| StoreError::io(path, error);
    for _ in 0..limits::MAX_OPEN_ATTEMPTS {
        let before = FileId::read(path).map_err(io)?;
        let connection = open_once(path).map_err(|error| StoreError::sqlite(path, error))?;
        // Takes a lock, which a connection in WAL mode keeps. Damage is reported later, by
        // the statement that needs the page.
        let locked = schema::version(path, &connection);
        if let Err(error @ StoreError::Locked(_)) = locked {
            return Err(error);
        }
        if FileId::read(path).map_err(io)? == before {
            return Ok(connection);
        }
    }
    Err(StoreError::Moved(path.to_path_buf()))
}

fn open_once(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(limits::BUSY_TIMEOUT)?;
    run_no_code(&connection)?;
    Ok(connection)
}

/// Prevents code in the schema of a file from running.
fn run_no_code(connection: &Connection) -> rusqlite::Result<()> {
    for (config, value) in [
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    ] {
        connection.set_db_config(config, value)?;
    }
    Ok(())
}

fn query_only(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| StoreError::sqlite(path, error))?;
    Ok(connection)
}

/// Refuses a database of a newer schema version.
fn at_known_version(path: &Path, connection: Connection) -> Result<Connection, StoreError> {
    match schema::version(path, &connection)? {
        version if version > LATEST_SCHEMA_VERSION => Err(schema::newer(path, version)),
        _ => Ok(connection),
    }
}

/// Refuses a database of another schema version than this program's.
fn at_latest_version(path: &Path, connection: Connection) -> Result<Connection, StoreError> {
    let connection = at_known_version(path, connection)?;
    match schema::version(path, &connection)? {
        LATEST_SCHEMA_VERSION => Ok(connection),
        _ => Err(StoreError::Outdated(path.to_path_buf())),
    }
}
