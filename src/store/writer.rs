//! The one thread that changes the database. Changes that wait together are committed together.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use rusqlite::{Connection, TransactionBehavior};

use super::applier::{Applier, ApplyError, Changed};
use super::change::ChangeRequest;
use super::file_writer::{FileWriter, WriteCounts};
use super::invalidation::Invalidations;
use super::write_queue::{QueueFullError, QueuedChange, Receipt};
use super::{StoreError, migrate, open};
use crate::config::limits;
use crate::pool;

/// A handle of the writer thread. Clones belong to the same thread. It ends when the last of them
/// is dropped and every accepted change is on disk.
#[derive(Clone)]
pub struct Writer {
    queue: Sender<QueuedChange>,
    /// Bytes of the changes that are not answered yet.
    queued_bytes: Arc<AtomicUsize>,
    invalidations: Arc<Invalidations>,
    counts: Arc<WriteCounts>,
    /// Becomes dangling when the checkpoint thread ends.
    checkpoints: Weak<()>,
    /// Whether the files of the database were moved. Then all changes are refused.
    has_moved: Arc<AtomicBool>,
}

impl Writer {
    /// Opens the file for writing and starts the thread. The handle of the
    /// thread is for a caller that waits for the last change.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, or not writable.
    pub fn open(path: &Path) -> Result<(Writer, JoinHandle<()>), StoreError> {
        migrate::migrate(path)?;
        let file = FileWriter::new(path, open::for_writing(path)?)?;
        let (writer, jobs) = Writer::for_file(&file);
        let thread = pool::spawn("writer", move || WriterThread(file).run(&jobs))?;
        Ok((writer, thread))
    }

    /// The writer, and the queue from which the thread takes the changes of this file.
    pub(super) fn for_file(file: &FileWriter) -> (Writer, Receiver<QueuedChange>) {
        let (queue, jobs) = crossbeam_channel::bounded(limits::WRITE_QUEUE);
        let writer = Writer {
            queue,
            queued_bytes: Arc::default(),
            invalidations: Arc::clone(&file.invalidations),
            counts: Arc::clone(&file.counts),
            checkpoints: file.checkpointer.alive(),
            has_moved: Arc::clone(&file.has_moved),
        };
        (writer, jobs)
    }

    /// Queues a change.
    ///
    /// # Errors
    /// [`QueueFullError`] when too many are waiting.
    pub fn submit(&self, request: ChangeRequest) -> Result<Receipt, QueueFullError> {
        let (job, receipt) = QueuedChange::new(request, &self.queued_bytes)?;
        match self.queue.try_send(job) {
            // A writer that has stopped drops `done`, which the receipt reports.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(receipt),
            Err(TrySendError::Full(_)) => Err(QueueFullError::Changes),
        }
    }

    /// Applies one change and waits for it, for commands that make a single change.
    ///
    /// # Errors
    /// The reason why the change could not be made.
    pub fn apply(path: &Path, request: ChangeRequest) -> Result<Changed, StoreError> {
        let (writer, thread) = Writer::open(path)?;
        let receipt = writer.submit(request).map_err(|_| StoreError::Stopped)?;
        let result = receipt.wait();
        drop(writer);
        thread.join().map_err(|_| StoreError::Stopped)?;
        result
    }

    /// Its last changes, for readers that cache rows.
    pub(super) fn invalidations(&self) -> Arc<Invalidations> {
        Arc::clone(&self.invalidations)
    }

    /// Its counters.
    pub fn counts(&self) -> &WriteCounts {
        &self.counts
    }

    /// Whether the thread of the checkpoints has ended, which it does before the writer only by a
    /// defect.
    pub fn has_lost_checkpoints(&self) -> bool {
        self.checkpoints.strong_count() == 0
    }

    /// The same writer, as if the thread of its checkpoints had ended.
    #[cfg(test)]
    pub fn without_checkpoints(mut self) -> Writer {
        self.checkpoints = Weak::new();
        self
    }

    /// Whether the files of the database were moved, replaced or removed. All changes are
    /// refused then.
    pub fn has_moved(&self) -> bool {
        self.has_moved.load(Ordering::Relaxed)
    }

    /// Changes that are waiting.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }
}

/// The thread. It commits the waiting changes in one transaction, again and again.
struct WriterThread(FileWriter);

impl WriterThread {
    fn run(mut self, jobs: &Receiver<QueuedChange>) {
        loop {
            match jobs.recv_timeout(limits::FILE_CHECK_INTERVAL) {
                Ok(first) => {
                    let mut batch = vec![first];
                    batch.extend(jobs.try_iter().take(limits::WRITE_BATCH - 1));
                    self.commit_together(batch);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.0.is_moved();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Commits a batch and answers each change of it. A change that fails does not affect the
    /// others. A commit that fails fails all of them.
    fn commit_together(&mut self, batch: Vec<QueuedChange>) {
        let file = &mut self.0;
        if file.is_moved() {
            for (job, path) in batch.into_iter().zip(file.moved.iter().cycle()) {
                job.answer(Err(StoreError::Moved(path.clone())));
            }
            return;
        }
        let began = Instant::now();
        let mut applied = Vec::with_capacity(batch.len());
        let committed = apply_all(&mut file.connection, &batch, &mut applied);
        let changes = batch.iter().map(|job| &job.request.change);
        file.committed(began, committed.is_ok(), changes);
        match committed {
            Ok(()) => {
                for (job, result) in batch.into_iter().zip(applied) {
                    let result = result.map_err(|error: ApplyError| error.about(&file.path));
                    job.answer(result);
                }
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed");
                for job in batch {
                    job.answer(Err(StoreError::sqlite(&file.path, copy(&error))));
                }
            }
        }
        file.copy_wal();
    }
}

/// Applies a batch in one transaction and commits it. The result of each change is pushed
/// to `applied`.
fn apply_all(
    connection: &mut Connection,
    batch: &[QueuedChange],
    applied: &mut Vec<Result<Changed, ApplyError>>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut applier = Applier::new(&transaction)?;
    for job in batch {
        match applier.apply(&job.request) {
            // SQLite has rolled the whole transaction back.
            Err(ApplyError::Sqlite(error)) if transaction.is_autocommit() => return Err(error),
            Err(error) if transaction.is_autocommit() => {
                let error = error.about(Path::new("")).to_string();
                return Err(rusqlite::Error::ToSqlConversionFailure(error.into()));
            }
            result => applied.push(result),
        }
    }
    applier.finish()?;
    transaction.commit()
}

/// A copy of the error, for each change that waited for the commit.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => {
            rusqlite::Error::SqliteFailure(*code, words.clone())
        }
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    }
}
