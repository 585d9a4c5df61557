//! `catalogue check`, which finds faults in a catalogue, and `catalogue reindex`, which rebuilds
//! its search index.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::backup::{contents, counted};
use super::flags::Database;
use super::terminal::{safe_stdout, write_json};
use super::{CliError, progress, signals};
use crate::store::{self, Health};

/// Checks every page, movie and account of the catalogue
///
/// A server may run at the same time. If the command finds faults, it lists them and exits with
/// status 1.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// The output of --json.
#[derive(Serialize)]
struct CheckReport<'a> {
    database: String,
    ok: bool,
    #[serde(flatten)]
    health: &'a Health,
}

impl CheckArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let database = self.database.db;
        let mut observer = progress::on_stderr(signals::watch()?);
        let health = store::check(&database, &mut observer)?;
        drop(observer);
        let report = CheckReport {
            database: database.display().to_string(),
            ok: health.faults_total == 0,
            health: &health,
        };
        let printed = if self.json {
            write_json(&mut io::stdout(), &report)
        } else {
            report.print(&mut safe_stdout())
        };
        // Also when the reader of the output closes it early.
        if !report.ok {
            let (database, faults) = (report.database, counted(health.faults_total, "fault"));
            return Err(if health.needs_reindexing_alone() {
                CliError::Index { database, faults }
            } else {
                CliError::Faults { database, faults }
            });
        }
        Ok(printed?)
    }
}

/// Rebuilds the search index from the movies
///
/// This is necessary after another program, such as the sqlite3 shell, has changed movies. Until
/// then, searches do not find these changes. A server may run at the same time.
#[derive(Debug, Args)]
pub struct ReindexArgs {
    #[command(flatten)]
    database: Database,
}

impl ReindexArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let database = self.database.db;
        let mut observer = progress::on_stderr(signals::watch()?);
        let movies = store::reindex(&database, &mut observer)?;
        drop(observer);
        let (database, movies) = (database.display(), counted(movies, "movie"));
        writeln!(safe_stdout(), "indexed `{database}`, {movies}")?;
        Ok(())
    }
}

impl CheckReport<'_> {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        if self.ok {
            let contents = contents(self.health);
            return writeln!(out, "`{}` is in order, {contents}", self.database);
        }
        for fault in &self.health.faults {
            writeln!(out, "{fault}")?;
        }
        match self.health.faults_total - self.health.faults.len() as u64 {
            0 => Ok(()),
            more => writeln!(out, "and {more} more"),
        }
    }
}
