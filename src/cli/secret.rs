//! Passwords: from a terminal without echo, from standard input, or generated.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zeroize::Zeroizing;

use super::CliError;
use super::terminal::{escape_line, safe_stderr};
use crate::auth::Password;
use crate::config::limits;

/// The number of characters below which a password typed at a prompt is called short: the least that
/// NIST SP 800-63B allows.
const ADVISED_CHARACTERS: usize = 8;

/// Turns off core dumps and debuggers of the same user, because the memory contains passwords. This
/// is an additional defence, so an error of the operating system is ignored.
pub(super) fn keep_out_of_core_dumps() {
    let hard = getrlimit(Resource::Core).maximum;
    let none = Rlimit {
        current: Some(0),
        maximum: hard,
    };
    let _ = setrlimit(Resource::Core, none);
    // If dumps are piped into a program, the kernel ignores the limit.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// A new password for `user`: generated, typed twice at a terminal, or one line of standard input
/// when it is not a terminal.
pub(super) fn new_password(user: &str, generate: bool) -> Result<Password, CliError> {
    if generate {
        return Ok(Password::generate()?);
    }
    if !io::stdin().is_terminal() {
        return Ok(Password::new(&line_of_stdin()?)?);
    }
    let first = prompt(&format!("password for `{}`: ", escape_line(user)))?;
    let password = Password::new(first.as_bytes())?;
    let again = prompt("the same again: ")?;
    if again.as_bytes() != password.expose() {
        return Err(CliError::Differ);
    }
    let characters = first.chars().count();
    if characters < ADVISED_CHARACTERS {
        // Standard error may be closed, and the password is accepted.
        let _ = writeln!(
            safe_stderr(),
            "catalogue: the password is short, {ADVISED_CHARACTERS} characters or more are hard to guess"
        );
    }
    Ok(password)
}

fn prompt(prompt: &str) -> io::Result<Zeroizing<String>> {
    rpassword::prompt_password(prompt).map(Zeroizing::new)
}

/// The first line of standard input without its end.
fn line_of_stdin() -> io::Result<Zeroizing<Vec<u8>>> {
    // Capacity for the longest password and a few more bytes, so that the buffer never moves and
    // leaves a copy in memory.
    let most = limits::MAX_PASSWORD_BYTES + 3;
    let mut line = Zeroizing::new(Vec::with_capacity(most));
    io::stdin()
        .lock()
        .take(most as u64)
        .read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    Ok(line)
}
