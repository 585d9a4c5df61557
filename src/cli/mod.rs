//! The command line: one file for each subcommand.

mod accounts;
mod audit;
mod backup;
mod cert;
mod check;
mod client;
mod cluster;
mod config;
mod demo;
mod error;
mod examples;
mod export;
mod flags;
mod import;
mod init;
mod keys;
mod log;
mod man;
mod mcp;
mod progress;
mod secret;
mod serve;
mod settings;
mod signals;
mod sql;
pub mod terminal;

use clap::{Args, CommandFactory, FromArgMatches, Parser};

pub use error::CliError;
pub use settings::Setting;

use settings::{Layers, Settings};

/// Printed when no subcommand is given.
const FIRST_STEPS: &str = "\
Begin with:
  catalogue demo                  try it without creating a file
  catalogue init                  create a catalogue
  catalogue adduser admin         add the first account
  catalogue serve                 serve the catalogue
  catalogue client --user admin   send commands to the server

`catalogue <COMMAND> --help` has examples.";

/// Your own movie API: one binary, one SQLite file, and every Redis client can talk to it.
#[derive(Debug, Parser)]
#[command(
    name = "catalogue",
    version,
    arg_required_else_help = true,
    after_help = FIRST_STEPS
)]
pub struct Cli {
    #[command(subcommand)]
    command: Subcommand,
    /// The settings of `serve` and `config`.
    #[arg(skip)]
    settings: Settings,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    #[command(after_long_help = examples::INIT)]
    Init(init::InitArgs),
    #[command(name = "adduser", after_long_help = examples::ADDUSER)]
    AddUser(accounts::AddUserArgs),
    #[command(after_long_help = examples::PASSWD)]
    Passwd(accounts::PasswdArgs),
    #[command(after_long_help = examples::ROLE)]
    Role(accounts::SetRoleArgs),
    #[command(name = "deluser", after_long_help = examples::DELUSER)]
    DelUser(accounts::DelUserArgs),
    #[command(after_long_help = examples::USERS)]
    Users(accounts::UsersArgs),
    #[command(after_long_help = examples::KEY)]
    Key(keys::KeyArgs),
    #[command(after_long_help = examples::KEYS)]
    Keys(keys::KeysArgs),
    #[command(after_long_help = examples::AUDIT)]
    Audit(audit::AuditArgs),
    #[command(after_long_help = examples::IMPORT)]
    Import(import::ImportArgs),
    #[command(after_long_help = examples::EXPORT)]
    Export(export::ExportArgs),
    #[command(after_long_help = examples::SQL)]
    Sql(sql::SqlArgs),
    #[command(after_long_help = examples::BACKUP)]
    Backup(backup::BackupArgs),
    #[command(after_long_help = examples::RESTORE)]
    Restore(backup::RestoreArgs),
    #[command(after_long_help = examples::CHECK)]
    Check(check::CheckArgs),
    #[command(after_long_help = examples::REINDEX)]
    Reindex(check::ReindexArgs),
    #[command(after_long_help = examples::SERVE)]
    Serve(serve::ServeArgs),
    #[command(after_long_help = examples::CLUSTER)]
    Cluster(cluster::ClusterArgs),
    #[command(after_long_help = examples::CERT)]
    Cert(cert::CertArgs),
    #[command(after_long_help = examples::CONFIG)]
    Config(config::ConfigArgs),
    #[command(after_long_help = examples::CLIENT)]
    Client(client::ClientArgs),
    #[command(after_long_help = examples::MCP)]
    Mcp(mcp::McpArgs),
    #[command(after_long_help = examples::DEMO)]
    Demo(demo::DemoArgs),
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions(man::CompletionsArgs),
    #[command(after_long_help = examples::MAN)]
    Man(man::ManArgs),
}

