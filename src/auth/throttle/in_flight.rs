//! The guesses that are being checked just now.

use std::collections::HashMap;

use super::failure_table::KeyHash;

/// How often each guess is under way for each address and each account. A
/// connection waits for its verdict, so there are no more than connections.
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

    /// Whether this guess is under way.
    pub fn has(&self, key: KeyHash, guess: KeyHash) -> bool {
        let guesses = self.guesses.get(&key);
        guesses.is_some_and(|guesses| guesses.contains_key(&guess))
    }

    /// How many different guesses are under way.
    pub fn guesses(&self, key: KeyHash) -> u32 {
        let guesses = self.guesses.get(&key);
        guesses.map_or(0, |guesses| guesses.len().try_into().unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_guesses_are_one_and_nothing_is_left_behind() {
        let mut in_flight = InFlight::default();
        for (key, guess) in [(1, 7), (1, 7), (1, 8), (2, 7)] {
            in_flight.add(key, guess);
        }
        assert_eq!((in_flight.guesses(1), in_flight.guesses(2)), (2, 1));
        in_flight.remove(1, 7);
        assert!(in_flight.has(1, 7) && !in_flight.has(2, 8));
        for (key, guess) in [(1, 7), (1, 8), (2, 7), (2, 7)] {
            in_flight.remove(key, guess);
        }
        assert!(in_flight.guesses.is_empty());
    }
}
