//! The limit on the work of one query.

use std::cell::Cell;
use std::io;
use std::path::Path;

use crate::store::StoreError;

/// The reason why a query or an indexing failed.
#[derive(Debug)]
pub(in crate::store) enum QueryError {
    /// The query needs more steps than its limit.
    TooMuchWork,
    /// An error of SQLite.
    Sqlite(rusqlite::Error),
    /// An error of a temporary file.
    File(io::Error),
    /// Another error of the store, such as an invalid row.
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
    /// The same as an error of the file at `path`.
    pub fn about(self, path: &Path) -> StoreError {
        match self {
            QueryError::TooMuchWork => StoreError::TooMuchWork,
            QueryError::Sqlite(error) => StoreError::sqlite(path, error),
            QueryError::File(error) => StoreError::io(path, error),
            QueryError::Store(error) => error,
        }
    }
}

/// The cost of reading a piece of a list, without its movies.
pub(super) const PIECE_STEPS: u64 = 200;
/// The cost of reading a row.
pub(super) const ROW_STEPS: u64 = 1_000;

/// The steps that a query has left. One step is about the cost of decoding one posting.
#[derive(Debug)]
pub(super) struct Budget(Cell<u64>);

impl Budget {
    /// A budget of this many steps.
    pub fn new(steps: u64) -> Budget {
        Budget(Cell::new(steps))
    }

    /// Does a part of the work in at most `most` steps, and subtracts the steps that it took. `None`
    /// when they are too few.
    ///
    /// # Errors
    /// Other errors of the work.
    pub fn within<T>(
        &self,
        most: &mut u64,
        work: impl FnOnce() -> Result<T, QueryError>,
    ) -> Result<Option<T>, QueryError> {
        let before = self.0.get();
        let allowed = before.min(*most);
        self.0.set(allowed);
        let done = work();
        let spent = allowed - self.0.get();
        self.0.set(before - spent);
        *most -= spent;
        match done {
            Err(QueryError::TooMuchWork) if before > allowed => Ok(None),
            done => done.map(Some),
        }
    }

    /// Spends steps.
    ///
    /// # Errors
    /// [`QueryError::TooMuchWork`] when fewer steps are left.
    pub fn spend(&self, steps: u64) -> Result<(), QueryError> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(QueryError::TooMuchWork)
    }
}
