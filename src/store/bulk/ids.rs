//! The ids of the movies that an import adds.
//!
//! Ids are given in order and never twice: every id of a catalogue is below the next one. A
//! movie of an export keeps its id where no other movie has or may have had it, so that an
//! export that is imported into an empty catalogue gives the same catalogue.

use std::collections::BTreeMap;

use crate::config::limits;

/// Ids of one block: one bit of 8 KiB each.
const IDS_PER_BLOCK: u64 = 1 << 16;
const WORDS_PER_BLOCK: usize = IDS_PER_BLOCK as usize / u64::BITS as usize;

/// Assigns ids.
pub(super) struct Ids {
    /// Lower ids belong to existing movies.
    free_from: u64,
    /// The first id that was given in order.
    first: u64,
    next: u64,
    kept: Kept,
}

impl Ids {
    /// For a catalogue with this number of movies and this next id.
    pub fn new(movies: u64, next: u64) -> Ids {
        Ids {
            free_from: if movies == 0 { 1 } else { next },
            first: next,
            next,
            kept: Kept::default(),
        }
    }

    /// The id of a movie that is added: its own if that is free, else the next one.
    pub fn give(&mut self, own: Option<u64>) -> u64 {
        if let Some(own) = own
            && own >= self.free_from
            && own <= limits::MAX_KEPT_ID
            && !(self.first..self.next).contains(&own)
            && self.kept.insert(own)
        {
            return own;
        }
        while self.kept.contains(self.next) {
            self.next += 1;
        }
        self.next += 1;
        self.next - 1
    }

    /// The next id, above all others.
    pub fn next(&self) -> u64 {
        self.next.max(self.kept.highest + 1)
    }
}

/// The ids that movies have kept.
#[derive(Default)]
struct Kept {
    blocks: BTreeMap<u64, Box<[u64; WORDS_PER_BLOCK]>>,
    highest: u64,
}

impl Kept {
    fn contains(&self, id: u64) -> bool {
        let block = self.blocks.get(&(id / IDS_PER_BLOCK));
        block.is_some_and(|block| {
            let (word, bit) = place(id);
            block[word] & bit != 0
        })
    }

    /// Inserts an id; returns whether it is new. Ids that are so far apart that they need more
    /// blocks than the limit are not kept.
    fn insert(&mut self, id: u64) -> bool {
        let number = id / IDS_PER_BLOCK;
        if self.blocks.len() == limits::MAX_KEPT_ID_BLOCKS && !self.blocks.contains_key(&number) {
            return false;
        }
        let empty = || Box::new([0; WORDS_PER_BLOCK]);
        let block = self.blocks.entry(number).or_insert_with(empty);
        let (word, bit) = place(id);
        let is_new = block[word] & bit == 0;
        block[word] |= bit;
        self.highest = self.highest.max(id);
        is_new
    }
}

/// The word of a block, and the bit in it.
fn place(id: u64) -> (usize, u64) {
    let place = id % IDS_PER_BLOCK;
    let bits = u64::from(u64::BITS);
    ((place / bits) as usize, 1 << (place % bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movies_without_an_id_get_the_next_ones() {
        let mut ids = Ids::new(3, 4);
        assert_eq!([ids.give(None), ids.give(None), ids.next()], [4, 5, 6]);
    }

    #[test]
    fn an_id_is_kept_where_it_is_free() {
        let mut ids = Ids::new(3, 4);
        let given = [Some(9), Some(9), Some(3), Some(5), None, Some(8), None];
        let got: Vec<u64> = given.into_iter().map(|own| ids.give(own)).collect();
        // 9 twice, 3 is below the next, 5 was given to the one before; 6 to 8 follow.
        assert_eq!(got, [9, 4, 5, 6, 7, 8, 10]);
        assert_eq!(ids.next(), 11);
    }

    #[test]
    fn a_catalogue_without_movies_takes_every_id() {
        let mut ids = Ids::new(0, 4);
        let given = [Some(1), Some(3), None, Some(70_000), Some(4)];
        let got: Vec<u64> = given.into_iter().map(|own| ids.give(own)).collect();
        assert_eq!(got, [1, 3, 4, 70_000, 5]);
        assert_eq!(ids.next(), 70_001);
    }

    #[test]
    fn ids_beyond_the_bounds_are_not_kept() {
        let mut ids = Ids::new(0, 1);
        assert_eq!(ids.give(Some(limits::MAX_KEPT_ID + 1)), 1);
        assert_eq!(ids.give(Some(limits::MAX_KEPT_ID)), limits::MAX_KEPT_ID);
        for block in 1..limits::MAX_KEPT_ID_BLOCKS as u64 {
            let id = block * IDS_PER_BLOCK;
            assert_eq!(ids.give(Some(id)), id);
        }
        let beyond = limits::MAX_KEPT_ID_BLOCKS as u64 * IDS_PER_BLOCK;
        assert_eq!(ids.give(Some(beyond)), 2);
        assert_eq!(
            ids.give(Some(beyond - IDS_PER_BLOCK + 1)),
            beyond - IDS_PER_BLOCK + 1
        );
    }
}
