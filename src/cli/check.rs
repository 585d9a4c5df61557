//! `catalogue check`: whether everything in the catalogue is as it should be.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::backup::{contents, counted};
use super::{CliError, Database, interrupt, progress};
use crate::store::{self, Health};

/// Checks every page, movie and account of the catalogue
///
/// A server may go on meanwhile. Ends with status 1, and a list, when something
/// is wrong.
#[derive(Debug, Args)]
pub struct Check {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What --json prints.
#[derive(Serialize)]
struct Report<'a> {
    database: String,
    ok: bool,
    #[serde(flatten)]
    health: &'a Health,
}

impl Check {
    pub(super) fn run(self) -> Result<(), CliError> {
        let database = self.database.db;
        let mut onlooker = progress::on_stderr(interrupt::watch()?);
        let health = store::check(&database, &mut onlooker)?;
        drop(onlooker);
        let report = Report {
            database: database.display().to_string(),
            ok: health.faults_total == 0,
            health: &health,
        };
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        } else if report.ok {
            let place = &report.database;
            writeln!(out, "`{place}` is in order, {}", contents(&health))?;
        } else {
            for fault in &health.faults {
                writeln!(out, "{fault}")?;
            }
            match health.faults_total - health.faults.len() as u64 {
                0 => {}
                more => writeln!(out, "and {more} more")?,
            }
        }
        match report.ok {
            true => Ok(()),
            false => Err(CliError::Faults {
                database: report.database,
                faults: counted(health.faults_total, "fault"),
            }),
        }
    }
}
