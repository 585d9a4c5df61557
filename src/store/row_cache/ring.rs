//! A ring buffer of rows. The newest overwrite the oldest.

use std::num::NonZeroU32;

use memmap2::{Advice, MmapMut};

/// The head of an entry: the hash of its name and its length, 4 bytes each.
const HEADER_BYTES: usize = 8;
/// Entries begin at multiples of this.
const UNIT_BYTES: usize = 8;
/// Flag in the length: the row was read since it was inserted.
const ASKED: u32 = 1 << 31;
/// Flag in the length: the row was removed.
const FORGOTTEN: u32 = 1 << 30;

/// The offset of a row in units, counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RingOffset(NonZeroU32);

/// A row that has left the ring.
pub(super) struct Popped {
    /// The hash of its name; `None` for a removed row.
    pub hash: Option<u32>,
    /// Whether it was read since it was inserted.
    pub was_asked: bool,
}

/// Memory of a fixed size. The operating system allocates its pages at the first write, in
/// large pages where possible: rows are read in no order, and with small pages each read would
/// miss the TLB too.
pub(super) struct Ring {
    memory: Option<MmapMut>,
    /// Bytes written since the beginning, skipped ones included.
    head: usize,
    /// Bytes removed since the beginning.
    tail: usize,
}

impl Ring {
    /// An empty ring of at most this many bytes.
    pub fn new(bound: usize) -> Ring {
        let bytes = bound.min(u32::MAX as usize * UNIT_BYTES) / UNIT_BYTES * UNIT_BYTES;
        let memory = match bytes {
            0 => None,
            _ => MmapMut::map_anon(bytes)
                .inspect_err(|error| tracing::warn!(%error, "there is no memory for the cache"))
                .ok(),
        };
        if let Some(memory) = &memory {
            // A hint: without large pages the ring is slower.
            #[cfg(target_os = "linux")]
            let _ = memory.advise(Advice::HugePage);
        }
        let (head, tail) = (0, 0);
        Ring { memory, head, tail }
    }

    /// Whether a row is short enough for the ring.
    pub fn may_hold(&self, row: &[u8]) -> bool {
        entry_bytes(row.len()) <= self.capacity() / 2
    }

    /// Whether a row fits without removing another.
    pub fn has_room(&self, row: &[u8]) -> bool {
        let bytes = entry_bytes(row.len());
        self.head + self.skipped_for(bytes) + bytes - self.tail <= self.capacity()
    }

    /// Inserts a row. There has to be room.
    pub fn push(&mut self, hash: u32, row: &[u8]) -> RingOffset {
        let at = self.advance(entry_bytes(row.len()));
        self.bytes_mut()[at + HEADER_BYTES..][..row.len()].copy_from_slice(row);
        self.set_header(at, hash, row.len() as u32);
        place_at(at)
    }

    /// Inserts a row again that was just popped, if there is room.
    pub fn push_again(&mut self, popped: RingOffset, hash: u32) -> Option<RingOffset> {
        let from = popped.at();
        let (_, length) = self.header(from);
        let length = (length & !ASKED) as usize;
        let bytes = entry_bytes(length);
        if self.head + self.skipped_for(bytes) + bytes - self.tail > self.capacity() {
            return None;
        }
        let to = self.advance(bytes);
        self.bytes_mut()
            .copy_within(from..from + HEADER_BYTES + length, to);
        self.set_header(to, hash, length as u32);
        Some(place_at(to))
    }

    /// The oldest row.
    pub fn oldest(&self) -> Option<RingOffset> {
        (self.tail < self.head).then(|| place_at(self.tail % self.capacity()))
    }

    /// Removes the oldest row. There has to be one.
    pub fn pop(&mut self) -> Popped {
        let (hash, length) = self.header(self.tail % self.capacity());
        self.tail += entry_bytes((length & !(ASKED | FORGOTTEN)) as usize);
        Popped {
            hash: (length & FORGOTTEN == 0).then_some(hash),
            was_asked: length & ASKED != 0,
        }
    }

