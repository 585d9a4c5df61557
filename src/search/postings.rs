//! Lists of the movies that have a word, packed into few bytes.
//!
//! A movie is a number, and the numbers of a list grow. Each is kept as the
//! distance from the one before, with one bit that says whether the title
//! begins with the word; seven bits to a byte, the lowest first, and the high
//! bit set on all bytes but the last.

/// One movie of a list, and whether its title begins with the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting(u64);

impl Posting {
    /// The largest number that a movie can have here.
    pub const MAX: u64 = u64::MAX >> 1;

    /// A movie, by its number.
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

/// Packs a list, one posting after the other.
#[derive(Debug, Default)]
pub struct Packer {
    bytes: Vec<u8>,
    last: u64,
}

impl Packer {
    /// Adds a movie behind all that are there.
    pub fn push(&mut self, posting: Posting) {
        let distance = Posting::new(posting.movie() - self.last, posting.at_start());
        push_number(&mut self.bytes, distance.0);
        self.last = posting.movie();
    }

    /// The bytes until now.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of the last movie.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Begins a new list.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.last = 0;
    }
}

/// Unpacks a list from its beginning.
#[derive(Debug, Default)]
pub struct Unpacker {
    at: usize,
    last: u64,
}

impl Unpacker {
    /// The next posting of the bytes, which are the same at every call.
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

/// Takes the number that begins at `at`, and moves `at` behind it. `None` at
/// the end, and for bytes that are no number.
#[inline]
pub fn take_number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let first = *bytes.get(*at)?;
    *at += 1;
    // Most are this short.
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

        /// Other programs can write to the file.
        #[test]
        fn any_bytes_are_some_list(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut unpacker = Unpacker::default();
            let number = std::iter::from_fn(|| unpacker.next(&bytes)).count();
            prop_assert!(number <= bytes.len());
        }
    }
}
