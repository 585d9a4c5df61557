//! The buffers that the connections of a worker share.

use std::cell::RefCell;

use crate::config::limits;

/// Lends buffers to connections while they read or write, so that a silent connection
/// holds none.
#[derive(Default)]
pub(super) struct Buffers(RefCell<Vec<Vec<u8>>>);

impl Buffers {
    /// The size of a new buffer, in bytes.
    pub const BYTES: usize = 16 * 1024;
    /// How many unused buffers are kept.
    const KEPT: usize = 64;

    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let kept = self.0.borrow_mut().pop();
        kept.unwrap_or_else(|| Vec::with_capacity(Self::BYTES))
    }

    /// Takes a buffer back. One that has grown large is freed instead.
    pub fn give(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.borrow_mut();
        let usual = Self::BYTES..=limits::OUTPUT_BATCH_BYTES * 2;
        if kept.len() < Self::KEPT && usual.contains(&buffer.capacity()) {
            buffer.clear();
            kept.push(buffer);
        }
    }
}
