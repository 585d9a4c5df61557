//! Names of titles and people as numbers.
//!
//! An id of IMDb is its number. As the key of a row it is a number that sorts as the id does as
//! a text, so that files in IMDb's order append to the tree; inside of blobs it is the number
//! itself, which is shorter. Any other name has a row in the table `other_name`, and its id
//! follows the numbers of IMDb.

/// The kind of an id of IMDb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdPrefix {
    /// `tt`.
    Title,
    /// `nm`.
    Person,
}

impl IdPrefix {
    pub fn letters(self) -> &'static str {
        match self {
            IdPrefix::Title => "tt",
            IdPrefix::Person => "nm",
        }
    }
}

/// The key of a title or a person: the number inside of blobs. Imports use it a hundred million
/// times, and the integer primary key once for each row, so that one is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

/// Keys are ordered like the rows: ids of IMDb by their texts.
impl Ord for Key {
    fn cmp(&self, other: &Key) -> std::cmp::Ordering {
        self.value().cmp(&other.value())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The minimum number of digits of an id. A smaller number has zeros in front.
const MIN_DIGITS: usize = 7;
/// The maximum number of digits of an id.
const NUMBER_DIGITS: usize = 10;
/// The numbers of ids are below this one.
const IDS: u64 = 10_u64.pow(NUMBER_DIGITS as u32);
/// A digit of a key is one more than the digit of the id; 0 is the end of a shorter id.
const BASE: i64 = 11;
/// The keys of other names begin here, far above `BASE` to the power of `NUMBER_DIGITS`.
const OTHER: i64 = 1 << 40;
/// The maximum number of rows of `other_name`.
const OTHER_NAMES: u64 = 1 << 40;

impl Key {
    /// The key of an id as IMDb writes them: the letters, and seven digits, or up to ten without
    /// a zero at the start. `None` for any other name.
    pub fn from_imdb(prefix: IdPrefix, name: &str) -> Option<Key> {
        let digits = name.strip_prefix(prefix.letters())?.as_bytes();
        let is_canonical = (MIN_DIGITS..=NUMBER_DIGITS).contains(&digits.len())
            && (digits.len() == MIN_DIGITS || digits[0] != b'0')
            && digits.iter().all(u8::is_ascii_digit);
        let number = |digits: &[u8]| {
            let digits = digits.iter().map(|digit| u64::from(digit - b'0'));
            digits.fold(0, |number, digit| number * 10 + digit)
        };
        is_canonical.then(|| Key(number(digits)))
    }

    /// The key of the row with this id in `other_name`.
    pub fn from_other(id: u64) -> Option<Key> {
        (id < OTHER_NAMES).then_some(Key(IDS + id))
    }

    /// The key with this value, as a row has it.
    pub fn from_value(value: i64) -> Option<Key> {
        let key = match u64::try_from(value).ok()?.checked_sub(OTHER.unsigned_abs()) {
            Some(id) => Key::from_other(id)?,
            None => {
                let (mut number, mut place, mut rest) = (0, 1, value);
                // The ends of a shorter id come first, and are no digits.
                while rest > 0 && rest % BASE == 0 {
                    rest /= BASE;
                }
                while rest > 0 {
                    number += (rest % BASE - 1).max(0).unsigned_abs() * place;
                    (place, rest) = (place * 10, rest / BASE);
                }
                Key(number)
            }
        };
        // Other digits would have another value.
        (key.value() == value).then_some(key)
    }

    /// The integer primary key.
    pub fn value(self) -> i64 {
        if let Some(id) = self.other() {
            return OTHER + id.cast_signed();
        }
        let (mut value, mut place, mut digits) = (0, 1, 0);
        let mut number = self.0;
        while digits < MIN_DIGITS || number > 0 {
            value += ((number % 10).cast_signed() + 1) * place;
            (number, place, digits) = (number / 10, place * BASE, digits + 1);
        }
        (digits..NUMBER_DIGITS).fold(value, |value, _| value * BASE)
    }

    /// The id in `other_name`, where the key has one.
    pub fn other(self) -> Option<u64> {
        self.0.checked_sub(IDS)
    }

    /// The number inside of blobs.
    pub fn reference(self) -> u64 {
        self.0
    }

    /// The key whose [`Key::reference`] this is.
    pub fn from_reference(reference: u64) -> Option<Key> {
        (reference < IDS + OTHER_NAMES).then_some(Key(reference))
    }

    /// The name, where it is an id of IMDb.
    pub fn imdb_name(self, prefix: IdPrefix) -> Option<String> {
        match self.other() {
            Some(_) => None,
            None => Some(format!("{}{:07}", prefix.letters(), self.reference())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_of_imdb_are_keys_and_other_names_are_not() {
        for name in [
            "tt0000001",
            "tt0068646",
            "tt10000000",
            "tt9999999999",
            "tt0000000",
        ] {
            let key = Key::from_imdb(IdPrefix::Title, name).unwrap();
            assert_eq!(key.imdb_name(IdPrefix::Title).as_deref(), Some(name));
            assert_eq!(Key::from_imdb(IdPrefix::Person, name), None);
        }
        for name in [
            "",
            "tt",
            "tt1",
            "tt00000001",
            "tt01234567",
            "tt12345678901",
            "tt123456x",
            "1",
        ] {
            assert_eq!(Key::from_imdb(IdPrefix::Title, name), None, "{name}");
        }
        assert_eq!(Key::from_other(OTHER_NAMES), None);
        assert_eq!(Key::from_value(0), None);
        assert_eq!(Key::from_value(-1), None);
        assert_eq!(Key::from_value(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn keys_sort_as_ids_do(a in 0..IDS, b in 0..IDS, shift in 0_u32..10) {
            let [a, b] = [a, b].map(|number| number / 10_u64.pow(shift));
            let [one, two] = [a, b].map(|number| format!("nm{number:07}"));
            let [key, other] = [&one, &two].map(|name| Key::from_imdb(IdPrefix::Person, name).unwrap());
            prop_assert_eq!(key.cmp(&other), one.cmp(&two));
            prop_assert_eq!(key.reference(), a);
            prop_assert_eq!(Key::from_reference(a), Some(key));
            prop_assert_eq!(Key::from_value(key.value()), Some(key));
            prop_assert!(key.value() < OTHER);
        }

        #[test]
        fn other_names_come_back(id in 0..OTHER_NAMES) {
            let key = Key::from_other(id).unwrap();
            prop_assert_eq!(key.other(), Some(id));
            prop_assert_eq!(Key::from_reference(key.reference()), Some(key));
            prop_assert_eq!(Key::from_value(key.value()), Some(key));
            prop_assert_eq!(key.imdb_name(IdPrefix::Title), None);
        }
    }
}
