//! Making the file, recognising it, and opening it for reading or for writing.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, MAIN_DB, OpenFlags};
use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::maintenance::atomic_file::AtomicFile;
use super::migrate::{self, Migrated};
use super::search_index;
use super::tables::counters;
use super::{LATEST_SCHEMA_VERSION, ProgressObserver, StoreError};
use crate::config::limits;

/// Marks the file as ours: `CATL` in the application id of its header.
const APPLICATION_ID: u32 = 0x4341_544c;
/// Where SQLite's header has the application id, big-endian
/// (<https://www.sqlite.org/fileformat.html>, 1.3).
const APPLICATION_ID_AT: usize = 68;
/// The length of SQLite's header.
const HEADER_BYTES: usize = 100;
/// What the header begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What the names of the files end with that SQLite keeps beside a database
/// (<https://www.sqlite.org/tempfiles.html>).
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The movies that a new catalogue begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Those of `seed.sql`.
    Seed,
    /// None.
    Nothing,
}

/// What [`create`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// There is a new catalogue, with so many movies.
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
/// movies in it. See [`create_unless`].
///
/// # Errors
/// As there.
pub fn create(path: &Path) -> Result<Created, StoreError> {
    create_unless(path, Contents::Seed, &AtomicBool::new(false))
}

/// The same with these movies, given up as soon as `interrupted` is set. The catalogue is built in
/// one file beside `path` and moved there when it is complete, so that nothing
/// stays behind when it is given up or fails. Only a process that is killed
/// leaves that file, `.catalogue-init-` with six letters, which nobody needs.
///
/// # Errors
/// [`StoreError::Foreign`] when another kind of file is there, which stays
/// untouched; [`StoreError::LeftOver`] when there is a file from which SQLite
/// would bring the pages of an earlier database into the new one;
/// [`StoreError::Interrupted`]; what the file system says when the folder cannot be written.
pub fn create_unless(
    path: &Path,
    contents: Contents,
    interrupted: &AtomicBool,
) -> Result<Created, StoreError> {
    let go_on = || match interrupted.load(Ordering::Relaxed) {
        true => Err(StoreError::Interrupted),
        false => Ok(()),
    };
    // First, because another `create` may put a database there in between.
    let left_over = beside(path).find(|file| file.symlink_metadata().is_ok());
    match recognise(path) {
        Ok(()) => return already_there(path),
        Err(StoreError::Missing(_)) => {}
        Err(error) => return Err(error),
    }
    if let Some(file) = left_over {
        return Err(StoreError::LeftOver(file));
    }
    go_on()?;
    let file = AtomicFile::beside(path, ".catalogue-init-")?;
    let movies = fill(file.path(), contents).map_err(|error| StoreError::sqlite(path, error))?;
    go_on()?;
    file.sync()?;
    go_on()?;
    match file.persist_new()? {
        true => Ok(Created::New { movies }),
        false => appeared(path),
    }
}

fn already_there(path: &Path) -> Result<Created, StoreError> {
    let connection = match for_reading(path) {
        Err(StoreError::Outdated(_)) => return Ok(Created::Outdated),
        opened => opened?,
    };
    Ok(Created::AlreadyThere {
        movies: counters::movies(path, &connection)?,
    })
}

/// What is there now and was not when `create` began: the work of another
/// `create`, or a file of somebody else's.
fn appeared(path: &Path) -> Result<Created, StoreError> {
    match recognise(path) {
        Ok(()) => already_there(path),
        // A link to nothing.
        Err(StoreError::Missing(path)) => Err(StoreError::Foreign(path)),
        Err(error) => Err(error),
    }
}

/// Writes a whole catalogue into an empty file, and into no other: the journal
/// is in memory, because the file is thrown away when this fails, and WAL is
/// recorded in the header last, so that there is never a `-wal`.
fn fill(path: &Path, contents: Contents) -> rusqlite::Result<u64> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate::to_latest(path, &mut connection).map_err(|error| match error {
        StoreError::Sqlite(error) => error,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    })?;
    connection.execute_batch("BEGIN")?;
    match contents {
        Contents::Seed => connection.execute_batch(include_str!("../../seed.sql"))?,
        Contents::Nothing => {}
    }
    search_index::rebuild::rebuild(&connection, folder_of(path), &mut |_| Ok(())).map_err(
        |trouble| rusqlite::Error::ToSqlConversionFailure(Box::new(trouble.about(path))),
    )?;
    connection.execute_batch("COMMIT")?;
    let movies: i64 = connection.query_row(counters::MOVIES, [], |row| row.get(0))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(movies.unsigned_abs())
}

/// Brings the catalogue at `path` to the level of this program.
///
/// # Errors
/// A file that is missing, foreign, damaged, newer, locked or not writable.
pub fn migrate(path: &Path) -> Result<Migrated, StoreError> {
    let (migrated, mut connection) = migrate_alone(path)?;
    search_index::ensure_indexed(path, &mut connection)?;
    Ok(migrated)
}

/// The same without the search index, for whoever makes it afterwards.
pub(super) fn migrate_alone(path: &Path) -> Result<(Migrated, Connection), StoreError> {
    recognise(path)?;
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let migrated = migrate::to_latest(path, &mut connection)?;
    Ok((migrated, connection))
}

