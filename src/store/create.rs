//! Creating a catalogue.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::maintenance::atomic_file::AtomicFile;
use super::maintenance::copy::OWNER_ONLY;
use super::tables::counters;
use super::{ProgressObserver, StoreError, open, paths, schema, search_index};

/// The movies of a new catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The movies of `seed.sql`.
    Seed,
    /// None.
    Nothing,
}

/// The result of [`create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// A new catalogue was created.
    New {
        /// The number of its movies.
        movies: u64,
    },
    /// There was a catalogue already, and it was not changed.
    AlreadyThere {
        /// The number of its movies.
        movies: u64,
    },
    /// There was a catalogue of an older schema version, and it was not changed.
    Outdated,
}

/// Creates a catalogue at `path` with the movies of the seed, readable by its owner alone.
///
/// # Errors
/// As [`create_unless`].
pub fn create(path: &Path) -> Result<Created, StoreError> {
    create_unless(path, Contents::Seed, &AtomicBool::new(false))
}

/// Creates a catalogue at `path` with these movies, unless `interrupted` is set meanwhile.
/// It is built in a file next to `path`, which takes its place when it is complete.
///
/// # Errors
/// [`StoreError::Foreign`] when there is a file of another kind, which is not changed;
/// [`StoreError::LeftOver`] when there is a file from which SQLite would copy the pages of an
/// earlier database into the new one; [`StoreError::Interrupted`]; the error of the file system
/// when the folder cannot be written.
pub fn create_unless(
    path: &Path,
    contents: Contents,
    interrupted: &AtomicBool,
) -> Result<Created, StoreError> {
    let check_interrupted = || {
        if interrupted.load(Ordering::Relaxed) {
            return Err(StoreError::Interrupted);
        }
        Ok(())
    };
    // First, because another `create` may create a database in between.
    let left_over = paths::companions(path).find(|file| file.symlink_metadata().is_ok());
    match open::check_header(path) {
        Ok(()) => return already_there(path),
        Err(StoreError::Missing(_)) => {}
        Err(error) => return Err(error),
    }
    if let Some(file) = left_over {
        return Err(StoreError::LeftOver(file));
    }
    check_interrupted()?;
    let file = AtomicFile::new(path, "init", OWNER_ONLY)
        .map_err(|error| StoreError::new_file(path, error))?;
    let movies = fill(file.path(), contents).map_err(|error| StoreError::sqlite(path, error))?;
    check_interrupted()?;
    if file
        .persist_new()
        .map_err(|error| StoreError::io(path, error))?
    {
        Ok(Created::New { movies })
    } else {
        appeared(path)
    }
}

fn already_there(path: &Path) -> Result<Created, StoreError> {
    let connection = match open::for_reading(path) {
        Err(StoreError::Outdated(_)) => return Ok(Created::Outdated),
        opened => opened?,
    };
    Ok(Created::AlreadyThere {
        movies: counters::movies(path, &connection)?,
    })
}

/// The result when a file has appeared at `path` while the catalogue was built: another new
/// catalogue, or a file of another kind.
fn appeared(path: &Path) -> Result<Created, StoreError> {
    match open::check_header(path) {
        Ok(()) => already_there(path),
        // A symbolic link to nothing.
        Err(StoreError::Missing(path)) => Err(StoreError::Foreign(path)),
        Err(error) => Err(error),
    }
}

/// Writes a whole catalogue into an empty file. The journal is in memory, because the file
/// is removed when this fails. WAL is set last, so that there is never a `-wal` file.
fn fill(path: &Path, contents: Contents) -> rusqlite::Result<u64> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "application_id", open::APPLICATION_ID)?;
    schema::to_latest(path, &mut connection).map_err(|error| match error {
        StoreError::Sqlite(error) => error,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    })?;
    connection.execute_batch("BEGIN")?;
    match contents {
        Contents::Seed => connection.execute_batch(include_str!("../../seed.sql"))?,
        Contents::Nothing => {}
    }
    search_index::rebuild::rebuild_all(
        &connection,
        paths::folder_of(path),
        &mut ProgressObserver::silent(),
    )
    .map_err(|trouble| rusqlite::Error::ToSqlConversionFailure(Box::new(trouble.about(path))))?;
    connection.execute_batch("COMMIT")?;
    let movies: i64 = connection.query_row(counters::MOVIES, [], |row| row.get(0))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(movies.unsigned_abs())
}
