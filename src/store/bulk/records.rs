//! The interface of an import of full records: titles with their details, series and people.

use std::path::{Path, PathBuf};

use crossbeam_channel::{Sender, bounded};
use rusqlite::Connection;

use super::keep::{RecordParts, TakenVotes};
use super::loader::for_import;
use super::packed::Batch;
use super::record_writer::LoadCounts;
use super::rows::{RowBatch, RowTable};
use super::thread::Thread;
use super::write::{Job, Purpose};
use crate::config::limits;
use crate::movie::MovieRef;
use crate::store::packed_record::{IdPrefix, Key};
use crate::store::tables::imdb_hashes::SourceHashes;
use crate::store::{ProgressObserver, ReadTransaction, Reader, StoreError, open};

/// An import of full records in progress, all or nothing like that of a [`Loader`](super::Loader).
/// The caller gives titles in the order of their names, then series and then people in the order of
/// their keys.
pub struct RecordLoader {
    path: PathBuf,
    writer: Thread,
    titles: Batch,
    details: RowBatch,
    rows: RowBatch,
    count: u64,
    /// Titles and people that are as the last import left them.
    unchanged: (u64, u64),
}

impl RecordLoader {
    /// Opens the catalogue and brings it to the schema version of this program. Records keep
    /// the parts that the import does not bring.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, locked or not writable.
    pub fn new(path: &Path, parts: RecordParts) -> Result<RecordLoader, StoreError> {
        let connection = for_import(path)?;
        RecordLoader::with(path, connection, Purpose::Import, parts)
    }

    /// The same as a dry run: nothing is written.
    ///
    /// # Errors
    /// A file that is missing, damaged, of another schema version, or not readable.
    pub fn dry_run(path: &Path, parts: RecordParts) -> Result<RecordLoader, StoreError> {
        RecordLoader::with(path, open::for_reading(path)?, Purpose::DryRun, parts)
    }

    fn with(
        path: &Path,
        connection: Connection,
        purpose: Purpose,
        parts: RecordParts,
    ) -> Result<RecordLoader, StoreError> {
        Ok(RecordLoader {
            path: path.to_path_buf(),
            writer: Thread::start(path, connection, purpose, parts)?,
            titles: Batch::default(),
            details: RowBatch::new(RowTable::Details),
            rows: RowBatch::new(RowTable::Series),
            count: 0,
            unchanged: (0, 0),
        })
    }

    /// Calls `each` with each stored movie. Call it before the first title.
    ///
    /// # Errors
    /// A catalogue that cannot be read.
    pub(crate) fn stored_titles(
        &self,
        each: &mut dyn FnMut(&MovieRef<'_>),
    ) -> Result<(), StoreError> {
        let mut reader = Reader::open(&self.path)?;
        ReadTransaction::new(&mut reader).all(|movie| {
            each(&movie);
            Ok(())
        })
    }

    /// The hashes of titles and of people of the last import, if it had this signature. Other
    /// hashes are removed. From here on other connections cannot write.
    ///
    /// # Errors
    /// As [`RecordLoader::title`].
    pub(crate) fn source_hashes(
        &mut self,
        signature: Option<u64>,
    ) -> Result<[SourceHashes; 2], StoreError> {
        self.ask(|reply| Job::SourceHashes(signature, reply))
    }

    /// Gives the writer a job with an answer.
    fn ask<T>(&mut self, job: impl FnOnce(Sender<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = bounded(1);
        self.writer.send(job(reply))?;
        match answer.recv() {
            Ok(answer) => Ok(answer),
            Err(_) => self.writer.ended().and(Err(StoreError::Stopped)),
        }
    }

    /// Stores a row of hashes, or removes it when it is empty.
    ///
    /// # Errors
    /// As [`RecordLoader::title`].
    pub(crate) fn store_hashes(
        &mut self,
        prefix: IdPrefix,
        first: Key,
        hashes: &[u8],
    ) -> Result<(), StoreError> {
        let hashes = hashes.to_vec();
        self.writer.send(Job::Hashes(prefix, first.value(), hashes))
    }

    /// Counts titles and people that are as the last import left them.
    pub(crate) fn unchanged(&mut self, titles: u64, people: u64) {
        self.unchanged.0 += titles;
        self.unchanged.1 += people;
    }

    /// Takes a title and its packed details.
    ///
    /// # Errors
    /// An error of SQLite for this row or for an earlier one; the import cannot continue.
    pub(crate) fn title(
        &mut self,
        movie: &MovieRef<'_>,
        key: Key,
        details: &[u8],
    ) -> Result<(), StoreError> {
        self.count += 1;
        self.titles.push(movie);
        self.details.push(key.value(), "", details);
        if self.titles.bytes() + self.details.bytes() >= limits::LOAD_BATCH_BYTES {
            self.hand_titles()?;
        }
        Ok(())
    }

    fn hand_titles(&mut self) -> Result<(), StoreError> {
        if self.titles.is_empty() {
            return Ok(());
        }
        let titles = self.writer.empty_batch();
        let titles = std::mem::replace(&mut self.titles, titles);
        let details = std::mem::replace(&mut self.details, RowBatch::new(RowTable::Details));
        self.writer.send(Job::Titles(titles, details))
    }

    /// Reports which titles the import had, after the last of them: series and people keep
    /// their links to others.
    ///
    /// # Errors
    /// As [`RecordLoader::title`].
    pub(crate) fn titles_end(&mut self, taken: TakenVotes) -> Result<(), StoreError> {
        self.hand_titles()?;
        self.writer.send(Job::Taken(taken))
    }

    /// Takes a series with its packed episodes.
    ///
    /// # Errors
    /// As [`RecordLoader::title`].
    pub(crate) fn series(&mut self, key: Key, episodes: &[u8]) -> Result<(), StoreError> {
        self.row(RowTable::Series, key, "", episodes)
    }

    /// Takes a person with the packed record.
    ///
    /// # Errors
    /// As [`RecordLoader::title`].
    pub(crate) fn person(
        &mut self,
        key: Key,
        name: Option<&str>,
        record: &[u8],
    ) -> Result<(), StoreError> {
        self.row(RowTable::People, key, name.unwrap_or_default(), record)
    }

    fn row(
        &mut self,
        table: RowTable,
        key: Key,
        name: &str,
        record: &[u8],
    ) -> Result<(), StoreError> {
        if self.rows.table != table || self.rows.bytes() >= limits::LOAD_BATCH_BYTES {
            self.hand_rows(table)?;
        }
        self.count += 1;
        self.rows.push(key.value(), name, record);
        Ok(())
    }

    fn hand_rows(&mut self, next: RowTable) -> Result<(), StoreError> {
        self.hand_titles()?;
        let rows = std::mem::replace(&mut self.rows, RowBatch::new(next));
        if rows.len() == 0 {
            return Ok(());
        }
        self.writer.send(Job::Rows(rows))
    }

    /// Makes the import durable and visible; a dry run gives only the counts.
    ///
    /// # Errors
    /// An error of SQLite, or [`StoreError::Interrupted`] when it is given up; then nothing of the
    /// import is in the catalogue.
    pub fn commit_observed(
        mut self,
        observer: &mut ProgressObserver<'_>,
    ) -> Result<LoadCounts, StoreError> {
        self.hand_rows(RowTable::Series)?;
        let mut counts = self.writer.commit(self.count, observer)?;
        counts.titles.unchanged += self.unchanged.0;
        counts.people.unchanged += self.unchanged.1;
        Ok(counts)
    }
}