/// The definition of the command line.
fn command() -> clap::Command {
    // `catalogue config` shows the values of variables, the help does not.
    let without_values = |subcommand: clap::Command| {
        subcommand.mut_args(|arg| match arg.get_env() {
            Some(_) => arg.hide_env_values(true),
            None => arg,
        })
    };
    Cli::command().mut_subcommands(without_values)
}

impl Cli {
    /// Reads the command line, the environment variables and the file of settings.
    /// Ends the process after `--help` and after wrong usage.
    ///
    /// # Errors
    /// [`CliError::Settings`].
    pub fn read() -> Result<Cli, CliError> {
        // The first parse finds the file, the second one uses it for the defaults.
        let matches = match command().try_get_matches() {
            Ok(matches) => matches,
            Err(error) => {
                settings::check_flag(&error).map_err(settings::FileError::from)?;
                error.exit()
            }
        };
        let layers = Layers::from_matches(&matches, settings())?;
        let matches = layers.apply_to(command()).get_matches();
        let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        cli.settings = layers.settings(&matches);
        Ok(cli)
    }

    /// Runs the subcommand.
    ///
    /// # Errors
    /// [`CliError`], whose message is one line.
    pub fn run(self) -> Result<(), CliError> {
        secret::keep_out_of_core_dumps();
        match self.command {
            Subcommand::Init(init) => init.run(),
            Subcommand::AddUser(add) => add.run(),
            Subcommand::Passwd(passwd) => passwd.run(),
            Subcommand::Role(role) => role.run(),
            Subcommand::DelUser(delete) => delete.run(),
            Subcommand::Users(users) => users.run(),
            Subcommand::Key(key) => key.run(),
            Subcommand::Keys(keys) => keys.run(),
            Subcommand::Audit(audit) => audit.run(),
            Subcommand::Import(import) => import.run(),
            Subcommand::Export(export) => export.run(),
            Subcommand::Sql(sql) => sql.run(),
            Subcommand::Backup(backup) => backup.run(),
            Subcommand::Restore(restore) => restore.run(),
            Subcommand::Check(check) => check.run(),
            Subcommand::Reindex(reindex) => reindex.run(),
            Subcommand::Serve(serve) => serve.run(&self.settings),
            Subcommand::Cluster(cluster) => cluster.run(),
            Subcommand::Cert(cert) => cert.run(),
            Subcommand::Config(config) => config.run(&self.settings),
            Subcommand::Client(client) => client.run(),
            Subcommand::Mcp(mcp) => mcp.run(),
            Subcommand::Demo(demo) => demo.run(),
            Subcommand::Completions(completions) => completions.run(command()),
            Subcommand::Man(man) => man.run(command()),
        }
    }
}

/// All settings of `serve`, in the order of its `--help`.
pub fn settings() -> Vec<Setting> {
    Setting::from_flags(serve::ServeArgs::augment_args(clap::Command::new("serve")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_ADDRESS, default_workers};

    /// The variable and the default of a flag; `None` when there is no such flag.
    fn flag(command: &clap::Command, name: &str) -> Option<(Option<String>, Vec<String>)> {
        let arg = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(name))?;
        let text = |word: &std::ffi::OsStr| word.to_str().unwrap().to_owned();
        let defaults = arg.get_default_values().iter().map(|value| text(value));
        Some((arg.get_env().map(text), defaults.collect()))
    }

    /// Scripts depend on the names of variables and on defaults.
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
                "cert" | "client" | "cluster" | "completions" | "demo" | "key" | "man" => None,
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
                is("CATALOGUE_MAX_UNAUTHENTICATED", &[]),
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

    /// Subcommands that print data can print it as JSON.
    #[test]
    fn what_prints_data_prints_it_as_json_too() {
        let cli = Cli::command();
        let with_json = cli
            .get_subcommands()
            .filter(|command| flag(command, "json").is_some())
            .map(clap::Command::get_name);
        let expected = [
            "users", "keys", "audit", "import", "sql", "check", "config", "client", "demo",
        ];
        assert_eq!(with_json.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
