//! `catalogue completions` and `catalogue man`: made from the command line's own definition.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::{CliError, command};

/// Prints the completions for a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the manual pages, one for each subcommand
#[derive(Debug, Args)]
pub struct Man {
    /// The folder to write them into; it has to exist
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), CliError> {
        let mut command = command();
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}

impl Man {
    pub(super) fn run(self) -> Result<(), CliError> {
        clap_mangen::generate_to(command(), &self.out)
            .map_err(|error| CliError::Output(self.out.display().to_string(), error))
    }
}
