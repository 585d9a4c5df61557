//! The thread that compares and writes the movies that it gets from the loader, in order.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Receiver, Sender};
use rusqlite::{Connection, Statement};

use super::compare::{Comparison, Plan};
use super::details_load::{DetailFields, DetailsWriter};
use super::ids::Ids;
use super::insert::Inserter;
use super::journal::Journal;
use super::keep::{RecordParts, TakenVotes};
use super::merge::Merger;
use super::packed::{Batch, Packed};
use super::record_writer::{LoadCounts, RecordWriter};
use super::rows::{RowBatch, RowTable};
use crate::config::limits;
use crate::store::applier::Applier;
use crate::store::packed_record::{IdPrefix, Key};
use crate::store::records;
use crate::store::search_index::{self, Corpus, QueryError, Refresh, tells_people_apart};
use crate::store::tables::imdb_hashes::{self, SourceHashes};
use crate::store::tables::persons::PersonValues;
use crate::store::tables::{counters, movies};
use crate::store::{ProgressObserver, StoreError, change, paths};

/// A job of the loader.
pub(super) enum Job {
    /// Movies in the order of their names.
    Load(Batch),
    /// Movies in the order of their names, and the details of each.
    Titles(Batch, RowBatch),
    /// Series or people in the order of their keys.
    Rows(RowBatch),
    /// Which titles there were, with their votes.
    Taken(TakenVotes),
    /// Reads the hashes of the last import with this signature.
    SourceHashes(Option<u64>, Sender<[SourceHashes; 2]>),
    /// A row of hashes, which is removed when it is empty.
    Hashes(IdPrefix, i64, Vec<u8>),
    /// The end: commit.
    Commit,
}

/// State that the loader and the writing thread share.
#[derive(Default)]
pub(super) struct Shared {
    /// Movies that were compared, and written where that was needed.
    pub written: AtomicU64,
    /// Movies that were indexed for search, and the number of movies to index.
    pub indexed: AtomicU64,
    pub to_index: AtomicU64,
    /// Whether movies keep known values that the file does not have.
    pub merge: AtomicBool,
    /// Set when the movies have details.
    pub details: OnceLock<DetailFields>,
    /// Set when the import is given up.
    pub stop: Arc<AtomicBool>,
}

impl Shared {
    fn rows_done(&self, rows: usize) {
        self.written.fetch_add(rows as u64, Ordering::Relaxed);
    }
}

/// The purpose of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Movies are only compared.
    DryRun,
    /// They are written and indexed for search.
    Import,
    /// They are written, and are indexed when the catalogue is opened next.
    ImportWithoutIndex,
}

/// The writer's work: from the first job to the commit. If the loader is dropped before the commit,
/// nothing is changed.
pub(super) struct Writer {
    pub path: PathBuf,
    pub connection: Connection,
    pub jobs: Receiver<Job>,
    /// The channel for empty batches, whose memory is used again.
    pub emptied: Sender<Batch>,
    pub purpose: Purpose,
    /// The parts of records that an import has.
    pub parts: RecordParts,
}

impl Writer {
    /// Does the jobs.
    pub fn run(self, shared: &Shared) -> Result<LoadCounts, StoreError> {
        let counts = match self.purpose {
            Purpose::DryRun => self.dry_run(shared),
            Purpose::Import | Purpose::ImportWithoutIndex => self.write(shared),
        };
        counts.map_err(|trouble| trouble.about(&self.path))
    }

    /// Compares alone, with one view of the catalogue.
    fn dry_run(&self, shared: &Shared) -> Result<LoadCounts, QueryError> {
        self.connection.execute_batch("BEGIN")?;
        let mut comparison = Comparison::for_dry_run(&self.connection)?;
        let mut records = RecordWriter::new(&self.connection, self.parts)?;
        let mut plan = Plan::default();
        let mut counts = LoadCounts::default();
        let mut merger = Merger::new(&self.connection)?;
        let mut full = None;
        for job in &self.jobs {
            let (mut batch, details) = match job {
                Job::Load(batch) => (batch, None),
                Job::Titles(batch, details) => (batch, Some(details)),
                Job::Rows(rows) => {
                    records.compare(&rows, |_, _| {}, &mut counts)?;
                    // Nothing is indexed.
                    drop(records.changed_people());
                    shared.rows_done(rows.len());
                    continue;
                }
                Job::Taken(taken) => {
                    records.keeper.set_taken(taken);
                    continue;
                }
                Job::SourceHashes(signature, reply) => {
                    records.source_hashes(&self.connection, signature, &reply)?;
                    continue;
                }
                Job::Hashes(..) => continue,
                Job::Commit => {
                    records.compare_rest(RowTable::Series, &mut counts)?;
                    records.compare_rest(RowTable::People, &mut counts)?;
                    return Ok(counts);
                }
            };
            if shared.merge.load(Ordering::Relaxed) {
                batch = merger.merge(&batch)?;
            }
            comparison.compare(&batch, &mut plan, |_, _| Ok::<_, QueryError>(()))?;
            if let Some(details) = details {
                let differs = |place, _| {
                    plan.differs_in_details(place);
                };
                records.compare(&details, differs, &mut counts)?;
            }
            full = full.or_else(|| self.details_writer(shared));
            if let Some(full) = &mut full {
                full.write(&batch, &mut plan, |_| {})?;
            }
            counts.titles += plan.counts;
            self.done_with(batch, shared);
        }
        Err(StoreError::Interrupted.into())
    }

