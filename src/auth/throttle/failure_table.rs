//! Failed logins, counted for each address or each account, in memory that never grows.

use std::time::Duration;

use crate::config::limits;

/// What stands for an address, an account or a guess: a hash with a key that
/// never leaves the process.
pub(super) type KeyHash = u64;

/// How many places one key may have. Which ones they are depends on the key, so
/// nobody can choose what to crowd out.
const PLACES: usize = 8;

/// When waiting begins, and how long it becomes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// FailureTable after which the next try has to wait.
    pub free: u32,
    /// The longest wait.
    pub longest: Duration,
}

impl Rules {
    /// The wait after so many failure_table: none, and then 1 s, 2 s, 4 s and so on.
    pub fn delay(&self, failure_table: u32) -> Duration {
        match failure_table.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(doublings) => {
                let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
                Duration::from_secs(seconds).min(self.longest)
            }
        }
    }

    /// The failure_table that have the longest wait. No more are counted, so that
    /// nobody pays for longer than that takes to forget.
    pub fn most(&self) -> u32 {
        let seconds = self.longest.as_secs().max(1);
        self.free + seconds.next_power_of_two().ilog2()
    }
}

/// One count. Times are counted from when the server started.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: KeyHash,
    /// When the last failure will be forgotten: [`limits::FAILURE_DECAY`]
    /// from now for each that counts.
    clean_at: Duration,
    held_until: Duration,
    last_guess: Option<KeyHash>,
    /// Whose login failed last, and what that has added since another's did.
    run: (KeyHash, Duration),
}

impl Slot {
    fn failure_table(&self, now: Duration) -> u32 {
        let left = self.clean_at.saturating_sub(now);
        let failure_table = left.as_millis().div_ceil(limits::FAILURE_DECAY.as_millis());
        u32::try_from(failure_table).unwrap_or(u32::MAX)
    }
}

/// The counts. A new one takes the place of the one with the fewest failure_table
/// out of eight, *and takes those failure_table over* (the Space-Saving algorithm of
/// Metwally, Agrawal and El Abbadi). So no count is ever too low while it has a
/// place; and whoever loses his place finds, at his next failure, at least as
/// many as the count that had fewest.
pub(super) struct FailureTable {
    rules: Rules,
    /// Memory is taken for a set with its first failure, and then kept.
    sets: Vec<Option<Box<Set>>>,
}

type Set = [Slot; PLACES];

impl FailureTable {
    /// For so many counts, a multiple of eight.
    pub fn new(rules: Rules, counts: usize) -> FailureTable {
        FailureTable {
            rules,
            sets: vec![None; counts.div_ceil(PLACES)],
        }
    }

    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// How many failure_table count, and until when the next try has to wait.
    pub fn of(&self, key: KeyHash, now: Duration) -> (u32, Duration) {
        let found = self.find(key);
        found.map_or((0, Duration::ZERO), |place| {
            (place.failure_table(now), place.held_until)
        })
    }

    /// Whether it is the guess that failed last.
    pub fn is_repeated(&self, key: KeyHash, guess: KeyHash) -> bool {
        let found = self.find(key);
        found.is_some_and(|place| place.last_guess == Some(guess))
    }

    /// Counts a failed guess, unless it is the last one again: whoever repeats
    /// it, as clients with an old password do by themselves, learns nothing.
    /// `by` is the other half of the login: its account where addresses are
    /// counted, its address where accounts are. Whether waiting has begun with it.
    pub fn fail(&mut self, key: KeyHash, guess: KeyHash, by: KeyHash, now: Duration) -> bool {
        let rules = self.rules;
        let place = self.place(key);
        if place.last_guess.replace(guess) == Some(guess) {
            return false;
        }
        let before = place.clean_at.max(now);
        let most = now + limits::FAILURE_DECAY * rules.most();
        place.clean_at = (before + limits::FAILURE_DECAY).min(most);
        let added = place.clean_at.saturating_sub(before);
        place.run = match place.run {
            (last, sum) if last == by => (by, sum + added),
            _ => (by, added),
        };
        let failure_table = place.failure_table(now);
        place.held_until = now + rules.delay(failure_table);
        failure_table == rules.free
    }

    /// Takes back the failure_table in a row of `by`, who has found the password
    /// after all: they were typing errors. What others did stays.
    pub fn forgive(&mut self, key: KeyHash, by: KeyHash) {
        let set = self.set(key);
        let set = self.sets[set].iter_mut().flat_map(|set| set.iter_mut());
        let mut same = set.filter(|place| place.key == key);
        if let Some(place) = same.next()
            && place.run.0 == by
        {
            let added = std::mem::take(&mut place.run).1;
            place.clean_at = place.clean_at.saturating_sub(added);
        }
    }

    fn find(&self, key: KeyHash) -> Option<&Slot> {
        let set = self.sets[self.set(key)].as_ref()?;
        set.iter().find(|place| place.key == key)
    }

    /// The place of a key, for which another may have to go.
    fn place(&mut self, key: KeyHash) -> &mut Slot {
        let set = self.set(key);
        let set = self.sets[set].get_or_insert_default();
        let found = set.iter().position(|place| place.key == key);
        let at = found.unwrap_or_else(|| {
            let fewest = (0..PLACES).min_by_key(|&at| set[at].clean_at).unwrap_or(0);
            set[fewest] = Slot {
                key,
                last_guess: None,
                run: Default::default(),
                ..set[fewest]
            };
            fewest
        });
        &mut set[at]
    }

