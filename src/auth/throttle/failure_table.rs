//! Failed logins of each address or each account, counted in bounded memory.

use std::time::Duration;

use crate::config::limits;

/// A keyed hash of an address, an account or a guess. The key never leaves the process.
pub(super) type KeyHash = u64;

/// The slots of one set. The set depends on the secret key of the hash, so an
/// attacker cannot choose which counts to evict.
const SLOTS_PER_SET: usize = 8;

/// The first failure with a delay, and the longest delay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Failures after which the next login is delayed.
    pub free: u32,
    /// The longest delay.
    pub max_delay: Duration,
}

impl Rules {
    /// The delay after a number of failures: none at first, then 1 s, 2 s, 4 s and so on.
    pub fn delay(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(doublings) => {
                let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
                Duration::from_secs(seconds).min(self.max_delay)
            }
        }
    }

    /// The failures at which the delay is longest. No more are counted, which bounds
    /// the time until all of them have decayed.
    pub fn max_failures(&self) -> u32 {
        let seconds = self.max_delay.as_secs().max(1);
        self.free + seconds.next_power_of_two().ilog2()
    }
}

/// The count of one key. Times are since the start of the server.
#[derive(Clone, Copy, Debug, Default)]
struct FailureSlot {
    key: KeyHash,
    /// The time at which the count reaches 0: [`limits::FAILURE_DECAY`] from now for
    /// each failure.
    zero_at: Duration,
    delayed_until: Duration,
    last_guess: Option<KeyHash>,
    /// The other key of the last failures in a row, and the time that they added.
    run: (KeyHash, Duration),
}

impl FailureSlot {
    fn failures(&self, now: Duration) -> u32 {
        let left = self.zero_at.saturating_sub(now);
        let failures = left.as_millis().div_ceil(limits::FAILURE_DECAY.as_millis());
        u32::try_from(failures).unwrap_or(u32::MAX)
    }
}

/// The counts. A new key replaces the one with the fewest failures in its set and
/// *inherits these failures* (the Space-Saving algorithm of Metwally, Agrawal and
/// El Abbadi). So the count of a key in the table is never too low, and an evicted
/// key restarts with at least the lowest count of its set.
pub(super) struct FailureTable {
    rules: Rules,
    /// A set is allocated at its first failure and then kept.
    sets: Vec<Option<Box<FailureSet>>>,
}

type FailureSet = [FailureSlot; SLOTS_PER_SET];

impl FailureTable {
    /// A table of `slots` counts, a multiple of eight.
    pub fn new(rules: Rules, slots: usize) -> FailureTable {
        FailureTable {
            rules,
            sets: vec![None; slots.div_ceil(SLOTS_PER_SET)],
        }
    }

    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The failures of a key, and the time until which its next login is delayed.
    pub fn failures(&self, key: KeyHash, now: Duration) -> (u32, Duration) {
        let found = self.find(key);
        found.map_or((0, Duration::ZERO), |slot| {
            (slot.failures(now), slot.delayed_until)
        })
    }

    /// Whether the guess is the one that failed last.
    pub fn is_repeated(&self, key: KeyHash, guess: KeyHash) -> bool {
        let found = self.find(key);
        found.is_some_and(|slot| slot.last_guess == Some(guess))
    }

    /// Counts a failed guess unless it repeats the last one. A repeated guess reveals
    /// nothing, and clients with an old password repeat theirs. `other` is the other
    /// key of the login: the account in the table of addresses, the address in that of
    /// accounts. Returns whether the delays begin with this failure.
    pub fn fail(&mut self, key: KeyHash, guess: KeyHash, other: KeyHash, now: Duration) -> bool {
        let rules = self.rules;
        let slot = self.slot(key);
        if slot.last_guess.replace(guess) == Some(guess) {
            return false;
        }
        let before = slot.zero_at.max(now);
        let latest = now + limits::FAILURE_DECAY * rules.max_failures();
        slot.zero_at = (before + limits::FAILURE_DECAY).min(latest);
        let added = slot.zero_at.saturating_sub(before);
        slot.run = match slot.run {
            (last, sum) if last == other => (other, sum + added),
            _ => (other, added),
        };
        let failures = slot.failures(now);
        slot.delayed_until = now + rules.delay(failures);
        failures == rules.free
    }

    /// Removes the last failures in a row of `other` after it logged in: they were
    /// typing errors. The failures of others stay.
    pub fn forgive(&mut self, key: KeyHash, other: KeyHash) {
        let set = self.set(key);
        let set = self.sets[set].iter_mut().flat_map(|set| set.iter_mut());
        let mut same = set.filter(|slot| slot.key == key);
        if let Some(slot) = same.next()
            && slot.run.0 == other
        {
            let added = std::mem::take(&mut slot.run).1;
            slot.zero_at = slot.zero_at.saturating_sub(added);
        }
    }

    fn find(&self, key: KeyHash) -> Option<&FailureSlot> {
        let set = self.sets[self.set(key)].as_ref()?;
        set.iter().find(|slot| slot.key == key)
    }

    /// The slot of a key. A new key takes the slot of another one.
    fn slot(&mut self, key: KeyHash) -> &mut FailureSlot {
        let set = self.set(key);
        let set = self.sets[set].get_or_insert_default();
        let found = set.iter().position(|slot| slot.key == key);
        let index = found.unwrap_or_else(|| {
            let lowest = (0..SLOTS_PER_SET).min_by_key(|&index| set[index].zero_at);
            let lowest = lowest.unwrap_or(0);
            set[lowest] = FailureSlot {
                key,
                last_guess: None,
                run: Default::default(),
                ..set[lowest]
            };
            lowest
        });
        &mut set[index]
    }

