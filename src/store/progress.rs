//! Work that takes a while: how far it has come, and whether it is to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::StoreError;

/// Steps of SQLite's machine between two looks at whether to go on: some tenths
/// of a millisecond.
const STEPS_PER_LOOK: i32 = 10_000;

/// Somebody who watches work that takes a while, and may stop it.
pub struct ProgressObserver<'a> {
    interrupted: Arc<AtomicBool>,
    tell: Box<dyn FnMut(&'static str, u64, u64) + 'a>,
}

impl<'a> ProgressObserver<'a> {
    /// The work stops soon after `interrupted` is set. `tell` hears what is being
    /// done, how much of it is done, and how much there is, 0 if nobody knows.
    pub fn new(
        interrupted: Arc<AtomicBool>,
        tell: impl FnMut(&'static str, u64, u64) + 'a,
    ) -> ProgressObserver<'a> {
        ProgressObserver {
            interrupted,
            tell: Box::new(tell),
        }
    }

    pub(super) fn at(&mut self, doing: &'static str, done: u64, of: u64) -> Result<(), StoreError> {
        (self.tell)(doing, done, of);
        match self.interrupted.load(Ordering::Relaxed) {
            true => Err(StoreError::Interrupted),
            false => Ok(()),
        }
    }

    /// Has a connection give up a long statement, too.
    pub(super) fn over(&self, connection: &Connection) -> rusqlite::Result<()> {
        let interrupted = Arc::clone(&self.interrupted);
        let is_over = move || interrupted.load(Ordering::Relaxed);
        connection.progress_handler(STEPS_PER_LOOK, Some(is_over))
    }
}
