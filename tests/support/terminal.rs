//! A program in a terminal of its own.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use super::TIMEOUT;

/// Runs a command in a new terminal. Nothing that the session expects is waited for
/// longer than [`TIMEOUT`].
#[track_caller]
pub fn in_terminal(mut command: Command) -> PtySession {
    if !command.get_envs().any(|(name, _)| name == "TERM") {
        command.env("TERM", "xterm");
    }
    spawn_command(command, Some(TIMEOUT.as_millis() as u64)).unwrap()
}
