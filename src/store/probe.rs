//! Whether the database answers.

use std::path::Path;

use super::file_watch::FileWatch;
use super::{ReadTransaction, Reader, Sizes, StoreError};

/// A reader that checks whether the database answers.
pub struct Probe {
    reader: Reader,
    files: FileWatch,
}

impl Probe {
    /// Opens the catalogue at `path`.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open(path: &Path) -> Result<Probe, StoreError> {
        let mut reader = Reader::open(path)?;
        // The `-wal` and `-shm` files exist from the first read on.
        ReadTransaction::new(&mut reader).count()?;
        let files = FileWatch::new(path)?;
        Ok(Probe { reader, files })
    }

    /// Reads the size of the catalogue. SQLite would continue with files that were moved or
    /// replaced, so their paths are checked too.
    ///
    /// # Errors
    /// The reason why the database does not answer.
    pub fn look(&mut self) -> Result<Sizes, StoreError> {
        self.files.check()?;
        ReadTransaction::new(&mut self.reader).sizes()
    }

    /// Releases the memory that it does not need.
    pub fn shrink(&mut self) {
        self.reader.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn a_file_that_is_gone_or_replaced_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let [path, away] = ["sae.db", "away.db"].map(|name| folder.path().join(name));
        store::create(&path).unwrap();
        let mut probe = Probe::open(&path).unwrap();
        let sizes = probe.look().unwrap();
        assert_eq!(sizes.movies, 3);
        assert_eq!(sizes.database_bytes, path.metadata().unwrap().len());
        std::fs::rename(&path, &away).unwrap();
        assert!(matches!(probe.look(), Err(StoreError::Moved(_))));
        std::fs::copy(&away, &path).unwrap();
        assert!(matches!(probe.look(), Err(StoreError::Moved(_))));
        std::fs::rename(&away, &path).unwrap();
        assert_eq!(probe.look().unwrap(), sizes);
    }
}
