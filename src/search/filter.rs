//! Filters of `FIND` and `LIST`: `YEAR`, `GENRE`, `MIN-RATING`; and of `FIND` alone: `TYPE`, `ADULT`,
//! `PERSON`.

use super::analysis::Analyzed;
use super::extras::TitleExtras;
use crate::movie::{MovieRef, Released};

/// Conditions that a movie must meet. An empty filter admits every movie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The first and the last year of release.
    pub years: Option<(u16, u16)>,
    /// The [`genre_key`] of a genre.
    pub genre: Option<String>,
    /// The lowest rating.
    pub min_rating: Option<f64>,
    /// IMDb's type in lower case, for `FIND` alone.
    pub kind: Option<String>,
    /// Whether `FIND` also returns movies for adults.
    pub with_adult: bool,
    /// The names of people. A movie of `FIND` must have all of them in its credits.
    pub people: Vec<String>,
}

impl Filter {
    /// Whether the filter admits every movie.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    /// Whether a movie with these extras matches, as far as the extras decide it.
    pub fn admits_extras(&self, extras: TitleExtras<'_>) -> bool {
        let is_of_kind = |kind: &String| extras.kind.is_some_and(|of| of.to_lowercase() == *kind);
        (self.with_adult || !extras.is_adult) && self.kind.as_ref().is_none_or(is_of_kind)
    }

    /// Whether the filter admits this movie.
    pub fn admits(&self, movie: &MovieRef<'_>) -> bool {
        let year = movie.released.map(|released| released.year());
        let of_genre = |genre: &String| movie.genres.iter().any(|other| genre_key(other) == *genre);
        self.years.is_none_or(|years| is_within(year, years))
            && self
                .min_rating
                .is_none_or(|least| movie.rating.is_some_and(|rating| rating >= least))
            && self.genre.as_ref().is_none_or(of_genre)
    }
}

/// The years of a text: `1979`, or `1970-1979`.
pub fn parse_years(text: &str) -> Option<(u16, u16)> {
    let year = |text: &str| Released::new(text.parse().ok()?, None, None).map(Released::year);
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (year(from)?, year(to)?);
    (from <= to).then_some((from, to))
}

pub(super) fn is_within(year: Option<u16>, (from, to): (u16, u16)) -> bool {
    year.is_some_and(|year| (from..=to).contains(&year))
}

/// The key of a genre. `Sci-Fi` and `sci fi` have the same key.
pub fn genre_key(genre: &str) -> String {
    Analyzed::new(genre).key().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};

    #[test]
    fn each_part_of_a_filter_counts() {
        let movie = Movie::new(Fields {
            name: "1".into(),
            title: "Alien".into(),
            released: Some("1979-05-25".parse().unwrap()),
            genres: vec!["Horror".into(), "Sci-Fi".into()],
            rating: Some(8.5),
            ..Fields::default()
        })
        .unwrap();
        let admits = |years, genre: Option<&str>, min_rating| {
            let genre = genre.map(genre_key);
            Filter {
                years,
                genre,
                min_rating,
                ..Filter::default()
            }
            .admits(&movie.view())
        };
        assert!(admits(None, None, None));
        assert!(admits(Some((1970, 1979)), Some("SCI FI"), Some(8.5)));
        assert!(!admits(Some((1980, 1989)), None, None));
        assert!(!admits(None, Some("Sci"), None));
        assert!(!admits(None, None, Some(8.6)));
        let unknown = Movie::new(Fields {
            name: "2".into(),
            title: "Alien".into(),
            ..Fields::default()
        });
        let rated = Filter {
            min_rating: Some(0.0),
            ..Filter::default()
        };
        assert!(!rated.admits(&unknown.unwrap().view()));
    }
}
