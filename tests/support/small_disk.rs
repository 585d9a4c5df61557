//! A disk that is nearly full.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system in memory with this many bytes, until it is dropped.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Nothing where mounting is not permitted.
    pub fn mount(bytes: usize) -> Option<SmallDisk> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={bytes}"),
                "catalogue-test",
            ])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(SmallDisk(folder))
    }

    /// Fills the disk, except for this many bytes.
    pub fn fill(&self, but: usize) {
        let mut file = File::create(self.filler()).unwrap();
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
        let full = file.metadata().unwrap().len();
        file.set_len(full.saturating_sub(but as u64)).unwrap();
    }

    /// Frees the space.
    pub fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}
