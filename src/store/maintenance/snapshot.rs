//! Replaces the file of a node by a snapshot of another node.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::atomic_file::AtomicFile;
use super::copy;
use crate::store::tables::cluster::{ClusterId, ClusterPosition};
use crate::store::{ProgressObserver, StoreError, open, paths, replica};

/// A snapshot that is being received. If it is dropped before it is complete, the file is removed.
pub struct SnapshotFile {
    file: AtomicFile,
    place: PathBuf,
}

impl SnapshotFile {
    /// Creates an empty file that will replace the one at `place`.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn new(place: &Path) -> Result<SnapshotFile, StoreError> {
        let place = paths::resolve_link(place);
        let file = AtomicFile::new(&place, "snapshot", copy::OWNER_ONLY)
            .map_err(|error| StoreError::new_file(&place, error))?;
        Ok(SnapshotFile { file, place })
    }

    /// The file, for writing.
    pub fn file(&self) -> &File {
        self.file.file()
    }

    /// Checks the snapshot, and moves it to its place. No process may have the old file open.
    /// Returns the position of the snapshot in the log.
    ///
    /// # Errors
    /// A file that is damaged or of another cluster; an error of the operating system.
    pub fn install(self, cluster: ClusterId) -> Result<ClusterPosition, StoreError> {
        let SnapshotFile { file, place } = self;
        open::check_header(file.path())?;
        copy::check(file.path(), &file, &mut ProgressObserver::silent())?;
        let position = replica::cluster_position(file.path())?;
        let position = position.filter(|found| found.cluster == cluster && !found.needs_snapshot);
        let position = position.ok_or_else(|| StoreError::NotABackup(place.clone()))?;
        let io = |error| StoreError::io(&place, error);
        // They belong to the old file. SQLite would apply them to the new one.
        for companion in paths::companions(&place).chain(paths::companions(file.path())) {
            if companion.symlink_metadata().is_ok() {
                std::fs::remove_file(&companion).map_err(io)?;
            }
        }
        file.replace().map_err(io)?;
        Ok(position)
    }
}
