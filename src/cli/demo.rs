//! `catalogue demo`: everything at once, for trying it.

use clap::Args;

use super::CliError;

/// Tries it: a throw-away catalogue, a server and a client logged in to it
#[derive(Debug, Args)]
pub struct Demo {}

impl Demo {
    pub(super) fn run(self) -> Result<(), CliError> {
        Ok(())
    }
}
