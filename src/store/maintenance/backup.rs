//! A copy of the whole catalogue while it is in use.

use std::path::Path;

use super::atomic_file::AtomicFile;
use super::check::Health;
use super::copy;
use crate::store::{ProgressObserver, StoreError, open, paths};

/// Copies the catalogue at `database` to `file`, as it is at one moment, while other connections
/// read and write. The copy is checked, appears complete or not at all, and is readable by its
/// owner alone.
///
/// A catalogue of an older schema version is copied as it is: a backup is wanted most before
/// a migration.
///
/// # Errors
/// A database that cannot be read or whose copy is damaged; a `file` that exists unless
/// `replace`, or belongs to a database in use; a full disk; [`StoreError::Interrupted`].
pub fn backup(
    database: &Path,
    file: &Path,
    replace: bool,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    if paths::is_file_of(file, database) {
        return Err(StoreError::OverItself(file.to_path_buf()));
    }
    copy::check_free(file, replace)?;
    copy::check_alone(file)?;
    open::check_header(database)?;
    let source = open::for_inspection(database)?;
    let staged = AtomicFile::new(file, "backup", copy::OWNER_ONLY)
        .map_err(|error| StoreError::new_file(file, error))?;
    copy::into_new(database, &source, &staged, observer)?;
    let health = copy::check(database, &staged, observer)?;
    let io = |error| StoreError::io(file, error);
    if replace {
        staged.replace().map_err(io)?;
    } else if !staged.persist_new().map_err(io)? {
        return Err(StoreError::Exists(file.to_path_buf()));
    }
    Ok(health)
}
