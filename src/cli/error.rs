//! Errors of subcommands. Each message is one line and says what to do next.

use std::io;

use thiserror::Error;

use super::settings::FileError;
use crate::auth::{CostError, HashError, KeyError, PasswordError, UserNameError};
use crate::certificates::SelfSignedError;
use crate::cli::terminal::ShellError;
use crate::client::{ClientError, TlsFault};
use crate::cluster::ClusterError;
use crate::config::{PlaintextError, ServedProtocol};
use crate::import::imdb::ImdbError;
use crate::import::{Field, ImportError, RowError, RowErrorKind};
use crate::pool::ThreadError;
use crate::server::{ListenerFromEnvError, ServerError};
use crate::store::StoreError;

/// Why a subcommand failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// A failure of the database.
    #[error("{0}{hint}", hint = store_hint(.0))]
    Store(#[from] StoreError),
    /// The server did not start.
    #[error("{}{}", .0, server_hint(.0))]
    Server(#[from] ServerError),
    /// The socket from systemd is not usable.
    #[error(transparent)]
    ListenerFromEnv(#[from] ListenerFromEnvError),
    /// A user name is refused.
    #[error(transparent)]
    User(#[from] UserNameError),
    /// A password is refused.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A new key is refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key of that name exists already.
    #[error("key `{0}` exists already, revoke it with `catalogue key revoke {0}`")]
    KeyExists(String),
    /// There is no key of that name.
    #[error("no key `{0}`, `catalogue keys` lists the keys")]
    NoSuchKey(String),
    /// The program of the log of a cluster is missing.
    #[error(
        "the program `etcd` is not installed, install it, for example with `apt install etcd-server`"
    )]
    NoEtcd,
    /// The cost of hashes is outside of its bounds.
    #[error("{0}; set --hash-memory-kib and --hash-passes")]
    Cost(#[from] CostError),
    /// The thread for signals did not start.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The operating system's random generator failed.
    #[error("the operating system's random generator failed: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// Reading from or writing to the terminal or a pipe failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The account exists already.
    #[error("user `{0}` exists already, change the password with `catalogue passwd {0}`")]
    UserExists(String),
    /// The account does not exist.
    #[error("no user `{0}`, `catalogue users` lists the accounts")]
    NoSuchUser(String),
    /// Without an admin the catalogue could not be changed over the wire.
    #[error(
        "`{0}` is the last admin and stays, make another one first with `catalogue adduser --role admin`, or give --force"
    )]
    LastAdmin(String),
    /// The client failed.
    #[error("{0}{hint}", hint = client_hint(.0))]
    Shell(#[from] ShellError),
    /// A query in SQL did not run.
    #[error("{0}")]
    Sql(String),
    /// The failure was reported before.
    #[error("something failed")]
    AlreadyReported,
    /// A check found faults. They are listed on standard output.
    #[error("`{database}` has {faults}, `catalogue restore` puts a backup in its place")]
    Faults {
        /// The file.
        database: String,
        /// Their number, as text.
        faults: String,
    },
    /// A check found faults of the search index only.
    #[error("`{database}` has {faults}, `catalogue reindex` rebuilds the search index")]
    Index {
        /// The file.
        database: String,
        /// Their number, as text.
        faults: String,
    },
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] FileError),
    /// `RUST_LOG` is not a filter.
    #[error("RUST_LOG is `{0}`, which is no filter ({1}), try `RUST_LOG=info`")]
    LogFilter(String, String),
    /// The flags do not fit together.
    #[error("{0}")]
    Usage(&'static str),
    /// The file cannot be imported.
    #[error("{0}{hint}", hint = import_hint(.0))]
    Import(Box<ImportError>),
    /// A row stopped the import.
    #[error("{0}; nothing was changed{hint}", hint = row_hint(.0))]
    Refused(RowError),
    /// A row stopped the import of IMDb's files.
    #[error("{0}; nothing was changed{hint}", hint = imdb_row_hint(.0))]
    RefusedOfImdb(RowError),
    /// An import of IMDb's files failed.
    #[error("{0}; nothing was changed")]
    Imdb(ImdbError),
    /// An import of a file that gives no movie.
    #[error(
        "no movie of `{file}` could be imported{rows}; nothing was changed, --dry-run shows how the file was read",
        rows = match .refused { 0 => String::new(), rows => format!(", {rows} rows were refused") }
    )]
    NothingImported {
        /// The file.
        file: String,
        /// Its rows that were refused.
        refused: u64,
    },
    /// More rows than can be joined by title.
    #[error(
        "more than {} rows cannot be joined by title, split the file or leave --match-titles out",
        crate::config::limits::MAX_MATCHED_ROWS
    )]
    TooManyRowsToMatch,
    /// Ctrl-C or SIGTERM stopped the command.
    #[error("interrupted, nothing was changed")]
    Interrupted,
    /// A file could not be written.
    #[error("cannot write `{0}`: {1}")]
    Output(String, io::Error),
    /// The export would replace a database.
    #[error(
        "`{0}` is a database and was left as it is, export to another file like `movies.jsonl`"
    )]
    OverDatabase(String),
    /// The name of the export has the ending of no format.
    #[error(
        "`{0}` has the ending of no format, choose .csv, .jsonl, .ndjson or .json (also with .gz), or give --format"
    )]
    NoExportFormat(String),
    /// The export would replace a file.
    #[error("`{0}` exists already and was not changed, --force replaces it")]
    ExportExists(String),
    /// The certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] SelfSignedError),
    /// An existing file is not replaced.
    #[error("`{0}` exists already and was not changed, choose another folder with --out")]
    FileExists(String),
    /// The cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The limit of open files is too low for a single connection.
    #[error(
        "the limit of open files is {limit}, a server needs {needed}, raise it with `ulimit -n`"
    )]
    TooFewFiles {
        /// The limit.
        limit: usize,
        /// The files that a server with one connection needs.
        needed: usize,
    },
    /// The two passwords at the prompt differ.
    #[error("the two passwords are not the same, nothing was changed")]
    Differ,
}

