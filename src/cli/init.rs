//! `catalogue init`: a new catalogue.

use std::io::Write;

use clap::Args;

use super::flags::Database;
use super::terminal::safe_stdout;
use super::{CliError, signals};
use crate::store::{self, Contents, Created};

/// Creates a catalogue with three movies
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Add no movies, for example to import an export
    #[arg(long)]
    empty: bool,
    #[command(flatten)]
    database: Database,
}

impl InitArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let interrupted = signals::watch()?;
        let path = self.database.db.display().to_string();
        let contents = if self.empty {
            Contents::Nothing
        } else {
            Contents::Seed
        };
        let created = store::create_unless(&self.database.db, contents, &interrupted)?;
        let message = match created {
            Created::New { movies } => format!(
                "created `{path}` with {movies} movies, add the first account with `catalogue adduser admin`"
            ),
            Created::AlreadyThere { movies } => {
                format!(
                    "`{path}` is a catalogue already, with {movies} movies, nothing was changed"
                )
            }
            Created::Outdated => format!(
                "`{path}` is a catalogue already, of an older schema version that `catalogue serve --db {path}` brings up to date, nothing was changed"
            ),
        };
        writeln!(safe_stdout(), "{message}")?;
        Ok(())
    }
}
