//! The shell session of a new user in an empty folder: `tests/new_user.sh`.

use std::path::Path;
use std::process::Command;

use crate::support::{PROGRAM, missing_program};

#[test]
fn every_step_of_a_new_user_works() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/new_user.sh");
    let folder = Path::new(PROGRAM).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .arg(script)
        .env("PATH", format!("{}:{path}", folder.display()))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{stderr}");
    assert!(
        printed.ends_with("every step worked\n"),
        "{printed}{stderr}"
    );
    for program in printed
        .lines()
        .filter_map(|line| line.strip_prefix("missing: "))
    {
        missing_program(program);
    }
}
