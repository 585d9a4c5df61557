//! The terms of a movie. A term is one letter for its kind, followed by its value.

use super::extras::TitleExtras;
use super::filter::Filter;
use super::titles::AnalyzedTitles;
use crate::movie::MovieRef;

/// The kind of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermKind {
    /// IMDb's type of a title.
    Type,
    /// A genre.
    Genre,
    /// The whole stars of a rating.
    Rating,
    /// A year of release.
    Year,
    /// A word of a title.
    Word,
    /// The first letters of words.
    Prefix,
    /// A whole title.
    Title,
    /// The initials of a title.
    Initials,
    /// The words of the best-known movies. This term has no posting list.
    KnownWords,
    /// A whole other title.
    OtherTitle,
}

impl TermKind {
    /// The first letter of terms of this kind. Terms sort by kind.
    pub fn letter(self) -> char {
        match self {
            TermKind::Type => '0',
            TermKind::Genre => '1',
            TermKind::Rating => '2',
            TermKind::Year => '3',
            TermKind::Word => '4',
            TermKind::Prefix => '5',
            TermKind::Title => '6',
            TermKind::Initials => '7',
            TermKind::KnownWords => '8',
            TermKind::OtherTitle => '9',
        }
    }

    /// The term with this value.
    pub fn term(self, thing: &str) -> String {
        let mut term = String::with_capacity(1 + thing.len());
        term.push(self.letter());
        term.push_str(thing);
        term
    }
}

/// The range of one type.
pub fn of_type(kind: &str) -> TermRange {
    TermRange {
        kind: TermKind::Type,
        from: kind.to_owned(),
        to: kind.to_owned(),
    }
}

/// Letters of the longest prefix that is a term of the delta. A longer prefix is a range of words.
pub const DELTA_PREFIX_LETTERS: usize = 3;

/// Calls `each` for every word term and filter term of a movie, with whether a title begins with
/// it. A term may be reported more than once. A genre is reported as its name, not as its
/// [key](super::genre_key). For other titles, `each` is never called with true, so that they do not
/// precede the titles.
pub fn each_term(
    titles: &AnalyzedTitles,
    movie: &MovieRef<'_>,
    extras: TitleExtras<'_>,
    mut each: impl FnMut(TermKind, &str, bool),
) {
    for word in titles.words() {
        each(TermKind::Word, word.text, word.at_start);
    }
    for word in titles.other_words() {
        each(TermKind::Word, word.text, false);
    }
    if let Some(kind) = extras.kind {
        each(TermKind::Type, &kind.to_lowercase(), false);
    }
    for initials in titles.initials() {
        each(TermKind::Initials, &initials, false);
    }
    for genre in movie.genres.iter() {
        each(TermKind::Genre, genre, false);
    }
    if let Some(released) = movie.released {
        each(TermKind::Year, &year(released.year()), false);
    }
    if let Some(rating) = movie.rating {
        each(TermKind::Rating, &stars(rating), false);
    }
}

/// The prefixes of a word that are terms of the delta.
pub fn prefixes(word: &str) -> impl Iterator<Item = &str> {
    let ends = word
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8());
    ends.take(DELTA_PREFIX_LETTERS).map(|end| &word[..end])
}

/// A range of terms. A movie must have at least one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRange {
    /// The kind of the terms.
    pub kind: TermKind,
    /// The first value.
    pub from: String,
    /// The last value.
    pub to: String,
}

impl Filter {
    /// Term ranges that every admitted movie meets. A movie that meets them is not always admitted.
    pub fn terms(&self) -> Vec<TermRange> {
        let genre = self.genre.as_ref().map(|genre| TermRange {
            kind: TermKind::Genre,
            from: genre.clone(),
            to: genre.clone(),
        });
        let rating = self.min_rating.map(|least| TermRange {
            kind: TermKind::Rating,
            from: stars(least),
            to: stars(f64::from(u8::MAX)),
        });
        let years = self.years.map(years);
        let kind = self.kind.as_deref().map(of_type);
        [kind, genre, rating, years].into_iter().flatten().collect()
    }
}

/// The terms of a range of years.
pub fn years((from, to): (u16, u16)) -> TermRange {
    TermRange {
        kind: TermKind::Year,
        from: year(from),
        to: year(to),
    }
}

fn year(year: u16) -> String {
    format!("{year:04}")
}

fn stars(rating: f64) -> String {
    format!("{:02}", rating.clamp(0.0, 99.0) as u8)
}

/// Bits of the hash of a title. Among ten million titles, every other search meets one title with
/// the same hash by chance; the row shows that it is another title.
pub const TITLE_HASH_BITS: u32 = 24;

/// FNV-1a with 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>). Files contain it, so it never
/// changes.
pub fn hash_bytes(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The hash of a title's key in [`TITLE_HASH_BITS`] bits: [`hash_bytes`], folded.
pub fn title_hash(key: &str) -> u32 {
    let hash = hash_bytes(key.bytes());
    let folded = hash >> 48 ^ hash >> TITLE_HASH_BITS ^ hash;
    folded as u32 & ((1 << TITLE_HASH_BITS) - 1)
}

/// The delta's term of a whole title, or of a whole other title.
pub fn title_term(kind: TermKind, key: &str) -> String {
    kind.term(&format!("{:06x}", title_hash(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};

    #[test]
    fn a_movie_has_its_words_its_genres_its_year_and_its_stars() {
        let movie = Movie::new(Fields {
            name: "1".into(),
            title: "The Thing".into(),
            original_title: Some("Das Ding".into()),
            released: Some("1982-06".parse().unwrap()),
            genres: vec!["Sci-Fi".into()],
            rating: Some(8.2),
            ..Fields::default()
        })
        .unwrap();
        let mut titles = AnalyzedTitles::default();
        titles.analyze(&movie.view());
        let mut terms = Vec::new();
        each_term(
            &titles,
            &movie.view(),
            TitleExtras::default(),
            |kind, thing, at_start| {
                terms.push(format!(
                    "{}{}",
                    kind.term(thing),
                    if at_start { "!" } else { "" }
                ));
            },
        );
        assert_eq!(
            terms,
            [
                "4the!", "4thing!", "4das!", "4ding!", "1Sci-Fi", "31982", "208"
            ]
        );
    }

    #[test]
    fn a_filter_asks_for_terms_that_its_movies_have() {
        let filter = Filter {
            years: Some((7, 1979)),
            genre: Some("scifi".into()),
            min_rating: Some(7.5),
            ..Filter::default()
        };
        let ranges: Vec<_> = filter
            .terms()
            .into_iter()
            .map(|range| format!("{}..={}", range.kind.term(&range.from), range.to))
            .collect();
        assert_eq!(ranges, ["1scifi..=scifi", "207..=99", "30007..=1979"]);
    }

    #[test]
    fn the_hash_of_a_title_is_what_files_have() {
        assert_eq!(title_hash("alien"), title_hash("alien"));
        let hashes: std::collections::HashSet<u32> = (0..1000)
            .map(|n| title_hash(&format!("title{n}")))
            .collect();
        assert_eq!(hashes.len(), 1000);
        assert!(hashes.iter().all(|hash| *hash < 1 << TITLE_HASH_BITS));
    }

    #[test]
    fn prefixes_end_between_characters() {
        assert_eq!(prefixes("alien").collect::<Vec<_>>(), ["a", "al", "ali"]);
        assert_eq!(prefixes("жу").collect::<Vec<_>>(), ["ж", "жу"]);
    }
}
