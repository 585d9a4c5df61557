//! A number that one thread writes and all may read.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count with one writer. Adding is a load and a store, which costs what it
/// does for a plain number; with a second writer, some of it would be lost.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts so many more. For the one thread that this count belongs to.
    pub fn add(&self, more: u64) {
        self.set(self.get().wrapping_add(more));
    }

    /// Sets it, likewise.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// How many there are.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
