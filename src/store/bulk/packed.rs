//! Movies as bytes in one buffer: on their way from the reading to the writing thread, and
//! in temporary files. A movie in a batch has no memory of its own.

use crate::movie::{Genres, MovieRef, Released};

/// The lengths and flags at the beginning of each movie.
const HEAD_BYTES: usize = 11;
/// The bytes of a movie's length, its first field.
pub(super) const LENGTH_BYTES: usize = 4;

/// Flags for the numbers of a movie. The numbers follow the head in this order.
const HAS_RUNTIME: u8 = 1;
const HAS_VOTES: u8 = 2;
const HAS_RATING: u8 = 4;
const HAS_ID: u8 = 8;
/// The length of the details.
const HAS_DETAILS: u8 = 16;

/// Movies in one buffer.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// The end of each movie.
    ends: Vec<u32>,
}

/// A movie of a batch. Texts are the bytes of UTF-8 that SQLite takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<'a> {
    pub name: &'a [u8],
    pub title: &'a [u8],
    pub original_title: Option<&'a [u8]>,
    pub released: Option<&'a [u8]>,
    pub runtime_minutes: Option<u32>,
    /// Separated by commas.
    pub genres: &'a [u8],
    pub rating: Option<f64>,
    pub votes: Option<u32>,
    /// The id in the imported file.
    pub id: Option<u64>,
    /// The details in the imported file, in the form of postcard. They are empty if the file has
    /// none.
    pub details: &'a [u8],
}

impl Batch {
    /// Adds a valid movie.
    pub fn push(&mut self, movie: &MovieRef<'_>) {
        self.push_full(movie, &[]);
    }

    /// Adds a valid movie with its details in the form of postcard.
    pub fn push_full(&mut self, movie: &MovieRef<'_>, details: &[u8]) {
        pack(movie, details, &mut self.bytes);
        self.end_here();
    }

    /// Adds the bytes of a [`Batch::record`].
    pub fn push_record(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.end_here();
    }

    fn end_here(&mut self) {
        let end = u32::try_from(self.bytes.len()).expect("a batch is bounded");
        self.ends.push(end);
    }

    /// The number of movies.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no movies.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of all movies.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Removes all movies, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// The bytes of one movie.
    pub fn record(&self, place: usize) -> &[u8] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[place] as usize]
    }

    pub fn movie(&self, place: usize) -> Packed<'_> {
        Packed::of(self.record(place))
    }

    /// The name of one movie.
    pub fn name(&self, place: usize) -> &[u8] {
        name(self.record(place))
    }
}

/// Appends a movie.
fn pack(movie: &MovieRef<'_>, details: &[u8], out: &mut Vec<u8>) {
    let (name, title) = (movie.name.as_bytes(), movie.title.as_bytes());
    let original = movie.original_title.unwrap_or_default().as_bytes();
    let mut date = [0; Released::TEXT_BYTES];
    let released = match movie.released {
        Some(released) => released.as_text(&mut date).as_bytes(),
        None => &[],
    };
    let several;
    let genres = match movie.genres {
        Genres::Joined(joined) => joined.as_bytes(),
        Genres::List(genres) => {
            several = genres.join(",");
            several.as_bytes()
        }
    };
    let id = Some(movie.id).filter(|id| *id > 0);
    let flag = |has: bool, flag: u8| if has { flag } else { 0 };
    let flags = flag(movie.runtime_minutes.is_some(), HAS_RUNTIME)
        | flag(movie.votes.is_some(), HAS_VOTES)
        | flag(movie.rating.is_some(), HAS_RATING)
        | flag(id.is_some(), HAS_ID)
        | flag(!details.is_empty(), HAS_DETAILS);
    let texts = [name, title, original, released, genres, details];
    let texts_bytes: usize = texts.iter().map(|text| text.len()).sum();
    let length = HEAD_BYTES + numbers_bytes(flags) + texts_bytes;
    out.reserve(length);
    let length = u32::try_from(length).expect("the longest record bounds its length");
    let [[t0, t1], [o0, o1]] = [title, original].map(|text| (text.len() as u16).to_le_bytes());
    let (name, released) = (name.len() as u8, released.len() as u8);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&[name, released, t0, t1, o0, o1, flags]);
    if let Some(minutes) = movie.runtime_minutes {
        out.extend_from_slice(&minutes.to_le_bytes());
    }
    if let Some(votes) = movie.votes {
        out.extend_from_slice(&votes.to_le_bytes());
    }
    if let Some(rating) = movie.rating {
        out.extend_from_slice(&rating.to_le_bytes());
    }
    if let Some(id) = id {
        out.extend_from_slice(&id.to_le_bytes());
    }
    if !details.is_empty() {
        out.extend_from_slice(&(details.len() as u32).to_le_bytes());
    }
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        out.extend_from_slice(text);
    }
}

/// The length of the movie that begins with these bytes.
pub(super) fn length(start: [u8; LENGTH_BYTES]) -> usize {
    u32::from_le_bytes(start) as usize
}

/// The name in the bytes of one movie.
pub(super) fn name(record: &[u8]) -> &[u8] {
    let start = HEAD_BYTES + numbers_bytes(record[10]);
    &record[start..start + usize::from(record[4])]
}

fn numbers_bytes(flags: u8) -> usize {
    let bytes = |flag: u8, bytes: usize| usize::from(flags & flag != 0) * bytes;
    let fours = bytes(HAS_RUNTIME, 4) + bytes(HAS_VOTES, 4) + bytes(HAS_DETAILS, 4);
    fours + bytes(HAS_RATING, 8) + bytes(HAS_ID, 8)
}

