//! A movie, its rules, and its two encodings.

mod credits;
mod detail_value;
mod details;
mod error;
mod field;
mod fields;
mod full;
mod person;
mod released;
mod view;
mod wire;

use std::ops::Deref;

use serde::{Deserialize, Serialize};

pub use credits::{Aka, CastMember, CrewMember, PersonRef, SeasonCount, SeriesPlace};
pub use details::{DETAIL_FIELDS, Details, field, fields};
pub use error::MovieError;
pub use field::FieldDescription;
pub use fields::Fields;
pub use full::{FullMovie, to_json as full_to_json, to_postcard as full_to_postcard};
pub use person::{Episode, EpisodeRef, MovieLink, Person};
pub use released::Released;
pub use view::{Genres, Joined, MovieRef, check_text};
pub use wire::{RowFormat, WireError, name_in_postcard};

/// One row of the catalogue. It is always valid, because it comes from [`Movie::new`] or from
/// decoding, and both check [the fields](Fields).
///
/// ```
/// use catalogue_protocol::movie::{Fields, Movie};
///
/// let movie = Movie::new(Fields { name: "1".into(), title: "Alien".into(), ..Fields::default() })?;
/// assert_eq!(movie.title, "Alien");
/// # Ok::<(), catalogue_protocol::movie::MovieError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Movie(Fields);

impl Movie {
    /// Checks the fields.
    ///
    /// # Errors
    /// The first rule of [`Fields`] that is broken.
    pub fn new(fields: Fields) -> Result<Movie, MovieError> {
        let movie = Movie(fields);
        movie.view().check()?;
        Ok(movie)
    }

    /// The same movie with its texts borrowed.
    pub fn view(&self) -> MovieRef<'_> {
        let Fields {
            id,
            released,
            runtime_minutes,
            rating,
            votes,
            ..
        } = self.0;
        MovieRef {
            id,
            name: &self.name,
            title: &self.title,
            original_title: self.original_title.as_deref(),
            released,
            runtime_minutes,
            genres: Genres::List(&self.genres),
            rating,
            votes,
        }
    }

    /// Returns the fields, to build another movie from them.
    pub fn into_fields(self) -> Fields {
        self.0
    }

    /// The same movie with another id.
    ///
    /// # Errors
    /// [`MovieError::Id`] above `i64::MAX`.
    pub fn with_id(self, id: u64) -> Result<Movie, MovieError> {
        Movie::new(Fields { id, ..self.0 })
    }
}

impl MovieRef<'_> {
    /// A movie with texts of its own.
    ///
    /// # Errors
    /// As [`MovieRef::check`].
    pub fn to_movie(&self) -> Result<Movie, MovieError> {
        Movie::new(Fields {
            id: self.id,
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            original_title: self.original_title.map(str::to_owned),
            released: self.released,
            runtime_minutes: self.runtime_minutes,
            genres: self.genres.iter().map(str::to_owned).collect(),
            rating: self.rating,
            votes: self.votes,
        })
    }
}

impl Serialize for Movie {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

/// A field can be read, but not changed.
impl Deref for Movie {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl TryFrom<Fields> for Movie {
    type Error = MovieError;

    fn try_from(fields: Fields) -> Result<Movie, MovieError> {
        Movie::new(fields)
    }
}

#[cfg(test)]
pub(crate) use full::testing;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn fields() -> Fields {
        Fields {
            name: "1".into(),
            title: "Alien".into(),
            ..Fields::default()
        }
    }

    fn refused(change: impl FnOnce(&mut Fields)) -> String {
        let mut fields = fields();
        change(&mut fields);
        Movie::new(fields)
            .expect_err("an invalid movie was built")
            .to_string()
    }

    #[test]
    fn the_bounds_are_inclusive() {
        let movie = Movie::new(Fields {
            id: i64::MAX as u64,
            name: "n".repeat(limits::MAX_NAME_BYTES),
            title: "t".repeat(limits::MAX_TITLE_BYTES),
            runtime_minutes: Some(limits::MAX_RUNTIME_MINUTES),
            genres: (0..limits::MAX_GENRES)
                .map(|n| format!("{n:064}"))
                .collect(),
            rating: Some(10.0),
            ..fields()
        });
        assert!(movie.is_ok(), "{movie:?}");
    }

    #[test]
    fn every_rule_has_its_words() {
        assert_eq!(
            refused(|f| f.name.clear()),
            "name is empty, it needs at least one character"
        );
        assert_eq!(
            refused(|f| f.name = "n".repeat(256)),
            "name has 256 bytes, at most 255 are allowed"
        );
        assert_eq!(
            refused(|f| f.title = "a\nb".into()),
            r"title `a\nb` holds a control character"
        );
        assert_eq!(
            refused(|f| f.original_title = Some(String::new())),
            "original_title is empty, it needs at least one character"
        );
        assert_eq!(
            refused(|f| f.runtime_minutes = Some(0)),
            "runtime_minutes `0` is not between 1 and 100000"
        );
        assert_eq!(
            refused(|f| f.rating = Some(10.1)),
            "rating `10.1` is not between 0 and 10"
        );
        assert_eq!(
            refused(|f| f.rating = Some(f64::NAN)),
            "rating `NaN` is not between 0 and 10"
        );
        assert_eq!(
            refused(|f| f.genres = vec!["War, Drama".into()]),
            "genre `War, Drama` holds a comma, give it as two genres"
        );
        assert_eq!(
            refused(|f| f.genres = vec!["War".into(), "War".into()]),
            "genre `War` is given twice"
        );
        assert_eq!(
            refused(|f| f.genres = vec!["a".into(); 33]),
            "33 genres were given, at most 32 are allowed"
        );
        assert_eq!(
            refused(|f| f.id = u64::MAX),
            format!("id `{}` is too large", u64::MAX)
        );
    }

    #[test]
    fn names_may_hold_spaces_colons_quotes_and_emoji() {
        for name in ["a b", "a:b", "a\"b'c", "🎬", "'", "tt0068646"] {
            assert!(
                Movie::new(Fields {
                    name: name.into(),
                    ..fields()
                })
                .is_ok(),
                "{name:?}"
            );
        }
    }
}
