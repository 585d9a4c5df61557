//! Whether the database answers.

use std::path::{Path, PathBuf};

use super::file_id::FileId;
use super::{ReadTransaction, Reader, Sizes, StoreError};

/// A reader that asks now and then whether the database is there.
pub struct Probe {
    path: PathBuf,
    reader: Reader,
    /// The file that was opened.
    file: FileId,
}

impl Probe {
    /// Opens the catalogue at `path`.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open(path: &Path) -> Result<Probe, StoreError> {
        Ok(Probe {
            path: path.to_path_buf(),
            reader: Reader::open(path)?,
            file: identity(path)?,
        })
    }

    /// Asks it. SQLite would go on reading a file that was removed or replaced,
    /// and that nobody else sees, so the place is looked at, too.
    ///
    /// # Errors
    /// Why it does not answer.
    pub fn look(&mut self) -> Result<Sizes, StoreError> {
        if identity(&self.path)? != self.file {
            let why = "another file was put in its place, restart the server".to_owned();
            return Err(StoreError::Unreadable(self.path.clone(), why));
        }
        ReadTransaction::new(&mut self.reader).sizes()
    }

    /// Gives back the memory that it can do without.
    pub fn shrink(&mut self) {
        self.reader.shrink();
    }
}

fn identity(path: &Path) -> Result<FileId, StoreError> {
    FileId::read(path).map_err(|error| StoreError::io(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn a_file_that_is_gone_or_replaced_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let [path, away] = ["sae.db", "away.db"].map(|name| folder.path().join(name));
        store::create(&path).unwrap();
        let mut probe = Probe::open(&path).unwrap();
        let sizes = probe.look().unwrap();
        assert_eq!(sizes.movies, 3);
        assert_eq!(sizes.database_bytes, path.metadata().unwrap().len());
        std::fs::rename(&path, &away).unwrap();
        assert!(matches!(probe.look(), Err(StoreError::Missing(_))));
        std::fs::copy(&away, &path).unwrap();
        assert!(matches!(probe.look(), Err(StoreError::Unreadable(..))));
        std::fs::rename(&away, &path).unwrap();
        assert_eq!(probe.look().unwrap(), sizes);
    }
}
