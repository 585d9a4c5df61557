//! What the server counts and measures. One table of all figures feeds `INFO`,
//! the page for Prometheus, and the documentation.
//!
//! What happens with every request is counted by its worker alone, in a
//! [`Shard`] of its own that nobody else writes to: no lock, no line of memory
//! that two processors want. Who asks for the figures adds the shards up.

mod count;
mod exposition;
mod family;
mod histogram;
mod scene;
mod shard;
mod table;
mod tally;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub use count::Count;
pub use exposition::{CONTENT_TYPE, page};
pub use family::{Family, Kind, Place, Samples, Value, info};
pub use histogram::{BatchSizes, Distribution, Durations, Histogram};
pub use scene::Scene;
pub use shard::{ERROR_CODES, Shard, Totals, command_names};
pub use table::FAMILIES;
pub use tally::{Apart, Running, Tally};

use crate::store::CacheCounts;

/// The figures of one server that are counted by its workers.
#[derive(Debug)]
pub struct Figures {
    shards: Mutex<Vec<Arc<Shard>>>,
    is_timed: bool,
    started_at: SystemTime,
}

impl Figures {
    /// Nothing has happened yet. Only with `is_timed` is the clock read for requests.
    pub fn new(is_timed: bool) -> Figures {
        Figures {
            shards: Mutex::default(),
            is_timed,
            started_at: SystemTime::now(),
        }
    }

    /// Makes a worker's own part, which counts from now on.
    pub fn join(&self, cache: Arc<CacheCounts>) -> Tally {
        let shard = Arc::new(Shard::new(cache));
        self.shards().push(Arc::clone(&shard));
        Tally::new(shard, self.is_timed)
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
    fn shards(&self) -> MutexGuard<'_, Vec<Arc<Shard>>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
