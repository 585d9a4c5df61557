//! A file that appears under its name when it is complete, and not before.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use crate::store::StoreError;
use crate::store::paths::folder_of;

/// A file beside its place, readable by its owner alone, and removed again when
/// it is dropped before it is complete. Only a process that is killed leaves it:
/// its name begins with `.catalogue-`, and nobody needs it.
pub(in crate::store) struct AtomicFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl AtomicFile {
    /// A new, empty file, for what is to be at `place`.
    pub fn new_beside(place: &Path, prefix: &str) -> Result<AtomicFile, StoreError> {
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .tempfile_in(folder_of(place))
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => StoreError::Unreadable(
                    place.to_path_buf(),
                    "its folder does not exist".to_owned(),
                ),
                // In its own words, the error names the file file, which nobody asked for.
                ErrorKind::PermissionDenied => StoreError::ReadOnly(place.to_path_buf()),
                _ => StoreError::io(place, error),
            })?;
        Ok(AtomicFile {
            file,
            place: place.to_path_buf(),
        })
    }

    /// Where it is until it is complete.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Where it will be.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Has the disk take it.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.done(self.file.as_file().sync_all())
    }

    /// Gives it the owner and the permissions of the file that it will replace.
    pub fn take_after(&self, old: &fs::Metadata) -> Result<(), StoreError> {
        let file = self.file.as_file();
        let take = || {
            let new = file.metadata()?;
            if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                fchown(file, Some(old.uid()), Some(old.gid()))?;
            }
            file.set_permissions(old.permissions())
        };
        self.done(take())
    }

    /// Moves it to its place, where no file may be. Says whether there was none.
    pub fn persist_new(self) -> Result<bool, StoreError> {
        let AtomicFile { file, place } = self;
        match file.persist_noclobber(&place) {
            Ok(_) => sync_folder(&place).map(|()| true),
            Err(PersistError { error, .. }) => match error.kind() {
                ErrorKind::AlreadyExists => Ok(false),
                _ => Err(StoreError::io(&place, error)),
            },
        }
    }

    /// Moves it to its place, in one step if there is a file.
    pub fn replace(self) -> Result<(), StoreError> {
        let AtomicFile { file, place } = self;
        file.persist(&place)
            .map_err(|PersistError { error, .. }| StoreError::io(&place, error))?;
        sync_folder(&place)
    }

    fn done<T>(&self, result: io::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::io(&self.place, error))
    }
}

/// Only then is the name of the file on disk.
fn sync_folder(place: &Path) -> Result<(), StoreError> {
    File::open(folder_of(place))
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::io(place, error))
}
