//! `catalogue client`: a prompt, one command, or commands from a pipe.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Stderr, Stdin, Stdout, Write};
use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use zeroize::Zeroizing;

use super::CliError;
use crate::auth::PasswordError;
use crate::cli::terminal::CommandWords;
use crate::cli::terminal::prompt::{self, Completed, LineEditor, LoginStatus, TtyPrompter};
use crate::cli::terminal::{self, CommandLines, Printer, Shell, ShellStatus, Style};
use crate::client::{self, ClientError, ClientTls};
use crate::config::DEFAULT_ADDRESS;
use crate::config::limits;

/// Sends one command to a server, or opens a prompt
///
/// The password comes from CATALOGUE_PASSWORD, from --password-stdin, or from a prompt. The exit
/// status is 1 if a movie does not exist or the server refuses a command.
#[derive(Debug, Args)]
pub struct ClientArgs {
    /// The server's address
    #[arg(long, env = "CATALOGUE_CONNECT", default_value = DEFAULT_ADDRESS, value_name = "HOST:PORT")]
    connect: String,
    /// The user to log in as
    #[arg(long, short, env = "CATALOGUE_USER")]
    user: Option<String>,
    /// Take the first line of standard input as the password
    #[arg(long, requires = "user")]
    password_stdin: bool,
    /// Print one line of JSON per answer
    #[arg(long)]
    json: bool,
    /// Open the search screen, whose results change at every key; the words, if any, are its first
    /// query
    #[arg(long, conflicts_with = "json")]
    search: bool,
    #[command(flatten)]
    trust: Trust,
    /// One command; `-` reads commands from standard input, one on each line
    #[arg(value_name = "COMMAND", allow_negative_numbers = true)]
    command: Vec<OsString>,
}

/// The authorities that the server needs, and the certificate of the client.
#[derive(Debug, Args)]
struct Trust {
    /// Use TLS, and trust the authorities of this machine
    #[arg(long, env = "CATALOGUE_TLS", value_parser = BoolishValueParser::new())]
    tls: bool,
    /// Use TLS, and trust only the certificates in this PEM file
    #[arg(long, env = "CATALOGUE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Use TLS, and present the certificate in this PEM file to the server; requires --client-key
    #[arg(long, env = "CATALOGUE_CLIENT_CERT", value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long, env = "CATALOGUE_CLIENT_KEY", value_name = "FILE")]
    client_key: Option<PathBuf>,
}

impl Trust {
    /// `None` without TLS.
    fn tls(&self) -> Result<Option<ClientTls>, CliError> {
        let identity = match (&self.client_cert, &self.client_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            _ => {
                let both = "--client-cert and --client-key belong together, give both";
                return Err(CliError::Usage(both));
            }
        };
        if !self.tls && self.ca.is_none() && identity.is_none() {
            return Ok(None);
        }
        let tls = match &self.ca {
            Some(file) => ClientTls::with_authorities(file)?,
            None => ClientTls::platform()?,
        };
        Ok(Some(match identity {
            Some((certificate, key)) => tls.presenting(certificate, key)?,
            None => tls,
        }))
    }
}

/// A password in the arguments is visible in the list of processes and in the shell's history.
const PASSWORD_IN_ARGUMENTS: &str = "a password among the arguments can be seen by everybody on \
     this machine; give --user, and the password when asked for it or in CATALOGUE_PASSWORD";

const NO_TERMINAL: &str = "--search needs a terminal; for a pipe or a file, give the command FIND";

/// The source of the commands.
enum CommandSource {
    Prompt,
    /// The search screen, with these words in it.
    Search(String),
    Lines,
    Arguments(CommandWords),
}

type Conversation<S> = Shell<S, Stdout, Stderr>;

