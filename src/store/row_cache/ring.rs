//! Rows one behind the other in one piece of memory, the newest in place of the oldest.

use std::num::NonZeroU32;

use memmap2::{Advice, MmapMut};

/// What stands before a row: the hash of its name and its length, 4 bytes each.
const HEADER_BYTES: usize = 8;
/// Entries begin at multiples of this.
const UNIT_BYTES: usize = 8;
/// In the length: the row was asked for since it was laid down.
const ASKED: u32 = 1 << 31;
/// In the length: nobody asks for what lies here any more.
const FORGOTTEN: u32 = 1 << 30;

/// Where a row lies: its unit, counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RingOffset(NonZeroU32);

/// A row that has left the ring.
pub(super) struct Popped {
    /// The hash of its name; `None` for one that was forgotten before.
    pub hash: Option<u32>,
    /// Whether it was asked for since it was laid down.
    pub was_asked: bool,
}

/// A piece of memory of fixed size. The operating system gives it page by page
/// as it is first written to, in large pages where it can: rows are asked for
/// in no order, and with small pages each of them would miss the processor's
/// list of pages, too.
pub(super) struct Ring {
    memory: Option<MmapMut>,
    /// Bytes laid down since the beginning, skipped ones included.
    head: usize,
    /// Bytes taken out since.
    tail: usize,
}

impl Ring {
    /// An empty ring of at most so many bytes.
    pub fn new(bound: usize) -> Ring {
        let bytes = bound.min(u32::MAX as usize * UNIT_BYTES) / UNIT_BYTES * UNIT_BYTES;
        let memory = match bytes {
            0 => None,
            _ => MmapMut::map_anon(bytes)
                .inspect_err(|error| tracing::warn!(%error, "there is no memory for the cache"))
                .ok(),
        };
        if let Some(memory) = &memory {
            // Only a wish: without large pages the ring works as well, if slower.
            #[cfg(target_os = "linux")]
            let _ = memory.advise(Advice::HugePage);
        }
        let (head, tail) = (0, 0);
        Ring { memory, head, tail }
    }

    /// Whether a row is short enough to be laid down at all.
    pub fn may_hold(&self, row: &[u8]) -> bool {
        entry_bytes(row.len()) <= self.capacity() / 2
    }

    /// Whether a row can be laid down without taking another out.
    pub fn has_room(&self, row: &[u8]) -> bool {
        let bytes = entry_bytes(row.len());
        self.head + self.skipped_for(bytes) + bytes - self.tail <= self.capacity()
    }

    /// Lays a row down; there has to be room.
    pub fn push(&mut self, hash: u32, row: &[u8]) -> RingOffset {
        let at = self.advance(entry_bytes(row.len()));
        self.bytes_mut()[at + HEADER_BYTES..][..row.len()].copy_from_slice(row);
        self.set_header(at, hash, row.len() as u32);
        place_at(at)
    }

    /// Lays a row down anew that was popped a moment ago, if there is room.
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

    /// The row that has been here for longest.
    pub fn oldest(&self) -> Option<RingOffset> {
        (self.tail < self.head).then(|| place_at(self.tail % self.capacity()))
    }

    /// Takes the oldest row out; there has to be one.
    pub fn pop(&mut self) -> Popped {
        let (hash, length) = self.header(self.tail % self.capacity());
        self.tail += entry_bytes((length & !(ASKED | FORGOTTEN)) as usize);
        Popped {
            hash: (length & FORGOTTEN == 0).then_some(hash),
            was_asked: length & ASKED != 0,
        }
    }

    /// The bytes between the oldest row and the newest, forgotten ones included.
    pub fn bytes_used(&self) -> usize {
        self.head - self.tail
    }

    /// The row at that place.
    pub fn row(&self, place: RingOffset) -> &[u8] {
        let at = place.at();
        let (_, length) = self.header(at);
        &self.bytes()[at + HEADER_BYTES..][..(length & !(ASKED | FORGOTTEN)) as usize]
    }

    /// Something of each line that a usual row takes, read to have them brought in.
    pub fn touch(&self, place: RingOffset) -> u32 {
        const LINE_BYTES: usize = 64;
        let at = place.at();
        let next = self.bytes().get(at + LINE_BYTES);
        self.header(at).0 ^ u32::from(next.copied().unwrap_or(0))
    }

    /// Notes that the row was asked for.
    pub fn note_asked(&mut self, place: RingOffset) {
        let at = place.at();
        let (hash, length) = self.header(at);
        // Writing what stands there already would cost a line written back.
        if length & ASKED == 0 {
            self.set_header(at, hash, length | ASKED);
        }
    }

    /// Notes that nobody asks for the row any more. Its bytes are free when it
    /// is the oldest.
    pub fn forget(&mut self, place: RingOffset) {
        let at = place.at();
        let (hash, length) = self.header(at);
        self.set_header(at, hash, length | FORGOTTEN);
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        (self.head, self.tail) = (0, 0);
    }

    /// The rows that were not forgotten, counted one by one.
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

    /// The bytes that it may take.
    #[cfg(test)]
    pub fn bytes_held(&self) -> usize {
        self.capacity()
    }

    fn capacity(&self) -> usize {
        self.bytes().len()
    }

    /// The bytes that stay free at the end of the memory because an entry of
    /// this length does not fit there.
    fn skipped_for(&self, bytes: usize) -> usize {
        match self.capacity() - self.head % self.capacity() {
            rest if bytes > rest => rest,
            _ => 0,
        }
    }

    /// Takes room for an entry; gives where it begins.
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

/// What a row of so many bytes takes in the ring.
fn entry_bytes(row: usize) -> usize {
    (HEADER_BYTES + row).next_multiple_of(UNIT_BYTES)
}
