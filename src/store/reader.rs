//! Reading: one connection for each thread, with the statement of a look-up prepared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, Statement};
use self_cell::self_cell;

use super::records::Records;
use super::row_cache::{CachedRows, DocumentEncoding};
use super::search_index::KnownWordsCache;
use super::tables::{api_keys, audit, counters, movies, users};
use super::{
    Account, AuditEntry, EpisodePage, KeyHash, Listing, PeopleSearch, Search, Sizes, StoreError,
    StoredKey, Writer, open, search_index,
};
use crate::config::limits;
use crate::metrics::CacheCounts;
use crate::movie::{Details, EpisodeRef, FullMovie, MovieRef, Person};
use crate::search::{Explanation, QueryMatch};

self_cell!(
    struct Open {
        owner: Connection,
        #[not_covariant]
        dependent: Statements,
    }
);

/// Statements that stay prepared: preparing one takes three times as long as a look-up.
struct Statements<'a> {
    by_name: Statement<'a>,
}

/// A read-only connection and its statements. Every thread has its own, so look-ups share
/// no lock.
///
/// The first read begins a read transaction, and the following ones share its view until the
/// [`ReadTransaction`](super::ReadTransaction) around them ends. That saves them the locking, more than half of a
/// look-up's time.
pub struct Reader {
    path: PathBuf,
    open: Open,
    in_transaction: bool,
    reads: usize,
    cached: Option<CachedRows>,
    known_words: KnownWordsCache,
}