    /// The writer of details, if the movies of the loader have any.
    fn details_writer(&self, shared: &Shared) -> Option<DetailsWriter<'_>> {
        let fields = shared.details.get()?;
        let merges = shared.merge.load(Ordering::Relaxed);
        let is_dry_run = self.purpose == Purpose::DryRun;
        let connection = &self.connection;
        Some(DetailsWriter::new(connection, fields, merges, is_dry_run))
    }

    fn write(&self, shared: &Shared) -> Result<LoadCounts, QueryError> {
        // No other connection has to wait before there is something to write.
        let first = self.jobs.recv().map_err(|_| StoreError::Interrupted)?;
        if let Job::Commit = first {
            return Ok(LoadCounts::default());
        }
        let movies = counters::movies(&self.path, &self.connection)?;
        let journal = Journal::choose(&self.connection, movies)?;
        let counts = self.transaction(&journal, first, shared);
        if counts.is_err() && !self.connection.is_autocommit() {
            // An error of it is ignored, because the first error is reported. SQLite
            // rolls back again when the connection is closed.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        if let Err(error) = journal.tidy(&self.connection) {
            tracing::debug!(%error, "the journal of an import could not be removed");
        }
        counts
    }

    fn transaction(
        &self,
        journal: &Journal,
        first: Job,
        shared: &Shared,
    ) -> Result<LoadCounts, QueryError> {
        self.keep_pages(limits::LOAD_CACHE_KIB)?;
        self.connection.execute_batch(journal.begin())?;
        let mut target = Target::new(&self.connection, self.parts)?;
        let mut merger = Merger::new(&self.connection)?;
        for job in std::iter::once(first).chain(&self.jobs) {
            match job {
                Job::Titles(batch, details) => {
                    target.load(&batch, Some(&details))?;
                    self.done_with(batch, shared);
                }
                Job::Rows(rows) => {
                    target.load_rows(&rows)?;
                    shared.rows_done(rows.len());
                }
                Job::Taken(taken) => target.records.keeper.set_taken(taken),
                Job::SourceHashes(signature, reply) => {
                    let records = &mut target.records;
                    records.begin_hashes(&self.connection, signature, &reply)?;
                }
                Job::Hashes(prefix, first, hashes) => {
                    imdb_hashes::put(&self.connection, prefix, first, &hashes)?;
                }
                Job::Load(mut batch) => {
                    target.is_of_movies = true;
                    if shared.merge.load(Ordering::Relaxed) {
                        batch = merger.merge(&batch)?;
                    }
                    target.full = target.full.or_else(|| self.details_writer(shared));
                    target.load(&batch, None)?;
                    self.done_with(batch, shared);
                }
                Job::Commit => {
                    target.load_rest()?;
                    let counts = self.finish(target, shared)?;
                    self.record()?;
                    self.connection.execute_batch("COMMIT")?;
                    return Ok(counts);
                }
            }
        }
        Err(StoreError::Interrupted.into())
    }

    /// Takes a position for the import, and adds its audit entry.
    fn record(&self) -> rusqlite::Result<()> {
        let mut applier = Applier::new(&self.connection)?;
        applier.record(change::now(), &change::operator_source(), "import")?;
        applier.finish()
    }

    fn keep_pages(&self, kib: i64) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "cache_size", -kib)
    }

    fn done_with(&self, mut batch: Batch, shared: &Shared) {
        let movies = batch.len() as u64;
        shared.written.fetch_add(movies, Ordering::Relaxed);
        batch.clear();
        // The loader may have enough of them.
        let _ = self.emptied.try_send(batch);
    }

    /// Counts what was added, and brings the search index up to date.
    fn finish(&self, target: Target<'_>, shared: &Shared) -> Result<LoadCounts, QueryError> {
        let Target {
            refresh,
            people,
            counts,
            ids,
            is_of_movies,
            ..
        } = target;
        counters::count_loaded(&self.connection, counts.titles.added, ids.next())?;
        if is_of_movies && counts.titles.added + counts.titles.changed > 0 {
            imdb_hashes::clear(&self.connection)?;
        }
        if self.purpose == Purpose::ImportWithoutIndex {
            search_index::clear(&self.connection)?;
            return Ok(counts);
        }
        self.keep_pages(limits::WRITER_CACHE_KIB)?;
        let folder = paths::folder_of(&self.path);
        let mut observer = ProgressObserver::new(Arc::clone(&shared.stop), |progress| {
            shared.indexed.store(progress.done, Ordering::Relaxed);
            shared.to_index.store(progress.all, Ordering::Relaxed);
        });
        refresh.finish(&self.connection, folder, &mut observer)?;
        people.finish(&self.connection, folder, &mut observer)?;
        Ok(counts)
    }
}

