//! The counters of one worker, and the sums over all workers.

use std::sync::Arc;

use super::{CacheCounts, Counter, Distribution, Durations};

/// The counters of one worker. No other thread writes to them.
#[derive(Debug)]
pub struct MetricsShard {
    /// By the index of the command; the last one counts unknown commands.
    pub(super) commands: Box<[Counter]>,
    pub(super) durations: Box<[Durations]>,
    /// In the order of `error_codes`.
    pub(super) errors: Box<[Counter]>,
    /// The codes with which errors begin; the last one also counts every other code.
    pub(super) error_codes: &'static [&'static str],
    cache: Arc<CacheCounts>,
}

/// The sums over all workers.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Requests by the index of their command; the last are those of unknown commands.
    pub commands: Vec<u64>,
    /// The time that each took, in nanoseconds, in the same order.
    pub durations: Vec<Distribution>,
    /// Errors in the order of the codes.
    pub errors: Vec<u64>,
    /// Rows that were found in the cache.
    pub cache_hits: u64,
    /// Rows that were not in the cache.
    pub cache_misses: u64,
    /// Rows that made room for others.
    pub cache_evictions: u64,
    /// Bytes that the rows take.
    pub cache_bytes: u64,
}

impl MetricsShard {
    /// Counters for `commands` commands and, after them, for unknown ones.
    pub(super) fn new(
        commands: usize,
        error_codes: &'static [&'static str],
        cache: Arc<CacheCounts>,
    ) -> MetricsShard {
        MetricsShard {
            commands: (0..=commands).map(|_| Counter::default()).collect(),
            durations: (0..=commands).map(|_| Durations::default()).collect(),
            errors: error_codes.iter().map(|_| Counter::default()).collect(),
            error_codes,
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

fn add(totals: &mut Vec<u64>, counts: &[Counter]) {
    totals.resize(counts.len(), 0);
    for (total, count) in totals.iter_mut().zip(counts) {
        *total += count.get();
    }
}