    /// The index of the set of a key.
    fn set(&self, key: KeyHash) -> usize {
        key as usize % self.sets.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const RULES: Rules = Rules {
        free: 5,
        max_delay: Duration::from_secs(60),
    };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn delays_double_up_to_the_bound_after_the_free_failures() {
        let delays: Vec<u64> = (0..14).map(|n| RULES.delay(n).as_secs()).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(RULES.max_failures(), 11);
        assert_eq!(RULES.delay(u32::MAX), seconds(60));
        for (free, max_delay) in [(0, 1), (20, 900), (3, 64)] {
            let rules = Rules {
                free,
                max_delay: seconds(max_delay),
            };
            assert_eq!(rules.delay(rules.max_failures()), seconds(max_delay));
            assert!(
                rules.max_failures() == free
                    || rules.delay(rules.max_failures() - 1) < seconds(max_delay)
            );
        }
    }

    #[test]
    fn failures_decay_one_by_one() {
        let mut table = FailureTable::new(RULES, 8);
        for guess in 0..20 {
            table.fail(1, guess, 7, seconds(10));
        }
        assert_eq!(table.failures(1, seconds(10)), (11, seconds(70)));
        let period = limits::FAILURE_DECAY;
        assert_eq!(table.failures(1, seconds(10) + period * 3).0, 8);
        assert_eq!(table.failures(1, seconds(10) + period * 11).0, 0);
    }

    #[test]
    fn a_repeated_guess_is_not_counted() {
        let mut table = FailureTable::new(RULES, 8);
        for guess in [1, 1, 1, 2, 2, 1] {
            table.fail(1, guess, 7, seconds(1));
        }
        assert_eq!(table.failures(1, seconds(1)).0, 3);
    }

    #[test]
    fn only_the_last_failures_of_the_same_key_are_forgiven() {
        let mut table = FailureTable::new(RULES, 8);
        for (guess, other) in [(1, 7), (2, 8), (3, 8)] {
            table.fail(1, guess, other, seconds(1));
        }
        let count = |table: &FailureTable| table.failures(1, seconds(1)).0;
        table.forgive(1, 7);
        assert_eq!(count(&table), 3);
        table.forgive(1, 8);
        assert_eq!(count(&table), 1);
        table.forgive(1, 8);
        table.forgive(2, 8);
        assert_eq!(count(&table), 1);
        // A failure above the highest count was not counted, so it is not forgiven either.
        (0..20).for_each(|guess| _ = table.fail(1, guess, 7, seconds(1)));
        (0..20).for_each(|guess| _ = table.fail(1, guess, 8, seconds(1)));
        assert_eq!(count(&table), 11);
        table.forgive(1, 8);
        assert_eq!(count(&table), 11);
    }

    /// A key is evicted only by keys with as many failures, and its next failure
    /// restores its count.
    #[test]
    fn many_other_keys_do_not_reset_a_count() {
        const SLOTS: usize = 256;
        let mut table = FailureTable::new(RULES, SLOTS);
        let now = seconds(1);
        let key = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for guess in 0..11 {
            table.fail(key(0), guess, 7, now);
        }
        // Ten times as many keys as slots, each with nine failures.
        for number in 1..10 * SLOTS as u64 {
            for guess in 0..9 {
                table.fail(key(number), guess, 7, now);
            }
            if table.failures(key(0), now).0 < 11 {
                // It was evicted by keys that had inherited as many failures.
                table.fail(key(0), 99, 7, now);
                assert_eq!(
                    table.failures(key(0), now).0,
                    11,
                    "after {number} other keys"
                );
            }
        }
        assert_eq!(table.sets.len() * SLOTS_PER_SET, SLOTS);
    }

    proptest! {
        /// A large table counts as the model does. In a small table no count is lower.
        #[test]
        fn no_count_is_too_low(
            steps in proptest::collection::vec((0u64..24, 0u64..4, 0u64..2_000), 0..300),
        ) {
            let mut large = FailureTable::new(RULES, 4096);
            let mut small = FailureTable::new(RULES, 8);
            let mut model: HashMap<u64, (Option<u64>, Duration)> = HashMap::new();
            let mut now = seconds(1);
            for (key, guess, pause) in steps {
                now += seconds(pause);
                large.fail(key, guess, 7, now);
                small.fail(key, guess, 7, now);
                let (last, zero_at) = model.entry(key).or_default();
                if last.replace(guess) != Some(guess) {
                    let latest = now + limits::FAILURE_DECAY * RULES.max_failures();
                    *zero_at = ((*zero_at).max(now) + limits::FAILURE_DECAY).min(latest);
                }
                for (&key, &(_, zero_at)) in &model {
                    let left = zero_at.saturating_sub(now).as_secs_f64();
                    let exact = (left / limits::FAILURE_DECAY.as_secs_f64()).ceil() as u32;
                    prop_assert_eq!(large.failures(key, now).0, exact);
                    let has_slot = small.find(key).is_some();
                    prop_assert!(!has_slot || small.failures(key, now).0 >= exact || exact == 0);
                }
            }
        }
    }
}
