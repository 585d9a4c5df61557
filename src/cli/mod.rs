//! The command line: clap types, one file per subcommand.

mod accounts;
mod backup;
mod cert;
mod check;
mod client;
mod config;
mod demo;
mod error;
mod examples;
mod export;
mod import;
mod init;
mod log;
mod man;
mod progress;
mod secret;
mod serve;
mod settings;
mod signals;
pub mod terminal;

use std::path::PathBuf;

use clap::builder::RangedI64ValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use error::CliError;
pub use settings::{Setting, settings};

use crate::auth::{Cost, CostError};
use crate::config::DEFAULT_DATABASE;
use crate::config::limits;
use settings::{Layers, Settings};

/// What whoever types nothing but the name is told.
const BEGIN: &str = "\
Begin with:
  catalogue demo                  try it, nothing stays behind
  catalogue init                  make a catalogue
  catalogue adduser admin         add the first account
  catalogue serve                 serve it
  catalogue client --user admin   ask it

`catalogue <COMMAND> --help` has examples.";

/// Your own movie API: one binary, one SQLite file, and every Redis client can talk to it.
#[derive(Debug, Parser)]
#[command(
    name = "catalogue",
    version,
    arg_required_else_help = true,
    after_help = BEGIN
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// What `serve` and `config` work with.
    #[arg(skip)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(after_long_help = examples::INIT)]
    Init(init::Init),
    #[command(name = "adduser", after_long_help = examples::ADDUSER)]
    AddUser(accounts::AddUser),
    #[command(after_long_help = examples::PASSWD)]
    Passwd(accounts::Passwd),
    #[command(after_long_help = examples::ROLE)]
    Role(accounts::SetRole),
    #[command(name = "deluser", after_long_help = examples::DELUSER)]
    DelUser(accounts::DelUser),
    #[command(after_long_help = examples::USERS)]
    Users(accounts::Users),
    #[command(after_long_help = examples::IMPORT)]
    Import(import::Import),
    #[command(after_long_help = examples::EXPORT)]
    Export(export::Export),
    #[command(after_long_help = examples::BACKUP)]
    Backup(backup::Backup),
    #[command(after_long_help = examples::RESTORE)]
    Restore(backup::Restore),
    #[command(after_long_help = examples::CHECK)]
    Check(check::Check),
    #[command(after_long_help = examples::REINDEX)]
    Reindex(check::Reindex),
    #[command(after_long_help = examples::SERVE)]
    Serve(serve::Serve),
    #[command(after_long_help = examples::CERT)]
    Cert(cert::Cert),
    #[command(after_long_help = examples::CONFIG)]
    Config(config::Config),
    #[command(after_long_help = examples::CLIENT)]
    Client(client::Client),
    #[command(after_long_help = examples::DEMO)]
    Demo(demo::Demo),
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions(man::Completions),
    #[command(after_long_help = examples::MAN)]
    Man(man::Man),
}

/// The command line, as it is typed and as its help shows it.
fn command() -> clap::Command {
    // What they are at the moment is for `catalogue config` to show.
    let without_values = |subcommand: clap::Command| {
        subcommand.mut_args(|arg| match arg.get_env() {
            Some(_) => arg.hide_env_values(true),
            None => arg,
        })
    };
    Cli::command().mut_subcommands(without_values)
}

impl Cli {
    /// Reads the command line of this process, the variables and the file with
    /// settings. Ends the process when there is only help to be shown.
    ///
    /// # Errors
    /// A file with settings that cannot be used.
    pub fn read() -> Result<Cli, CliError> {
        // Twice: the first time tells where the file is.
        let matches = match command().try_get_matches() {
            Ok(matches) => matches,
            Err(error) => {
                settings::refuse_flag(&error)?;
                error.exit()
            }
        };
        let layers = Layers::from_matches(&matches)?;
        let matches = layers.apply_to(command()).get_matches();
        let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        cli.settings = layers.settings(&matches);
        Ok(cli)
    }

    /// Runs the subcommand that was given.
    ///
    /// # Errors
    /// What a person has to be told, in one line.
    pub fn run(self) -> Result<(), CliError> {
        secret::keep_out_of_core_dumps();
        match self.command {
            Command::Init(init) => init.run(),
            Command::AddUser(add) => add.run(),
            Command::Passwd(passwd) => passwd.run(),
            Command::Role(role) => role.run(),
            Command::DelUser(delete) => delete.run(),
            Command::Users(users) => users.run(),
            Command::Import(import) => import.run(),
            Command::Export(export) => export.run(),
            Command::Backup(backup) => backup.run(),
            Command::Restore(restore) => restore.run(),
            Command::Check(check) => check.run(),
            Command::Reindex(reindex) => reindex.run(),
            Command::Serve(serve) => serve.run(&self.settings),
            Command::Cert(cert) => cert.run(),
            Command::Config(config) => config.run(&self.settings),
            Command::Client(client) => client.run(),
            Command::Demo(demo) => demo.run(),
            Command::Completions(completions) => completions.run(),
            Command::Man(man) => man.run(),
        }
    }
}

