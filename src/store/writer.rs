//! The one thread that changes the database. Changes that wait together are committed together.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::applier::{Applier, ApplyError, Changed};
use super::change::ChangeRequest;
use super::checkpoint::Checkpointer;
use super::invalidation::{Affected, Invalidations};
use super::{StoreError, migrate, open};
use crate::config::limits;
use crate::metrics::{BatchSizes, Counter, Durations};
use crate::pool;

/// The way to the writer thread. Clones lead to the same thread, which ends
/// when the last of them is dropped and every accepted change is on disk.
#[derive(Clone)]
pub struct Writer {
    queue: Sender<Job>,
    changes: Arc<Invalidations>,
    counts: Arc<WriteCounts>,
}

/// What the writer has done. It alone writes to these.
#[derive(Debug, Default)]
pub struct WriteCounts {
    /// Invalidations of one transaction.
    pub batch_sizes: BatchSizes,
    /// How long a transaction took, until it was on disk.
    pub durations: Durations,
    /// Transactions that failed as a whole.
    pub failed: Counter,
}

#[derive(Debug)]
struct Job {
    request: ChangeRequest,
    done: oneshot::Sender<Result<Changed, StoreError>>,
}

/// A change that was accepted. Its answer comes when the change is durable.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Result<Changed, StoreError>>);

impl Receipt {
    /// Waits, as a task, until the change is on disk.
    ///
    /// # Errors
    /// Why it is not; then nothing of it was applied.
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
#[error("{} changes are waiting, try again", limits::WRITE_QUEUE)]
pub struct QueueFullError;

impl Writer {
    /// Opens the file for writing and starts the thread. The handle of the
    /// thread is for a caller that wants to see the last change to its end.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, or not writable.
    pub fn open(path: &Path) -> Result<(Writer, JoinHandle<()>), StoreError> {
        migrate::migrate(path)?;
        let connection = open::for_writing(path)?;
        let changes = Arc::new(Invalidations::new(path, &connection)?);
        let log = Checkpointer::start(path, &connection)?;
        let (queue, jobs) = crossbeam_channel::bounded(limits::WRITE_QUEUE);
        let (owned, published) = (path.to_path_buf(), Arc::clone(&changes));
        let counts = Arc::new(WriteCounts::default());
        let counted = Arc::clone(&counts);
        let thread = pool::spawn("writer", move || {
            run(&owned, connection, log, &jobs, &published, &counted)
        })?;
        let writer = Writer {
            queue,
            changes,
            counts,
        };
        Ok((writer, thread))
    }

    /// Queues a change.
    ///
    /// # Errors
    /// [`QueueFullError`] when too many are waiting.
    pub fn submit(&self, request: ChangeRequest) -> Result<Receipt, QueueFullError> {
        let (done, receipt) = oneshot::channel();
        match self.queue.try_send(Job { request, done }) {
            // A writer that has stopped drops `done`, which the receipt reports.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(Receipt(receipt)),
            Err(TrySendError::Full(_)) => Err(QueueFullError),
        }
    }

    /// Applies one change and waits for it, for commands that have nothing else to do.
    ///
    /// # Errors
    /// Why the change could not be made.
    pub fn apply(path: &Path, request: ChangeRequest) -> Result<Changed, StoreError> {
        let (writer, thread) = Writer::open(path)?;
        let receipt = writer.submit(request).map_err(|_| StoreError::Stopped)?;
        let result = receipt.wait();
        drop(writer);
        thread.join().map_err(|_| StoreError::Stopped)?;
        result
    }

    /// What it changed lately, for readers that remember rows.
    pub(super) fn changes(&self) -> Arc<Invalidations> {
        Arc::clone(&self.changes)
    }

    /// What it has done.
    pub fn counts(&self) -> &WriteCounts {
        &self.counts
    }

    /// Invalidations that are waiting.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }
}

/// The writer's life: what is waiting becomes one transaction, over and over.
fn run(
    path: &Path,
    mut connection: Connection,
    mut log: Checkpointer,
    jobs: &Receiver<Job>,
    changes: &Invalidations,
    counts: &WriteCounts,
) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(limits::WRITE_BATCH - 1));
        commit_together(path, &mut connection, batch, changes, counts);
        log.after_commit(changes.wal_pages());
    }
    // In this order: the last connection to close leaves one file.
    drop(log);
}

/// Commits a batch and answers each change of it. A change that fails leaves
/// the others alone; a commit that fails fails them all.
fn commit_together(
    path: &Path,
    connection: &mut Connection,
    batch: Vec<Job>,
    changes: &Invalidations,
    counts: &WriteCounts,
) {
    let began = Instant::now();
    let mut applied = Vec::with_capacity(batch.len());
    let committed = apply_all(connection, &batch, &mut applied);
    let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    counts.durations.add(nanoseconds, 1);
    counts.batch_sizes.add(batch.len() as u64, 1);
    counts.failed.add(u64::from(committed.is_err()));
    // Also after a failure: a reader that drops an unchanged row loses nothing.
    changes.publish(connection, affected(&batch));
    match committed {
        Ok(()) => {
            for (job, result) in batch.into_iter().zip(applied) {
                let result = result.map_err(|error: ApplyError| error.about(path));
                let _ = job.done.send(result);
            }
        }
        Err(error) => {
            tracing::error!(%error, "a commit failed");
            for job in batch {
                let _ = job.done.send(Err(StoreError::sqlite(path, copy(&error))));
            }
        }
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

/// What readers have to drop after a batch.
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
