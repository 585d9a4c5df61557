//! The command line: clap types, one file per subcommand.

mod accounts;
mod cert;
mod client;
mod demo;
mod error;
mod export;
mod import;
mod init;
mod interrupt;
mod log;
mod pages;
mod secret;
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use error::CliError;

use crate::config::DEFAULT_DATABASE;

/// Your own movie API: one binary, one SQLite file, and every Redis client can talk to it.
#[derive(Debug, Parser)]
#[command(
    name = "catalogue",
    version,
    arg_required_else_help = true,
    after_help = "Begin with:\n  catalogue init\n  catalogue adduser admin\n  catalogue serve\n  catalogue client"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    #[command(name = "adduser")]
    AddUser(accounts::AddUser),
    Passwd(accounts::Passwd),
    #[command(name = "deluser")]
    DelUser(accounts::DelUser),
    Users(accounts::Users),
    Import(import::Import),
    Export(export::Export),
    Serve(serve::Serve),
    Cert(cert::Cert),
    Client(client::Client),
    Demo(demo::Demo),
    Completions(pages::Completions),
    Man(pages::Man),
}

impl Cli {
    /// Runs the subcommand that was given.
    ///
    /// # Errors
    /// What a person has to be told, in one line.
    pub fn run(self) -> Result<(), CliError> {
        match self.command {
            Command::Init(init) => init.run(),
            Command::AddUser(add) => add.run(),
            Command::Passwd(passwd) => passwd.run(),
            Command::DelUser(delete) => delete.run(),
            Command::Users(users) => users.run(),
            Command::Import(import) => import.run(),
            Command::Export(export) => export.run(),
            Command::Serve(serve) => serve.run(),
            Command::Cert(cert) => cert.run(),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_ADDRESS;
    use clap::CommandFactory;

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
            ("serve", "workers", is("CATALOGUE_WORKERS", &[])),
            (
                "serve",
                "max-connections",
                number("CATALOGUE_MAX_CONNECTIONS", 10_240),
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
            (
                "serve",
                "write-timeout-seconds",
                number("CATALOGUE_WRITE_TIMEOUT_SECONDS", 30),
            ),
        ] {
            assert_eq!(of(command, name), expected, "{command} --{name}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
