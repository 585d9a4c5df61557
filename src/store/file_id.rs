//! The identity of the file at a path.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Device and inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file that the path leads to now.
    pub fn read(path: &Path) -> io::Result<FileId> {
        let file = std::fs::metadata(path)?;
        Ok(FileId {
            device: file.dev(),
            inode: file.ino(),
        })
    }
}
