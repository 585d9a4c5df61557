//! The prompt: a person types commands and reads the answers.

mod completion;
mod editor;
mod history;
mod login;
mod prompter;
#[cfg(test)]
mod scripted;

use std::io::{Read, Write};

use zeroize::Zeroizing;

pub use editor::LineEditor;
pub use history::default_path as default_history_path;
pub use login::{Completed, LoginStatus, ask_for_passwords};
pub use prompter::{Console, PromptInput, TtyPrompter};

use super::{Shell, ShellError, ShellStatus};
use crate::cli::terminal::CommandWords;

/// The prompt.
pub const PROMPT: &str = " -> ";
/// The message after a new password was typed differently the second time.
pub const PASSWORDS_DIFFER: &str = "the new passwords differ, nothing was changed";

impl<S: Read + Write, O: Write, E: Write> Shell<S, O, E> {
    /// Runs the typed commands until the user leaves or the server closes the connection. A failed
    /// command does not end the conversation.
    ///
    /// # Errors
    /// When the connection, the output or the terminal is no longer usable.
    pub fn run_prompt(mut self, console: &mut dyn Console) -> Result<ShellStatus, ShellError> {
        let mut initial = Zeroizing::new(String::new());
        loop {
            let line = match console.command(&std::mem::take(&mut initial))? {
                PromptInput::Line(line) => line,
                PromptInput::Nothing => continue,
                PromptInput::Farewell => {
                    self.end();
                    return Ok(ShellStatus::Success);
                }
            };
            let words = match CommandWords::split(line.as_bytes()) {
                Ok(words) => words,
                Err(error) => {
                    // The user can correct the line. It is not added to the history, because it may
                    // contain a password.
                    self.print_error(error);
                    initial = line;
                    continue;
                }
            };
            if words.is_empty() {
                continue;
            }
            if !words.is_about_passwords() {
                console.remember(&line, &words);
            }
            let words = match ask_for_passwords(words, console)? {
                Completed::Ready(words) => words,
                Completed::GaveUp => continue,
                Completed::Differ => {
                    self.print_error(PASSWORDS_DIFFER);
                    continue;
                }
            };
            let outcome = self.run(&words, "")?;
            if outcome.over {
                return Ok(if outcome.success {
                    ShellStatus::Success
                } else {
                    ShellStatus::Failure
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::scripted::Scripted;
    use super::*;
    use crate::cli::terminal::{Printer, Style};
    use crate::client::Client;
    use crate::client::testing::{FakeServer, Reaction, row};
    use crate::protocol::resp::Reply;

    struct Seen {
        ending: Result<ShellStatus, ShellError>,
        out: String,
        err: String,
        remembered: Vec<String>,
    }

    fn converse(server: &FakeServer, typed: &[&'static str]) -> Seen {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Scripted::new(typed);
        let client = Client::connect(server.address()).unwrap();
        let shell = Shell::new(client, Printer::new(&mut out, &mut err, Style::default()));
        let ending = shell.run_prompt(&mut console);
        Seen {
            ending,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
            remembered: std::mem::take(&mut console.remembered),
        }
    }

    #[test]
    fn a_conversation() {
        let server = FakeServer::start([
            ("send 1", Reaction::Answer(row("1", "Alien"))),
            (
                "FOO",
                Reaction::Answer(Reply::error("NO", "unknown command 'FOO'")),
            ),
            ("END", Reaction::Last(Reply::OK)),
        ]);
        let seen = converse(
            &server,
            &[" -> ", " -> ^C", " -> send 1", " -> FOO", " -> ^D"],
        );
        assert_eq!(seen.ending.unwrap(), ShellStatus::Success);
        assert_eq!(seen.out, "Alien\n1\n");
        assert_eq!(seen.err, "unknown command 'FOO'\n");
        assert_eq!(seen.remembered, ["send 1", "FOO"]);
    }

    #[test]
    fn passwords_are_never_remembered() {
        let server = FakeServer::start([
            ("up admin secret", Reaction::Answer(Reply::Simple("PASSOK"))),
            ("UP admin secret", Reaction::Answer(Reply::Simple("PASSOK"))),
            ("PASSWD secret better", Reaction::Answer(Reply::OK)),
            ("PASSWD better best", Reaction::Answer(Reply::OK)),
            ("HELLO 3 AUTH admin best", Reaction::Answer(Reply::OK)),
            ("quit", Reaction::Last(Reply::OK)),
        ]);
        let seen = converse(
            &server,
            &[
                " -> up admin secret",
                " -> UP admin",
                "password: secret",
                " -> PASSWD secret better",
                " -> PASSWD",
                "old password: better",
                "new password: best",
                "new password again: best",
                " -> HELLO 3 AUTH admin best",
                " -> quit",
            ],
        );
        assert_eq!(seen.ending.unwrap(), ShellStatus::Success);
        assert_eq!(seen.remembered, ["quit"]);
        assert_eq!(seen.err, "");
    }

    #[test]
    fn an_unbalanced_line_can_be_corrected() {
        let server = FakeServer::start([("SEND \"a b\"", Reaction::Answer(Reply::Null))]);
        let seen = converse(
            &server,
            &[" -> SEND 'a b", " -> SEND 'a bSEND 'a b'", " -> ^D"],
        );
        assert!(seen.err.starts_with("unbalanced quotes"), "{}", seen.err);
        assert_eq!(seen.remembered, ["SEND 'a b'"]);
    }

    #[test]
    fn new_passwords_that_differ_are_not_sent() {
        let server = FakeServer::start([]);
        let typed = [
            " -> PASSWD",
            "old password: a",
            "new password: b",
            "new password again: c",
            " -> UP bob",
            "password: ^C",
            " -> ^D",
        ];
        let seen = converse(&server, &typed);
        assert_eq!(seen.err, "the new passwords differ, nothing was changed\n");
    }

    #[test]
    fn a_server_that_leaves_is_noticed() {
        let server = FakeServer::start([("NB", Reaction::Close)]);
        let seen = converse(&server, &[" -> NB"]);
        let error = seen.ending.unwrap_err().to_string();
        assert!(error.ends_with("has closed the connection"), "{error}");
        let refusal = Reply::error("EC", "too many failed attempts");
        let server = FakeServer::start([("UP a b", Reaction::Last(refusal))]);
        let seen = converse(&server, &[" -> UP a b"]);
        assert_eq!(seen.ending.unwrap(), ShellStatus::Failure);
    }
}
