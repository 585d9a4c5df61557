//! A copy of the whole catalogue while it is being written, and the way back.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use rustix::fs::{FlockOperation, fcntl_lock};

use super::atomic_file::AtomicFile;
use super::check::{self, Health};
use crate::store::{ProgressObserver, StoreError, open, paths};

/// Pages that are copied between two looks at whether to go on.
const PAGES_PER_STEP: i32 = 1_024;

/// Copies the catalogue at `database` to `file`, as it is at one moment, while
/// others go on reading and writing. The copy is checked and appears complete or
/// not at all, readable by its owner alone.
///
/// A catalogue of an older level is copied as it is: before it is brought up to
/// date is when a backup is wanted most.
///
/// # Errors
/// A database that cannot be read or whose copy is damaged; a `file` that is
/// there unless `replace`, or belongs to a database in use; a full disk;
/// [`StoreError::Interrupted`].
pub fn backup(
    database: &Path,
    file: &Path,
    replace: bool,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    if paths::is_file_of(file, database) {
        return Err(StoreError::OverItself(file.to_path_buf()));
    }
    is_free(file, replace)?;
    is_alone(file)?;
    open::check_header(database)?;
    let source = open::for_inspection(database)?;
    let staged = AtomicFile::new_beside(file, ".catalogue-backup-")?;
    copy(database, &source, &staged, observer)?;
    let health = checked(database, &staged, observer)?;
    staged.sync()?;
    match replace {
        true => staged.replace()?,
        false if staged.persist_new()? => {}
        false => return Err(StoreError::Exists(file.to_path_buf())),
    }
    Ok(health)
}

/// Puts the catalogue in `file` where `database` is to be. It is checked before
/// anything is replaced, and then takes its place in one step, with the owner
/// and the permissions of the one that was there.
///
/// # Errors
/// A `file` that is no backup or is damaged; a `database` that is there unless
/// `replace`, or that another program has open, in any case;
/// [`StoreError::Interrupted`].
pub fn restore(
    file: &Path,
    database: &Path,
    replace: bool,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    if paths::is_file_of(file, database) {
        return Err(StoreError::OverItself(file.to_path_buf()));
    }
    // Where a link leads, and not the link, is replaced.
    let database = &paths::resolve_link(database);
    // Nobody should be told to use `--force` for what is not there.
    if !file.exists() {
        return Err(StoreError::NoBackup(file.to_path_buf()));
    }
    is_free(database, replace)?;
    if !replace {
        is_alone(database)?;
    }
    // Before the work as well as behind it, so that nobody waits in vain.
    drop(lock(database)?);
    let staged = AtomicFile::new_beside(database, ".catalogue-restore-")?;
    let health = bring_back(file, &staged, observer).map_err(|error| match error {
        StoreError::Missing(file) => StoreError::NoBackup(file),
        StoreError::Foreign(file) => StoreError::NotABackup(file),
        StoreError::Damaged(file, why) => StoreError::BadBackup(file, why),
        other => other,
    })?;
    if !replace {
        staged.sync()?;
        return match staged.persist_new()? {
            true => Ok(health),
            false => Err(StoreError::Exists(database.to_path_buf())),
        };
    }
    settle(database)?;
    let _locked = lock(database)?;
    if let Ok(old) = fs::metadata(database) {
        staged.take_after(&old)?;
    }
    staged.sync()?;
    // What SQLite keeps beside a database that it could settle is gone by now.
    // What is left could not be read, and would be taken for changes of the new one.
    for left_over in paths::companions(database) {
        if let Err(error) = fs::remove_file(&left_over)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(StoreError::io(&left_over, error));
        }
    }
    staged.replace()?;
    Ok(health)
}

fn bring_back(
    file: &Path,
    to: &AtomicFile,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    open::check_header(file)?;
    let source = open::immutable(file)?;
    copy(file, &source, to, observer)?;
    checked(file, to, observer)
}

