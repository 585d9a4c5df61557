//! Encoded rows by name, in bounded memory. One worker's own, so it needs no lock.

use std::hash::BuildHasher;

use bytes::{Bytes, BytesMut};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::movie::name_in_postcard;

/// What a row costs beside its bytes: its place in the table, which is at least
/// half full, and what the allocator adds to a block.
const OVERHEAD_BYTES: usize = 64;
/// How much room for answers is taken at once, in bytes.
const ANSWERS_BYTES: usize = 16 * 1024;

/// Rows that were asked for. When it is full, it forgets one that has not been
/// asked for since the hand last passed it (the CLOCK algorithm).
///
/// A large cache lives outside of the processor's caches, so every line of
/// memory that a look-up touches counts: the table holds the rows' addresses
/// themselves, and a row's name is read from the row, which is needed anyhow.
pub(super) struct Cache {
    bound: usize,
    bytes: usize,
    hasher: DefaultHashBuilder,
    rows: HashTable<Slot>,
    /// The bucket that is looked at next when one has to go.
    hand: usize,
    /// Where answers are copied to, one behind the other; memory that answers
    /// have left is used again, so that an answer takes no block of its own.
    answers: BytesMut,
}

struct Slot {
    row: Box<[u8]>,
    asked_for: bool,
}

impl Slot {
    fn cost(&self) -> usize {
        self.row.len() + OVERHEAD_BYTES
    }

    fn is(&self, name: &str) -> bool {
        name_in_postcard(&self.row) == Some(name.as_bytes())
    }
}

impl Cache {
    /// An empty cache of at most `bound` bytes; with none it keeps nothing.
    pub fn new(bound: usize) -> Cache {
        Cache {
            bound,
            bytes: 0,
            hasher: DefaultHashBuilder::default(),
            rows: HashTable::new(),
            hand: 0,
            answers: BytesMut::new(),
        }
    }

    /// The row of that name, if it is here.
    pub fn get(&mut self, name: &str) -> Option<Bytes> {
        let hash = self.hasher.hash_one(name.as_bytes());
        let slot = self.rows.find_mut(hash, |slot| slot.is(name))?;
        slot.asked_for = true;
        if self.answers.capacity() < slot.row.len() {
            self.answers.reserve(ANSWERS_BYTES.max(slot.row.len()));
        }
        self.answers.extend_from_slice(&slot.row);
        Some(self.answers.split().freeze())
    }

    /// Keeps a row in postcard form, in place of an older one of that name.
    pub fn insert(&mut self, name: &str, row: &[u8]) {
        self.remove(name);
        let slot = Slot {
            row: row.into(),
            asked_for: false,
        };
        if slot.cost() > self.bound || !slot.is(name) {
            return;
        }
        while self.bytes + slot.cost() > self.bound {
            self.forget_one();
        }
        self.bytes += slot.cost();
        let Cache { hasher, rows, .. } = self;
        let hash = hasher.hash_one(name.as_bytes());
        rows.insert_unique(hash, slot, |slot| {
            hasher.hash_one(name_in_postcard(&slot.row).unwrap_or_default())
        });
    }

    /// Forgets the row of that name.
    pub fn remove(&mut self, name: &str) {
        let hash = self.hasher.hash_one(name.as_bytes());
        if let Ok(found) = self.rows.find_entry(hash, |slot| slot.is(name)) {
            let (slot, _) = found.remove();
            self.bytes -= slot.cost();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Cache::new(self.bound);
    }

    /// Moves the hand to the next row that was not asked for since it last came by.
    fn forget_one(&mut self) {
        loop {
            let bucket = self.hand;
            self.hand = (bucket + 1) % self.rows.num_buckets().max(1);
            match self.rows.get_bucket_mut(bucket) {
                None => {}
                Some(slot) if slot.asked_for => slot.asked_for = false,
                Some(slot) => {
                    self.bytes -= slot.cost();
                    if let Ok(found) = self.rows.get_bucket_entry(bucket) {
                        found.remove();
                    }
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// A row of that name whose title has so many bytes.
    fn row(name: &str, title: usize) -> Vec<u8> {
        let fields = Fields {
            name: name.to_owned(),
            title: "x".repeat(title),
            ..Fields::default()
        };
        Movie::new(fields).unwrap().to_postcard()
    }

    #[test]
    fn the_bound_is_kept_and_what_is_asked_for_stays() {
        let one = OVERHEAD_BYTES + row("a1", 9).len();
        let mut cache = Cache::new(3 * one);
        for name in ["a1", "b1", "c1"] {
            cache.insert(name, &row(name, 9));
        }
        assert_eq!(cache.bytes, 3 * one);
        assert!(cache.get("a1").is_some() && cache.get("c1").is_some());
        cache.insert("d1", &row("d1", 9));
        assert_eq!(cache.bytes, 3 * one);
        assert_eq!(cache.get("b1"), None);
        assert!(
            ["a1", "c1", "d1"]
                .iter()
                .all(|name| cache.get(name).is_some())
        );
    }

    #[test]
    fn a_row_that_does_not_fit_is_not_kept() {
        let mut cache = Cache::new(OVERHEAD_BYTES + 10);
        cache.insert("a", &row("a", 10));
        assert_eq!((cache.get("a"), cache.bytes), (None, 0));
        Cache::new(0).insert("a", &row("a", 1));
    }

    proptest! {
        /// It never gives a row other than the last one inserted, and never goes over its bound.
        #[test]
        fn it_is_a_map_that_forgets(
            steps in proptest::collection::vec((0u8..4, 0u8..12, 1usize..60), 0..200),
        ) {
            let mut cache = Cache::new(6 * OVERHEAD_BYTES + 200);
            let mut model: HashMap<String, Vec<u8>> = HashMap::new();
            for (step, name, length) in steps {
                let name = name.to_string();
                match step {
                    0 | 1 => {
                        let row = row(&name, length);
                        cache.insert(&name, &row);
                        model.insert(name, row);
                    }
                    2 => {
                        if let Some(row) = cache.get(&name) {
                            prop_assert_eq!(Some(&row[..]), model.get(&name).map(|row| &row[..]));
                        }
                    }
                    _ => {
                        cache.remove(&name);
                        model.remove(&name);
                        prop_assert_eq!(cache.get(&name), None);
                    }
                }
                let held: usize = cache.rows.iter().map(Slot::cost).sum();
                prop_assert_eq!(held, cache.bytes);
                prop_assert!(cache.bytes <= cache.bound);
            }
        }
    }
}
