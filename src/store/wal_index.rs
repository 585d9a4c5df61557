//! The header of the `-shm` file, mapped into memory.
//!
//! It is read once for each batch of requests. With a system call, reading it takes 8 % of the CPU
//! time of a single request, and 12 % of a request in a pipeline of 16 (medians of five pairs with
//! Redis). With a memory map, its time cannot be measured.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use memmap2::{Mmap, MmapOptions};

/// 64-bit words of one copy of the header (<https://www.sqlite.org/walformat.html>, 2.1).
const WORDS: usize = 6;

/// The first copy of the header: as long as it is the same, nothing was committed.
pub(super) type WalIndexHeader = [u64; WORDS];

/// The header of one `-shm` file.
pub(super) struct WalIndex {
    map: Mmap,
}

impl WalIndex {
    /// Maps the header of a file that a connection in WAL mode has created.
    pub fn map(path: &Path) -> io::Result<WalIndex> {
        let file = File::open(path)?;
        // SAFETY: the file is not truncated while it is mapped. SQLite does that only when
        // no connection to the database is open, and the writer's connection is open for
        // as long as `Invalidations`, which has the map.
        let map = unsafe {
            MmapOptions::new()
                .len(size_of::<WalIndexHeader>())
                .map(&file)?
        };
        // Closing it would drop the locks that SQLite holds on it in this
        // process (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
        std::mem::forget(file);
        Ok(WalIndex { map })
    }

    /// The number of pages in the WAL.
    pub fn wal_pages(&self) -> u32 {
        // `mxFrame`, the fifth 32-bit number, in the machine's own order of bytes.
        let [a, b, c, d, ..] = self.header()[2].to_ne_bytes();
        u32::from_ne_bytes([a, b, c, d])
    }

    /// The header now. While SQLite changes it, its words may not belong together; then it
    /// differs from every header before and after.
    pub fn header(&self) -> WalIndexHeader {
        let words = self.map.as_ptr().cast::<AtomicU64>();
        fence(Ordering::Acquire);
        // SAFETY: a map begins at a page, so its words are aligned, and it has the bytes of
        // a header. Other processes write them, so they are read as atomics.
        std::array::from_fn(|word| unsafe { &*words.add(word) }.load(Ordering::Relaxed))
    }
}
