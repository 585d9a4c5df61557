//! Making the file, recognising it, and opening it for reading or for writing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::migrate::{self, Migrated};
use super::{LATEST, StoreError};
use crate::limits;

/// Marks the file as ours: `CATL` in the application id of its header.
const APPLICATION_ID: u32 = 0x4341_544c;
/// Where SQLite's header has the application id, big-endian
/// (<https://www.sqlite.org/fileformat.html>, 1.3).
const APPLICATION_ID_AT: usize = 68;
/// The length of SQLite's header.
const HEADER_BYTES: usize = 100;
/// What the header begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What [`create`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// There is a new catalogue, with so many movies from `seed.sql`.
    New {
        /// The movies in it.
        movies: u64,
    },
    /// There was one already; it was left as it is.
    AlreadyThere {
        /// The movies in it.
        movies: u64,
    },
    /// There was one already, of an older level; it was left as it is.
    Outdated,
}

/// Makes a new catalogue at `path`, readable by its owner alone, with the seed's
/// movies in it. It is built beside `path` and moved there when it is complete,
/// so that an interrupted `create` leaves nothing behind.
///
/// # Errors
/// [`StoreError::Foreign`] when another kind of file is there, which stays
/// untouched; what the file system says when the folder cannot be written.
pub fn create(path: &Path) -> Result<Created, StoreError> {
    match recognise(path) {
        Ok(()) => {
            let connection = match for_reading(path) {
                Err(StoreError::Outdated(_)) => return Ok(Created::Outdated),
                opened => opened?,
            };
            return Ok(Created::AlreadyThere {
                movies: super::movies::count(path, &connection)?,
            });
        }
        Err(StoreError::Missing(_)) => {}
        Err(error) => return Err(error),
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unfinished = tempfile::Builder::new()
        .prefix(".catalogue-init-")
        .tempfile_in(folder)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                StoreError::Unreadable(path.to_path_buf(), "its folder does not exist".to_owned())
            }
            // In its own words, the error names the unfinished file, which nobody asked for.
            std::io::ErrorKind::PermissionDenied => StoreError::ReadOnly(path.to_path_buf()),
            _ => StoreError::io(path, error),
        })?;
    let movies = fill(unfinished.path()).map_err(|error| StoreError::sqlite(path, error))?;
    unfinished
        .as_file()
        .sync_all()
        .map_err(|error| StoreError::io(path, error))?;
    unfinished
        .persist_noclobber(path)
        .map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Foreign(path.to_path_buf()),
            _ => StoreError::io(path, error.error),
        })?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::io(path, error))?;
    Ok(Created::New { movies })
}

/// Writes a whole catalogue into an empty file. WAL is recorded in the header
/// last, so that the file is complete without a `-wal` beside it.
fn fill(path: &Path) -> rusqlite::Result<u64> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate::to_latest(path, &mut connection).map_err(|error| match error {
        StoreError::Sqlite(error) => error,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    })?;
    connection.execute_batch(&format!(
        "BEGIN; {} COMMIT;",
        include_str!("../../seed.sql")
    ))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let movies: i64 = connection.query_row(super::movies::COUNT, [], |row| row.get(0))?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(movies.unsigned_abs())
}

/// Brings the catalogue at `path` to the level of this program.
///
/// # Errors
/// A file that is missing, foreign, damaged, newer, locked or not writable.
pub fn migrate(path: &Path) -> Result<Migrated, StoreError> {
    recognise(path)?;
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrate::to_latest(path, &mut connection)
}

/// Looks at the header alone, without SQLite, which could write to the file.
///
/// Closing a file drops every lock that the process holds on it, so this is
/// done before SQLite opens it, never afterwards
/// (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
fn recognise(path: &Path) -> Result<(), StoreError> {
    let mut header = [0; HEADER_BYTES];
    let mut file = File::open(path).map_err(|error| StoreError::io(path, error))?;
    let foreign = || StoreError::Foreign(path.to_path_buf());
    if !file
        .metadata()
        .map_err(|error| StoreError::io(path, error))?
        .is_file()
    {
        return Err(foreign());
    }
    file.read_exact(&mut header)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => foreign(),
            _ => StoreError::io(path, error),
        })?;
    let id = &header[APPLICATION_ID_AT..APPLICATION_ID_AT + 4];
    if header.starts_with(MAGIC) && id == APPLICATION_ID.to_be_bytes() {
        Ok(())
    } else {
        Err(foreign())
    }
}

/// Opens the file for the one writer of this process, after [`migrate()`].
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // An acknowledged change survives the loss of power.
        connection.pragma_update(None, "synchronous", "FULL")
    };
    set().map_err(|error| StoreError::sqlite(path, error))?;
    at_latest(path, connection)
}

/// Opens the file for reading; nothing can be changed through it. SQLite may
/// write, because only a connection that may can tidy up the `-wal` file when
/// it is the last to close; a file that is write-protected is read all the same.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| StoreError::sqlite(path, error))?;
    at_latest(path, connection)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing(path.to_path_buf()));
    }
    let open = || -> rusqlite::Result<Connection> {
        let connection =
            Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(limits::BUSY_TIMEOUT)?;
        Ok(connection)
    };
    open().map_err(|error| StoreError::sqlite(path, error))
}

/// Refuses a database that has another level than this program.
fn at_latest(path: &Path, connection: Connection) -> Result<Connection, StoreError> {
    match migrate::level(path, &connection)? {
        LATEST => Ok(connection),
        level if level > LATEST => Err(migrate::newer(path, level)),
        _ => Err(StoreError::Outdated(path.to_path_buf())),
    }
}
