//! Progress of long work, and its cancellation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::StoreError;

/// Steps of SQLite's machine between two checks for a cancellation: some tenths of a
/// millisecond.
const STEPS_PER_CHECK: i32 = 10_000;

/// The progress of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The work, in one or two words.
    pub work: &'static str,
    /// The amount that is done.
    pub done: u64,
    /// The whole amount; 0 if it is unknown.
    pub all: u64,
}

/// Is called during long work, and can cancel it.
pub struct ProgressObserver<'a> {
    interrupted: Arc<AtomicBool>,
    report: Box<dyn FnMut(Progress) + 'a>,
}

impl<'a> ProgressObserver<'a> {
    /// The work ends soon after `interrupted` is set. `report` is called at intervals.
    pub fn new(
        interrupted: Arc<AtomicBool>,
        report: impl FnMut(Progress) + 'a,
    ) -> ProgressObserver<'a> {
        ProgressObserver {
            interrupted,
            report: Box::new(report),
        }
    }

    /// Reports nothing and cancels nothing.
    pub fn silent() -> ProgressObserver<'a> {
        ProgressObserver::new(Arc::default(), |_| {})
    }

    /// Reports the progress.
    ///
    /// # Errors
    /// [`StoreError::Interrupted`] when the work is cancelled.
    pub(super) fn report(
        &mut self,
        work: &'static str,
        done: u64,
        all: u64,
    ) -> Result<(), StoreError> {
        (self.report)(Progress { work, done, all });
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(StoreError::Interrupted);
        }
        Ok(())
    }

    /// Allows it to cancel long statements of a connection too.
    pub(super) fn attach(&self, connection: &Connection) -> rusqlite::Result<()> {
        let interrupted = Arc::clone(&self.interrupted);
        let is_cancelled = move || interrupted.load(Ordering::Relaxed);
        connection.progress_handler(STEPS_PER_CHECK, Some(is_cancelled))
    }
}
