//! Functions that backup and restore share: copying a database, and checking whether a file may be
//! written.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::atomic_file::AtomicFile;
use super::check::{self, Health};
use crate::store::{ProgressObserver, StoreError, open, paths};

/// The permissions of a file with the hashes of passwords.
pub(in crate::store) const OWNER_ONLY: u32 = 0o600;

/// Pages that are copied before the observer is called.
const PAGES_PER_STEP: i32 = 1_024;

/// Whether a database may be written to that path.
pub(super) fn check_free(place: &Path, replace: bool) -> Result<(), StoreError> {
    match place.symlink_metadata() {
        Ok(_) if !replace => Err(StoreError::Exists(place.to_path_buf())),
        // A device would be replaced by a file.
        Ok(_) if !place.is_file() => Err(StoreError::NotAFile(place.to_path_buf())),
        _ => Ok(()),
    }
}

/// Whether SQLite keeps no file next to that path, which it would take for changes of the
/// file that is written there.
pub(super) fn check_alone(place: &Path) -> Result<(), StoreError> {
    match paths::companions(place).find(|file| file.symlink_metadata().is_ok()) {
        Some(_) if place.exists() => Err(StoreError::InUse(place.to_path_buf())),
        Some(file) => Err(StoreError::LeftOver(file)),
        None => Ok(()),
    }
}

/// Copies a database into an empty file. One read transaction covers all pages: SQLite's backup
/// begins anew whenever another process commits between two steps, and would never end under a
/// steady load. Meanwhile, changes make the `-wal` file longer.
pub(super) fn into_new(
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
        // A copy that fails is removed, and one that succeeds is synced at its end.
        copy.pragma_update(None, "journal_mode", "OFF")?;
        copy.pragma_update(None, "synchronous", "OFF")?;
        source.execute_batch("BEGIN")?;
        source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    };
    prepare().map_err(wrong)?;
    all_pages(source, &mut copy, observer, wrong)?;
    source.execute_batch("COMMIT").map_err(wrong)?;
    copy.close().map_err(|(_, error)| wrong(error))
}

/// Copies every page of `source` to `target`, whose own pages are replaced in one
/// transaction.
pub(super) fn all_pages(
    source: &Connection,
    target: &mut Connection,
    observer: &mut ProgressObserver<'_>,
    wrong: impl Fn(rusqlite::Error) -> StoreError,
) -> Result<(), StoreError> {
    let backup = Backup::new(source, target).map_err(&wrong)?;
    loop {
        let step = backup.step(PAGES_PER_STEP).map_err(&wrong)?;
        let progress = backup.progress();
        let [left, pages] = [progress.remaining, progress.pagecount].map(|n| n.max(0) as u64);
        observer.report("copying", pages - left, pages)?;
        match step {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(wrong(rusqlite::Error::SqliteFailure(busy, None)));
            }
            _ => {}
        }
    }
}

/// Checks a copy. A copy with damaged pages is refused. Rows that break a rule are copied as they
/// are in `path`, so that they are not lost.
pub(super) fn check(
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
