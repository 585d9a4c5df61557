//! A conversation: sends commands and prints the answers.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use thiserror::Error;

use super::Printer;
use super::command_words::CommandWords;
use super::typed_reply::TypedReply;
use crate::client::{Client, ClientError};
use crate::config::limits;

/// A client, and the printer of its answers.
#[derive(Debug)]
pub struct Shell<S, O, E> {
    pub(super) client: Client<S>,
    printer: Printer<O, E>,
    /// How a caller without a login can log in.
    login_advice: Option<&'static str>,
}

/// The result of one command. Errors have been printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandOutcome {
    /// False when the server refused, or a movie is missing.
    pub success: bool,
    /// Whether the server closes the connection now.
    pub over: bool,
}

/// Why a conversation cannot continue.
#[derive(Debug, Error)]
pub enum ShellError {
    /// The connection, or a login, failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The output is closed or full.
    #[error("the answer cannot be written: {0}")]
    Output(io::Error),
    /// The commands cannot be read.
    #[error("the commands cannot be read: {0}")]
    Input(io::Error),
    /// A line that is too long for a command.
    #[error("line {line} is longer than {max} bytes")]
    LongLine {
        /// The number of the line, from 1.
        line: usize,
        /// The bound.
        max: usize,
    },
    /// A question without a terminal on which it could be asked.
    #[error(
        "there is no terminal to ask for the {0}; set CATALOGUE_PASSWORD or give --password-stdin"
    )]
    NoTerminal(&'static str),
}

