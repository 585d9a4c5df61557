//! Reading, one connection a thread, with the look-up's statement kept ready.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, Statement};
use self_cell::self_cell;

use super::invalidation::{Invalidations, Position, Stale};
use super::row_cache::RowCache;
use super::tables::{audit, counters, movies, users};
use super::{Account, AuditEntry, Listing, Search, Sizes, StoreError, Writer, open, search_index};
use crate::config::limits;
use crate::metrics::CacheCounts;
use crate::movie::MovieRef;
use crate::search::Explanation;

self_cell!(
    struct Open {
        owner: Connection,
        #[not_covariant]
        dependent: Statements,
    }
);

/// Statements that stay prepared: preparing one anew takes three times as long
/// as a look-up does.
struct Statements<'a> {
    by_name: Statement<'a>,
}

/// A read-only connection and its statements. Every thread that reads has its
/// own, so look-ups share no lock.
///
/// The first read begins a read transaction, and every further one shares its
/// view until the [`ReadTransaction`] around them ends: that saves all reads but the
/// first the locking, more than half of a look-up's time.
pub struct Reader {
    path: PathBuf,
    open: Open,
    in_transaction: bool,
    reads: usize,
    cached: Option<CachedRows>,
}

/// The rows that a worker's reader keeps from one batch to the next.
struct CachedRows {
    rows: RowCache,
    changes: Arc<Invalidations>,
    position: Position,
    /// How often accounts may have changed.
    accounts: u64,
    /// Whether the changes were followed in this batch.
    is_fresh: bool,
    /// Whether the view of this batch was compared with the rows, and what came of it.
    is_compared: bool,
    is_of_this_view: bool,
}

/// One consistent view of the catalogue: everything acknowledged before its
/// first read, and nothing after. It costs nothing until then, and ends when
/// it is dropped. `R` is a way to a reader, `&mut Reader` or a `RefMut`.
pub struct ReadTransaction<R: DerefMut<Target = Reader>>(R);

impl<R: DerefMut<Target = Reader>> ReadTransaction<R> {
    /// Begins a batch.
    pub fn new(reader: R) -> ReadTransaction<R> {
        ReadTransaction(reader)
    }
}

impl<R: DerefMut<Target = Reader>> Deref for ReadTransaction<R> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl<R: DerefMut<Target = Reader>> DerefMut for ReadTransaction<R> {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.0
    }
}

impl<R: DerefMut<Target = Reader>> Drop for ReadTransaction<R> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Reader {
    /// Opens the catalogue at `path` for reading.
    ///
    /// # Errors
    /// A file that is missing, damaged, of another level, or not readable.
    pub fn open(path: &Path) -> Result<Reader, StoreError> {
        let connection = open::for_reading(path)?;
        connection.set_prepared_statement_cache_capacity(limits::CACHED_STATEMENTS);
        let open = Open::try_new(connection, |connection| {
            connection
                .prepare(movies::BY_NAME)
                .map(|by_name| Statements { by_name })
        })
        .map_err(|error| StoreError::sqlite(path, error))?;
        Ok(Reader {
            path: path.to_path_buf(),
            open,
            in_transaction: false,
            reads: 0,
            cached: None,
        })
    }