/// Which catalogue.
#[derive(Debug, Args)]
struct Database {
    /// The database file
    #[arg(long, env = "CATALOGUE_DB", default_value = DEFAULT_DATABASE, value_name = "FILE")]
    db: PathBuf,
    /// The file with settings [default: catalogue.toml beside the database, if it is there]
    #[arg(long, env = "CATALOGUE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How much work the hash of a password is: for us once at a login, for whoever
/// has stolen the file at each guess.
#[derive(Debug, Args)]
struct HashFlags {
    /// Memory of a password's hash; a login with a cheaper one gets a new one
    #[arg(long, env = "CATALOGUE_HASH_MEMORY_KIB", value_name = "N",
          default_value_t = limits::DEFAULT_HASH_MEMORY_KIB,
          value_parser = RangedI64ValueParser::<u32>::new().range(8..=i64::from(limits::MAX_HASH_MEMORY_KIB)))]
    hash_memory_kib: u32,
    /// How often a password's hash passes over its memory
    #[arg(long, env = "CATALOGUE_HASH_PASSES", value_name = "N",
          default_value_t = limits::DEFAULT_HASH_PASSES,
          value_parser = RangedI64ValueParser::<u32>::new().range(1..=i64::from(limits::MAX_HASH_PASSES)))]
    hash_passes: u32,
}

impl HashFlags {
    fn cost(&self) -> Result<Cost, CostError> {
        Cost::new(self.hash_memory_kib, self.hash_passes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_ADDRESS, default_workers};

    /// The environment's variable and the default of a flag; `None` for a flag that is not there.
    fn flag(command: &clap::Command, name: &str) -> Option<(Option<String>, Vec<String>)> {
        let arg = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(name))?;
        let text = |word: &std::ffi::OsStr| word.to_str().unwrap().to_owned();
        let defaults = arg.get_default_values().iter().map(|value| text(value));
        Some((arg.get_env().map(text), defaults.collect()))
    }

    /// Whoever renames a variable or changes a default breaks somebody's scripts.
    #[test]
    fn the_defaults_and_the_variables_are_what_was_promised() {
        let cli = Cli::command();
        let of = |command: &str, name: &str| flag(cli.find_subcommand(command).unwrap(), name);
        let is = |variable: &str, default: &[&str]| {
            let default = default.iter().map(|&word| word.to_owned()).collect();
            Some((Some(variable.to_owned()), default))
        };
        let number = |variable: &str, default: u64| is(variable, &[&default.to_string()]);
        for command in cli.get_subcommands().map(clap::Command::get_name) {
            let expected = match command {
                "cert" | "client" | "completions" | "demo" | "man" => None,
                _ => is("CATALOGUE_DB", &["sae.db"]),
            };
            assert_eq!(of(command, "db"), expected, "{command}");
        }
        let address = ["127.0.0.1:5890"];
        assert_eq!(address, [DEFAULT_ADDRESS]);
        for (command, name, expected) in [
            ("client", "connect", is("CATALOGUE_CONNECT", &address)),
            ("client", "user", is("CATALOGUE_USER", &[])),
            ("client", "tls", is("CATALOGUE_TLS", &[])),
            ("client", "ca", is("CATALOGUE_CA", &[])),
            ("client", "client-cert", is("CATALOGUE_CLIENT_CERT", &[])),
            ("client", "client-key", is("CATALOGUE_CLIENT_KEY", &[])),
            ("serve", "listen", is("CATALOGUE_LISTEN", &address)),
            ("serve", "tls-cert", is("CATALOGUE_TLS_CERT", &[])),
            ("serve", "tls-key", is("CATALOGUE_TLS_KEY", &[])),
            ("serve", "tls-client-ca", is("CATALOGUE_TLS_CLIENT_CA", &[])),
            (
                "serve",
                "allow-plaintext",
                is("CATALOGUE_ALLOW_PLAINTEXT", &[]),
            ),
            (
                "serve",
                "workers",
                number("CATALOGUE_WORKERS", default_workers() as u64),
            ),
            (
                "serve",
                "max-connections",
                number("CATALOGUE_MAX_CONNECTIONS", 10_240),
            ),
            (
                "serve",
                "max-unauthenticated",
                is("CATALOGUE_MAX_STRANGERS", &[]),
            ),
            (
                "serve",
                "max-connections-per-address",
                number("CATALOGUE_MAX_CONNECTIONS_PER_ADDRESS", 2_048),
            ),
            (
                "serve",
                "shared-address",
                is("CATALOGUE_SHARED_ADDRESSES", &[]),
            ),
            ("serve", "cache-mib", number("CATALOGUE_CACHE_MIB", 64)),
            (
                "serve",
                "login-grace-seconds",
                number("CATALOGUE_LOGIN_GRACE_SECONDS", 120),
            ),
            (
                "serve",
                "idle-seconds",
                number("CATALOGUE_IDLE_SECONDS", 3_600),
            ),
            ("serve", "log-format", is("CATALOGUE_LOG_FORMAT", &["text"])),
            ("serve", "log-level", is("CATALOGUE_LOG_LEVEL", &["info"])),
            (
                "serve",
                "write-timeout-seconds",
                number("CATALOGUE_WRITE_TIMEOUT_SECONDS", 30),
            ),
        ] {
            assert_eq!(of(command, name), expected, "{command} --{name}");
        }
        for command in ["serve", "adduser", "passwd"] {
            let [memory, passes] = ["hash-memory-kib", "hash-passes"].map(|name| of(command, name));
            assert_eq!(memory, number("CATALOGUE_HASH_MEMORY_KIB", 19_456));
            assert_eq!(passes, number("CATALOGUE_HASH_PASSES", 2));
        }
    }

    /// Those that print what a program may want to read, and not that something was done.
    #[test]
    fn what_prints_data_prints_it_as_json_too() {
        let cli = Cli::command();
        let with_json = cli
            .get_subcommands()
            .filter(|command| flag(command, "json").is_some())
            .map(clap::Command::get_name);
        let expected = ["users", "import", "check", "config", "client", "demo"];
        assert_eq!(with_json.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
