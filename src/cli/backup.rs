//! `catalogue backup` and `catalogue restore`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::flags::Database;
use super::terminal::{safe_stderr, safe_stdout};
use super::{CliError, progress, signals};
use crate::store::{self, Health};

/// Copies the catalogue into one file while it is in use
///
/// The copy has the state of the catalogue at one moment. It is checked, and the file appears only
/// when it is complete. Only its owner can read it, because it contains the accounts with their
/// password hashes.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file for the copy
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: Database,
}

/// Replaces the contents of the catalogue with those of a backup
///
/// The backup is checked before anything is changed. A catalogue that a server or
/// another program has open is never replaced.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// Replace an existing catalogue
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: Database,
}

impl BackupArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let (database, file) = (self.database.db, self.file);
        let mut observer = progress::on_stderr(signals::watch()?);
        let health = store::backup(&database, &file, self.force, &mut observer)?;
        drop(observer);
        let (from, to) = (database.display(), file.display());
        writeln!(
            safe_stdout(),
            "backed up `{from}` to `{to}`, {}",
            contents(&health)
        )?;
        advise(&health);
        Ok(())
    }
}

impl RestoreArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let (database, file) = (self.database.db, self.file);
        let mut observer = progress::on_stderr(signals::watch()?);
        let health = store::restore(&file, &database, self.force, &mut observer)?;
        drop(observer);
        let (from, to) = (file.display(), database.display());
        writeln!(
            safe_stdout(),
            "restored `{to}` from `{from}`, {}",
            contents(&health)
        )?;
        advise(&health);
        Ok(())
    }
}

/// The contents of a catalogue in a few words.
pub(super) fn contents(health: &Health) -> String {
    match (health.movies, health.accounts) {
        (Some(movies), Some(accounts)) => {
            format!(
                "{} and {}",
                counted(movies, "movie"),
                counted(accounts, "account")
            )
        }
        _ if health.is_outdated() => {
            "of an older schema version that `catalogue serve` brings up to date".to_owned()
        }
        _ => "which cannot be counted".to_owned(),
    }
}

/// `1 movie`, `3 movies`.
pub(super) fn counted(number: u64, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

/// Reports the faults that the catalogue had and the copy has.
fn advise(health: &Health) {
    for fault in health.foreign_code() {
        // Standard error may be closed, but the work is done.
        let _ = writeln!(safe_stderr(), "catalogue: {fault}");
    }
    if health.faults_total > 0 {
        let faults = counted(health.faults_total, "fault");
        // Standard error may be closed, but the work is done.
        let _ = writeln!(
            safe_stderr(),
            "catalogue: it has {faults}, `catalogue check` says what is wrong"
        );
    }
}
