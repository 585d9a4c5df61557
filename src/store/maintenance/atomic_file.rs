//! A file that appears at its path only when it is complete.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tempfile::{NamedTempFile, PersistError};

use crate::store::paths::folder_of;

/// The names of all unfinished files begin with this.
const PREFIX: &str = ".catalogue-";
/// The age from which an unfinished file without a lock belongs to no process: a file gets
/// its lock at once.
const STALE_AGE: Duration = Duration::from_secs(60);

/// A file in the folder of its place, which is removed when it is dropped before it is
/// complete. A process that is killed leaves it; the next one that writes to the same folder
/// removes it.
pub struct AtomicFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl AtomicFile {
    /// Creates an empty file for what is to be at `place`, with these permissions less the
    /// umask. `purpose` is a part of its name.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn new(place: &Path, purpose: &str, mode: u32) -> io::Result<AtomicFile> {
        let folder = folder_of(place);
        remove_stale(folder);
        let file = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{purpose}-"))
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        // Not the kind of lock that SQLite takes. File systems without it are rare; there
        // the age alone protects the file.
        let _ = flock(file.as_file(), FlockOperation::NonBlockingLockExclusive);
        Ok(AtomicFile {
            file,
            place: place.to_path_buf(),
        })
    }

    /// The path until it is complete.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The path when it is complete.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// The open file.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Sets the owner and the permissions of the file that it will replace.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn take_after(&self, old: &fs::Metadata) -> io::Result<()> {
        let file = self.file();
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
        }
        file.set_permissions(old.permissions())
    }

    /// Syncs it and moves it to its place, where no file may be. Returns whether there was none.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn persist_new(self) -> io::Result<bool> {
        let AtomicFile { file, place } = self;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&place) {
            Ok(_) => sync_folder(&place).map(|()| true),
            Err(PersistError { error, .. }) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(false)
            }
            Err(PersistError { error, .. }) => Err(error),
        }
    }

    /// Syncs it and moves it to its place, in one step if there is a file.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn replace(self) -> io::Result<()> {
        let AtomicFile { file, place } = self;
        file.as_file().sync_all()?;
        file.persist(&place)?;
        sync_folder(&place)
    }
}

/// After this the name of the file is on disk.
fn sync_folder(place: &Path) -> io::Result<()> {
    File::open(folder_of(place))?.sync_all()
}

/// Removes the unfinished files of processes that were killed: they may hold the hashes of
/// passwords. An error is ignored, because it does not affect the new file.
fn remove_stale(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX)) && is_stale(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_stale(path: &Path) -> bool {
    let is_old = |file: &fs::Metadata| {
        let age = file.modified().ok().and_then(|time| time.elapsed().ok());
        file.is_file() && age.is_some_and(|age| age >= STALE_AGE)
    };
    fs::symlink_metadata(path).is_ok_and(|file| is_old(&file))
        && File::open(path)
            .is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn unfinished_files_of_killed_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let old = |file: &File| {
            file.set_modified(SystemTime::now() - 2 * STALE_AGE)
                .unwrap();
        };
        let left_over = folder.path().join(".catalogue-backup-abcdef");
        let young = folder.path().join(".catalogue-backup-ghijkl");
        let other = folder.path().join("catalogue-backup");
        for path in [&left_over, &young, &other] {
            File::create(path).unwrap();
        }
        old(&File::options().write(true).open(&left_over).unwrap());
        old(&File::options().write(true).open(&other).unwrap());
        let in_use = AtomicFile::new(&folder.path().join("a"), "backup", 0o600).unwrap();
        old(in_use.file());
        assert!(!left_over.exists() && young.exists() && other.exists());
        AtomicFile::new(&folder.path().join("b"), "backup", 0o600).unwrap();
        assert!(in_use.path().exists());
        assert!(in_use.persist_new().unwrap());
        assert!(folder.path().join("a").exists());
    }
}
