//! The one thread that changes the database. Invalidations that wait together are committed together.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tokio::sync::oneshot;

use super::checkpoint::Checkpointer;
use super::invalidation::{Affected, Invalidations};
use super::{StoreError, open};
use crate::config::limits;
use crate::metrics::{BatchSizes, Counter, Durations};
use crate::pool;

/// A change as data: SQL constants with their bound values, applied as one
/// transaction, all or nothing. Time, chance and ids are values or come from
/// rows, so the same change gives the same rows on every replica.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    statements: Vec<Step>,
    /// The movies that it may change.
    movies: Vec<String>,
    /// Whether it may change what sessions depend on.
    accounts: bool,
}

#[derive(Clone, PartialEq)]
struct Step {
    sql: &'static str,
    values: Vec<Value>,
    /// Whether its rows are part of what the change reports.
    counted: bool,
}

/// Without the values: one may be the hash of a password.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql)
    }
}

impl Change {
    /// Adds a statement whose rows are nobody's business.
    pub(super) fn push(&mut self, sql: &'static str, values: Vec<Value>) {
        self.statements.push(Step {
            sql,
            values,
            counted: false,
        });
    }

    /// Notes that the movie of that name may change.
    pub(super) fn touch(&mut self, name: &str) {
        self.movies.push(name.to_owned());
    }

    /// Notes that sessions have to look whether their accounts have changed.
    pub(super) fn touch_accounts(&mut self) {
        self.accounts = true;
    }

    /// Adds a statement whose rows are counted in [`Changed::rows`].
    pub(super) fn push_counted(&mut self, sql: &'static str, values: Vec<Value>) {
        self.statements.push(Step {
            sql,
            values,
            counted: true,
        });
    }
}

/// What a change did, once it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The rows that its counted statements changed.
    pub rows: u64,
}

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
    change: Change,
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
pub struct Busy;

impl Writer {
    /// Opens the file for writing and starts the thread. The handle of the
    /// thread is for a caller that wants to see the last change to its end.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, or not writable.
    pub fn open(path: &Path) -> Result<(Writer, JoinHandle<()>), StoreError> {
        open::migrate(path)?;
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

    /// Hands over a change.
    ///
    /// # Errors
    /// [`Busy`] when too many are waiting.
    pub fn submit(&self, change: Change) -> Result<Receipt, Busy> {
        let (done, receipt) = oneshot::channel();
        match self.queue.try_send(Job { change, done }) {
            // A writer that has stopped drops `done`, which the receipt reports.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(Receipt(receipt)),
            Err(TrySendError::Full(_)) => Err(Busy),
        }
    }

    /// Applies one change and waits for it, for commands that have nothing else to do.
    ///
    /// # Errors
    /// Why the change could not be made.
    pub fn apply(path: &Path, change: Change) -> Result<Changed, StoreError> {
        let (writer, thread) = Writer::open(path)?;
        let receipt = writer.submit(change).map_err(|_| StoreError::Stopped)?;
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
    mut batch: Vec<Job>,
    changes: &Invalidations,
    counts: &WriteCounts,
) {
    let began = Instant::now();
    let mut applied = Vec::with_capacity(batch.len());
    let committed = (|| -> rusqlite::Result<()> {
        let mut transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for job in &batch {
            let savepoint = transaction.savepoint()?;
            match apply(&savepoint, &job.change) {
                Ok(changed) => {
                    savepoint.commit()?;
                    applied.push(Ok(changed));
                }
                // Without the transaction there is nothing to go on with.
                Err(error) if savepoint.is_autocommit() => return Err(error),
                Err(error) => applied.push(Err(error)),
            }
        }
        transaction.commit()
    })();
    let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    counts.durations.add(nanoseconds, 1);
    counts.batch_sizes.add(batch.len() as u64, 1);
    counts.failed.add(u64::from(committed.is_err()));
    // Whatever became of it: forgetting a row that has not changed costs nothing.
    let affected = Affected {
        movies: batch
            .iter_mut()
            .flat_map(|job| job.change.movies.drain(..))
            .collect(),
        accounts: batch.iter().any(|job| job.change.accounts),
    };
    changes.publish(connection, affected);
    match committed {
        Ok(()) => {
            for (job, result) in batch.into_iter().zip(applied) {
                let result = result.map_err(|error| StoreError::sqlite(path, error));
                let _ = job.done.send(result);
            }
        }
        Err(error) => {
            tracing::error!(%error, "a commit failed");
            let error = Arc::new(error);
            for job in batch {
                let _ = job.done.send(Err(StoreError::sqlite(path, copy(&error))));
            }
        }
    }
}

fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<Changed> {
    let mut rows = 0;
    for step in &change.statements {
        let mut statement = connection.prepare_cached(step.sql)?;
        let changed = statement.execute(params_from_iter(&step.values))?;
        rows += if step.counted { changed as u64 } else { 0 };
    }
    Ok(Changed { rows })
}

/// The same error once more, for the next one who waited for the commit.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => {
            rusqlite::Error::SqliteFailure(*code, words.clone())
        }
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    }
}
