//! Replaces a catalogue by a backup.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use rustix::fs::{FlockOperation, fcntl_lock};

use super::atomic_file::AtomicFile;
use super::check::Health;
use super::copy;
use crate::store::{ProgressObserver, StoreError, open, paths};

/// Replaces the contents of `database` with those of `file`, or creates `database`. `file` is
/// checked before anything is changed.
///
/// A database that exists keeps its file: all of its pages are replaced in one transaction, under a
/// lock that keeps every other process out. So a process that had opened the file before, such as a
/// shell, continues with the restored contents, and not with a deleted file. Only a file that is
/// not a readable database is replaced by another file.
///
/// # Errors
/// A `file` that is no backup or is damaged; a `database` that exists unless `replace`, or
/// that another program has open, in any case; [`StoreError::Interrupted`].
pub fn restore(
    file: &Path,
    database: &Path,
    replace: bool,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    if paths::is_file_of(file, database) {
        return Err(StoreError::OverItself(file.to_path_buf()));
    }
    // The file that a link leads to, and not the link, is replaced.
    let database = &paths::resolve_link(database);
    // First: `--force` is of no use without a backup.
    if !file.exists() {
        return Err(StoreError::NoBackup(file.to_path_buf()));
    }
    copy::check_free(database, replace)?;
    if !replace {
        copy::check_alone(database)?;
    }
    if open::check_header(database).is_ok()
        && let Ok(connection) = open::for_inspection(database)
    {
        open::refuse_cluster(database, &connection)?;
    }
    // Checked before the work and after it, so that no work is done for nothing.
    drop(lock(database)?);
    let staged = AtomicFile::new(database, "restore", copy::OWNER_ONLY)
        .map_err(|error| StoreError::new_file(database, error))?;
    let health = stage(file, &staged, observer).map_err(|error| match error {
        StoreError::Missing(file) => StoreError::NoBackup(file),
        StoreError::Foreign(file) => StoreError::NotABackup(file),
        StoreError::Damaged(file, why) | StoreError::DamagedRow(file, why) => {
            StoreError::BadBackup(file, why)
        }
        other => other,
    })?;
    if !replace {
        let is_new = staged
            .persist_new()
            .map_err(|error| StoreError::io(database, error))?;
        return if is_new {
            Ok(health)
        } else {
            Err(StoreError::Exists(database.to_path_buf()))
        };
    }
    if !replace_pages(database, &staged, observer)? {
        replace_file(database, staged)?;
    }
    Ok(health)
}

/// Copies a backup next to the database, and checks the copy.
fn stage(
    file: &Path,
    to: &AtomicFile,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    open::check_header(file)?;
    let source = open::immutable(file)?;
    copy::into_new(file, &source, to, observer)?;
    copy::check(file, to, observer)
}

/// Replaces all pages of a database in one transaction. Returns `false`, with nothing
/// changed, when it is no database that SQLite can open and write.
fn replace_pages(
    database: &Path,
    staged: &AtomicFile,
    observer: &mut ProgressObserver<'_>,
) -> Result<bool, StoreError> {
    if open::check_header(database).is_err() {
        return Ok(false);
    }
    let run = |observer: &mut ProgressObserver<'_>| {
        let source = open::immutable(staged.path())?;
        let mut target = open::exclusive(database)?;
        let wrong = |error| StoreError::sqlite(database, error);
        copy::all_pages(&source, &mut target, observer, wrong)?;
        // The connection works without it. One of a killed process is removed under the lock.
        remove_if_there(&paths::wal_index(database))?;
        target.close().map_err(|(_, error)| wrong(error))
    };
    match run(observer) {
        Ok(()) => Ok(true),
        Err(StoreError::Locked(path)) => Err(StoreError::InUse(path)),
        // Damage may be why it is replaced. SQLite says that a database in WAL mode with
        // pages of another size is read-only.
        Err(
            StoreError::Damaged(..)
            | StoreError::DamagedRow(..)
            | StoreError::ReadOnly(_)
            | StoreError::Missing(_),
        ) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Replaces what is no readable database by another file, with the owner and the
/// permissions of the old one.
fn replace_file(database: &Path, staged: AtomicFile) -> Result<(), StoreError> {
    let _locked = lock(database)?;
    let io = |error| StoreError::io(database, error);
    if let Ok(old) = fs::metadata(database) {
        staged.take_after(&old).map_err(io)?;
    }
    // They could not be read, and SQLite would use them as changes of the new database.
    for left_over in paths::companions(database) {
        remove_if_there(&left_over)?;
    }
    staged.replace().map_err(io)
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io(path, error)),
        _ => Ok(()),
    }
}

/// Checks that no program has the database open, and keeps programs from opening it until
/// the lock is dropped: SQLite holds a lock on a part of the file for as long as a
/// connection in WAL mode is open, and needs one to open it.
///
/// Closing a file drops all locks that this process has on it, so there must be no
/// connection to it here.
fn lock(database: &Path) -> Result<Option<File>, StoreError> {
    let file = match File::options().read(true).write(true).open(database) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(database, error)),
    };
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::AGAIN) => {
            Err(StoreError::InUse(database.to_path_buf()))
        }
        Err(error) => Err(StoreError::io(database, error.into())),
    }
}
