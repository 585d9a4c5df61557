//! The interface of an import: it takes the movies of a file in any order, and passes
//! them in the order of their names to the thread that writes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::compare::Counts;
use super::details_load::DetailFields;
use super::keep::RecordParts;
use super::packed::Batch;
use super::sort::{Sorter, in_order};
use super::thread::Thread;
use super::write::Purpose;
use crate::config::limits;
use crate::movie::{Details, MovieRef};
use crate::store::{ProgressObserver, StoreError, migrate, open, paths};

/// An import in progress, all or nothing: readers see the catalogue as it was until
/// [`Loader::commit`]; dropping the loader before leaves it so.
///
/// Movies whose names are in order are written while the file is still being read; from the first
/// one on that is not, they are sorted first. Other connections cannot write from the first written
/// movie until the end.
pub struct Loader {
    path: PathBuf,
    order: Order,
    /// Movies that wait: first the first chunk, later those that are not in order.
    chunk: Batch,
    sorter: Option<Sorter>,
    /// The details of the last movie.
    details: Vec<u8>,
    sizes: Sizes,
    writer: Thread,
    movies: u64,
}

/// The sizes of chunks and batches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Bytes of the movies that are sorted in memory.
    pub chunk: usize,
    /// Bytes of those that the writer gets.
    pub batch: usize,
    /// Temporary files that are merged.
    pub runs: usize,
    /// Bytes of people that wait.
    pub people: usize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes {
            chunk: limits::LOAD_CHUNK_BYTES,
            batch: limits::LOAD_BATCH_BYTES,
            runs: limits::LOAD_RUNS,
            people: limits::LOAD_PEOPLE_BYTES,
        }
    }
}

/// The order of the names so far.
enum Order {
    /// They are in order in the first chunk so far.
    Unknown,
    /// They are not in order.
    None,
    /// They are in order, and movies are passed on directly as long as they follow the last name.
    ByName { batch: Batch, last: Vec<u8> },
}

impl Loader {
    /// Opens the catalogue and brings it to the schema version of this program.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, locked or not writable.
    pub fn begin(path: &Path) -> Result<Loader, StoreError> {
        Loader::writing(path, Purpose::Import)
    }

    /// The same without indexing the movies for search. The next process that opens
    /// the catalogue for writing indexes all of them. Until then, searches find
    /// nothing.
    ///
    /// # Errors
    /// As [`Loader::begin`].
    pub fn begin_without_index(path: &Path) -> Result<Loader, StoreError> {
        Loader::writing(path, Purpose::ImportWithoutIndex)
    }

    fn writing(path: &Path, purpose: Purpose) -> Result<Loader, StoreError> {
        let connection = for_import(path)?;
        Loader::with(path, connection, purpose, Sizes::default())
    }

    /// The same as a dry run: nothing is written, and no lock is held.
    ///
    /// # Errors
    /// A file that is missing, damaged, of another schema version, or not readable.
    pub fn dry_run(path: &Path) -> Result<Loader, StoreError> {
        let connection = open::for_reading(path)?;
        Loader::with(path, connection, Purpose::DryRun, Sizes::default())
    }

    pub(super) fn with(
        path: &Path,
        connection: Connection,
        purpose: Purpose,
        sizes: Sizes,
    ) -> Result<Loader, StoreError> {
        let writer = Thread::start(path, connection, purpose, RecordParts::default())?;
        Ok(Loader {
            path: path.to_path_buf(),
            // A dry run writes no rows, so later rows cannot be compared with them.
            order: match purpose {
                Purpose::DryRun => Order::None,
                Purpose::Import | Purpose::ImportWithoutIndex => Order::Unknown,
            },
            chunk: Batch::default(),
            sorter: None,
            details: Vec::new(),
            sizes,
            writer,
            movies: 0,
        })
    }

    /// With `merge`, a movie keeps known values that the file does not have. Call it before the
    /// first movie.
    pub fn with_merge(self, merge: bool) -> Loader {
        self.writer.shared.merge.store(merge, Ordering::Relaxed);
        self
    }

    /// The movies have details. The details with these names become the values of the file, known
    /// or unknown. A movie keeps its other details. Must be called before the first movie.
    pub fn set_details(&mut self, fields: impl Iterator<Item = &'static str>) {
        let fields = DetailFields {
            fields: fields.collect(),
            people_bytes: self.sizes.people,
        };
        // A second call has no effect.
        let _ = self.writer.shared.details.set(fields);
    }

    /// The state that its thread shares.
    #[cfg(test)]
    pub(super) fn shared(&self) -> &super::write::Shared {
        &self.writer.shared
    }

    /// Takes a movie, to be added or to replace the one of its name.
    ///
    /// # Errors
    /// An error of SQLite for this movie or for an earlier one, or a temporary file
    /// that could not be written; the import cannot continue.
    pub fn put(&mut self, movie: &MovieRef<'_>) -> Result<(), StoreError> {
        self.details.clear();
        self.put_packed(movie)
    }