impl ClientArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let source = self.source()?;
        match self.trust.tls()? {
            None => self.shell(source, client::Client::connect),
            Some(tls) => self.shell(source, |address| client::Client::connect_tls(address, &tls)),
        }
    }

    fn shell<S: Read + Write + Send + 'static>(
        &self,
        source: CommandSource,
        connect: impl FnOnce(&str) -> Result<client::Client<S>, ClientError>,
    ) -> Result<(), CliError> {
        let user = self.user.as_deref().filter(|user| !user.is_empty());
        let mut lines = CommandLines::new(io::stdin());
        let password = self.known_password(&mut lines)?;
        let mut style = Style::of_stdout(self.json);
        style.pages =
            matches!(source, CommandSource::Prompt) && io::stdout().is_terminal() && !self.json;
        let mut shell = Shell::new(
            connect(&self.connect)?,
            Printer::new(io::stdout(), io::stderr(), style).named(match source {
                CommandSource::Prompt => "",
                _ => "catalogue",
            }),
        );
        let login = match (user, password) {
            (Some(user), Some(password)) => {
                shell.log_in(user, &password)?;
                LoginStatus::Done
            }
            (None, _) if !matches!(source, CommandSource::Prompt | CommandSource::Search(_)) => {
                shell.advise_login("give --user, or set CATALOGUE_USER");
                LoginStatus::Skipped
            }
            (user, _) => shell.log_in_asking(user, &mut TtyPrompter)?,
        };
        if login == LoginStatus::Left {
            shell.end();
            return match source {
                CommandSource::Prompt | CommandSource::Search(_) => Ok(()),
                // The command has failed.
                _ => Err(CliError::AlreadyReported),
            };
        }
        let ending = match source {
            CommandSource::Prompt => {
                let history = prompt::default_history_path();
                shell.run_prompt(&mut LineEditor::open(history, style.bold)?)?
            }
            CommandSource::Search(words) => shell.run_search(&words)?,
            CommandSource::Lines => shell.run_lines(&mut lines)?,
            CommandSource::Arguments(words) => one(shell, words)?,
        };
        match ending {
            ShellStatus::Success => Ok(()),
            ShellStatus::Failure => Err(CliError::AlreadyReported),
        }
    }

    fn source(&self) -> Result<CommandSource, CliError> {
        if self.search {
            if !terminal::is_search_possible() {
                return Err(CliError::Usage(NO_TERMINAL));
            }
            let words = self.command.iter().map(|word| word.to_string_lossy());
            return Ok(CommandSource::Search(words.collect::<Vec<_>>().join(" ")));
        }
        match &self.command[..] {
            [] if io::stdin().is_terminal() => Ok(CommandSource::Prompt),
            [] => Ok(CommandSource::Lines),
            [only] if only == "-" => Ok(CommandSource::Lines),
            words => {
                let words: Vec<&[u8]> = words.iter().map(|word| word.as_encoded_bytes()).collect();
                let words = CommandWords::new(&words);
                if words.holds_password() {
                    return Err(CliError::Usage(PASSWORD_IN_ARGUMENTS));
                }
                Ok(CommandSource::Arguments(words))
            }
        }
    }

    /// The password, if no prompt is needed.
    fn known_password(
        &self,
        lines: &mut CommandLines<Stdin>,
    ) -> Result<Option<Zeroizing<String>>, CliError> {
        let bytes = if self.password_stdin {
            // One byte more than allowed, for the server to refuse.
            let line = lines.next(limits::MAX_PASSWORD_BYTES + 1)?;
            line.ok_or(PasswordError::Empty)?
        } else {
            match std::env::var_os("CATALOGUE_PASSWORD") {
                Some(password) if !password.is_empty() => {
                    Zeroizing::new(password.into_encoded_bytes())
                }
                _ => return Ok(None),
            }
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| PasswordError::NotText)?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }
}

/// Runs one command.
fn one<S: Read + Write>(
    mut shell: Conversation<S>,
    words: CommandWords,
) -> Result<ShellStatus, CliError> {
    let words = match prompt::ask_for_passwords(words, &mut TtyPrompter)? {
        Completed::Ready(words) => words,
        Completed::GaveUp => return Ok(ShellStatus::Failure),
        Completed::Differ => return Err(CliError::Differ),
    };
    let outcome = shell.run(&words, "")?;
    if !outcome.over {
        shell.end();
    }
    Ok(if outcome.success {
        ShellStatus::Success
    } else {
        ShellStatus::Failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        client: ClientArgs,
    }

    fn parse(line: &[&str]) -> ClientArgs {
        Line::parse_from(["client"].iter().chain(line)).client
    }

    #[test]
    fn options_may_be_before_or_after_the_command() {
        for line in [["--json", "SEND", "1"], ["SEND", "1", "--json"]] {
            let client = parse(&line);
            assert!(client.json);
            assert_eq!(client.command, ["SEND", "1"]);
        }
        assert_eq!(parse(&["ECHO", "-1"]).command, ["ECHO", "-1"]);
        assert_eq!(parse(&["--", "SEND", "--json"]).command, ["SEND", "--json"]);
        assert!(matches!(parse(&["-"]).source(), Ok(CommandSource::Lines)));
    }

    #[test]
    fn a_password_among_the_arguments_is_refused() {
        for line in [
            &["up", "admin", "secret"][..],
            &["AUTH", "secret"],
            &["PASSWD", "old", "new"],
            &["HELLO", "3", "AUTH", "admin", "secret"],
        ] {
            assert!(
                matches!(parse(line).source(), Err(CliError::Usage(_))),
                "{line:?}"
            );
        }
        for line in [&["PASSWD"][..], &["UP", "admin"], &["SEND", "UP", "1"]] {
            assert!(parse(line).source().is_ok(), "{line:?}");
        }
    }
}
