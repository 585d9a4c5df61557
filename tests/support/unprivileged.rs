//! The program, run as a user other than the superuser.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::{PROGRAM, TIMEOUT};

/// A run of the program with its arguments, in a folder.
pub type Run = Box<dyn Fn(&[&str], &Path) -> Output>;

/// Copies the program into a folder that all users may enter, and runs it as a user to
/// which permissions apply. Returns nothing where that is not possible.
pub fn as_unprivileged(folder: &Path) -> Option<Run> {
    const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let program = folder.join("catalogue");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    let mut words = vec![program.as_os_str().to_owned()];
    if rustix::process::geteuid().is_root() {
        let works = Command::new("setpriv").args(NOBODY).arg("true").output();
        if !works.is_ok_and(|output| output.status.success()) {
            return None;
        }
        words.splice(0..0, ["setpriv"].into_iter().chain(NOBODY).map(Into::into));
    }
    Some(Box::new(move |args, folder| {
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if began.elapsed() > TIMEOUT {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child.wait_with_output().unwrap()
    }))
}
