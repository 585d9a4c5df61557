//! The one thread that changes the database. Changes that wait together are committed together.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::applier::{Applier, ApplyError, Changed};
use super::change::ChangeRequest;
use super::checkpoint::Checkpointer;
use super::file_watch::FileWatch;
use super::invalidation::{Affected, Invalidations};
use super::{StoreError, migrate, open};
use crate::config::limits;
use crate::metrics::{BatchSizes, Counter, Durations};
use crate::pool;

/// Copies the whole WAL into the file.
const COPY_WAL: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// A handle of the writer thread. Clones belong to the same thread. It ends when the last of them
/// is dropped and every accepted change is on disk.
#[derive(Clone)]
pub struct Writer {
    queue: Sender<Job>,
    /// Bytes of the changes that are not answered yet.
    queued_bytes: Arc<AtomicUsize>,
    invalidations: Arc<Invalidations>,
    counts: Arc<WriteCounts>,
    /// Becomes dangling when the checkpoint thread ends.
    checkpoints: Weak<()>,
    /// Whether the files of the database were moved. Then all changes are refused.
    has_moved: Arc<AtomicBool>,
}

/// The counters of the writer. No other thread writes to them.
#[derive(Debug, Default)]
pub struct WriteCounts {
    /// Changes of one transaction.
    pub batch_sizes: BatchSizes,
    /// How long a transaction took, until it was on disk.
    pub durations: Durations,
    /// Transactions that failed as a whole.
    pub failed: Counter,
}

#[derive(Debug)]
struct Job {
    request: ChangeRequest,
    _bytes: QueuedBytes,
    done: oneshot::Sender<Result<Changed, StoreError>>,
}

/// The part of [`limits::WRITE_QUEUE_BYTES`] that a change takes until it is answered.
#[derive(Debug)]
struct QueuedBytes {
    bytes: usize,
    all: Arc<AtomicUsize>,
}

impl QueuedBytes {
    fn reserve(all: &Arc<AtomicUsize>, bytes: usize) -> Result<QueuedBytes, QueueFullError> {
        let all = Arc::clone(all);
        let before = all.fetch_add(bytes, Ordering::Relaxed);
        // Dropped again if the limit is exceeded.
        let reserved = QueuedBytes { bytes, all };
        if before > 0 && before + bytes > limits::WRITE_QUEUE_BYTES {
            return Err(QueueFullError::Bytes);
        }
        Ok(reserved)
    }
}

impl Drop for QueuedBytes {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A change that was accepted. Its answer comes when the change is durable.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Result<Changed, StoreError>>);

impl Receipt {
    /// Waits, as a task, until the change is on disk.
    ///
    /// # Errors
    /// The reason why it is not; then nothing of it was applied.
    pub async fn done(self) -> Result<Changed, StoreError> {
        self.0.await.unwrap_or(Err(StoreError::Stopped))
    }

    /// Waits, as a thread, until the change is on disk.
    ///
    /// # Errors
    /// As [`Receipt::done`].
    pub fn wait(self) -> Result<Changed, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Stopped))
    }
}

/// The queue of the writer is full. Nothing was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueFullError {
    /// The maximum number of changes waits.
    #[error("{} changes are waiting, try again", limits::WRITE_QUEUE)]
    Changes,
    /// The changes that wait take the maximum memory.
    #[error(
        "changes of {} bytes are waiting, try again",
        limits::WRITE_QUEUE_BYTES
    )]
    Bytes,
}

impl Writer {
    /// Opens the file for writing and starts the thread. The handle of the
    /// thread is for a caller that waits for the last change.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, or not writable.
    pub fn open(path: &Path) -> Result<(Writer, JoinHandle<()>), StoreError> {
        migrate::migrate(path)?;
        let connection = open::for_writing(path)?;
        let invalidations = Arc::new(Invalidations::new(path, &connection)?);
        let checkpointer = Checkpointer::start(path, &connection)?;
        let checkpoints = checkpointer.alive();
        let (queue, jobs) = crossbeam_channel::bounded(limits::WRITE_QUEUE);
        let counts = Arc::new(WriteCounts::default());
        let has_moved = Arc::<AtomicBool>::default();
        let worker = WriterThread {
            path: path.to_path_buf(),
            checkpointer,
            connection,
            files: FileWatch::new(path)?,
            moved: None,
            has_moved: Arc::clone(&has_moved),
            invalidations: Arc::clone(&invalidations),
            counts: Arc::clone(&counts),
        };
        let thread = pool::spawn("writer", move || worker.run(&jobs))?;
        let writer = Writer {
            queue,
            queued_bytes: Arc::default(),
            invalidations,
            counts,
            checkpoints,
            has_moved,
        };
        Ok((writer, thread))
    }

