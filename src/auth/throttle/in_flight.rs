//! The guesses that are being verified.

use std::collections::HashMap;

use super::failure_table::KeyHash;

/// For each address and each account, how many logins with the same guess are in
/// flight. A connection has at most one login in flight, which bounds the size.
#[derive(Default)]
pub(super) struct InFlight {
    /// By address or account.
    guesses: HashMap<KeyHash, HashMap<KeyHash, u32>>,
}

impl InFlight {
    pub fn add(&mut self, key: KeyHash, guess: KeyHash) {
        *self
            .guesses
            .entry(key)
            .or_default()
            .entry(guess)
            .or_default() += 1;
    }

    pub fn remove(&mut self, key: KeyHash, guess: KeyHash) {
        let Some(guesses) = self.guesses.get_mut(&key) else {
            return;
        };
        if let Some(times) = guesses.get_mut(&guess) {
            *times -= 1;
            if *times == 0 {
                guesses.remove(&guess);
            }
        }
        if guesses.is_empty() {
            self.guesses.remove(&key);
        }
    }

    /// Whether this guess is in flight.
    pub fn contains(&self, key: KeyHash, guess: KeyHash) -> bool {
        let guesses = self.guesses.get(&key);
        guesses.is_some_and(|guesses| guesses.contains_key(&guess))
    }

    /// The number of different guesses in flight.
    pub fn distinct(&self, key: KeyHash) -> u32 {
        let guesses = self.guesses.get(&key);
        guesses.map_or(0, |guesses| guesses.len().try_into().unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_guesses_count_once_and_ended_guesses_use_no_memory() {
        let mut in_flight = InFlight::default();
        for (key, guess) in [(1, 7), (1, 7), (1, 8), (2, 7)] {
            in_flight.add(key, guess);
        }
        assert_eq!((in_flight.distinct(1), in_flight.distinct(2)), (2, 1));
        in_flight.remove(1, 7);
        assert!(in_flight.contains(1, 7) && !in_flight.contains(2, 8));
        for (key, guess) in [(1, 7), (1, 8), (2, 7), (2, 7)] {
            in_flight.remove(key, guess);
        }
        assert!(in_flight.guesses.is_empty());
    }
}
