//! A disk whose power can be cut.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use rustix::fs::syncfs;
use rustix::ioctl::{Opcode, Setter, ioctl};
use tempfile::TempDir;

/// `EXT4_IOC_SHUTDOWN` of `fs/ext4/ext4.h`.
const SHUTDOWN: Opcode = 0x8004_587d;
/// `EXT4_GOING_FLAGS_NOLOGFLUSH`: neither data nor the journal of the file system is written
/// any more.
const WITHOUT_FLUSH: u32 = 2;

/// An ext4 file system in a file, on a loop device, until it is dropped.
pub struct LossyDisk(TempDir);

impl LossyDisk {
    /// Returns nothing where mounting is not permitted.
    pub fn mount(bytes: u64) -> Option<LossyDisk> {
        let disk = LossyDisk(TempDir::new().unwrap());
        let image = File::create(disk.image()).unwrap();
        image.set_len(bytes).unwrap();
        std::fs::create_dir(disk.path()).unwrap();
        let made = run(Command::new("mkfs.ext4").arg("-qF").arg(disk.image()));
        (made && disk.power_on()).then_some(disk)
    }

    /// The folder of its files.
    pub fn path(&self) -> PathBuf {
        self.0.path().join("disk")
    }

    /// Writes everything to the disk.
    pub fn sync(&self) {
        syncfs(File::open(self.path()).unwrap()).unwrap();
    }

    /// Drops what is not on the disk yet, and mounts the disk again. No process may have a
    /// file of it open.
    #[track_caller]
    #[expect(unsafe_code, reason = "no safe function makes this system call")]
    pub fn cut_power(&self) {
        let root = File::open(self.path()).unwrap();
        // SAFETY: the kernel reads one u32, and keeps no pointer to it.
        unsafe { ioctl(&root, Setter::<SHUTDOWN, u32>::new(WITHOUT_FLUSH)) }.unwrap();
        drop(root);
        assert!(run(Command::new("umount").arg(self.path())), "busy");
        assert!(self.power_on(), "the disk cannot be mounted again");
    }

    fn power_on(&self) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", "loop"]);
        run(mount.arg(self.image()).arg(self.path()))
    }

    fn image(&self) -> PathBuf {
        self.0.path().join("image")
    }
}

impl Drop for LossyDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(self.path()));
    }
}

/// Runs a program. Returns whether it exists and succeeds.
fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
