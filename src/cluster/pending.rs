//! The changes of this node that were sent to the log and are not applied yet.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::store::{EntryResults, QueuedChange, StoreError};

/// The changes that wait until their entry is applied, by the counter of the entry.
#[derive(Default)]
pub(super) struct PendingChanges(Mutex<VecDeque<PendingEntry>>);

struct PendingEntry {
    counter: u64,
    since: Instant,
    changes: Vec<QueuedChange>,
}

impl PendingChanges {
    /// Adds the changes of an entry, the oldest of which waits since `since`. Called before the
    /// entry is sent.
    pub fn add(&self, counter: u64, since: Instant, changes: Vec<QueuedChange>) {
        self.entries().push_back(PendingEntry {
            counter,
            since,
            changes,
        });
    }

    /// Removes the changes of an entry, so that the caller answers them.
    pub fn take(&self, counter: u64) -> Vec<QueuedChange> {
        let mut entries = self.entries();
        let index = entries.iter().position(|entry| entry.counter == counter);
        let entry = index.and_then(|index| entries.remove(index));
        entry.map_or_else(Vec::new, |entry| entry.changes)
    }

    /// Answers the changes of an entry that was applied.
    pub fn answer(&self, counter: u64, results: EntryResults) {
        for (change, result) in self.take(counter).into_iter().zip(results) {
            change.answer(result);
        }
    }

    /// Answers the changes of the first entries, as long as the time since which they wait is of this
    /// kind, without a result.
    pub fn give_up(&self, is_kind: impl Fn(Instant) -> bool) {
        loop {
            let first = self.entries().pop_front_if(|entry| is_kind(entry.since));
            let Some(first) = first else {
                return;
            };
            for change in first.changes {
                change.answer(Err(StoreError::Unsure));
            }
        }
    }

    /// Whether the changes of an entry still wait.
    pub fn contains(&self, counter: u64) -> bool {
        self.entries().iter().any(|entry| entry.counter == counter)
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<PendingEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
