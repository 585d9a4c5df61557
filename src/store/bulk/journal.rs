//! The journal of an import.
//!
//! With a WAL every page of a transaction is written twice. An import into a catalogue of few
//! movies that no other connection has open uses a rollback journal, which is as safe and a
//! third faster: pages after the end of the file need no entry in it, and those are nearly
//! all. Otherwise the WAL stays, and readers are not blocked.

use rusqlite::{Connection, ErrorCode};

use crate::config::limits;

/// The journal mode during an import.
pub(super) enum Journal {
    /// The WAL, as always.
    Log,
    /// A rollback journal; no other connection has the catalogue open.
    Rollback,
}

impl Journal {
    /// Chooses, before the transaction begins.
    pub fn choose(connection: &Connection, movies: u64) -> rusqlite::Result<Journal> {
        if movies > limits::FEW_MOVIES {
            return Ok(Journal::Log);
        }
        // SQLite leaves WAL mode only for the only connection, and waiting does not help.
        connection.busy_timeout(std::time::Duration::ZERO)?;
        let mode = set(connection, "DELETE");
        connection.busy_timeout(limits::BUSY_TIMEOUT)?;
        match mode {
            Ok(mode) if mode == "delete" => {
                // The removal of the journal commits the transaction, so it has to be synced too.
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

    /// The statement that begins the transaction. With a rollback journal readers are locked out
    /// from its beginning.
    pub fn begin(&self) -> &'static str {
        match self {
            Journal::Log => "BEGIN IMMEDIATE",
            Journal::Rollback => "BEGIN EXCLUSIVE",
        }
    }

    /// Restores the WAL mode, or copies the WAL into the file and truncates it. None of it can
    /// harm the catalogue; what is not done now is done when the catalogue is next opened.
    pub fn tidy(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Journal::Rollback => set(connection, "WAL").map(|_| ()),
            Journal::Log => {
                // First the long part, during which others can write.
                checkpoint(connection, "PASSIVE")?;
                connection.busy_timeout(limits::LOAD_WAL_TIMEOUT)?;
                checkpoint(connection, "TRUNCATE")
            }
        }
    }
}

/// Sets the journal mode and returns the current one.
fn set(connection: &Connection, mode: &str) -> rusqlite::Result<String> {
    connection.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| {
        row.get(0)
    })
}

fn checkpoint(connection: &Connection, kind: &str) -> rusqlite::Result<()> {
    let sql = format!("PRAGMA wal_checkpoint({kind})");
    connection.query_row(&sql, [], |_| Ok(()))
}
