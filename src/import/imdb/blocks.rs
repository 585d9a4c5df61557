//! Hashes of the rows of the files, by which an import of a newer set passes over records that it
//! would not change.
//!
//! The rows of some consecutive ids are a block. A block has one hash of all that its records are
//! made of. If a catalogue has the same hash from its last import, its records are as that import
//! left them, and the rows need not be read one by one. Blocks begin at ids that a hash chooses, so
//! that new and removed ids change only their own block. Some blocks are stored in one row, a chunk.

use super::error::ImdbError;
use super::faults::Faults;
use super::ids::ImdbKey;
use super::table::Table;
use crate::config::limits;
use crate::search::postings::{push_number, take_number};

/// The number of ids in an average block of titles, and of people. They are powers of two.
pub(super) const TITLES_PER_BLOCK: u32 = 2;
pub(super) const PEOPLE_PER_BLOCK: u32 = 8;
/// How many times as long as the average a block may be.
const LONGEST_BLOCK: u32 = 8;
/// The number of blocks in an average chunk.
const BLOCKS_PER_CHUNK: u32 = 64;
/// Bytes of a stored hash. Two different blocks have the same hash once in 2^40 times.
const HASH_BYTES: usize = 5;

/// An odd factor with as many ones as zeros.
const FACTOR: u64 = 0xa5a3_56a3_7b1d_9f65;

/// A hash of rows. It does not resist attacks: a file that is made to have the hash of another one
/// could as well have any other content.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowHash(u64);

impl RowHash {
    pub fn new() -> RowHash {
        RowHash(0x9e37_79b9_7f4a_7c15)
    }

    pub fn number(&mut self, number: u64) {
        let wide = u128::from(self.0 ^ number) * u128::from(FACTOR);
        self.0 = (wide >> 64) as u64 ^ wide as u64 ^ number.rotate_left(23);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        self.number(bytes.len() as u64);
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.number(u64::from_le_bytes(last));
    }

    pub fn finish(mut self) -> u64 {
        self.number(0);
        self.0
    }
}

/// A number that differs at random from one id to the next.
fn spread(key: ImdbKey) -> u32 {
    key.number().wrapping_mul(0x9e37_79b1) >> 8
}

/// What is known of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockHash {
    pub hash: u64,
    /// A number that the rows do not show before they are read one by one.
    pub extra: u64,
}

/// Rows of stored hashes: the first id of each, and its bytes.
pub type HashChunks = Vec<(ImdbKey, Vec<u8>)>;

/// The hashes of the last import, and those of this one, both in the order of the ids.
#[derive(Default)]
pub(super) struct Blocks {
    ids_per_block: u32,
    stored: HashChunks,
    /// The chunk of the next stored block, and its place there.
    chunk: usize,
    at: usize,
    next: Option<(ImdbKey, BlockHash)>,
    /// The chunk that is being made: its first and last id, and the number of its blocks.
    new: Vec<u8>,
    ends: Option<(ImdbKey, ImdbKey)>,
    count: usize,
    /// The first stored chunk that may begin with the next id.
    compared: usize,
}

/// Receives the chunks to store, or to remove when they are empty.
type StoreChunk<'s, E> = &'s mut dyn FnMut(ImdbKey, &[u8]) -> Result<(), E>;

impl Blocks {
    /// `stored` has the hashes of the last import.
    pub fn new(stored: HashChunks, ids_per_block: u32) -> Blocks {
        let mut blocks = Blocks {
            ids_per_block,
            stored,
            ..Blocks::default()
        };
        blocks.advance();
        blocks
    }

    /// Reads the next stored block. Damaged bytes have none.
    fn advance(&mut self) {
        let before = self.next.take();
        while let Some((first, bytes)) = self.stored.get(self.chunk) {
            let mut at = self.at;
            let key = match before {
                Some((key, _)) if self.at > 0 => key,
                _ => *first,
            };
            let block = (|| {
                let distance = u32::try_from(take_number(bytes, &mut at)?).ok()?;
                let hash = bytes.get(at..)?.first_chunk::<HASH_BYTES>()?;
                at += HASH_BYTES;
                let extra = take_number(bytes, &mut at)?;
                let key = ImdbKey::from_order(key.order().checked_add(distance)?);
                let mut wide = [0; 8];
                wide[..HASH_BYTES].copy_from_slice(hash);
                let hash = u64::from_le_bytes(wide);
                Some((key, BlockHash { hash, extra }))
            })();
            if block.is_some() {
                self.at = at;
                self.next = block;
                return;
            }
            self.chunk += 1;
            self.at = 0;
        }
    }

    /// Begins the next block of a table. Returns the id after it.
    pub fn fill(&self, table: &mut Table, faults: &mut Faults<'_>) -> Result<ImdbKey, ImdbError> {
        let is_start = |key| spread(key).is_multiple_of(self.ids_per_block);
        table.fill_some(
            is_start,
            (self.ids_per_block * LONGEST_BLOCK) as usize,
            faults,
        )
    }

    /// The stored hash of the block that begins with an id. Ids ascend.
    pub fn stored(&mut self, first: ImdbKey) -> Option<BlockHash> {
        while let Some((key, _)) = self.next
            && key < first
        {
            self.advance();
        }
        self.next
            .filter(|(key, _)| *key == first)
            .map(|(_, block)| block)
    }

    /// The part of a hash that is stored.
    pub fn shortened(hash: u64) -> u64 {
        hash & (u64::MAX >> (64 - 8 * HASH_BYTES))
    }

