//! Ids of IMDb, such as `tt0068646` and `nm0000008`, as numbers.

use crate::config::limits;

/// Digits of the ids up to 9,999,999, which begin with zeros.
const DIGITS: usize = 7;
const FIRST_OF_EIGHT_DIGITS: u32 = 10_000_000;

/// An id, ordered as IMDb orders its files: by text, so that `tt2380709` follows `tt23807088`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImdbKey(u32);

impl ImdbKey {
    /// Before every id.
    pub const FIRST: ImdbKey = ImdbKey(0);
    /// After every id.
    pub const END: ImdbKey = ImdbKey(u32::MAX);

    /// The key of an id with this prefix. `None` for a text that IMDb does not write: seven
    /// digits, or eight of which the first is no zero.
    pub fn parse(id: &str, prefix: &str) -> Option<ImdbKey> {
        ImdbKey::from_bytes(id.as_bytes(), prefix)
    }

    /// As [`ImdbKey::parse`].
    pub fn from_bytes(id: &[u8], prefix: &str) -> Option<ImdbKey> {
        let digits = id.strip_prefix(prefix.as_bytes())?;
        let number = digits.iter().try_fold(0_u32, |number, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| number.wrapping_mul(10).wrapping_add(digit.into()))
        })?;
        let is_canonical = digits.len() == DIGITS
            || digits.len() == DIGITS + 1 && digits[0] != b'0' && number <= limits::MAX_IMDB_ID;
        is_canonical.then(|| ImdbKey::from_number(number))
    }

    /// The key of a number of at most eight digits.
    pub fn from_number(number: u32) -> ImdbKey {
        // A text of seven digits precedes those of eight that begin with it.
        ImdbKey(if number < FIRST_OF_EIGHT_DIGITS {
            number * 20 + 2
        } else {
            number * 2 + 3
        })
    }

    /// The number in the id.
    pub fn number(self) -> u32 {
        if self.has_eight_digits() {
            self.0 / 2 - 1
        } else {
            (self.0 - 2) / 20
        }
    }

    /// Whether the id has eight digits, not seven.
    pub fn has_eight_digits(self) -> bool {
        !self.0.is_multiple_of(2)
    }

    /// The place in the order of the texts.
    pub fn order(self) -> u32 {
        self.0
    }

    /// The key at a place in the order of the texts.
    pub fn from_order(order: u32) -> ImdbKey {
        ImdbKey(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_like_the_texts() {
        let mut ids: Vec<String> = [
            0, 1, 42, 2_380_709, 9_999_999, 10_000_000, 23_807_088, 23_807_090, 99_999_999,
        ]
        .iter()
        .map(|number| format!("tt{number:07}"))
        .collect();
        ids.sort();
        let keys: Vec<ImdbKey> = ids
            .iter()
            .map(|id| ImdbKey::parse(id, "tt").unwrap())
            .collect();
        assert!(keys.is_sorted() && keys.first() > Some(&ImdbKey::FIRST));
        assert!(keys.iter().all(|key| *key < ImdbKey::END));
        for (id, key) in ids.iter().zip(keys) {
            assert_eq!(format!("tt{:07}", key.number()), *id);
            assert_eq!(ImdbKey::from_order(key.order()), key);
        }
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "tt",
            "tt1",
            "nm0000001",
            "tt00000001",
            "tt000000a",
            "tt100000000",
            "tt-000001",
        ] {
            assert_eq!(ImdbKey::parse(text, "tt"), None, "{text}");
        }
        assert!(ImdbKey::parse(&format!("tt{}", limits::MAX_IMDB_ID), "tt").is_some());
    }
}
