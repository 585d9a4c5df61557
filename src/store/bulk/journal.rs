//! How an import is kept safe from crashes.
//!
//! With a write-ahead log every page of a transaction is written twice. Into a
//! catalogue of few movies, an import that has it to itself goes with a rollback
//! journal instead, as safe and a third faster: the pages behind the end of the
//! file need no entry in it, and those are nearly all. Otherwise the log stays,
//! and whoever reads goes on reading.

use rusqlite::{Connection, ErrorCode};

use crate::config::limits;

/// What an import has changed about the journal.
pub(super) enum Journal {
    /// Nothing: the log is used.
    Log,
    /// There is a rollback journal, and nobody else has the catalogue open.
    Rollback,
}

impl Journal {
    /// Chooses, before the transaction begins.
    pub fn choose(connection: &Connection, movies: u64) -> rusqlite::Result<Journal> {
        if movies > limits::FEW_MOVIES {
            return Ok(Journal::Log);
        }
        // SQLite leaves the log only for a connection that is alone, and there is
        // no use in waiting until it is.
        connection.busy_timeout(std::time::Duration::ZERO)?;
        let mode = set(connection, "DELETE");
        connection.busy_timeout(limits::BUSY_TIMEOUT)?;
        match mode {
            Ok(mode) if mode == "delete" => {
                // A transaction is committed when the journal is removed: the disk
                // has to know that, or the journal comes back with the power.
                connection.pragma_update(None, "synchronous", "EXTRA")?;
                Ok(Journal::Rollback)
            }
            Ok(_) => Ok(Journal::Log),
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Ok(Journal::Log),
                _ => Err(error),
            },
        }
    }

    /// How a transaction begins. With a rollback journal, whoever reads has to be
    /// kept out from the beginning, not only once a page is written.
    pub fn begin(&self) -> &'static str {
        match self {
            Journal::Log => "BEGIN IMMEDIATE",
            Journal::Rollback => "BEGIN EXCLUSIVE",
        }
    }

    /// Tidies up behind the transaction, whatever became of it: back to the log,
    /// or what is in the log into the file, and the log short again. None of it
    /// can harm the catalogue, and what is not done now is done by whoever opens
    /// or changes it next.
    pub fn tidy(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Journal::Rollback => set(connection, "WAL").map(|_| ()),
            Journal::Log => {
                // First what takes long, while others write; then the rest, for
                // which they wait.
                checkpoint(connection, "PASSIVE")?;
                connection.busy_timeout(limits::LOAD_WAL_TIMEOUT)?;
                checkpoint(connection, "TRUNCATE")
            }
        }
    }
}

/// Asks for a journal and gives the one that there is then.
fn set(connection: &Connection, mode: &str) -> rusqlite::Result<String> {
    connection.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| {
        row.get(0)
    })
}

fn checkpoint(connection: &Connection, kind: &str) -> rusqlite::Result<()> {
    let sql = format!("PRAGMA wal_checkpoint({kind})");
    connection.query_row(&sql, [], |_| Ok(()))
}