    /// Adds the hash of a block. Ids ascend.
    pub fn add<E>(
        &mut self,
        first: ImdbKey,
        block: BlockHash,
        store: StoreChunk<'_, E>,
    ) -> Result<(), E> {
        let begins = spread(first).is_multiple_of(BLOCKS_PER_CHUNK * self.ids_per_block);
        if begins || self.count >= limits::MAX_IMDB_BLOCKS_PER_CHUNK {
            self.end_chunk(store)?;
        }
        let (start, last) = self.ends.unwrap_or((first, first));
        push_number(&mut self.new, u64::from(first.order() - last.order()));
        self.new
            .extend_from_slice(&block.hash.to_le_bytes()[..HASH_BYTES]);
        push_number(&mut self.new, block.extra);
        self.ends = Some((start, first));
        self.count += 1;
        Ok(())
    }

    /// Compares the chunk that was made with the stored one.
    fn end_chunk<E>(&mut self, store: StoreChunk<'_, E>) -> Result<(), E> {
        let Some((first, _)) = self.ends.take() else {
            return Ok(());
        };
        self.remove_before(first, store)?;
        let stored = self.stored.get(self.compared);
        let stored = stored.filter(|(key, _)| *key == first);
        if stored.is_none_or(|(_, bytes)| *bytes != self.new) {
            store(first, &self.new)?;
        }
        self.compared += usize::from(stored.is_some());
        self.new.clear();
        self.count = 0;
        Ok(())
    }

    fn remove_before<E>(&mut self, first: ImdbKey, store: StoreChunk<'_, E>) -> Result<(), E> {
        while let Some((key, _)) = self.stored.get(self.compared)
            && *key < first
        {
            store(*key, &[])?;
            self.compared += 1;
        }
        Ok(())
    }

    /// Ends the last chunk, and removes the stored chunks after it.
    pub fn finish<E>(mut self, store: StoreChunk<'_, E>) -> Result<(), E> {
        self.end_chunk(store)?;
        self.remove_before(ImdbKey::END, store)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    fn key(number: u32) -> ImdbKey {
        ImdbKey::from_number(number)
    }

    fn block(number: u32, seed: u64) -> BlockHash {
        let mut hash = RowHash::new();
        hash.number(u64::from(number));
        hash.number(seed);
        BlockHash {
            hash: Blocks::shortened(hash.finish()),
            extra: u64::from(number % 300),
        }
    }

    /// Stores the blocks of these numbers, and returns how many chunks were written.
    fn store(table: &mut BTreeMap<ImdbKey, Vec<u8>>, numbers: &[(u32, u64)]) -> usize {
        let stored = table.clone().into_iter().collect();
        let mut blocks = Blocks::new(stored, 2);
        let mut written = 0;
        let mut write = |first: ImdbKey, bytes: &[u8]| {
            written += 1;
            match bytes {
                [] => drop(table.remove(&first)),
                bytes => drop(table.insert(first, bytes.to_vec())),
            }
            Ok::<(), Infallible>(())
        };
        for (number, seed) in numbers {
            let Ok(()) = blocks.add(key(*number), block(*number, *seed), &mut write);
        }
        let Ok(()) = blocks.finish(&mut write);
        written
    }

    #[test]
    fn blocks_come_back_and_only_changed_chunks_are_written() {
        let mut numbers: Vec<(u32, u64)> = (1..20_000)
            .chain(9_000_000..9_010_000)
            .chain(10_000_000..10_020_000)
            .map(|number| (number * 3 % 30_000_000, 0))
            .collect();
        numbers.sort_by_key(|(number, _)| key(*number));
        numbers.dedup();
        let mut table = BTreeMap::new();
        let all = store(&mut table, &numbers);
        assert!(all > 100 && all == table.len(), "{all}");
        assert!(table.values().all(|bytes| bytes.len() < 1_300));
        assert_eq!(store(&mut table, &numbers), 0);
        let mut blocks = Blocks::new(table.clone().into_iter().collect(), 2);
        for (number, seed) in &numbers {
            assert_eq!(blocks.stored(key(*number)), Some(block(*number, *seed)));
        }
        assert_eq!(blocks.stored(ImdbKey::END), None);
        // One block differs, one is gone, and one is new.
        numbers[100].1 = 1;
        numbers.remove(5_000);
        numbers.insert(10_000, (numbers[10_000].0 - 1, 0));
        let written = store(&mut table, &numbers);
        assert!((1..20).contains(&written), "{written}");
        let mut fresh = BTreeMap::new();
        store(&mut fresh, &numbers);
        assert_eq!(table, fresh);
        numbers.truncate(10);
        store(&mut table, &numbers);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn damaged_hashes_are_unknown() {
        let chunks = [(key(7), vec![0, 1, 2]), (key(9), vec![0xff; 40])];
        let mut blocks = Blocks::new(chunks.to_vec(), 2);
        assert_eq!(blocks.stored(key(7)), None);
        assert_eq!(blocks.stored(key(9)), None);
    }

    #[test]
    fn each_byte_and_each_length_changes_the_hash() {
        let hash = |texts: &[&[u8]]| {
            let mut hash = RowHash::new();
            texts.iter().for_each(|text| hash.bytes(text));
            hash.finish()
        };
        let text = *b"tt0000001\tmovie\tThe Kite";
        let whole = hash(&[&text]);
        for place in 0..text.len() {
            let mut other = text;
            other[place] ^= 1;
            assert_ne!(hash(&[&other]), whole);
            assert_ne!(hash(&[&text[..place]]), whole);
            assert_ne!(hash(&[&text[..place], &text[place..]]), whole);
        }
    }
}