impl ShellError {
    /// Whether the reader of the output has closed it, as `head` does. Then no error is printed.
    pub fn is_quiet(&self) -> bool {
        matches!(self, ShellError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl<S: Read + Write, O: Write, E: Write> Shell<S, O, E> {
    /// A conversation over an open connection.
    pub fn new(client: Client<S>, printer: Printer<O, E>) -> Shell<S, O, E> {
        Shell {
            client,
            printer,
            login_advice: None,
        }
    }

    /// Prints this advice when a command requires a login. The advice of the server
    /// is for a prompt.
    pub fn advise_login(&mut self, advice: &'static str) {
        self.login_advice = Some(advice);
    }

    /// Sends one command and prints its answer, or one line with the error after `place`.
    ///
    /// # Errors
    /// When the connection or the output is no longer usable.
    pub fn run(&mut self, words: &CommandWords, place: &str) -> Result<CommandOutcome, ShellError> {
        let words_sent = words.as_slices();
        match self.client.command(&words_sent) {
            Ok(reply) => {
                let answer = TypedReply::new(&words_sent, reply);
                self.printer.answer(&answer).map_err(ShellError::Output)?;
                let missing = answer.missing();
                if !missing.is_empty() {
                    self.printer
                        .error(format_args!("{place}{}", nothing_there(words, &missing)));
                }
                Ok(CommandOutcome {
                    success: missing.is_empty(),
                    over: words.is_farewell(),
                })
            }
            Err(error) if error.leaves_connection() => {
                match self.login_advice {
                    Some(advice) if wants_login(&error) => {
                        let words = format_args!("{place}{LOGIN_REQUIRED}, {advice}");
                        self.printer.error(words);
                    }
                    _ => self.printer.error(format_args!("{place}{error}")),
                }
                Ok(CommandOutcome {
                    success: false,
                    over: is_last_word(&error),
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Prints an error of this program.
    pub(super) fn print_error(&mut self, words: impl std::fmt::Display) {
        self.printer.error(words);
    }

    /// Ends the conversation with `END`.
    pub fn end(self) {
        self.client.end();
    }
}

/// How the message of the server begins when a command requires a login.
const LOGIN_REQUIRED: &str = "login required";

fn wants_login(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { code, message }
        if code == "ECHEC" && message.starts_with(LOGIN_REQUIRED))
}

/// Whether the error is `EC`, after which the server closes the connection.
pub(super) fn is_last_word(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { code, .. } if code == "EC")
}

/// The message for names that do not exist, for the command.
fn nothing_there(words: &CommandWords, names: &[&str]) -> String {
    match names {
        [name] if words.is("PERSON") => format!("no such person `{name}`"),
        names => no_such_movie(names),
    }
}

fn no_such_movie(names: &[&str]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    let shown: Vec<String> = names
        .iter()
        .take(limits::MAX_LISTED_NAMES)
        .map(|name| format!("`{name}`"))
        .collect();
    let mut text = format!("no such movie{plural} {}", shown.join(", "));
    if names.len() > limits::MAX_LISTED_NAMES {
        let _ = write!(text, " and {} more", names.len() - limits::MAX_LISTED_NAMES);
    }
    text.push_str("; LIST shows the names there are");
    text
}

#[cfg(test)]
mod tests {
    use super::super::Style;
    use super::*;
    use crate::client::testing::{FakeServer, Reaction, row};
    use crate::protocol::resp::Reply;

    const SUCCESS: CommandOutcome = CommandOutcome {
        success: true,
        over: false,
    };
    const FAILURE: CommandOutcome = CommandOutcome {
        success: false,
        over: false,
    };

    #[test]
    fn answers_are_printed_and_failures_are_said() {
        let rows = Reply::Array(vec![row("1", "Alien"), Reply::Null, Reply::Null]);
        let server = FakeServer::start([
            ("SEND 1", Reaction::Answer(row("1", "Alien"))),
            ("SEND 9", Reaction::Answer(Reply::Null)),
            ("MSEND 1 8 9", Reaction::Answer(rows)),
            (
                "FOO",
                Reaction::Answer(Reply::error("NO", "unknown command 'FOO'")),
            ),
            ("END", Reaction::Last(Reply::OK)),
        ]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut shell = Shell::new(
            Client::connect(server.address()).unwrap(),
            Printer::new(&mut out, &mut err, Style::default()),
        );
        let mut run = |line: &str, place| {
            let words = CommandWords::split(line.as_bytes()).unwrap();
            shell.run(&words, place).unwrap()
        };
        assert_eq!(run("SEND 1", ""), SUCCESS);
        assert_eq!(run("SEND 9", "line 2: "), FAILURE);
        assert_eq!(run("MSEND 1 8 9", ""), FAILURE);
        assert_eq!(run("FOO", "line 4: "), FAILURE);
        let quit = CommandOutcome {
            success: true,
            over: true,
        };
        assert_eq!(run("END", ""), quit);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Alien\n1\nYEAR  TITLE   RATING  NAME\n      Alien           1\nOK\n"
        );
        assert_eq!(
            String::from_utf8(err).unwrap(),
            "line 2: no such movie `9`; LIST shows the names there are\n\
             no such movies `8`, `9`; LIST shows the names there are\n\
             line 4: unknown command 'FOO'\n"
        );
    }

    #[test]
    fn the_advice_suits_where_the_command_was_given() {
        let refused = |words| Reaction::Answer(Reply::error("ECHEC", words));
        let server = FakeServer::start([
            ("NB", refused("login required, send UP, 2 attempts left")),
            ("UP a b", refused("wrong user or password, 1 attempt left")),
        ]);
        let client = Client::connect(server.address()).unwrap();
        let mut err = Vec::new();
        let mut shell = Shell::new(client, Printer::new(Vec::new(), &mut err, Style::default()));
        shell.advise_login("give --user");
        shell.run(&CommandWords::new(&["NB"]), "line 1: ").unwrap();
        shell
            .run(&CommandWords::new(&["UP", "a", "b"]), "")
            .unwrap();
        assert_eq!(
            String::from_utf8(err).unwrap(),
            "line 1: login required, give --user\nwrong user or password, 1 attempt left\n"
        );
    }

    #[test]
    fn the_last_word_of_a_server_ends_it() {
        let refusal = Reply::error("EC", "too many failed attempts");
        let server = FakeServer::start([("NB", Reaction::Last(refusal))]);
        let client = Client::connect(server.address()).unwrap();
        let mut shell = Shell::new(
            client,
            Printer::new(Vec::new(), Vec::new(), Style::default()),
        );
        let words = CommandWords::new(&["NB"]);
        let outcome = shell.run(&words, "").unwrap();
        assert!(outcome.over && !outcome.success);
        let error = shell.run(&words, "").unwrap_err();
        assert!(error.to_string().ends_with("has closed the connection"));
    }

    #[test]
    fn many_missing_names_are_not_all_said() {
        let names = ["1", "2", "3", "4", "5", "6", "7"];
        assert_eq!(
            no_such_movie(&names),
            "no such movies `1`, `2`, `3`, `4`, `5` and 2 more; LIST shows the names there are"
        );
    }
}