    /// As [`Reader::open`], with a cache of at most `cache_bytes` of encoded rows.
    /// It never gives a row that is older than the last change acknowledged
    /// before the batch, be it by `writer` or by another process.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn with_cache(
        path: &Path,
        writer: &Writer,
        cache_bytes: usize,
    ) -> Result<Reader, StoreError> {
        let cached = CachedRows {
            rows: RowCache::new(cache_bytes),
            changes: writer.changes(),
            position: Position::default(),
            accounts: 0,
            is_fresh: false,
            is_compared: false,
            is_of_this_view: true,
        };
        Ok(Reader {
            cached: Some(cached),
            ..Reader::open(path)?
        })
    }

    /// What its cache counts; nothing without a cache.
    pub fn cache_counts(&self) -> Arc<CacheCounts> {
        let cached = self.cached.as_ref();
        cached.map_or_else(Arc::default, |cached| cached.rows.counts())
    }

    /// How large the catalogue is.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn sizes(&mut self) -> Result<Sizes, StoreError> {
        let movies = self.count()?;
        Ok(Sizes::new(&self.path, movies))
    }

    /// Lets SQLite read the file through the memory map of the operating
    /// system: a third faster for rows that are all over a large file. Not at
    /// once, because the first read through a new map brings in a lot of file,
    /// and takes 30 ms instead of 1.5.
    ///
    /// # Errors
    /// What SQLite says; reading goes on as before.
    pub fn map_file(&mut self) -> Result<(), StoreError> {
        self.open
            .borrow_owner()
            .pragma_update(None, "mmap_size", limits::MMAP_BYTES)
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }

    /// Gives back the memory that SQLite keeps for pages.
    pub fn shrink(&mut self) {
        if let Err(error) = self
            .open
            .borrow_owner()
            .execute_batch("PRAGMA shrink_memory")
        {
            tracing::warn!(%error, "memory could not be given back");
        }
    }

    /// The connection, inside of a transaction.
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        // First of all: followed only after its view was begun, a change would
        // count as seen, and the row from before it would be kept as the new one.
        if let Some(cached) = &mut self.cached {
            cached.follow();
        }
        self.reads += 1;
        let connection = self.open.borrow_owner();
        if !self.in_transaction {
            connection
                .prepare_cached("BEGIN")
                .and_then(|mut begin| begin.execute([]))
                .map_err(|error| StoreError::sqlite(&self.path, error))?;
            self.in_transaction = true;
        }
        Ok(connection)
    }

    /// How many times SQLite was asked since this was last called.
    pub fn take_reads(&mut self) -> usize {
        std::mem::take(&mut self.reads)
    }

    fn end(&mut self) {
        if let Some(cached) = &mut self.cached {
            cached.end();
        }
        if std::mem::take(&mut self.in_transaction) {
            let connection = self.open.borrow_owner();
            let ended = connection
                .prepare_cached("COMMIT")
                .and_then(|mut end| end.execute([]));
            if let Err(error) = ended {
                tracing::error!(%error, "a read transaction did not end");
            }
        }
    }

    /// The movie of that name as it travels, in postcard form.
    ///
    /// # Errors
    /// A row that breaks a rule of a movie, or what SQLite says.
    pub fn postcard(&mut self, name: &str) -> Result<Option<Bytes>, StoreError> {
        if let Some(cached) = &mut self.cached
            && cached.is_usable(self.in_transaction)
            && let Some(row) = cached.rows.get(name)
        {
            return Ok(Some(row));
        }
        let row = self.with_movie(name, |movie| Bytes::from(movie.to_postcard()))?;
        if let (Some(cached), Some(row)) = (&mut self.cached, &row)
            && cached.is_usable(self.in_transaction)
        {
            cached.rows.insert(name, row);
        }
        Ok(row)
    }

    /// Has the cached rows of these names brought in from memory, all at once,
    /// because they are going to be asked for. Gives how many names it took.
    pub fn look_ahead<'n>(&self, names: impl Iterator<Item = &'n [u8]>) -> usize {
        (self.cached.as_ref()).map_or(0, |cached| cached.rows.look_ahead(names))
    }

    /// Does something with the movie of that name; `None` when there is none.
    ///
    /// # Errors
    /// As [`Reader::postcard`].
    pub fn with_movie<T>(
        &mut self,
        name: &str,
        with: impl FnOnce(MovieRef<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        self.connection()?;
        let Reader { path, open, .. } = self;
        open.with_dependent_mut(|_, kept| movies::by_name(path, &mut kept.by_name, name, with))
    }

    /// Whether there is a movie of that name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn exists(&mut self, name: &str) -> Result<bool, StoreError> {
        self.connection()?
            .prepare_cached(movies::EXISTS)
            .and_then(|mut statement| statement.exists([name]))
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }

    /// The number of movies.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn count(&mut self) -> Result<u64, StoreError> {
        self.connection()?;
        counters::movies(&self.path, self.open.borrow_owner())
    }

    /// A page of movies in the order of their names (bytewise), each as `with` makes it.
    ///
    /// # Errors
    /// [`StoreError::TooMuchWork`], or as [`Reader::postcard`].
    pub fn list<T>(
        &mut self,
        listing: &Listing,
        with: impl FnMut(MovieRef<'_>) -> T,
    ) -> Result<Vec<T>, StoreError> {
        self.connection()?;
        let steps = limits::MAX_LIST_STEPS;
        search_index::list(&self.path, self.open.borrow_owner(), listing, steps, with)
    }

    /// Every movie in the order of their names, one at a time.
    ///
    /// # Errors
    /// As [`Reader::postcard`], or what `each` gives back, which ends the walk.
    pub fn all<E: From<StoreError>>(
        &mut self,
        mut each: impl FnMut(MovieRef<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection()?;
        let path = &self.path;
        let sqlite = |error| E::from(StoreError::sqlite(path, error));
        let connection = self.open.borrow_owner();
        let mut statement = connection.prepare_cached(movies::ALL).map_err(sqlite)?;
        let mut rows = statement.query([]).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            each(movies::view(path, row)?)?;
        }
        Ok(())
    }

    /// The movies that answer a search, the best first, each as `with` makes it.
    ///
    /// # Errors
    /// [`StoreError::NotAnAnswer`], [`StoreError::TooMuchWork`], or as [`Reader::postcard`].
    pub fn find<T>(
        &mut self,
        search: &Search,
        mut with: impl FnMut(MovieRef<'_>) -> T,
    ) -> Result<Vec<T>, StoreError> {
        self.connection()?;
        let steps = limits::MAX_SEARCH_STEPS;
        let connection = self.open.borrow_owner();
        search_index::find(&self.path, connection, search, steps, |movie, _| {
            with(movie)
        })
    }

    /// The movies that answer a search, each with the reasons of its place.
    ///
    /// # Errors
    /// As [`Reader::find`].
    pub fn explain(&mut self, search: &Search) -> Result<Vec<Explanation>, StoreError> {
        self.connection()?;
        let steps = limits::MAX_SEARCH_STEPS;
        let connection = self.open.borrow_owner();
        search_index::find(&self.path, connection, search, steps, |movie, found| {
            Explanation::new(&movie, &found)
        })
    }

    /// A number that another one follows when accounts may have changed: as long
    /// as it is the same, what this reader has said of them holds. Asking
    /// costs nothing that a look-up does not cost anyhow.
    pub fn accounts_seen(&mut self) -> u64 {
        self.cached.as_mut().map_or(0, |cached| {
            cached.follow();
            cached.accounts
        })
    }

    /// The account of that name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn account(&mut self, name: &str) -> Result<Option<Account>, StoreError> {
        self.connection()?;
        users::by_name(&self.path, self.open.borrow_owner(), name)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        self.connection()?;
        users::all(&self.path, self.open.borrow_owner())
    }

    /// At most `limit` entries of the audit trail after a position, in order; without a
    /// position the last ones.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn audit(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.connection()?;
        audit::read(self.open.borrow_owner(), after, limit)
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }
}

