//! A set of ids: one bit for each number.

use super::ids::ImdbKey;
use crate::config::limits;

/// Titles that were imported.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    words: Vec<u64>,
}

impl KeySet {
    /// Adds a key. Returns whether it is new.
    pub fn insert(&mut self, key: ImdbKey) -> bool {
        let (word, bit) = place(key);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        is_new
    }

    /// Whether it has a key.
    pub fn contains(&self, key: ImdbKey) -> bool {
        let (word, bit) = place(key);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

/// The word of a key, and its bit. [`limits::MAX_IMDB_ID`] bounds them: 12 MB.
fn place(key: ImdbKey) -> (usize, u64) {
    debug_assert!(key.number() <= limits::MAX_IMDB_ID);
    (key.number() as usize / 64, 1 << (key.number() % 64))
}