/// Reads the fields of a movie.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, bytes: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(bytes);
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect("it was packed here");
        self.0 = rest;
        *taken
    }

    /// The value, if the flag is set.
    fn number<const N: usize>(&mut self, flags: u8, flag: u8) -> Option<[u8; N]> {
        (flags & flag != 0).then(|| self.array())
    }
}

impl<'a> Packed<'a> {
    /// The movie in the bytes of a [`Batch::record`].
    fn of(record: &'a [u8]) -> Packed<'a> {
        let mut rest = Cursor(record);
        let _: [u8; LENGTH_BYTES] = rest.array();
        let [name, released, t0, t1, o0, o1, flags] = rest.array();
        let runtime_minutes = rest.number(flags, HAS_RUNTIME).map(u32::from_le_bytes);
        let votes = rest.number(flags, HAS_VOTES).map(u32::from_le_bytes);
        let rating = rest.number(flags, HAS_RATING).map(f64::from_le_bytes);
        let id = rest.number(flags, HAS_ID).map(u64::from_le_bytes);
        let details = rest
            .number(flags, HAS_DETAILS)
            .map_or(0, u32::from_le_bytes);
        let name = rest.take(name.into());
        let title = rest.take(u16::from_le_bytes([t0, t1]).into());
        let original_title = rest.take(u16::from_le_bytes([o0, o1]).into());
        let released = rest.take(released.into());
        let genres = rest.take(rest.0.len() - details as usize);
        let known = |text: &'a [u8]| Some(text).filter(|text| !text.is_empty());
        Packed {
            name,
            title,
            original_title: known(original_title),
            released: known(released),
            runtime_minutes,
            genres,
            rating,
            votes,
            id,
            details: rest.0,
        }
    }

    /// The movie for other modules. Invalid texts are `None`.
    pub fn view(&self) -> MovieRef<'a> {
        let text = |bytes: &'a [u8]| str::from_utf8(bytes).unwrap_or_default();
        MovieRef {
            id: self.id.unwrap_or(0),
            name: text(self.name),
            title: text(self.title),
            original_title: self.original_title.map(text),
            released: self.released.and_then(|date| text(date).parse().ok()),
            runtime_minutes: self.runtime_minutes,
            genres: Genres::Joined(text(self.genres)),
            rating: self.rating,
            votes: self.votes,
        }
    }

    /// Whether both have the same fields, whatever their ids and details.
    pub fn says_the_same_as(&self, other: &Packed<'_>) -> bool {
        (self.name, self.title, self.genres) == (other.name, other.title, other.genres)
            && (self.original_title, self.released) == (other.original_title, other.released)
            && (self.runtime_minutes, self.votes) == (other.runtime_minutes, other.votes)
            && self.rating == other.rating
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::limits;
    use crate::movie::{Fields, Movie};

    /// A movie after packing and unpacking.
    #[track_caller]
    fn comes_back(fields: Fields) {
        let movie = Movie::new(fields).unwrap();
        let mut batch = Batch::default();
        let long = [7; 70_000];
        batch.push(&movie.view());
        batch.push_full(&movie.view(), &long);
        for place in 0..2 {
            let copy = batch.record(place).to_vec();
            batch.push_record(&copy);
            assert_eq!(length(*copy.first_chunk().unwrap()), copy.len());
        }
        for place in 0..batch.len() {
            let packed = batch.movie(place);
            let details = if place % 2 == 0 { &[][..] } else { &long };
            assert_eq!(packed.details, details);
            assert_eq!(batch.name(place), movie.name.as_bytes());
            assert_eq!(packed.name, movie.name.as_bytes());
            assert_eq!(packed.title, movie.title.as_bytes());
            let original = movie.original_title.as_deref();
            assert_eq!(packed.original_title, original.map(str::as_bytes));
            let released = movie.released.map(|released| released.to_string());
            assert_eq!(packed.released, released.as_deref().map(str::as_bytes));
            assert_eq!(packed.runtime_minutes, movie.runtime_minutes);
            assert_eq!(packed.genres, movie.genres.join(",").as_bytes());
            assert_eq!(packed.rating, movie.rating);
            assert_eq!(packed.votes, movie.votes);
            assert_eq!(packed.id.unwrap_or(0), movie.id);
            assert_eq!(packed.view().to_movie().unwrap(), movie);
        }
        assert!(batch.movie(0).says_the_same_as(&batch.movie(1)));
    }

    #[test]
    fn the_smallest_and_the_largest_movie_come_back() {
        comes_back(Fields {
            name: "n".into(),
            title: "t".into(),
            ..Fields::default()
        });
        comes_back(Fields {
            id: i64::MAX as u64,
            name: "n".repeat(limits::MAX_NAME_BYTES),
            title: "t".repeat(limits::MAX_TITLE_BYTES),
            original_title: Some("o".repeat(limits::MAX_TITLE_BYTES)),
            released: Some("1972-03-24".parse().unwrap()),
            runtime_minutes: Some(limits::MAX_RUNTIME_MINUTES),
            genres: (0..limits::MAX_GENRES)
                .map(|number| format!("{number:064}"))
                .collect(),
            rating: Some(limits::MAX_RATING),
            votes: Some(u32::MAX),
        });
    }

    #[test]
    fn each_number_may_be_the_only_one() {
        let fields = || Fields {
            name: "n".into(),
            title: "t".into(),
            released: Some("1972".parse().unwrap()),
            ..Fields::default()
        };
        comes_back(Fields { id: 7, ..fields() });
        comes_back(Fields {
            runtime_minutes: Some(7),
            ..fields()
        });
        comes_back(Fields {
            rating: Some(7.5),
            ..fields()
        });
        comes_back(Fields {
            votes: Some(0),
            ..fields()
        });
    }
}
