//! Encoded rows by name, in bounded memory. Each worker has its own, without a lock.

mod cached_documents;
mod cached_rows;
mod form;
mod index;
mod ring;

use std::hash::BuildHasher;
use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hashbrown::DefaultHashBuilder;

pub(super) use self::cached_documents::DocumentEncoding;
pub(super) use self::cached_rows::CachedRows;
use self::form::{CachedForm, PostcardForm};
use self::index::Index;
use self::ring::{Ring, RingOffset};
use crate::config::limits;
use crate::metrics::CacheCounts;

/// Bytes of the buffer for answers.
const ANSWERS_BYTES: usize = 16 * 1024;
/// The part of the memory that the index may take: an eighth, so that rows of 48 bytes fill
/// ring and index at the same time.
const INDEX_SHARE: usize = 8;

/// Cached rows, in a ring buffer. The oldest row is evicted first. A row that was read since it was
/// inserted is inserted again instead (FIFO with reinsertion, with the hit rate of CLOCK).
///
/// A look-up spends most of its time in two cache misses of the processor: one for the index, one
/// for the row. So there are no pointers between them, the index has eight slots in a cache line,
/// and [`RowCache::look_ahead`] prefetches several rows at once.
pub(super) struct RowCache<F = PostcardForm> {
    hasher: DefaultHashBuilder,
    index: Index,
    ring: Ring,
    /// The buffer for answers. Its memory is used again when the answers are sent, so that an
    /// answer needs no allocation of its own.
    answers: BytesMut,
    counts: Arc<CacheCounts>,
    /// The bytes of this cache in its counters, which several caches may share.
    counted: u64,
    form: PhantomData<F>,
}

impl<F: CachedForm> RowCache<F> {
    /// An empty cache of at most `bound` bytes, counted by `counts`. With 0 bytes it caches
    /// nothing.
    pub fn new(bound: usize, counts: Arc<CacheCounts>) -> RowCache<F> {
        let index = Index::new(bound / INDEX_SHARE);
        let ring = Ring::new(bound - bound / INDEX_SHARE);
        RowCache {
            hasher: DefaultHashBuilder::default(),
            index,
            ring,
            answers: BytesMut::new(),
            counts,
            counted: 0,
            form: PhantomData,
        }
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.counted == 0
    }

    /// The row of that name, if it is cached.
    pub fn get(&mut self, name: &str) -> Option<Bytes> {
        let Some(place) = self.find(self.hash(name), name) else {
            self.counts.misses.add(1);
            return None;
        };
        self.counts.hits.add(1);
        self.ring.note_asked(place);
        let row = self.ring.row(place);
        if self.answers.capacity() < row.len() {
            self.answers.reserve(ANSWERS_BYTES.max(row.len()));
        }
        self.answers.extend_from_slice(row);
        Some(self.answers.split().freeze())
    }

