//! Posting lists: the movies that have a term, as packed bytes.
//!
//! A movie is a number, and the numbers of a list increase. Each posting is stored as the distance
//! from the one before, shifted left by one bit that says whether a title begins with the word. The
//! result is a LEB128 number: seven bits in a byte, the lowest first, and the high bit set on all
//! bytes except the last.

/// A movie of a list, and whether its title begins with the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting(u64);

impl Posting {
    /// The largest number that a movie can have here.
    pub const MAX: u64 = u64::MAX >> 1;

    /// The posting of the movie with this number.
    pub fn new(movie: u64, at_start: bool) -> Posting {
        Posting(movie << 1 | u64::from(at_start))
    }

    /// The movie's number.
    pub fn movie(self) -> u64 {
        self.0 >> 1
    }

    /// Whether its title begins with the word.
    pub fn at_start(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Encodes a list, posting by posting.
#[derive(Debug, Default)]
pub struct Packer {
    bytes: Vec<u8>,
    last: u64,
}

impl Packer {
    /// Appends a posting. Its movie is not smaller than the last one.
    pub fn push(&mut self, posting: Posting) {
        let distance = Posting::new(posting.movie() - self.last, posting.at_start());
        push_number(&mut self.bytes, distance.0);
        self.last = posting.movie();
    }

    /// The encoded bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of the last movie.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Starts a new list.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.last = 0;
    }
}

/// Decodes a list from its start.
#[derive(Clone, Debug, Default)]
pub struct Unpacker {
    at: usize,
    last: u64,
}

impl Unpacker {
    /// The next posting. Every call passes the same bytes.
    #[inline]
    pub fn next(&mut self, bytes: &[u8]) -> Option<Posting> {
        let distance = take_number(bytes, &mut self.at)?;
        self.last = self.last.saturating_add(distance >> 1) & Posting::MAX;
        Some(Posting(self.last << 1 | distance & 1))
    }
}

/// Appends a number.
pub fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads the number at `at` and moves `at` to its end. `None` at the end of the bytes, and for bytes
/// that are not a number.
#[inline]
pub fn take_number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let first = *bytes.get(*at)?;
    *at += 1;
    // Most numbers have one byte.
    if first < 0x80 {
        return Some(u64::from(first));
    }
    let (mut number, mut shift) = (u64::from(first & 0x7f), 7);
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
        if shift > 63 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(
            mut list in proptest::collection::vec((0..=Posting::MAX, any::<bool>()), 0..100),
        ) {
            list.sort_unstable();
            let mut packer = Packer::default();
            list.iter().for_each(|(movie, at_start)| packer.push(Posting::new(*movie, *at_start)));
            let mut unpacker = Unpacker::default();
            let unpacked: Vec<_> = std::iter::from_fn(|| unpacker.next(packer.bytes()))
                .map(|posting| (posting.movie(), posting.at_start()))
                .collect();
            prop_assert_eq!(unpacked, list);
        }

        /// Another program can write any bytes into the file.
        #[test]
        fn any_bytes_are_some_list(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut unpacker = Unpacker::default();
            let number = std::iter::from_fn(|| unpacker.next(&bytes)).count();
            prop_assert!(number <= bytes.len());
        }
    }
}
