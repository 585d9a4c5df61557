//! How much work one query may make.

use std::cell::Cell;
use std::io;
use std::path::Path;

use crate::store::StoreError;

/// Why a query has no answer.
#[derive(Debug)]
pub(in crate::store) enum QueryError {
    /// It would take longer than a query may.
    TooMuchWork,
    /// What SQLite says.
    Sqlite(rusqlite::Error),
    /// What the operating system says of a temporary file.
    File(io::Error),
    /// A row that is no movie, or whatever else the store says.
    Store(StoreError),
}

impl From<rusqlite::Error> for QueryError {
    fn from(error: rusqlite::Error) -> QueryError {
        QueryError::Sqlite(error)
    }
}

impl From<rusqlite::types::FromSqlError> for QueryError {
    fn from(error: rusqlite::types::FromSqlError) -> QueryError {
        QueryError::Sqlite(error.into())
    }
}

impl From<io::Error> for QueryError {
    fn from(error: io::Error) -> QueryError {
        QueryError::File(error)
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> QueryError {
        QueryError::Store(error)
    }
}

impl QueryError {
    /// The same as an error about the file at `path`.
    pub fn about(self, path: &Path) -> StoreError {
        match self {
            QueryError::TooMuchWork => StoreError::TooMuchWork,
            QueryError::Sqlite(error) => StoreError::sqlite(path, error),
            QueryError::File(error) => StoreError::io(path, error),
            QueryError::Store(error) => error,
        }
    }
}

/// What looking a piece of a list up costs, beside its movies.
pub(super) const PIECE_STEPS: u64 = 200;
/// What looking a row up costs.
pub(super) const ROW_STEPS: u64 = 1_000;

/// The steps that a query has left. One is about as much as looking at one movie of a list.
#[derive(Debug)]
pub(super) struct Budget(Cell<u64>);

impl Budget {
    /// So many steps.
    pub fn new(steps: u64) -> Budget {
        Budget(Cell::new(steps))
    }

    /// Takes steps.
    ///
    /// # Errors
    /// [`QueryError::TooMuchWork`] when there are not so many left.
    pub fn spend(&self, steps: u64) -> Result<(), QueryError> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(QueryError::TooMuchWork)
    }
}