    /// Prefetches the rows of these names. Returns the number of names.
    ///
    /// In three rounds of loads, of which none depends on another of its round.
    pub fn look_ahead<'a>(&self, names: impl Iterator<Item = &'a [u8]>) -> usize {
        let mut hashes = [0; limits::LOOK_AHEAD];
        let mut number = 0;
        for (hash, name) in hashes.iter_mut().zip(names) {
            *hash = self.hasher.hash_one(name) as u32;
            number += 1;
        }
        let touched = (hashes[..number].iter()).fold(0, |sum, &hash| sum ^ self.index.touch(hash));
        black_box(touched);
        let places = hashes[..number].iter().filter_map(|&hash| {
            let (_, place) = self.index.find(hash, |_| true)?;
            Some(self.ring.touch(place))
        });
        black_box(places.fold(0, |sum, touched| sum ^ touched));
        number
    }

    /// Caches a row, in place of an older one of that name.
    pub fn insert(&mut self, name: &str, row: &[u8]) {
        self.remove(name);
        if F::name(row) != Some(name.as_bytes()) || !self.ring.may_hold(row) {
            return;
        }
        let mut may_keep_on = limits::MAX_ROWS_KEPT_ON;
        while !self.ring.has_room(row) || !self.index.has_room() {
            let Some(oldest) = self.ring.oldest() else {
                return;
            };
            may_keep_on = self.let_go(oldest, may_keep_on);
        }
        let hash = self.hash(name);
        let place = self.ring.push(hash, row);
        self.index.insert(hash, place);
        self.count_bytes(self.ring.bytes_used() as u64);
    }

    /// Removes the row of that name.
    pub fn remove(&mut self, name: &str) {
        let hash = self.hash(name);
        if let Some(place) = self.find(hash, name) {
            self.index.remove(hash, place);
            self.ring.forget(place);
        }
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.index.clear();
        self.ring.clear();
        self.count_bytes(0);
    }

    fn count_bytes(&mut self, bytes: u64) {
        let before = std::mem::replace(&mut self.counted, bytes);
        self.counts.bytes.add(bytes.wrapping_sub(before));
    }

    fn hash(&self, name: &str) -> u32 {
        self.hasher.hash_one(name.as_bytes()) as u32
    }

    fn find(&self, hash: u32, name: &str) -> Option<RingOffset> {
        let is_it = |place| F::name(self.ring.row(place)) == Some(name.as_bytes());
        self.index.find(hash, is_it).map(|(_, place)| place)
    }

    /// Removes the oldest row from the ring, or inserts it again if it was read. Returns how
    /// many more may be kept.
    fn let_go(&mut self, oldest: RingOffset, may_keep_on: usize) -> usize {
        let popped = self.ring.pop();
        if let Some(hash) = popped.hash {
            if popped.was_asked
                && may_keep_on > 0
                && let Some(place) = self.ring.push_again(oldest, hash)
            {
                self.index.replace(hash, oldest, place);
                return may_keep_on - 1;
            }
            self.index.remove(hash, oldest);
            self.counts.evictions.add(1);
        }
        may_keep_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// A row of that name with a title of this length.
    fn row(name: &str, title: usize) -> Vec<u8> {
        let fields = Fields {
            name: name.to_owned(),
            title: "x".repeat(title),
            ..Fields::default()
        };
        Movie::new(fields).unwrap().to_postcard()
    }

    /// The cached rows, counted in both parts.
    fn live(cache: &RowCache) -> usize {
        let live = cache.ring.live_rows();
        assert_eq!(live, cache.index.len());
        live
    }

    #[test]
    fn the_bound_is_kept_and_what_is_asked_for_stays() {
        const BOUND: usize = 64 * 1024;
        let mut cache: RowCache = RowCache::new(BOUND, Arc::default());
        for number in 0..10_000 {
            let name = format!("a{number}");
            cache.insert(&name, &row(&name, 90));
            assert!(cache.get("a0").is_some(), "forgotten by {number}");
        }
        assert!(cache.get("a9999").is_some());
        assert_eq!(cache.get("a5000"), None);
        assert!(cache.ring.bytes_held() + cache.index.bytes() <= BOUND);
        // Name, title, framing and place of each: at most 130 bytes.
        assert!(live(&cache) >= BOUND / 8 * 7 / 130, "{}", live(&cache));
    }

    #[test]
    fn hits_misses_and_evictions_are_counted() {
        let mut cache: RowCache = RowCache::new(2 * 1024, Arc::default());
        let counts = Arc::clone(&cache.counts);
        assert_eq!(cache.get("a"), None);
        cache.insert("a", &row("a", 100));
        assert!(cache.get("a").is_some() && cache.get("a").is_some());
        assert_eq!((counts.hits.get(), counts.misses.get()), (2, 1));
        let one = counts.bytes.get();
        assert!((100..200).contains(&one), "{one}");
        for number in 0..100 {
            let name = number.to_string();
            cache.insert(&name, &row(&name, 100));
        }
        assert_eq!(counts.evictions.get(), 101 - live(&cache) as u64);
        assert!((one..=2 * 1024).contains(&counts.bytes.get()));
        cache.clear();
        assert_eq!(counts.bytes.get(), 0);
    }

    #[test]
    fn short_rows_fill_the_index_first() {
        let mut cache: RowCache = RowCache::new(16 * 1024, Arc::default());
        for number in 0..2_000 {
            let name = number.to_string();
            cache.insert(&name, &row(&name, 1));
        }
        assert_eq!(live(&cache), 16 * 1024 / INDEX_SHARE / 8 / 4 * 3);
        assert!(cache.get("1999").is_some() && cache.get("0").is_none());
    }

    #[test]
    fn a_row_that_does_not_fit_is_not_kept() {
        let mut cache: RowCache = RowCache::new(2 * 1024, Arc::default());
        cache.insert("a", &row("a", 1_000));
        assert_eq!((cache.get("a"), live(&cache)), (None, 0));
        cache.insert("a", &row("a", 500));
        assert!(cache.get("a").is_some());
        for bound in [0, 1, 7, 8, 63, 64, 100] {
            let mut none: RowCache = RowCache::new(bound, Arc::default());
            none.insert("a", &row("a", 1));
            assert_eq!(none.look_ahead([b"a".as_slice()].into_iter()), 1);
        }
    }

    #[test]
    fn looking_ahead_takes_a_bounded_number_of_names() {
        let mut cache: RowCache = RowCache::new(64 * 1024, Arc::default());
        cache.insert("a", &row("a", 9));
        let names = std::iter::repeat_n(b"a".as_slice(), 2 * limits::LOOK_AHEAD);
        assert_eq!(cache.look_ahead(names), limits::LOOK_AHEAD);
        assert_eq!(cache.look_ahead([b"\xff".as_slice(), b"b"].into_iter()), 2);
    }

    proptest! {
        /// It never gives a row other than the last one inserted, and what it
        /// holds is the same in its two parts.
        #[test]
        fn it_is_a_map_that_forgets(
            bound in 600usize..6_000,
            steps in proptest::collection::vec((0u8..6, 0u8..40, 1usize..200), 0..300),
        ) {
            let mut cache: RowCache = RowCache::new(bound, Arc::default());
            let mut model: HashMap<String, Vec<u8>> = HashMap::new();
            for (step, name, length) in steps {
                let name = name.to_string();
                match step {
                    0..3 => {
                        let row = row(&name, length);
                        cache.insert(&name, &row);
                        model.insert(name, row);
                    }
                    3 | 4 => {
                        if let Some(row) = cache.get(&name) {
                            prop_assert_eq!(Some(&row[..]), model.get(&name).map(|row| &row[..]));
                        }
                    }
                    _ if length == 1 => cache.clear(),
                    _ => {
                        cache.remove(&name);
                        model.remove(&name);
                        prop_assert_eq!(cache.get(&name), None);
                    }
                }
                let found = (0..40).filter(|name| cache.get(&name.to_string()).is_some()).count();
                prop_assert_eq!(found, live(&cache));
            }
        }
    }
}