/// Makes the search index of the catalogue at `path` anew, all or nothing, while
/// others go on reading. Gives the number of movies.
///
/// # Errors
/// A file that is missing, foreign, damaged, newer, locked or not writable;
/// [`StoreError::Interrupted`].
pub fn reindex(path: &Path, observer: &mut ProgressObserver<'_>) -> Result<u64, StoreError> {
    let (_, mut connection) = migrate_alone(path)?;
    observer
        .over(&connection)
        .map_err(|error| StoreError::sqlite(path, error))?;
    let mut movies = 0;
    search_index::reindex(path, &mut connection, &mut |progress| {
        movies = progress.all as u64;
        observer.at("indexing", progress.done as u64, movies)
    })?;
    Ok(movies)
}

/// Indexes the movies of the catalogue at `path` anew when so many were changed
/// one by one that searches take longer.
///
/// # Errors
/// As [`migrate()`], which is to be called before.
pub fn compact(path: &Path) -> Result<(), StoreError> {
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    search_index::compact(path, &mut connection)
}

/// Looks at the header alone, without SQLite, which could write to the file.
///
/// Closing a file drops every lock that the process holds on it, so this is
/// done before SQLite opens it, never afterwards
/// (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
pub(super) fn recognise(path: &Path) -> Result<(), StoreError> {
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

/// Whether the file at `path` is the database at `database`, one of the files
/// that SQLite keeps or will keep beside it, or any other database of SQLite's.
/// Nobody may write something else there.
///
/// It reads headers, so like [`create`] it comes before SQLite opens the file.
pub fn is_of_a_database(path: &Path, database: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    is_place_of(path, database)
        // Opening a pipe would wait for whoever writes into it.
        || std::fs::metadata(path).is_ok_and(|file| file.is_file())
            && File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
            && magic == *MAGIC
}

/// Whether the file at `path` is the database at `database`, or one of the files
/// that SQLite keeps or will keep beside it.
pub(super) fn is_place_of(path: &Path, database: &Path) -> bool {
    let database = database.canonicalize().unwrap_or(database.to_path_buf());
    let mut ours = std::iter::once(database.clone()).chain(beside(&database));
    let (place, file) = (place(path), std::fs::metadata(path).ok());
    ours.any(|ours| {
        let same_file = |file: &std::fs::Metadata| {
            std::fs::metadata(&ours)
                .is_ok_and(|ours| (ours.dev(), ours.ino()) == (file.dev(), file.ino()))
        };
        place == ours || file.as_ref().is_some_and(same_file)
    })
}

/// The files that SQLite may keep beside a database.
pub(super) fn beside(database: &Path) -> impl Iterator<Item = PathBuf> {
    let database = behind_links(database);
    BESIDE
        .into_iter()
        .map(move |ending| with_ending(&database, ending))
}

/// The file in which the connections to a database share what is in its log.
pub(super) fn index_of_log(database: &Path) -> PathBuf {
    with_ending(&behind_links(database), "-shm")
}

fn with_ending(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The database that a link leads to: SQLite keeps its files beside that, and
/// not beside the link.
pub(super) fn behind_links(database: &Path) -> PathBuf {
    match database.is_symlink() {
        true => database.canonicalize().unwrap_or(database.to_path_buf()),
        false => database.to_path_buf(),
    }
}

/// The path without links and dots, of a file that need not be there.
fn place(path: &Path) -> PathBuf {
    match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Opens the file for the one writer of this process, after [`migrate()`].
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = || -> rusqlite::Result<bool> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // An acknowledged change survives the loss of power.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // A change writes to some twenty pages all over the index. They are
        // kept until the commit, and what they were before it in memory.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIB)?;
        // SQLite opens a write-protected file all the same, and would fail the first change.
        connection.is_readonly(MAIN_DB)
    };
    if set().map_err(|error| StoreError::sqlite(path, error))? {
        return Err(StoreError::ReadOnly(path.to_path_buf()));
    }
    // Whoever read the file while it was write-protected may have left one like
    // it beside it. SQLite opens that all the same, too, and never removes it.
    let protected = |file: &PathBuf| access(file, Access::WRITE_OK) == Err(Errno::ACCESS);
    match beside(path).find(protected) {
        Some(file) => Err(StoreError::ReadOnly(file)),
        None => at_latest(path, connection),
    }
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

/// Opens a file of this program's level or an older one, only to read it as it is.
pub(super) fn of_any_known_level(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| StoreError::sqlite(path, error))?;
    known_level(path, connection)
}

/// The same for a file that nobody else works with, and that may stand where
/// nothing can be written: SQLite makes no file beside it.
pub(super) fn at_rest(path: &Path) -> Result<Connection, StoreError> {
    if beside(path).any(|file| file.exists()) {
        return of_any_known_level(path);
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
    known_level(path, connection)
}

/// Opens a file that is about to be replaced, to bring what is beside it into it.
pub(super) fn to_settle(path: &Path) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
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

/// Refuses a database that a newer program has made.
fn known_level(path: &Path, connection: Connection) -> Result<Connection, StoreError> {
    match migrate::level(path, &connection)? {
        level if level > LATEST_SCHEMA_VERSION => Err(migrate::newer(path, level)),
        _ => Ok(connection),
    }
}

/// Refuses a database that has another level than this program.
fn at_latest(path: &Path, connection: Connection) -> Result<Connection, StoreError> {
    match migrate::level(path, &connection)? {
        LATEST_SCHEMA_VERSION => Ok(connection),
        level if level > LATEST_SCHEMA_VERSION => Err(migrate::newer(path, level)),
        _ => Err(StoreError::Outdated(path.to_path_buf())),
    }
}