/// Whether a database may appear there.
fn is_free(place: &Path, replace: bool) -> Result<(), StoreError> {
    match place.symlink_metadata() {
        Ok(_) if !replace => Err(StoreError::Exists(place.to_path_buf())),
        // A device would be gone from its folder.
        Ok(_) if !place.is_file() => Err(StoreError::NotAFile(place.to_path_buf())),
        _ => Ok(()),
    }
}

/// Whether SQLite keeps nothing beside that place: it would take that for
/// changes of the file that is going to be there.
fn is_alone(place: &Path) -> Result<(), StoreError> {
    match paths::companions(place).find(|file| file.symlink_metadata().is_ok()) {
        Some(_) if place.exists() => Err(StoreError::InUse(place.to_path_buf())),
        Some(file) => Err(StoreError::LeftOver(file)),
        None => Ok(()),
    }
}

/// Copies every page within one read transaction. SQLite's backup begins anew
/// whenever somebody else commits between two steps, and would never end under a
/// steady load; in a read transaction it sees one moment from the first page to
/// the last. Meanwhile the `-wal` file grows by what is written.
fn copy(
    path: &Path,
    source: &Connection,
    to: &AtomicFile,
    observer: &mut ProgressObserver<'_>,
) -> Result<(), StoreError> {
    let wrong = |error| match StoreError::sqlite(path, error) {
        StoreError::Full(_) => StoreError::Full(to.place().to_path_buf()),
        other => other,
    };
    let mut copy = Connection::open(to.path()).map_err(wrong)?;
    let prepare = || {
        // A copy that fails is thrown away, and one that does not is synced at its end.
        copy.pragma_update(None, "journal_mode", "OFF")?;
        copy.pragma_update(None, "synchronous", "OFF")?;
        source.execute_batch("BEGIN")?;
        source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    };
    prepare().map_err(wrong)?;
    let backup = Backup::new(source, &mut copy).map_err(wrong)?;
    loop {
        let step = backup.step(PAGES_PER_STEP).map_err(wrong)?;
        let progress = backup.progress();
        let [left, pages] = [progress.remaining, progress.pagecount].map(|n| n.max(0) as u64);
        observer.at("copying", pages - left, pages)?;
        match step {
            StepResult::Done => break,
            StepResult::Busy | StepResult::Locked => {
                return Err(StoreError::Locked(path.to_path_buf()));
            }
            _ => {}
        }
    }
    drop(backup);
    source.execute_batch("COMMIT").map_err(wrong)?;
    copy.close().map_err(|(_, error)| wrong(error))
}

/// Checks a copy. One whose pages make no sense is no copy; rows that break a
/// rule are as they were, and better kept than lost.
fn checked(
    path: &Path,
    copy: &AtomicFile,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    let connection = open::immutable(copy.path())?;
    let health = check::of_a_copy(copy.path(), &connection, observer)?;
    match health.damage() {
        Some(fault) => Err(StoreError::Damaged(path.to_path_buf(), fault.to_string())),
        None => Ok(health),
    }
}

/// Brings what SQLite keeps beside a database that nobody has open into it, so
/// that it is one file and complete until the moment when it is replaced.
fn settle(database: &Path) -> Result<(), StoreError> {
    if open::check_header(database).is_err() {
        return Ok(());
    }
    let connection = open::for_migration(database)?;
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0)
    });
    match checkpoint.map_err(|error| StoreError::sqlite(database, error)) {
        Ok(0) => Ok(()),
        Ok(_) | Err(StoreError::Locked(_)) => Err(StoreError::InUse(database.to_path_buf())),
        // It is damaged, which may be why it is replaced.
        Err(_) => Ok(()),
    }
}

/// Sees to it that no program has the database open, or opens it until the lock
/// is dropped: SQLite holds a lock on a part of the file for as long as a
/// connection in WAL mode is open, and needs one to open it.
///
/// Closing a file drops all locks that this process has on it, so there must be
/// no connection to it here.
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
