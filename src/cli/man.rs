//! `catalogue completions` and `catalogue man`, from the definition of the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::CliError;
use super::terminal::safe_stdout;

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
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// The number of a command and all subcommands, each of which has a page.
fn command_count(command: &Command) -> usize {
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    1 + shown.map(command_count).sum::<usize>()
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
        let folder = self.out.display().to_string();
        let pages = command_count(&command);
        if let Err(error) = clap_mangen::generate_to(command, &self.out) {
            return Err(CliError::Output(folder, error));
        }
        writeln!(safe_stdout(), "wrote {pages} manual pages to `{folder}`")?;
        Ok(())
    }
}
