//! What one worker has counted, and what all of them have together.

use std::sync::Arc;

use super::{Count, Distribution, Durations};
use crate::command::TABLE;
use crate::store::CacheCounts;

/// The codes with which the server's errors begin.
pub const ERROR_CODES: [&str; 7] = ["ECHEC", "EC", "NO", "NOPERM", "NOPROTO", "BUSY", "ERR"];

/// The counts of one worker, which alone writes to them.
#[derive(Debug)]
pub struct Shard {
    /// By the command's place in the table; the last are those that it does not have.
    pub(super) commands: Box<[Count]>,
    pub(super) durations: Box<[Durations]>,
    /// By [`ERROR_CODES`].
    pub(super) errors: [Count; ERROR_CODES.len()],
    cache: Arc<CacheCounts>,
}

/// What the workers have counted together.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Requests by command, in the order of [`command_names`].
    pub commands: Vec<u64>,
    /// The time that each took, in nanoseconds, in the same order.
    pub durations: Vec<Distribution>,
    /// Errors in the order of [`ERROR_CODES`].
    pub errors: Vec<u64>,
    /// Rows that were found in the cache.
    pub cache_hits: u64,
    /// Rows that were looked for there in vain.
    pub cache_misses: u64,
    /// Rows that made room for others.
    pub cache_evictions: u64,
    /// Bytes that the rows take.
    pub cache_bytes: u64,
}

/// The commands by which requests are counted: those of the table, then what
/// is none of them.
pub fn command_names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|spec| spec.name).chain(["unknown"])
}

impl Shard {
    /// Nothing was counted yet, but by the cache.
    pub(super) fn new(cache: Arc<CacheCounts>) -> Shard {
        Shard {
            commands: command_names().map(|_| Count::default()).collect(),
            durations: command_names().map(|_| Durations::default()).collect(),
            errors: Default::default(),
            cache,
        }
    }

    pub(super) fn add_to(&self, totals: &mut Totals) {
        add(&mut totals.commands, &self.commands);
        add(&mut totals.errors, &self.errors);
        totals
            .durations
            .resize(self.durations.len(), Distribution::default());
        for (total, mine) in totals.durations.iter_mut().zip(&self.durations) {
            mine.add_to(total);
        }
        totals.cache_hits += self.cache.hits.get();
        totals.cache_misses += self.cache.misses.get();
        totals.cache_evictions += self.cache.evictions.get();
        totals.cache_bytes += self.cache.bytes.get();
    }
}

fn add(totals: &mut Vec<u64>, counts: &[Count]) {
    totals.resize(counts.len(), 0);
    for (total, count) in totals.iter_mut().zip(counts) {
        *total += count.get();
    }
}
