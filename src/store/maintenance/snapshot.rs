//! A snapshot of another node, on its way into the place of a node's file.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::atomic_file::AtomicFile;
use super::copy;
use crate::store::tables::cluster::{ClusterId, ClusterPosition};
use crate::store::{ProgressObserver, StoreError, open, paths, replica};

/// A snapshot that is being received. It is removed when it is dropped before it is complete.
pub struct SnapshotFile {
    file: AtomicFile,
    place: PathBuf,
}

impl SnapshotFile {
    /// An empty file, which is to be at `place`.
    ///
    /// # Errors
    /// What the operating system says.
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

    /// Checks it, and puts it in its place, where no process may have a file open. Gives how far
    /// it has followed the log.
    ///
    /// # Errors
    /// A file that is damaged or of another cluster; what the operating system says.
    pub fn install(self, cluster: ClusterId) -> Result<ClusterPosition, StoreError> {
        let SnapshotFile { file, place } = self;
        open::check_header(file.path())?;
        copy::check(file.path(), &file, &mut ProgressObserver::silent())?;
        let position = replica::cluster_position(file.path())?;
        let position = position.filter(|found| found.cluster == cluster && !found.needs_snapshot);
        let position = position.ok_or_else(|| StoreError::NotABackup(place.clone()))?;
        let io = |error| StoreError::io(&place, error);
        // They belong to the file that was there, and would be taken for changes of this one.
        for companion in paths::companions(&place).chain(paths::companions(file.path())) {
            if companion.symlink_metadata().is_ok() {
                std::fs::remove_file(&companion).map_err(io)?;
            }
        }
        file.replace().map_err(io)?;
        Ok(position)
    }
}