impl Reader {
    /// Opens the catalogue at `path` for reading.
    ///
    /// # Errors
    /// A file that is missing, damaged, of another schema version, or not readable.
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
            known_words: KnownWordsCache::default(),
        })
    }

    /// As [`Reader::open`], with a cache of at most `cache_bytes` of encoded rows. It never returns
    /// a row that is older than the last change that was acknowledged before the batch, by `writer`
    /// or by another process.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn with_cache(
        path: &Path,
        writer: &Writer,
        cache_bytes: usize,
    ) -> Result<Reader, StoreError> {
        Reader::with_caches(path, writer, cache_bytes, 0)
    }

    /// As [`Reader::with_cache`], with a cache of at most `document_bytes` of documents, as
    /// [`Reader::document`] returns them.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn with_caches(
        path: &Path,
        writer: &Writer,
        row_bytes: usize,
        document_bytes: usize,
    ) -> Result<Reader, StoreError> {
        let cached = CachedRows::new(row_bytes, document_bytes, writer.invalidations());
        Ok(Reader {
            cached: Some(cached),
            ..Reader::open(path)?
        })
    }

    /// The counters of its cache; all 0 without a cache.
    pub fn cache_counts(&self) -> Arc<CacheCounts> {
        let cached = self.cached.as_ref();
        cached.map_or_else(Arc::default, CachedRows::counts)
    }

    /// The size of the catalogue.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn sizes(&mut self) -> Result<Sizes, StoreError> {
        let movies = self.count()?;
        Ok(Sizes::new(&self.path, movies))
    }

    /// Lets SQLite read the file through the memory map of the operating system: a third faster for
    /// rows that are all over a large file. It is not called at the start, because the first read
    /// through a new map loads much of the file, and takes 30 ms instead of 1.5 ms.
    ///
    /// # Errors
    /// An error of SQLite; reading continues as before.
    pub fn map_file(&mut self) -> Result<(), StoreError> {
        self.open
            .borrow_owner()
            .pragma_update(None, "mmap_size", limits::MMAP_BYTES)
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }

    /// Releases the memory that SQLite keeps for pages.
    pub fn shrink(&mut self) {
        if let Err(error) = self
            .open
            .borrow_owner()
            .execute_batch("PRAGMA shrink_memory")
        {
            tracing::warn!(%error, "memory could not be released");
        }
    }

    /// The connection, inside of a transaction.
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        // This comes first. After the view has begun, a newer change would count as seen, and the
        // old row would be cached as the new one.
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

    /// The number of reads by SQLite since this was last called.
    pub fn take_reads(&mut self) -> usize {
        std::mem::take(&mut self.reads)
    }

    /// Ends the read transaction, if one was begun.
    pub(super) fn end(&mut self) {
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

    /// The movie of that name in postcard form.
    ///
    /// # Errors
    /// A row that breaks a rule of a movie, or an error of SQLite.
    pub fn postcard(&mut self, name: &str) -> Result<Option<Bytes>, StoreError> {
        if let Some(cached) = &mut self.cached
            && let Some(row) = cached.get(name, self.in_transaction)
        {
            return Ok(Some(row));
        }
        let row = self.with_movie(name, |movie| Bytes::from(movie.to_postcard()))?;
        if let (Some(cached), Some(row)) = (&mut self.cached, &row) {
            cached.insert(name, row, self.in_transaction);
        }
        Ok(row)
    }

    /// Prefetches the cached rows of these names into the processor's cache. Returns how many
    /// names it took.
    pub fn look_ahead<'n>(&self, names: impl Iterator<Item = &'n [u8]>) -> usize {
        (self.cached.as_ref()).map_or(0, |cached| cached.look_ahead(names))
    }

    /// Calls `with` with the movie of that name; `None` when there is none.
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

    /// The full records, inside of a transaction.
    fn records(&mut self) -> Result<Records<'_>, StoreError> {
        self.connection()?;
        Ok(Records::new(&self.path, self.open.borrow_owner()))
    }

    /// Calls `with` with the movie of that name and its details; `None` when there is none.
    ///
    /// # Errors
    /// As [`Reader::postcard`], or a damaged record.
    pub fn with_full_movie<T>(
        &mut self,
        name: &str,
        with: impl FnOnce(MovieRef<'_>, &Details) -> T,
    ) -> Result<Option<T>, StoreError> {
        self.records()?.full_movie(name, with)
    }

    /// The movie of that name with its details, as `encoding` makes it. The cache keeps
    /// documents of one encoding only.
    ///
    /// # Errors
    /// As [`Reader::with_full_movie`].
    pub fn document(
        &mut self,
        name: &str,
        encoding: DocumentEncoding,
    ) -> Result<Option<Bytes>, StoreError> {
        if let Some(cached) = &mut self.cached
            && let Some(document) = cached.document(name, encoding, self.in_transaction)
        {
            return Ok(Some(document));
        }
        let document = self.with_full_movie(name, encoding)?;
        if let (Some(cached), Some(document)) = (&mut self.cached, &document) {
            cached.insert_document(name, encoding, document, self.in_transaction);
        }
        Ok(document)
    }

    /// The movie of that name with its details.
    ///
    /// # Errors
    /// As [`Reader::with_full_movie`].
    pub fn full_movie(&mut self, name: &str) -> Result<Option<FullMovie>, StoreError> {
        let full = self.with_full_movie(name, |movie, details| {
            FullMovie::new(movie.to_movie()?, details.clone())
        })?;
        full.transpose().map_err(|reason| StoreError::InvalidRow {
            name: name.to_owned(),
            reason,
        })
    }

    /// The person of that name.
    ///
    /// # Errors
    /// As [`Reader::with_full_movie`].
    pub fn person(&mut self, name: &str) -> Result<Option<Person>, StoreError> {
        self.records()?.person(name)
    }

    /// The movies that name all of these people, the rated ones first by descending votes, after
    /// the movie `after` where one is given. `with` makes at most `limit` answers of them, and
    /// skips a movie by returning `None`.
    ///
    /// # Errors
    /// [`StoreError::NotAnAnswer`], or as [`Reader::with_full_movie`].
    pub fn films_of<T>(
        &mut self,
        people: &[&str],
        after: Option<&str>,
        limit: usize,
        with: impl FnMut(MovieRef<'_>) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.records()?.films_of(people, after, limit, with)
    }

    /// Episodes of a series, or of one season of it, in their order, after the episode `after`
    /// where one is given. `None` when there is no such series.
    ///
    /// # Errors
    /// [`StoreError::NotAnAnswer`], or as [`Reader::with_full_movie`].
    pub fn episodes<T>(
        &mut self,
        page: &EpisodePage,
        with: impl FnMut(EpisodeRef<'_>) -> T,
    ) -> Result<Option<Vec<T>>, StoreError> {
        self.records()?.episodes(page, with)
    }

    /// Whether there is a movie of that name.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn exists(&mut self, name: &str) -> Result<bool, StoreError> {
        self.connection()?
            .prepare_cached(movies::EXISTS)
            .and_then(|mut statement| statement.exists([name]))
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }

    /// The number of movies.
    ///
    /// # Errors
    /// An error of SQLite.
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
    /// As [`Reader::postcard`], or the error of `each`, which ends the walk.
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

    /// Every movie with its details in the order of their names, one at a time.
    ///
    /// # Errors
    /// As [`Reader::with_full_movie`], or the error of `each`, which ends the walk.
    pub fn all_full<E: From<StoreError>>(
        &mut self,
        mut each: impl FnMut(MovieRef<'_>, &Details) -> Result<(), E>,
    ) -> Result<(), E> {
        self.records()?.all(&mut each)
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
        self.find_matches(search, |movie, _| with(movie))
    }

    /// As [`Reader::find`], with the match of each movie.
    ///
    /// # Errors
    /// As [`Reader::find`].
    pub fn find_matches<T>(
        &mut self,
        search: &Search,
        with: impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T,
    ) -> Result<Vec<T>, StoreError> {
        self.connection()?;
        let (path, steps) = (&self.path, limits::MAX_SEARCH_STEPS);
        let connection = self.open.borrow_owner();
        search_index::find(path, connection, &self.known_words, search, steps, with)
    }

    /// The movies that answer a search, each with the reasons for its place.
    ///
    /// # Errors
    /// As [`Reader::find`].
    pub fn explain(&mut self, search: &Search) -> Result<Vec<Explanation>, StoreError> {
        self.find_matches(search, |movie, found| Explanation::new(&movie, &found))
    }

    /// The people that a search by names finds, the best first.
    ///
    /// # Errors
    /// As [`Reader::find`], or a damaged record.
    pub fn people(&mut self, search: &PeopleSearch) -> Result<Vec<Person>, StoreError> {
        self.connection()?;
        let (path, steps) = (&self.path, limits::MAX_SEARCH_STEPS);
        let connection = self.open.borrow_owner();
        let keys = search_index::find_people(path, connection, &self.known_words, search, steps)?;
        let records = self.records()?;
        let people = keys.into_iter().map(|key| records.person_of_key(key));
        people.filter_map(Result::transpose).collect()
    }

    /// A number that changes when accounts may have changed. As long as it is the same, the
    /// accounts that this reader returned are current. Its cost is part of every look-up.
    pub fn accounts_seen(&mut self) -> u64 {
        (self.cached.as_mut()).map_or(0, CachedRows::accounts_seen)
    }

    /// The account of that name.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn account(&mut self, name: &str) -> Result<Option<Account>, StoreError> {
        self.connection()?;
        users::by_name(&self.path, self.open.borrow_owner(), name)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        self.connection()?;
        users::all(&self.path, self.open.borrow_owner())
    }

    /// The API key of that hash, also one that has expired.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn key(&mut self, hash: &KeyHash) -> Result<Option<StoredKey>, StoreError> {
        self.connection()?;
        api_keys::find(self.open.borrow_owner(), hash)
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }

    /// All API keys, by name.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn keys(&mut self) -> Result<Vec<StoredKey>, StoreError> {
        self.connection()?;
        api_keys::all(&self.path, self.open.borrow_owner())
    }

    /// At most `limit` entries of the audit trail after a position, in order; without a
    /// position the last ones.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn audit(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.connection()?;
        audit::read(self.open.borrow_owner(), after, limit)
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }
}
