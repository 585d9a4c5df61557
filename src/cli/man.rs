//! `catalogue completions` and `catalogue man`, from the definition of the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::CliError;

/// Print the completions for a shell
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Write the manual pages, one for each subcommand
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder to write them to; it has to exist
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

impl CompletionsArgs {
    pub(super) fn run(self, mut command: Command) -> Result<(), CliError> {
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}

impl ManArgs {
    pub(super) fn run(self, command: Command) -> Result<(), CliError> {
        clap_mangen::generate_to(command, &self.out)
            .map_err(|error| CliError::Output(self.out.display().to_string(), error))
    }
}
