//! What the server counts and measures. One table of all metrics feeds `INFO`,
//! the page for Prometheus, and the documentation.
//!
//! What happens with every request is counted by its worker alone, in a
//! [`MetricsShard`] of its own that nobody else writes to: no lock, no line of memory
//! that two processors want. Who asks for the metrics adds the shards up.

mod cache_counts;
mod counter;
mod histogram;
mod recorder;
mod shard;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub use cache_counts::CacheCounts;
pub use counter::Counter;
pub use histogram::{BatchSizes, Distribution, Durations, Histogram};
pub use recorder::{PendingTimer, Recorder, Timer};
pub use shard::{ERROR_CODES, MetricsShard, Totals};

/// The metrics of one server that are counted by its workers.
#[derive(Debug)]
pub struct Metrics {
    shards: Mutex<Vec<Arc<MetricsShard>>>,
    is_timed: bool,
    commands: usize,
    started_at: SystemTime,
}

impl Metrics {
    /// Starts at zero for `commands` commands, at most 63. The clock is read for requests only with `is_timed`.
    pub fn new(is_timed: bool, commands: usize) -> Metrics {
        assert!(
            commands < u64::BITS as usize,
            "a recorder has a bit for each command"
        );
        Metrics {
            shards: Mutex::default(),
            is_timed,
            commands,
            started_at: SystemTime::now(),
        }
    }

    /// Makes a worker's own part, which counts from now on.
    pub fn join(&self, cache: Arc<CacheCounts>) -> Recorder {
        let shard = Arc::new(MetricsShard::new(self.commands, cache));
        self.shards().push(Arc::clone(&shard));
        Recorder::new(shard, self.is_timed)
    }

    /// What all workers have counted together.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for shard in self.shards().iter() {
            shard.add_to(&mut totals);
        }
        totals
    }

    /// When the server started.
    pub fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// A list that a panic interrupted is still a list.
    fn shards(&self) -> MutexGuard<'_, Vec<Arc<MetricsShard>>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
