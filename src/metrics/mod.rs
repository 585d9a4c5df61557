//! Counters, histograms and per-worker recorders. Everything uses this module; it uses nothing.
//!
//! Each worker counts its requests in a [`MetricsShard`] that no other thread writes to. So
//! counting takes no lock, and no two processors write to the same memory. A reader of the
//! metrics adds the shards up.

mod cache_counts;
mod counter;
mod histogram;
mod names;
mod recorder;
mod shard;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub use cache_counts::CacheCounts;
pub use counter::Counter;
pub use histogram::{BatchSizes, Distribution, Durations, Histogram};
pub use names::MetricNames;
pub use recorder::{PendingTimer, Recorder, Timer};
pub use shard::{MetricsShard, Totals};

/// The counters of the workers of one server.
#[derive(Debug)]
pub struct Metrics {
    shards: Mutex<Vec<Arc<MetricsShard>>>,
    is_timed: bool,
    names: MetricNames,
    started_at: SystemTime,
}

impl Metrics {
    /// Starts at zero. Requests are timed only with `is_timed`.
    pub fn new(is_timed: bool, names: MetricNames) -> Metrics {
        assert!(
            names.commands < u64::BITS as usize,
            "a recorder has a bit for each command"
        );
        Metrics {
            shards: Mutex::default(),
            is_timed,
            names,
            started_at: SystemTime::now(),
        }
    }

    /// Adds a shard for a worker.
    pub fn join(&self, cache: Arc<CacheCounts>) -> Recorder {
        let shard = Arc::new(MetricsShard::new(&self.names, cache));
        self.shards().push(Arc::clone(&shard));
        Recorder::new(shard, self.is_timed)
    }

    /// The sums over all workers.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for shard in self.shards().iter() {
            shard.add_to(&mut totals);
        }
        totals
    }

    /// The names by which requests are counted.
    pub fn names(&self) -> &MetricNames {
        &self.names
    }

    /// The start time of the server.
    pub fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// The list stays valid after a panic, so a poisoned lock is used.
    fn shards(&self) -> MutexGuard<'_, Vec<Arc<MetricsShard>>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
