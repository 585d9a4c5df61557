//! Histograms with powers of two as bounds.

use std::array;

use super::Counter;

/// Counts values by size: up to 2^`FIRST`, up to the next power of two, and so on. The last of
/// the `N` buckets has no upper bound. One thread writes it.
#[derive(Debug)]
pub struct Histogram<const FIRST: u32, const N: usize> {
    buckets: [Counter; N],
    sum: Counter,
}

/// Times in nanoseconds, from 256 ns to 8.6 s. A look-up in the cache takes more than 256 ns.
pub type Durations = Histogram<8, 27>;

/// Changes that were committed together, one to [`WRITE_BATCH`](crate::config::limits::WRITE_BATCH).
pub type BatchSizes = Histogram<0, 10>;

/// The sum of histograms of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The exponent of the first upper bound.
    pub first: u32,
    /// The number of values of each bucket.
    pub buckets: Vec<u64>,
    /// The sum of all values.
    pub sum: u64,
}

impl<const FIRST: u32, const N: usize> Default for Histogram<FIRST, N> {
    fn default() -> Self {
        Histogram {
            buckets: array::from_fn(|_| Counter::default()),
            sum: Counter::default(),
        }
    }
}

impl<const FIRST: u32, const N: usize> Histogram<FIRST, N> {
    /// Counts a value `times` times.
    pub fn add(&self, value: u64, times: u64) {
        // The power of two that is not below it.
        let power = u64::BITS - value.saturating_sub(1).leading_zeros();
        let bucket = power.saturating_sub(FIRST) as usize;
        self.buckets[bucket.min(N - 1)].add(times);
        self.sum.add(value.wrapping_mul(times));
    }

    /// The state now.
    pub fn read(&self) -> Distribution {
        let mut all = Distribution::default();
        self.add_to(&mut all);
        all
    }

    /// Adds this histogram to a sum.
    pub fn add_to(&self, all: &mut Distribution) {
        all.first = FIRST;
        all.buckets.resize(N, 0);
        for (all, mine) in all.buckets.iter_mut().zip(&self.buckets) {
            *all += mine.get();
        }
        all.sum = all.sum.wrapping_add(self.sum.get());
    }
}

impl Distribution {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Each upper bound, `None` for the last, with the number of values up to it.
    pub fn cumulative(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let mut below = 0;
        let last = self.buckets.len().saturating_sub(1);
        self.buckets.iter().enumerate().map(move |(at, number)| {
            below += number;
            let end = (at < last).then(|| 1 << (self.first + at as u32));
            (end, below)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::limits;

    fn bucket_of(nanoseconds: u64) -> Option<u64> {
        let durations = Durations::default();
        durations.add(nanoseconds, 1);
        let read = durations.read();
        let mut ends = read.cumulative();
        ends.find(|&(_, number)| number == 1).unwrap().0
    }

    #[test]
    fn a_value_counts_below_the_next_power_of_two() {
        for (value, end) in [
            (0, Some(256)),
            (256, Some(256)),
            (257, Some(512)),
            (512, Some(512)),
            (1_000_000, Some(1 << 20)),
            (1 << 33, Some(1 << 33)),
            ((1 << 33) + 1, None),
            (u64::MAX, None),
        ] {
            assert_eq!(bucket_of(value), end, "{value}");
        }
    }

    #[test]
    fn histograms_add_up() {
        let (one, other) = (BatchSizes::default(), BatchSizes::default());
        one.add(1, 2);
        other.add(limits::WRITE_BATCH as u64, 3);
        let mut all = one.read();
        other.add_to(&mut all);
        assert_eq!((all.count(), all.sum), (5, 2 + 3 * 256));
        let ends: Vec<_> = all.cumulative().collect();
        assert_eq!((ends[0], ends[8]), ((Some(1), 2), (Some(256), 5)));
        assert_eq!(ends[9], (None, 5), "a full batch has a bucket of its own");
        assert_eq!(ends.len(), 10);
    }
}
