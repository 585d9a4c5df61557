//! The index of the row cache: from the hash of a name to an offset in the ring.

use super::ring::RingOffset;

/// Slots of the smallest index.
const FEWEST_SLOTS: usize = 1_024;

/// A hash table with open addressing and linear probing. A slot has 8 bytes, so eight of
/// them share a cache line, and its 32 bits of hash nearly always decide whether the row has
/// to be read.
pub(super) struct Index {
    /// The number of slots is a power of two, or zero.
    slots: Vec<Slot>,
    used: usize,
    most_slots: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    /// `None` in an empty slot.
    place: Option<RingOffset>,
}

impl Index {
    /// An empty index of at most this many bytes.
    pub fn new(bound: usize) -> Index {
        let fitting = bound / size_of::<Slot>();
        let most_slots = match fitting {
            0 => 0,
            _ => 1 << fitting.ilog2(),
        };
        Index {
            slots: vec![Slot::default(); FEWEST_SLOTS.min(most_slots)],
            used: 0,
            most_slots,
        }
    }

    /// The bytes that it takes.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    /// The number of rows in it.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is room for one more row.
    pub fn has_room(&self) -> bool {
        self.used < fullest(self.most_slots)
    }

    /// Reads a slot of the cache line where the search for this hash begins, to prefetch it.
    pub fn touch(&self, hash: u32) -> u32 {
        let slot = self.slots.get(self.home(hash));
        slot.map_or(0, |slot| slot.hash)
    }

    /// The slot and the offset of the row of this hash for which `is_it` holds.
    pub fn find(
        &self,
        hash: u32,
        is_it: impl Fn(RingOffset) -> bool,
    ) -> Option<(usize, RingOffset)> {
        let mut at = self.home(hash);
        loop {
            let slot = self.slots.get(at)?;
            let place = slot.place?;
            if slot.hash == hash && is_it(place) {
                return Some((at, place));
            }
            at = self.behind(at);
        }
    }

    /// Inserts a new row. There has to be room.
    pub fn insert(&mut self, hash: u32, place: RingOffset) {
        if self.used >= fullest(self.slots.len()) {
            self.grow();
        }
        self.put(Slot {
            hash,
            place: Some(place),
        });
        self.used += 1;
    }

    /// Notes that a row has moved.
    pub fn replace(&mut self, hash: u32, old: RingOffset, new: RingOffset) {
        if let Some((at, _)) = self.find(hash, |place| place == old) {
            self.slots[at].place = Some(new);
        }
    }

    /// Removes the row at this offset.
    pub fn remove(&mut self, hash: u32, old: RingOffset) {
        let Some((mut hole, _)) = self.find(hash, |place| place == old) else {
            return;
        };
        self.used -= 1;
        // Later slots move up, unless that would be before their home slot, so that a search can
        // stop at the first empty slot.
        let mut at = self.behind(hole);
        while self.slots[at].place.is_some() {
            let home = self.home(self.slots[at].hash);
            if self.distance(home, at) >= self.distance(hole, at) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = self.behind(at);
        }
        self.slots[hole] = Slot::default();
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        *self = Index::new(self.most_slots * size_of::<Slot>());
    }

    fn grow(&mut self) {
        let larger = vec![Slot::default(); self.slots.len() * 2];
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot.place.is_some() {
                self.put(slot);
            }
        }
    }

    fn put(&mut self, slot: Slot) {
        let mut at = self.home(slot.hash);
        while self.slots[at].place.is_some() {
            at = self.behind(at);
        }
        self.slots[at] = slot;
    }

    fn home(&self, hash: u32) -> usize {
        hash as usize & self.slots.len().wrapping_sub(1)
    }

    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// The steps of a search from one slot to another.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.slots.len() - 1)
    }
}

/// The number of slots that may be in use: three quarters, at which a search takes 2.5 steps
/// on average, mostly within one cache line.
fn fullest(slots: usize) -> usize {
    slots / 4 * 3
}