    /// Which set a key belongs to.
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
        longest: Duration::from_secs(60),
    };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_few_are_free_and_then_the_wait_doubles_to_a_bound() {
        let waits: Vec<u64> = (0..14).map(|n| RULES.delay(n).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(RULES.most(), 11);
        assert_eq!(RULES.delay(u32::MAX), seconds(60));
        for (free, longest) in [(0, 1), (20, 900), (3, 64)] {
            let rules = Rules {
                free,
                longest: seconds(longest),
            };
            assert_eq!(rules.delay(rules.most()), seconds(longest));
            assert!(rules.most() == free || rules.delay(rules.most() - 1) < seconds(longest));
        }
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let mut failure_table = FailureTable::new(RULES, 8);
        for guess in 0..20 {
            failure_table.fail(1, guess, 7, seconds(10));
        }
        assert_eq!(failure_table.of(1, seconds(10)), (11, seconds(70)));
        let period = limits::FAILURE_DECAY;
        assert_eq!(failure_table.of(1, seconds(10) + period * 3).0, 8);
        assert_eq!(failure_table.of(1, seconds(10) + period * 11).0, 0);
    }

    #[test]
    fn the_same_guess_again_is_no_further_failure() {
        let mut failure_table = FailureTable::new(RULES, 8);
        for guess in [1, 1, 1, 2, 2, 1] {
            failure_table.fail(1, guess, 7, seconds(1));
        }
        assert_eq!(failure_table.of(1, seconds(1)).0, 3);
    }

    #[test]
    fn who_was_right_takes_back_what_was_his() {
        let mut failure_table = FailureTable::new(RULES, 8);
        for (guess, by) in [(1, 7), (2, 8), (3, 8)] {
            failure_table.fail(1, guess, by, seconds(1));
        }
        let count = |failure_table: &FailureTable| failure_table.of(1, seconds(1)).0;
        failure_table.forgive(1, 7);
        assert_eq!(count(&failure_table), 3);
        failure_table.forgive(1, 8);
        assert_eq!(count(&failure_table), 1);
        failure_table.forgive(1, 8);
        failure_table.forgive(2, 8);
        assert_eq!(count(&failure_table), 1);
        // What was not counted any more is not taken back either.
        (0..20).for_each(|guess| _ = failure_table.fail(1, guess, 7, seconds(1)));
        (0..20).for_each(|guess| _ = failure_table.fail(1, guess, 8, seconds(1)));
        assert_eq!(count(&failure_table), 11);
        failure_table.forgive(1, 8);
        assert_eq!(count(&failure_table), 11);
    }

    /// What it takes to get rid of a count: as many failure_table for each of the
    /// other places, and then it is there again at the next one.
    #[test]
    fn a_flood_of_others_frees_nobody() {
        const COUNTS: usize = 256;
        let mut failure_table = FailureTable::new(RULES, COUNTS);
        let now = seconds(1);
        let key = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for guess in 0..11 {
            failure_table.fail(key(0), guess, 7, now);
        }
        // Ten times as many names as there are places, each with nine failure_table.
        for number in 1..10 * COUNTS as u64 {
            for guess in 0..9 {
                failure_table.fail(key(number), guess, 7, now);
            }
            if failure_table.of(key(0), now).0 < 11 {
                // Crowded out by those who had taken over as many.
                failure_table.fail(key(0), 99, 7, now);
                assert_eq!(
                    failure_table.of(key(0), now).0,
                    11,
                    "behind {number} others"
                );
            }
        }
        assert_eq!(failure_table.sets.len() * PLACES, COUNTS);
    }

    proptest! {
        /// With room for all, the counts are those of a plain list of failure_table;
        /// without, those that have a place are never lower.
        #[test]
        fn no_count_is_too_low(
            steps in proptest::collection::vec((0u64..24, 0u64..4, 0u64..2_000), 0..300),
        ) {
            let mut roomy = FailureTable::new(RULES, 4096);
            let mut narrow = FailureTable::new(RULES, 8);
            let mut model: HashMap<u64, (Option<u64>, Duration)> = HashMap::new();
            let mut now = seconds(1);
            for (key, guess, pause) in steps {
                now += seconds(pause);
                roomy.fail(key, guess, 7, now);
                narrow.fail(key, guess, 7, now);
                let (last, clean_at) = model.entry(key).or_default();
                if last.replace(guess) != Some(guess) {
                    let most = now + limits::FAILURE_DECAY * RULES.most();
                    *clean_at = ((*clean_at).max(now) + limits::FAILURE_DECAY).min(most);
                }
                for (&key, &(_, clean_at)) in &model {
                    let left = clean_at.saturating_sub(now).as_secs_f64();
                    let exact = (left / limits::FAILURE_DECAY.as_secs_f64()).ceil() as u32;
                    prop_assert_eq!(roomy.of(key, now).0, exact);
                    let has_place = narrow.find(key).is_some();
                    prop_assert!(!has_place || narrow.of(key, now).0 >= exact || exact == 0);
                }
            }
        }
    }
}
