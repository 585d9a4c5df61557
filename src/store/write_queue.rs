//! The queue of changes: what waits, what it takes in memory, and the answer to each change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::oneshot;

use super::StoreError;
use super::applier::Changed;
use super::change::ChangeRequest;
use crate::config::limits;

/// A change that waits for its answer.
#[derive(Debug)]
pub struct QueuedChange {
    /// The change.
    pub request: ChangeRequest,
    _bytes: QueuedBytes,
    done: oneshot::Sender<Result<Changed, StoreError>>,
}

impl QueuedChange {
    /// The change, and the receipt for its caller.
    ///
    /// # Errors
    /// [`QueueFullError::Bytes`] when those that wait take as much memory as they may.
    pub(super) fn new(
        request: ChangeRequest,
        all_bytes: &Arc<AtomicUsize>,
    ) -> Result<(QueuedChange, Receipt), QueueFullError> {
        let bytes = QueuedBytes::reserve(all_bytes, request.change.bytes())?;
        let (done, receipt) = oneshot::channel();
        let job = QueuedChange {
            request,
            done,
            _bytes: bytes,
        };
        Ok((job, Receipt(receipt)))
    }

    /// Answers the caller, who may have left.
    pub fn answer(self, result: Result<Changed, StoreError>) {
        let _ = self.done.send(result);
    }
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
