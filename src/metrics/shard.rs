//! The counters of one worker, and the sums over all workers.

use std::sync::Arc;

use super::names::MetricNames;
use super::{CacheCounts, Counter, Distribution, Durations};

/// The counters of one worker. No other thread writes to them.
#[derive(Debug)]
pub struct MetricsShard {
    /// By the index of the command; the last one counts unknown commands.
    pub(super) commands: Box<[Counter]>,
    pub(super) durations: Box<[Durations]>,
    /// By the index of the HTTP route; the last one counts requests without a route.
    pub(super) routes: Box<[Durations]>,
    /// In the order of `statuses`; the last one also counts every other status.
    pub(super) statuses: Box<[Counter]>,
    pub(super) status_codes: &'static [(u16, &'static str)],
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
    /// The time of HTTP requests, in nanoseconds, by route; the last are those without one.
    pub routes: Vec<Distribution>,
    /// HTTP responses in the order of the status codes.
    pub statuses: Vec<u64>,
    /// Errors in the order of the codes.
    pub errors: Vec<u64>,
    /// Rows that were found in the cache.
    pub cache_hits: u64,
    /// Rows that were not in the cache.
    pub cache_misses: u64,
    /// Rows that were removed for other rows.
    pub cache_evictions: u64,
    /// Bytes that the rows take.
    pub cache_bytes: u64,
}

impl MetricsShard {
    /// Counters for these names and, after the commands and the routes, for unknown ones.
    pub(super) fn new(names: &MetricNames, cache: Arc<CacheCounts>) -> MetricsShard {
        fn zeros<T: Default>(number: usize) -> Box<[T]> {
            (0..number).map(|_| T::default()).collect()
        }
        MetricsShard {
            commands: zeros(names.commands + 1),
            durations: zeros(names.commands + 1),
            routes: zeros(names.routes.len() + 1),
            statuses: zeros(names.statuses.len()),
            status_codes: names.statuses,
            errors: zeros(names.error_codes.len()),
            error_codes: names.error_codes,
            cache,
        }
    }

    pub(super) fn add_to(&self, totals: &mut Totals) {
        add(&mut totals.commands, &self.commands);
        add(&mut totals.errors, &self.errors);
        add(&mut totals.statuses, &self.statuses);
        for (totals, mine) in [
            (&mut totals.durations, &self.durations),
            (&mut totals.routes, &self.routes),
        ] {
            totals.resize(mine.len(), Distribution::default());
            for (total, mine) in totals.iter_mut().zip(mine) {
                mine.add_to(total);
            }
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