impl CachedRows {
    /// Whether the rows here are those of this batch's view. Before the view is
    /// begun they are fresh enough; a change between the following and the
    /// first read makes the view newer than they are, and then the batch does
    /// without them, so that no answer of it is older than one before.
    fn is_usable(&mut self, has_view: bool) -> bool {
        self.follow();
        if has_view && !std::mem::replace(&mut self.is_compared, true) {
            self.is_of_this_view = self.changes.is_at(&self.position);
        }
        self.is_of_this_view
    }

    /// Forgets what has changed, once a batch.
    fn follow(&mut self) {
        if !std::mem::replace(&mut self.is_fresh, true) {
            self.follow_anew();
        }
    }

    /// Apart, so that asking once more in the same batch is next to nothing.
    #[inline(never)]
    fn follow_anew(&mut self) {
        let CachedRows { rows, accounts, .. } = self;
        self.changes
            .follow(&mut self.position, |stale| match stale {
                Stale::Movie(name) => rows.remove(name),
                Stale::Accounts => *accounts += 1,
                Stale::Everything => {
                    rows.clear();
                    *accounts += 1;
                }
            });
    }

    /// The next batch has another view.
    fn end(&mut self) {
        self.is_fresh = false;
        self.is_compared = false;
        self.is_of_this_view = true;
    }
}