/// The flags and commands that help with a database.
fn store_hint(error: &StoreError) -> String {
    match error {
        StoreError::Missing(path) => {
            let path = path.display();
            format!(", create one with `catalogue init --db {path}`")
        }
        StoreError::Foreign(_) => ", choose another file with --db".to_owned(),
        StoreError::Exists(_) => ", --force replaces it".to_owned(),
        StoreError::Outdated(path) => {
            let path = path.display();
            format!(", `catalogue serve --db {path}` brings it up to date")
        }
        StoreError::NoBackup(_) => ", `catalogue backup` makes one".to_owned(),
        _ => String::new(),
    }
}

/// The options that help with a server that does not start.
fn server_hint(error: &ServerError) -> String {
    let flag = |protocol: &ServedProtocol| match protocol {
        ServedProtocol::Resp => "--listen",
        ServedProtocol::Metrics => "--metrics",
        ServedProtocol::Http => "--http",
    };
    match error {
        ServerError::Store(error) => store_hint(error),
        ServerError::Listen {
            protocol: ServedProtocol::Http,
            ..
        } => ", choose another address with --http, or leave it out with `--http off`".to_owned(),
        ServerError::Listen { protocol, .. } => {
            format!(", choose another address with {}", flag(protocol))
        }
        ServerError::NoSuchHost { protocol, .. } => {
            format!(", give an address of this machine with {}", flag(protocol))
        }
        ServerError::PlaintextError(PlaintextError::Clients(_) | PlaintextError::Http(_)) => {
            "; give --tls-cert and --tls-key (`catalogue cert` makes both for a test), or \
             --allow-plaintext"
                .to_owned()
        }
        ServerError::PlaintextError(PlaintextError::Cluster(_)) => {
            "; give https and --cluster-ca, --cluster-cert and --cluster-key, or --allow-plaintext"
                .to_owned()
        }
        ServerError::PlaintextError(PlaintextError::Metrics(_)) => {
            "; give --metrics a loopback address like 127.0.0.1:9890, or --allow-plaintext"
                .to_owned()
        }
        _ => String::new(),
    }
}