/// The catalogue, inside of the transaction.
struct Target<'c> {
    connection: &'c Connection,
    comparison: Comparison<'c>,
    plan: Plan,
    inserter: Inserter<'c>,
    replace: Statement<'c>,
    ids: Ids,
    records: RecordWriter<'c>,
    /// The writer of details that come with the movies.
    full: Option<DetailsWriter<'c>>,
    refresh: Refresh,
    people: Refresh,
    counts: LoadCounts,
    /// Whether the import has movies, not records of IMDb's files.
    is_of_movies: bool,
}

impl<'c> Target<'c> {
    fn new(connection: &'c Connection, parts: RecordParts) -> rusqlite::Result<Target<'c>> {
        let (movies, next) = counters::movies_and_next_id(connection)?;
        Ok(Target {
            connection,
            comparison: Comparison::new(connection)?,
            plan: Plan::default(),
            inserter: Inserter::new(connection)?,
            replace: connection.prepare(movies::REPLACE)?,
            ids: Ids::new(movies, next),
            records: RecordWriter::new(connection, parts)?,
            full: None,
            refresh: Refresh::new(Corpus::Movies),
            people: Refresh::new(Corpus::People),
            counts: LoadCounts::default(),
            is_of_movies: false,
        })
    }

    /// Writes the differences of a batch.
    fn load(&mut self, batch: &Batch, details: Option<&RowBatch>) -> Result<(), QueryError> {
        let (connection, refresh) = (self.connection, &mut self.refresh);
        let mut changed = note_people(connection, &mut self.people);
        if let Some(full) = &mut self.full {
            full.before(batch, &mut changed)?;
        }
        let keeps_akas = self.records.keeper.keeps_akas();
        self.comparison
            .compare(batch, &mut self.plan, |old, new| match old {
                Some(old) => {
                    let (old, new) = (old.view(), new.view());
                    let is_retitled =
                        (old.title, old.original_title) != (new.title, new.original_title);
                    // Details that the import brings belong to the new titles and votes.
                    if details.is_none() || keeps_akas && is_retitled {
                        records::movie_changed(connection, &old, &new, &mut changed)?;
                    }
                    refresh.replaced(connection, &old, &new)
                }
                None => {
                    refresh.added(new.view().name);
                    Ok(())
                }
            })?;
        if let Some(details) = details {
            let (plan, refresh) = (&mut self.plan, &mut self.refresh);
            let differs = |place, is_indexed| {
                plan.differs_in_details(place);
                if is_indexed && !plan.is_new(place) {
                    refresh.added(str::from_utf8(batch.name(place)).unwrap_or_default());
                }
            };
            self.records.compare(details, differs, &mut self.counts)?;
        }
        for &place in &self.plan.change {
            replace(&mut self.replace, &batch.movie(place as usize))?;
        }
        let (ids, refresh) = (&mut self.ids, &mut self.refresh);
        self.inserter.insert(batch, &self.plan.add, |movie| {
            refresh.added(str::from_utf8(movie.name).unwrap_or_default());
            ids.give(movie.id)
        })?;
        if let Some(details) = details {
            self.records.write(details)?;
        }
        if let Some(full) = &mut self.full {
            full.write(batch, &mut self.plan, |name| refresh.added(name))?;
        }
        self.counts.titles += self.plan.counts;
        Ok(())
    }

    /// Writes the differences of series or people.
    fn load_rows(&mut self, rows: &RowBatch) -> Result<(), QueryError> {
        self.records.compare(rows, |_, _| {}, &mut self.counts)?;
        self.note_changed_people();
        Ok(self.records.write(rows)?)
    }

    fn note_changed_people(&mut self) {
        let people = &mut self.people;
        self.records
            .changed_people()
            .for_each(|key| people.person(key));
    }

    /// Writes the people that wait, and the changes of the series and people after the last ones.
    fn load_rest(&mut self) -> Result<(), QueryError> {
        if let Some(full) = self.full.take() {
            full.finish(&mut note_people(self.connection, &mut self.people))?;
        }
        for table in [RowTable::Series, RowTable::People] {
            self.records.compare_rest(table, &mut self.counts)?;
            self.note_changed_people();
            self.records.write(&RowBatch::new(table))?;
        }
        Ok(())
    }
}

/// Adds the people with changed entries in the search index.
fn note_people<'r>(
    connection: &'r Connection,
    people: &'r mut Refresh,
) -> impl FnMut(Key, PersonValues<'_>, PersonValues<'_>) -> rusqlite::Result<()> + 'r {
    move |key, old, new| {
        if tells_people_apart(connection, key, old, new)? {
            people.person(key);
        }
        Ok(())
    }
}

/// Replaces the movie with the same name.
fn replace(statement: &mut Statement<'_>, movie: &Packed<'_>) -> rusqlite::Result<()> {
    statement.execute((
        str::from_utf8(movie.name)?,
        str::from_utf8(movie.title)?,
        movie.original_title.map(str::from_utf8).transpose()?,
        movie.released.map(str::from_utf8).transpose()?,
        movie.runtime_minutes,
        str::from_utf8(movie.genres)?,
        movie.rating,
        movie.votes,
    ))?;
    Ok(())
}
