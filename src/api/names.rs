//! Several names in the bytes of a request, without a copy and without an allocation.

use std::ops::Range;

/// An iterator over the names, in the order of the request.
#[derive(Clone, Copy, Debug)]
pub struct MovieNames<'a> {
    bytes: &'a [u8],
    spans: &'a [Range<u32>],
}

impl<'a> MovieNames<'a> {
    /// The names at these byte ranges of `bytes`.
    pub fn new(bytes: &'a [u8], spans: &'a [Range<u32>]) -> MovieNames<'a> {
        MovieNames { bytes, spans }
    }
}

impl<'a> Iterator for MovieNames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (span, rest) = self.spans.split_first()?;
        self.spans = rest;
        Some(&self.bytes[span.start as usize..span.end as usize])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.spans.len(), Some(self.spans.len()))
    }
}

impl ExactSizeIterator for MovieNames<'_> {}