/// The options that help with a server that cannot be reached.
fn client_hint(error: &ShellError) -> &'static str {
    let ShellError::Client(error) = error else {
        return "";
    };
    match error {
        ClientError::Unreachable { .. } => {
            "; start one with `catalogue serve`, or give another address with --connect"
        }
        ClientError::NoAuthorities => " or give --ca",
        ClientError::Untrusted { fault, .. } | ClientError::Tls { fault, .. } => match fault {
            TlsFault::UnknownAuthority => {
                ", give --ca with the file of one that has, or with the certificate itself"
            }
            TlsFault::NoTls => {
                ", leave --tls and --ca out, or start it with --tls-cert and --tls-key"
            }
            TlsFault::ClientCertificateRequired => ", give --client-cert and --client-key",
            TlsFault::ClientCertificateRefused => {
                ", give one that an authority of its --tls-client-ca has signed"
            }
            _ => "",
        },
        _ => "",
    }
}

/// The options that help with a file that cannot be imported.
fn import_hint(error: &ImportError) -> String {
    let hint = match error {
        ImportError::Row(error) if error.kind == RowErrorKind::Encoding => {
            let guess = error.guessed_encoding.unwrap_or("LABEL");
            return format!("; --encoding {guess} may be right");
        }
        ImportError::RatingsWithout(..) => "; leave --ratings out",
        ImportError::TypesWithout(..) => "; leave --types out",
        ImportError::RatingsWithMap | ImportError::TypesWithMap => "; leave --map and --key out",
        ImportError::OutOfScope { what, .. } if what.ends_with("title.ratings.tsv") => {
            "; --ratings FILE does that"
        }
        ImportError::NoTitle { .. } => {
            "; name it with --map title=COLUMN, skip lines before the header with --skip-lines, or \
             name the columns of a file without a header with --columns"
        }
        _ => "",
    };
    hint.to_owned()
}

/// The flags that help with a row that stopped an import.
fn row_hint(error: &RowError) -> String {
    if error.ends_the_import() {
        return String::new();
    }
    let hint = match (error.kind, error.guessed_encoding) {
        (RowErrorKind::Encoding, Some(guess)) => format!("--encoding {guess} may be right"),
        (RowErrorKind::Encoding, None) => "--encoding LABEL reads another encoding".to_owned(),
        (RowErrorKind::Field(Field::Name), _) => "--key COLUMN takes another column".to_owned(),
        (RowErrorKind::Field(Field::Title), _) => {
            "--map title=COLUMN takes another column".to_owned()
        }
        (RowErrorKind::DateOrder, _) => "--dates day-first or month-first decides".to_owned(),
        (RowErrorKind::Field(field), _) => {
            format!("--lenient leaves such values unknown, --map {field}= leaves the column out")
        }
        _ => return ", --skip-bad skips rows like this one".to_owned(),
    };
    format!(", {hint}, --skip-bad skips rows like this one")
}

/// The same for IMDb's files.
fn imdb_row_hint(error: &RowError) -> &'static str {
    match error.kind {
        kind if kind.ends_the_import() => "",
        RowErrorKind::Field(Field::Title | Field::Name) => ", --skip-bad skips rows like this one",
        RowErrorKind::Field(_) => {
            ", --lenient leaves such values unknown, --skip-bad skips rows like this one"
        }
        _ => ", --skip-bad skips rows like this one",
    }
}

impl From<ImdbError> for CliError {
    fn from(error: ImdbError) -> CliError {
        match error {
            ImdbError::Import(error) => error.into(),
            ImdbError::Row(error) => CliError::RefusedOfImdb(error),
            ImdbError::Store(StoreError::Interrupted) | ImdbError::Interrupted => {
                CliError::Interrupted
            }
            ImdbError::Store(error) => error.into(),
            ImdbError::Temporary(_) | ImdbError::NotInOrder(_) => CliError::Imdb(error),
        }
    }
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> CliError {
        CliError::Import(Box::new(error))
    }
}

impl CliError {
    /// Whether no message is printed: the failure was reported before, or the reader of
    /// standard output closed it, which is no failure.
    pub fn is_quiet(&self) -> bool {
        self.is_broken_pipe() || matches!(self, CliError::AlreadyReported)
    }

    /// The exit status: 2 for wrong usage, 1 for a failure.
    pub fn exit_status(&self) -> u8 {
        match self {
            CliError::Usage(_)
            | CliError::Cost(_)
            | CliError::Key(_)
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
