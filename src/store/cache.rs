//! Encoded rows by name, in bounded memory. One worker's own, so it needs no lock.

use std::hash::BuildHasher;

use bytes::Bytes;
use hashbrown::{DefaultHashBuilder, HashTable};

/// What a row costs beside its bytes and its name: the slot, its place in the
/// table, and what the allocator adds to two blocks.
const OVERHEAD_BYTES: usize = 112;

/// Rows that were asked for. When it is full, it forgets one that has not been
/// asked for since the hand last passed it (the CLOCK algorithm).
pub(super) struct Cache {
    bound: usize,
    bytes: usize,
    hasher: DefaultHashBuilder,
    /// Places in `slots`, by the hash of the name.
    places: HashTable<usize>,
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    hand: usize,
}

struct Slot {
    name: Box<str>,
    row: Bytes,
    asked_for: bool,
}

impl Slot {
    fn cost(&self) -> usize {
        self.name.len() + self.row.len() + OVERHEAD_BYTES
    }
}

impl Cache {
    /// An empty cache of at most `bound` bytes; none at all keeps nothing.
    pub fn new(bound: usize) -> Cache {
        Cache {
            bound,
            bytes: 0,
            hasher: DefaultHashBuilder::default(),
            places: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            hand: 0,
        }
    }

    /// The row of that name, if it is here.
    pub fn get(&mut self, name: &str) -> Option<Bytes> {
        let Cache {
            hasher,
            places,
            slots,
            ..
        } = self;
        let hash = hasher.hash_one(name);
        let place = *places.find(hash, |&place| is(&slots[place], name))?;
        let slot = slots[place].as_mut()?;
        slot.asked_for = true;
        Some(slot.row.clone())
    }

    /// Keeps a row, in place of an older one of that name.
    pub fn insert(&mut self, name: &str, row: Bytes) {
        self.remove(name);
        let slot = Slot {
            name: name.into(),
            row,
            asked_for: false,
        };
        if slot.cost() > self.bound {
            return;
        }
        while self.bytes + slot.cost() > self.bound {
            self.forget_one();
        }
        self.bytes += slot.cost();
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[place] = Some(slot);
        let Cache {
            hasher,
            places,
            slots,
            ..
        } = self;
        let hash_of = |&place: &usize| {
            slots[place]
                .as_ref()
                .map_or(0, |slot| hasher.hash_one(&*slot.name))
        };
        places.insert_unique(hasher.hash_one(name), place, hash_of);
    }

    /// Forgets the row of that name.
    pub fn remove(&mut self, name: &str) {
        let Cache {
            hasher,
            places,
            slots,
            free,
            bytes,
            ..
        } = self;
        let found = places.find_entry(hasher.hash_one(name), |&place| is(&slots[place], name));
        if let Ok(entry) = found {
            let (place, _) = entry.remove();
            if let Some(slot) = slots[place].take() {
                *bytes -= slot.cost();
            }
            free.push(place);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Cache::new(self.bound);
    }

    /// Moves the hand to the next row that was not asked for since it last came by.
    fn forget_one(&mut self) {
        loop {
            let place = self.hand;
            self.hand = (self.hand + 1) % self.slots.len();
            match &mut self.slots[place] {
                None => {}
                Some(slot) if slot.asked_for => slot.asked_for = false,
                Some(slot) => {
                    let name = slot.name.clone();
                    return self.remove(&name);
                }
            }
        }
    }
}

fn is(slot: &Option<Slot>, name: &str) -> bool {
    slot.as_ref().is_some_and(|slot| *slot.name == *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn row(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    #[test]
    fn the_bound_is_kept_and_what_is_asked_for_stays() {
        let one = OVERHEAD_BYTES + 4;
        let mut cache = Cache::new(3 * one);
        for name in ["a1", "b1", "c1"] {
            cache.insert(name, row("xx"));
        }
        assert_eq!(cache.bytes, 3 * one);
        assert!(cache.get("a1").is_some() && cache.get("c1").is_some());
        cache.insert("d1", row("xx"));
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
        cache.insert("a", row("0123456789"));
        assert_eq!((cache.get("a"), cache.bytes), (None, 0));
        Cache::new(0).insert("a", row(""));
    }

    proptest! {
        /// It never gives a row other than the last one inserted, and never goes over its bound.
        #[test]
        fn it_is_a_map_that_forgets(steps in proptest::collection::vec((0u8..4, 0u8..12, 0usize..40), 0..200)) {
            let mut cache = Cache::new(6 * OVERHEAD_BYTES);
            let mut model: HashMap<String, Bytes> = HashMap::new();
            for (step, name, length) in steps {
                let name = name.to_string();
                match step {
                    0 | 1 => {
                        let row = row(&"x".repeat(length));
                        cache.insert(&name, row.clone());
                        model.insert(name, row);
                    }
                    2 => {
                        if let Some(row) = cache.get(&name) {
                            prop_assert_eq!(Some(&row), model.get(&name));
                        }
                    }
                    _ => {
                        cache.remove(&name);
                        model.remove(&name);
                        prop_assert_eq!(cache.get(&name), None);
                    }
                }
                let held: usize = cache.slots.iter().flatten().map(Slot::cost).sum();
                prop_assert_eq!(held, cache.bytes);
                prop_assert!(cache.bytes <= cache.bound);
                prop_assert_eq!(cache.places.len(), cache.slots.iter().flatten().count());
            }
        }
    }
}
