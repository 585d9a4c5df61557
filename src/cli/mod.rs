//! The command line: clap types, one file per subcommand.

mod accounts;
mod client;
mod demo;
mod error;
mod export;
mod import;
mod init;
mod interrupt;
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
    Client(client::Client),
    Demo(demo::Demo),
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
            Command::Client(client) => client.run(),
            Command::Demo(demo) => demo.run(),
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
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
