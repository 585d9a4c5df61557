//! Notices that the files of an open database were moved, replaced or removed.
//!
//! SQLite continues with the files that it has opened, also when their paths lead to other
//! files. A change would be acknowledged and lost, and a new database at the old path
//! would be read together with the old `-wal` and `-shm`.

use std::path::{Path, PathBuf};

use super::file_id::FileId;
use super::{StoreError, paths};

/// The files of one open database.
pub(super) struct FileWatch {
    /// The database first.
    files: [(PathBuf, FileId); 3],
}

impl FileWatch {
    /// Watches the database at `path`, which a connection in WAL mode has open.
    pub fn new(path: &Path) -> Result<FileWatch, StoreError> {
        let watched = |path: PathBuf| match FileId::read(&path) {
            Ok(id) => Ok((path, id)),
            Err(error) => Err(StoreError::io(&path, error)),
        };
        Ok(FileWatch {
            files: [
                watched(path.to_path_buf())?,
                watched(paths::wal(path))?,
                watched(paths::wal_index(path))?,
            ],
        })
    }

    /// Compares the files at the paths with the opened ones: three system calls.
    ///
    /// # Errors
    /// [`StoreError::Moved`] with the first path that leads to another file or to none.
    pub fn check(&self) -> Result<(), StoreError> {
        match self.files.iter().find(|file| !is_there(file)) {
            Some((path, _)) => Err(StoreError::Moved(path.clone())),
            None => Ok(()),
        }
    }

    /// Removes the `-wal` and `-shm` of a database that was itself moved or removed, so that SQLite
    /// does not use them with a new database at the same path. Their contents must be in the
    /// database before.
    pub fn remove_companions(&self) {
        let [database, companions @ ..] = &self.files;
        if is_there(database) {
            return;
        }
        for file in companions.iter().filter(|file| is_there(file)) {
            if let Err(error) = std::fs::remove_file(&file.0) {
                tracing::warn!(%error, file = %file.0.display(), "a file could not be removed");
            }
        }
    }
}

fn is_there((path, id): &(PathBuf, FileId)) -> bool {
    FileId::read(path).is_ok_and(|found| found == *id)
}
