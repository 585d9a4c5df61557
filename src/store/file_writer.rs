//! The one connection that changes the file, and what follows each of its commits: readers
//! learn what has changed, and the WAL is copied.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rusqlite::Connection;

use super::StoreError;
use super::change::Change;
use super::checkpoint::Checkpointer;
use super::file_watch::FileWatch;
use super::invalidation::{Affected, Invalidations};
use crate::metrics::{BatchSizes, Counter, Durations};

/// Copies the whole WAL into the file.
const COPY_WAL: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

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

/// The connection that changes the file.
pub(super) struct FileWriter {
    pub path: PathBuf,
    /// It is closed before the connection of the writer: the last connection to close removes the
    /// WAL.
    pub checkpointer: Checkpointer,
    pub connection: Connection,
    files: FileWatch,
    /// The file that was moved. Then all changes are refused.
    pub moved: Option<PathBuf>,
    pub has_moved: Arc<AtomicBool>,
    pub invalidations: Arc<Invalidations>,
    pub counts: Arc<WriteCounts>,
}

impl FileWriter {
    /// Takes a connection that [`open`](super::open) made for writing.
    pub fn new(path: &Path, connection: Connection) -> Result<FileWriter, StoreError> {
        let invalidations = Arc::new(Invalidations::new(path, &connection)?);
        let checkpointer = Checkpointer::start(path, &connection)?;
        Ok(FileWriter {
            path: path.to_path_buf(),
            checkpointer,
            connection,
            files: FileWatch::new(path)?,
            moved: None,
            has_moved: Arc::default(),
            invalidations,
            counts: Arc::default(),
        })
    }

    /// Whether the files of the database were moved, replaced or removed. Acknowledged
    /// changes are then copied from the WAL into the opened file, wherever it is.
    pub fn is_moved(&mut self) -> bool {
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

    /// Counts a transaction with this number of changes, and publishes the keys that it may have
    /// changed. Called after the commit, and before any caller gets its answer.
    pub fn committed<'c>(
        &self,
        began: Instant,
        is_committed: bool,
        changes: impl ExactSizeIterator<Item = &'c Change> + Clone,
    ) {
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.counts.durations.add(nanoseconds, 1);
        self.counts.batch_sizes.add(changes.len() as u64, 1);
        self.counts.failed.add(u64::from(!is_committed));
        // Also after a failure: a reader that drops an unchanged row loses nothing.
        self.invalidations
            .publish(&self.connection, affected(changes));
    }

    /// Called after the answers to a transaction.
    pub fn copy_wal(&mut self) {
        self.checkpointer
            .after_commit(self.invalidations.wal_pages());
    }
}

/// The rows that readers must drop after these changes.
fn affected<'c>(changes: impl Iterator<Item = &'c Change> + Clone) -> Affected {
    Affected {
        movies: changes
            .clone()
            .flat_map(|change| change.movies())
            .cloned()
            .collect(),
        accounts: changes.into_iter().any(Change::ends_sessions),
    }
}