    /// Takes a movie with its details.
    ///
    /// # Errors
    /// As [`Loader::put`].
    pub fn put_full(
        &mut self,
        movie: &MovieRef<'_>,
        details: Option<&Details>,
    ) -> Result<(), StoreError> {
        let Some(details) = details else {
            return self.put(movie);
        };
        let mut packed = std::mem::take(&mut self.details);
        packed.clear();
        self.details =
            postcard::to_extend(details, packed).expect("writing to a vector cannot fail");
        self.put_packed(movie)
    }

    fn put_packed(&mut self, movie: &MovieRef<'_>) -> Result<(), StoreError> {
        self.movies += 1;
        if let Order::ByName { batch, last } = &mut self.order
            && movie.name.as_bytes() >= last.as_slice()
        {
            last.clear();
            last.extend_from_slice(movie.name.as_bytes());
            batch.push_full(movie, &self.details);
            if batch.bytes() >= self.sizes.batch {
                return self.writer.hand_on(batch);
            }
            return Ok(());
        }
        self.chunk.push_full(movie, &self.details);
        if let Order::Unknown = self.order
            && !ends_in_order(&self.chunk)
        {
            self.order = Order::None;
        }
        if self.chunk.bytes() >= self.sizes.chunk {
            self.chunk_is_full()
        } else {
            Ok(())
        }
    }

    fn chunk_is_full(&mut self) -> Result<(), StoreError> {
        let mut chunk = std::mem::take(&mut self.chunk);
        if let Order::Unknown = self.order {
            self.order = Order::ByName {
                batch: Batch::default(),
                last: chunk.name(chunk.len() - 1).to_vec(),
            };
            return self.writer.hand_on(&mut chunk);
        }
        let sorter = match &mut self.sorter {
            Some(sorter) => sorter,
            none => {
                let folder = paths::folder_of(&self.path);
                let sorter = Sorter::start(folder, self.sizes.runs);
                none.insert(sorter.map_err(|error| temporary(&self.path, error))?)
            }
        };
        let emptied = sorter.take(chunk);
        self.chunk = emptied.map_err(|error| temporary(&self.path, error))?;
        Ok(())
    }

    /// Writes what is not written yet, and makes the import durable and visible;
    /// a dry run gives only the counts.
    ///
    /// # Errors
    /// A temporary file that could not be written or read, or an error of SQLite;
    /// then nothing of the import is in the catalogue.
    pub fn commit(self) -> Result<Counts, StoreError> {
        self.commit_observed(&mut ProgressObserver::silent())
    }

    /// The same, with reports of the progress.
    ///
    /// # Errors
    /// As [`Loader::commit`], or [`StoreError::Interrupted`] when it is given up.
    pub fn commit_observed(
        self,
        observer: &mut ProgressObserver<'_>,
    ) -> Result<Counts, StoreError> {
        let Loader {
            path,
            order,
            chunk,
            sorter,
            mut writer,
            movies,
            sizes,
            ..
        } = self;
        if let Order::ByName { mut batch, .. } = order {
            writer.hand_on(&mut batch)?;
        }
        let mut pieces = Pieces {
            writer: &mut writer,
            observer: &mut *observer,
            movies,
            batch_bytes: sizes.batch,
            batch: Batch::default(),
        };
        match sorter {
            None => {
                in_order(&chunk)
                    .into_iter()
                    .try_for_each(|place| pieces.add(chunk.record(place as usize)))?;
                // Indexing needs memory too.
                drop(chunk);
            }
            Some(mut sorter) => {
                let failed = |error| temporary(&path, error);
                sorter.take(chunk).map_err(failed)?;
                let mut merge = sorter.finish().map_err(failed)?;
                while let Some(record) = merge.next().map_err(failed)? {
                    pieces.add(record)?;
                }
            }
        }
        pieces.hand_on()?;
        Ok(writer.commit(movies, observer)?.titles)
    }
}

/// Brings a catalogue to the schema version of this program, and opens it for an import.
pub(super) fn for_import(path: &Path) -> Result<Connection, StoreError> {
    // The index is made when the movies are there.
    drop(migrate::migrate_tables(path)?);
    open::for_writing(path)
}

/// An error of a temporary file, which is in the folder of the catalogue.
fn temporary(path: &Path, error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full(path.to_path_buf())
        }
        _ => StoreError::Unwritten(
            path.to_path_buf(),
            format!("a temporary file beside it: {error}"),
        ),
    }
}

/// Whether the last movie of a batch is not below the one before it.
fn ends_in_order(batch: &Batch) -> bool {
    let last = batch.len() - 1;
    last == 0 || batch.name(last - 1) <= batch.name(last)
}

/// Movies in order on their way to the writer, a batch at a time.
struct Pieces<'l, 'w> {
    writer: &'l mut Thread,
    observer: &'l mut ProgressObserver<'w>,
    movies: u64,
    batch_bytes: usize,
    batch: Batch,
}

impl Pieces<'_, '_> {
    fn add(&mut self, record: &[u8]) -> Result<(), StoreError> {
        self.batch.push_record(record);
        if self.batch.bytes() >= self.batch_bytes {
            self.hand_on()
        } else {
            Ok(())
        }
    }

    fn hand_on(&mut self) -> Result<(), StoreError> {
        self.writer.report(self.movies, self.observer)?;
        self.writer.hand_on(&mut self.batch)
    }
}