    /// Queues a change.
    ///
    /// # Errors
    /// [`QueueFullError`] when too many are waiting.
    pub fn submit(&self, request: ChangeRequest) -> Result<Receipt, QueueFullError> {
        let bytes = QueuedBytes::reserve(&self.queued_bytes, request.change.bytes())?;
        let (done, receipt) = oneshot::channel();
        let job = Job {
            request,
            done,
            _bytes: bytes,
        };
        match self.queue.try_send(job) {
            // A writer that has stopped drops `done`, which the receipt reports.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(Receipt(receipt)),
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
struct WriterThread {
    path: PathBuf,
    /// It is closed before the connection of the writer: the last connection to close removes the
    /// WAL.
    checkpointer: Checkpointer,
    connection: Connection,
    files: FileWatch,
    /// The file that was moved. Then all changes are refused.
    moved: Option<PathBuf>,
    has_moved: Arc<AtomicBool>,
    invalidations: Arc<Invalidations>,
    counts: Arc<WriteCounts>,
}

impl WriterThread {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(limits::FILE_CHECK_INTERVAL) {
                Ok(first) => {
                    let mut batch = vec![first];
                    batch.extend(jobs.try_iter().take(limits::WRITE_BATCH - 1));
                    self.commit_together(batch);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.is_moved();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Whether the files of the database were moved, replaced or removed. Acknowledged
    /// changes are then copied from the WAL into the opened file, wherever it is.
    fn is_moved(&mut self) -> bool {
        if self.moved.is_none()
            && let Err(error) = self.files.check()
        {
            tracing::error!(%error, "changes are refused from now on");
            if let Err(error) = self.connection.query_row(COPY_WAL, [], |_| Ok(())) {
                tracing::error!(%error, "the last changes could not be copied into the file");
            } else {
                self.files.remove_companions();
            }
            if let StoreError::Moved(path) = error {
                self.moved = Some(path);
                self.has_moved.store(true, Ordering::Relaxed);
            }
        }
        self.moved.is_some()
    }

    /// Commits a batch and answers each change of it. A change that fails does not affect the
    /// others. A commit that fails fails all of them.
    fn commit_together(&mut self, batch: Vec<Job>) {
        if self.is_moved() {
            for (job, path) in batch.into_iter().zip(self.moved.iter().cycle()) {
                let _ = job.done.send(Err(StoreError::Moved(path.clone())));
            }
            return;
        }
        let began = Instant::now();
        let mut applied = Vec::with_capacity(batch.len());
        let committed = apply_all(&mut self.connection, &batch, &mut applied);
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.counts.durations.add(nanoseconds, 1);
        self.counts.batch_sizes.add(batch.len() as u64, 1);
        self.counts.failed.add(u64::from(committed.is_err()));
        // Also after a failure: a reader that drops an unchanged row loses nothing.
        self.invalidations
            .publish(&self.connection, affected(&batch));
        match committed {
            Ok(()) => {
                for (job, result) in batch.into_iter().zip(applied) {
                    let result = result.map_err(|error: ApplyError| error.about(&self.path));
                    let _ = job.done.send(result);
                }
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed");
                for job in batch {
                    let error = StoreError::sqlite(&self.path, copy(&error));
                    let _ = job.done.send(Err(error));
                }
            }
        }
        self.checkpointer
            .after_commit(self.invalidations.wal_pages());
    }
}

/// Applies a batch in one transaction and commits it. The result of each change is pushed
/// to `applied`.
fn apply_all(
    connection: &mut Connection,
    batch: &[Job],
    applied: &mut Vec<Result<Changed, ApplyError>>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut applier = Applier::new(&transaction)?;
    for job in batch {
        match applier.apply(&job.request) {
            // SQLite has rolled the whole transaction back.
            Err(ApplyError::Sqlite(error)) if transaction.is_autocommit() => return Err(error),
            result => applied.push(result),
        }
    }
    applier.finish()?;
    transaction.commit()
}

/// The rows that readers must drop after a batch.
fn affected(batch: &[Job]) -> Affected {
    let changes = || batch.iter().map(|job| &job.request.change);
    Affected {
        movies: changes()
            .flat_map(|change| change.movies())
            .cloned()
            .collect(),
        accounts: changes().any(|change| change.ends_sessions()),
    }
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
