//! The guesses that are being checked just now.

use std::collections::HashMap;

use super::failures::Tag;

/// How often each guess is under way for each address and each account. A
/// connection waits for its verdict, so there are no more than connections.
#[derive(Default)]
pub(super) struct InFlight {
    /// By address or account.
    guesses: HashMap<Tag, HashMap<Tag, u32>>,
}

impl InFlight {
    pub fn add(&mut self, tag: Tag, guess: Tag) {
        *self
            .guesses
            .entry(tag)
            .or_default()
            .entry(guess)
            .or_default() += 1;
    }

    pub fn remove(&mut self, tag: Tag, guess: Tag) {
        let Some(guesses) = self.guesses.get_mut(&tag) else {
            return;
        };
        if let Some(times) = guesses.get_mut(&guess) {
            *times -= 1;
            if *times == 0 {
                guesses.remove(&guess);
            }
        }
        if guesses.is_empty() {
            self.guesses.remove(&tag);
        }
    }

    /// Whether this guess is under way.
    pub fn has(&self, tag: Tag, guess: Tag) -> bool {
        let guesses = self.guesses.get(&tag);
        guesses.is_some_and(|guesses| guesses.contains_key(&guess))
    }

    /// How many different guesses are under way.
    pub fn guesses(&self, tag: Tag) -> u32 {
        let guesses = self.guesses.get(&tag);
        guesses.map_or(0, |guesses| guesses.len().try_into().unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_guesses_are_one_and_nothing_is_left_behind() {
        let mut in_flight = InFlight::default();
        for (tag, guess) in [(1, 7), (1, 7), (1, 8), (2, 7)] {
            in_flight.add(tag, guess);
        }
        assert_eq!((in_flight.guesses(1), in_flight.guesses(2)), (2, 1));
        in_flight.remove(1, 7);
        assert!(in_flight.has(1, 7) && !in_flight.has(2, 8));
        for (tag, guess) in [(1, 7), (1, 8), (2, 7), (2, 7)] {
            in_flight.remove(tag, guess);
        }
        assert!(in_flight.guesses.is_empty());
    }
}
