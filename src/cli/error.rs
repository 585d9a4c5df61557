//! What a person is told when a command fails: one line, and what to do next.

use std::io;

use thiserror::Error;

use super::settings::FileError;
use crate::auth::{CostError, HashError, PasswordError, UserNameError};
use crate::certificates::SelfSignedError;
use crate::cli::terminal::ShellError;
use crate::client::ClientError;
use crate::import::{Field, ImportError, RowError, RowErrorKind};
use crate::pool::ThreadError;
use crate::server::{ListenerFromEnvError, ServerError};
use crate::store::StoreError;

/// Why a subcommand failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server did not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The socket that was handed over.
    #[error(transparent)]
    ListenerFromEnv(#[from] ListenerFromEnvError),
    /// A user name that is not allowed.
    #[error(transparent)]
    User(#[from] UserNameError),
    /// A password that is not allowed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A hash that would be too cheap to break.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// No thread for the signals.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// A password that could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The operating system's random generator.
    #[error("the operating system's random generator failed: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// Reading from or writing to the terminal or a pipe.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// An account that is there already.
    #[error("user `{0}` exists already, change the password with `catalogue passwd {0}`")]
    UserExists(String),
    /// An account that is not there.
    #[error("no user `{0}`, `catalogue users` lists the accounts")]
    NoSuchUser(String),
    /// Removing the account that could not be made again over the wire.
    #[error(
        "`{0}` is the last admin and stays, make another one first with `catalogue adduser --role admin`, or give --force"
    )]
    LastAdmin(String),
    /// A conversation with a server.
    #[error(transparent)]
    Shell(#[from] ShellError),
    /// Something failed and a person has been told.
    #[error("something failed")]
    AlreadyReported,
    /// A check that found something. What it is stands on standard output.
    #[error("`{database}` has {faults}, `catalogue restore` puts a backup in its place")]
    Faults {
        /// The file.
        database: String,
        /// How many, in words.
        faults: String,
    },
    /// A check that found something wrong with the search index alone.
    #[error("`{database}` has {faults}, `catalogue reindex` makes the search index anew")]
    Index {
        /// The file.
        database: String,
        /// How many, in words.
        faults: String,
    },
    /// A file with settings that cannot be used.
    #[error(transparent)]
    Settings(#[from] FileError),
    /// `RUST_LOG` is no filter.
    #[error("RUST_LOG is `{0}`, which is no filter ({1}), try `RUST_LOG=info`")]
    LogFilter(String, String),
    /// A command line that cannot be meant.
    #[error("{0}")]
    Usage(&'static str),
    /// A file that cannot be imported.
    #[error("{0}{hint}", hint = import_hint(.0))]
    Import(Box<ImportError>),
    /// A row that stops the import.
    #[error("{0}; nothing was changed{hint}", hint = row_hint(.0))]
    Refused(RowError),
    /// Ctrl-C, or a request to stop.
    #[error("interrupted, nothing was changed")]
    Interrupted,
    /// A file that cannot be written.
    #[error("cannot write `{0}`: {1}")]
    Output(String, io::Error),
    /// An export that would replace a database.
    #[error(
        "`{0}` is a database and was left as it is, export to another file like `movies.jsonl`"
    )]
    OverDatabase(String),
    /// A certificate that could not be made.
    #[error(transparent)]
    Certificate(#[from] SelfSignedError),
    /// A file that is not to be replaced.
    #[error("`{0}` is there already and was left as it is, choose another folder with --out")]
    FileExists(String),
    /// The operating system lets us open too few files for a single connection.
    #[error(
        "the limit of open files is {limit}, a server needs {needed}, raise it with `ulimit -n`"
    )]
    TooFewFiles {
        /// How many it lets us open.
        limit: usize,
        /// How many the smallest server needs.
        needed: usize,
    },
    /// The two passwords at the prompt differ.
    #[error("the two passwords are not the same, nothing was changed")]
    Differ,
}

/// The options that help with a file that cannot be imported.
fn import_hint(error: &ImportError) -> &'static str {
    match error {
        ImportError::RatingsWithout(..) => "; leave --ratings out",
        ImportError::TypesWithout(..) => "; leave --types out",
        ImportError::RatingsWithMap | ImportError::TypesWithMap => "; leave --map and --key out",
        ImportError::OutOfScope { what, .. } if what.ends_with("title.ratings.tsv") => {
            "; --ratings FILE does that"
        }
        ImportError::NoTitle { .. } => "; name it with --map title=COLUMN",
        _ => "",
    }
}

/// The options that help with a row that stopped an import.
fn row_hint(error: &RowError) -> String {
    if error.ends_the_import() {
        return String::new();
    }
    let column = match error.kind {
        RowErrorKind::Field(Field::Name) => ", --key COLUMN takes the name from another column",
        RowErrorKind::Field(Field::Title) => ", --map title=COLUMN takes another column",
        RowErrorKind::Field(field) => {
            return format!(
                ", --map {field}= leaves the column out, --skip-bad skips rows like this one"
            );
        }
        _ => "",
    };
    format!("{column}, --skip-bad skips rows like this one")
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> CliError {
        CliError::Import(Box::new(error))
    }
}

impl CliError {
    /// Whether there is nothing to say: the reader of our output went away,
    /// which is no failure of ours, or it has been said.
    pub fn is_quiet(&self) -> bool {
        self.is_broken_pipe() || matches!(self, CliError::AlreadyReported)
    }

    /// What the program ends with: 2 for wrong usage, 1 for failure.
    pub fn exit_status(&self) -> u8 {
        match self {
            CliError::Usage(_)
            | CliError::Cost(_)
            | CliError::Settings(_)
            | CliError::LogFilter(..) => 2,
            CliError::Server(ServerError::PlaintextError(_)) => 2,
            CliError::Certificate(SelfSignedError::Name(_)) => 2,
            CliError::Import(error) if error.is_wrong_usage() => 2,
            _ if self.is_broken_pipe() => 0,
            _ => 1,
        }
    }

    fn is_broken_pipe(&self) -> bool {
        match self {
            CliError::Io(error) => error.kind() == io::ErrorKind::BrokenPipe,
            CliError::Shell(error) => error.is_quiet(),
            _ => false,
        }
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> CliError {
        CliError::Shell(error.into())
    }
}
