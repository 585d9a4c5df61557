//! The names of all people of a file, in one piece of memory.

use super::ids::ImdbKey;
use super::key_set::KeySet;
use crate::config::limits;

/// Numbers of one block of the index.
const BLOCK: u32 = 16;
/// The block of a number of which no person has a name.
const NO_BLOCK: u32 = u32::MAX;

/// Names by the number of the person: 15 million take 230 MB, of which 211 MB are the names.
///
/// Names are in blocks of 16 numbers, one length byte before each. Ids of seven and of eight
/// digits come from a file in turn, so each kind has an arena of its own, in the order of the
/// numbers.
#[derive(Default)]
pub struct PeopleNames {
    arenas: [Arena; 2],
    most_bytes: usize,
    /// The people of the file, with a name or without.
    people: KeySet,
}

#[derive(Default)]
struct Arena {
    /// The start of each block of numbers.
    blocks: Vec<u32>,
    bytes: Vec<u8>,
    /// The number after the last one of the current block.
    next: u32,
}

impl PeopleNames {
    pub fn new() -> PeopleNames {
        PeopleNames {
            arenas: [Arena::default(), Arena::default()],
            most_bytes: limits::MAX_IMDB_NAMES_BYTES,
            people: KeySet::default(),
        }
    }

    /// Adds a person.
    pub fn add_person(&mut self, key: ImdbKey) {
        self.people.insert(key);
    }

    /// Whether the file has a person.
    pub fn has_person(&self, key: ImdbKey) -> bool {
        self.people.contains(key)
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.arenas.iter().all(|arena| arena.bytes.is_empty())
    }

    /// Adds a name. The keys have to ascend. A name of over 255 bytes, or beyond the limit of all,
    /// is left out: it is then looked up where it is needed.
    pub fn add(&mut self, key: ImdbKey, name: &str) {
        let used: usize = self.arenas.iter().map(|arena| arena.bytes.len()).sum();
        let Ok(length) = u8::try_from(name.len()) else {
            return;
        };
        if length == 0 || used + name.len() + BLOCK as usize > self.most_bytes {
            return;
        }
        let number = key.number();
        let arena = &mut self.arenas[usize::from(key.has_eight_digits())];
        let block = (number / BLOCK) as usize;
        if arena.blocks.len() <= block {
            arena.pad_to(arena.blocks.len() as u32 * BLOCK);
            arena.blocks.resize(block, NO_BLOCK);
            arena.blocks.push(arena.bytes.len() as u32);
            arena.next = number / BLOCK * BLOCK;
        }
        // If a person is in the file twice, the first name is kept.
        if number >= arena.next {
            arena.pad_to(number);
            arena.bytes.push(length);
            arena.bytes.extend_from_slice(name.as_bytes());
            arena.next = number + 1;
        }
    }

    /// The name of a person, if it is known.
    pub fn get(&self, key: ImdbKey) -> Option<&str> {
        let arena = &self.arenas[usize::from(key.has_eight_digits())];
        let number = key.number();
        let start = *arena.blocks.get((number / BLOCK) as usize)?;
        let mut rest = arena.bytes.get(start as usize..)?;
        for _ in 0..number % BLOCK {
            let (length, after) = rest.split_first()?;
            rest = after.get(usize::from(*length)..)?;
        }
        let (length, rest) = rest.split_first()?;
        let name = rest.get(..usize::from(*length))?;
        str::from_utf8(name).ok().filter(|name| !name.is_empty())
    }
}

impl Arena {
    /// Adds empty names up to a number of the current block.
    fn pad_to(&mut self, number: u32) {
        let missing = number.saturating_sub(self.next) as usize;
        self.bytes.resize(self.bytes.len() + missing, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> ImdbKey {
        ImdbKey::from_number(number)
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        let mut numbers: Vec<u32> = (0..40)
            .chain([
                100, 101, 117, 1_000, 1_000_000, 9_999_999, 10_000_000, 10_000_015, 99_999_999,
            ])
            .filter(|number| number % 5 != 3)
            .collect();
        numbers.sort_by_key(|number| key(*number));
        let mut names = PeopleNames::new();
        for number in &numbers {
            names.add(key(*number), &format!("Ann {number}"));
        }
        for number in (0..2_000)
            .chain(9_999_990..10_000_040)
            .chain([1_000_000, 99_999_999])
        {
            let expected = numbers.contains(&number).then(|| format!("Ann {number}"));
            assert_eq!(names.get(key(number)), expected.as_deref(), "{number}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut names = PeopleNames::new();
        names.most_bytes = 300;
        names.add(key(1), &"n".repeat(256));
        names.add(key(2), &"n".repeat(255));
        names.add(key(2), "second");
        names.add(key(3), &"n".repeat(30));
        names.add(key(4), "");
        names.add(key(5), "Ann");
        let found: Vec<Option<usize>> = (0..6)
            .map(|number| names.get(key(number)).map(str::len))
            .collect();
        assert_eq!(found, [None, None, Some(255), None, None, Some(3)]);
    }
}