    /// The bytes from the oldest row to the newest, removed ones included.
    pub fn bytes_used(&self) -> usize {
        self.head - self.tail
    }

    pub fn row(&self, place: RingOffset) -> &[u8] {
        let at = place.at();
        let (_, length) = self.header(at);
        &self.bytes()[at + HEADER_BYTES..][..(length & !(ASKED | FORGOTTEN)) as usize]
    }

    /// Reads from each cache line of a usual row, to prefetch them.
    pub fn touch(&self, place: RingOffset) -> u32 {
        const LINE_BYTES: usize = 64;
        let at = place.at();
        let next = self.bytes().get(at + LINE_BYTES);
        self.header(at).0 ^ u32::from(next.copied().unwrap_or(0))
    }

    /// Marks the row as read.
    pub fn note_asked(&mut self, place: RingOffset) {
        let at = place.at();
        let (hash, length) = self.header(at);
        // Writing the same value would dirty the cache line.
        if length & ASKED == 0 {
            self.set_header(at, hash, length | ASKED);
        }
    }

    /// Marks the row as removed. Its bytes are freed when it is the oldest.
    pub fn forget(&mut self, place: RingOffset) {
        let at = place.at();
        let (hash, length) = self.header(at);
        self.set_header(at, hash, length | FORGOTTEN);
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        (self.head, self.tail) = (0, 0);
    }

    /// The rows that were not removed, counted one by one.
    #[cfg(test)]
    pub fn live_rows(&self) -> usize {
        let (mut at, mut rows) = (self.tail, 0);
        while at < self.head {
            let (_, length) = self.header(at % self.capacity());
            rows += usize::from(length & FORGOTTEN == 0);
            at += entry_bytes((length & !(ASKED | FORGOTTEN)) as usize);
        }
        rows
    }

    /// Its capacity in bytes.
    #[cfg(test)]
    pub fn bytes_held(&self) -> usize {
        self.capacity()
    }

    fn capacity(&self) -> usize {
        self.bytes().len()
    }

    /// The bytes left free at the end because an entry of this length does not fit there.
    fn skipped_for(&self, bytes: usize) -> usize {
        match self.capacity() - self.head % self.capacity() {
            rest if bytes > rest => rest,
            _ => 0,
        }
    }

    /// Reserves room for an entry; returns its start.
    fn advance(&mut self, bytes: usize) -> usize {
        let skipped = self.skipped_for(bytes);
        if skipped > 0 {
            let length = (skipped - HEADER_BYTES) as u32;
            self.set_header(self.head % self.capacity(), 0, length | FORGOTTEN);
        }
        let at = (self.head + skipped) % self.capacity();
        self.head += skipped + bytes;
        at
    }

    fn header(&self, at: usize) -> (u32, u32) {
        let [a, b, c, d, e, f, g, h] = self.bytes()[at..at + HEADER_BYTES] else {
            unreachable!("the range has eight bytes");
        };
        (
            u32::from_ne_bytes([a, b, c, d]),
            u32::from_ne_bytes([e, f, g, h]),
        )
    }

    fn set_header(&mut self, at: usize, hash: u32, length: u32) {
        let header = &mut self.bytes_mut()[at..at + HEADER_BYTES];
        header[..4].copy_from_slice(&hash.to_ne_bytes());
        header[4..].copy_from_slice(&length.to_ne_bytes());
    }

    fn bytes(&self) -> &[u8] {
        self.memory.as_deref().unwrap_or_default()
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.memory.as_deref_mut().unwrap_or_default()
    }
}

impl RingOffset {
    fn at(self) -> usize {
        (self.0.get() as usize - 1) * UNIT_BYTES
    }
}

fn place_at(at: usize) -> RingOffset {
    RingOffset(NonZeroU32::MIN.saturating_add((at / UNIT_BYTES) as u32))
}

/// The bytes that a row takes in the ring.
fn entry_bytes(row: usize) -> usize {
    (HEADER_BYTES + row).next_multiple_of(UNIT_BYTES)
}
