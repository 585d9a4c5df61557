//! Reading, one connection a thread, with the look-up's statement kept ready.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Statement};
use self_cell::self_cell;

use super::{Account, StoreError, movies, open, users};
use crate::movie::Movie;

self_cell!(
    struct Open {
        owner: Connection,
        #[not_covariant]
        dependent: Kept,
    }
);

/// Statements that stay prepared: preparing one anew takes three times as long
/// as a look-up does.
struct Kept<'a> {
    by_name: Statement<'a>,
}

/// A read-only connection and its statements. Every thread that reads has its
/// own, so look-ups share no lock.
pub struct Reader {
    path: PathBuf,
    open: Open,
}

/// One consistent view of the catalogue for the length of a batch: everything
/// acknowledged before its first read, and nothing after. Ends when dropped.
pub struct Batch<'a> {
    reader: &'a mut Reader,
    begun: bool,
}

impl Reader {
    /// Opens the catalogue at `path` for reading.
    ///
    /// # Errors
    /// A file that is missing, damaged, of another level, or not readable.
    pub fn open(path: &Path) -> Result<Reader, StoreError> {
        let connection = open::for_reading(path)?;
        let open = Open::try_new(connection, |connection| {
            connection
                .prepare(movies::BY_NAME)
                .map(|by_name| Kept { by_name })
        })
        .map_err(|error| StoreError::sqlite(path, error))?;
        Ok(Reader {
            path: path.to_path_buf(),
            open,
        })
    }

    /// Begins a batch. It costs nothing until the first read.
    pub fn batch(&mut self) -> Batch<'_> {
        Batch {
            reader: self,
            begun: false,
        }
    }
}

impl Batch<'_> {
    /// One read transaction around all reads: it saves every read but the
    /// first the locking, more than half of a look-up's time.
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        let connection = self.reader.open.borrow_owner();
        if !self.begun {
            connection
                .prepare_cached("BEGIN")
                .and_then(|mut begin| begin.execute([]))
                .map_err(|error| StoreError::sqlite(&self.reader.path, error))?;
            self.begun = true;
        }
        Ok(connection)
    }

    /// The movie of that name.
    ///
    /// # Errors
    /// A row that breaks a rule of a movie, or what SQLite says.
    pub fn movie(&mut self, name: &str) -> Result<Option<Movie>, StoreError> {
        self.connection()?;
        let Reader { path, open } = &mut *self.reader;
        open.with_dependent_mut(|_, kept| movies::by_name(path, &mut kept.by_name, name))
    }

    /// Whether there is a movie of that name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn exists(&mut self, name: &str) -> Result<bool, StoreError> {
        self.connection()?
            .prepare_cached(movies::EXISTS)
            .and_then(|mut statement| statement.exists([name]))
            .map_err(|error| StoreError::sqlite(&self.reader.path, error))
    }

    /// The number of movies.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn count(&mut self) -> Result<u64, StoreError> {
        self.connection()?;
        movies::count(&self.reader.path, self.reader.open.borrow_owner())
    }

    /// At most `limit` movies in the order of their names (bytewise), those behind `after`.
    ///
    /// # Errors
    /// As [`Batch::movie`].
    pub fn page(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<Movie>, StoreError> {
        let mut page = Vec::new();
        self.connection()?;
        self.each(movies::PAGE, (after.unwrap_or(""), limit as i64), |movie| {
            page.push(movie);
            Ok(())
        })?;
        Ok(page)
    }

    /// Every movie in the order of their names, one at a time.
    ///
    /// # Errors
    /// As [`Batch::movie`], or what `each` gives back, which ends the walk.
    pub fn all<E: From<StoreError>>(
        &mut self,
        each: impl FnMut(Movie) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection()?;
        self.each(movies::ALL, (), each)
    }

    fn each<E: From<StoreError>>(
        &mut self,
        sql: &str,
        params: impl rusqlite::Params,
        mut each: impl FnMut(Movie) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = &self.reader.path;
        let sqlite = |error| E::from(StoreError::sqlite(path, error));
        let connection = self.reader.open.borrow_owner();
        let mut statement = connection.prepare_cached(sql).map_err(sqlite)?;
        let mut rows = statement.query(params).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            each(movies::from_row(path, row)?)?;
        }
        Ok(())
    }

    /// The account of that name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn account(&mut self, name: &str) -> Result<Option<Account>, StoreError> {
        self.connection()?;
        users::by_name(&self.reader.path, self.reader.open.borrow_owner(), name)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        self.connection()?;
        users::all(&self.reader.path, self.reader.open.borrow_owner())
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if self.begun {
            let connection = self.reader.open.borrow_owner();
            let ended = connection
                .prepare_cached("COMMIT")
                .and_then(|mut end| end.execute([]));
            if let Err(error) = ended {
                tracing::error!(%error, "a read transaction did not end");
            }
        }
    }
}
