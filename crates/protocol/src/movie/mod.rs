//! A movie, what makes one valid, and its two encodings.

mod released;
mod view;
mod wire;

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use released::Released;
pub use view::{Genres, Joined, MovieRef, check_text};
pub use wire::{RowFormat, WireError, name_in_postcard};

use crate::limits;

/// One row of the catalogue, always valid: the only ways to make one are
/// [`Movie::new`] and decoding, and both check [the fields](Fields).
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

/// The fields of a movie, in the order in which postcard carries them, which
/// is that of [`MovieRef`] too. Changing the order, or a type, needs a new version
/// of the wire form.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// The number that the catalogue gave the movie; 0 until it is stored.
    #[serde(default)]
    pub id: u64,
    /// The reference by which it is asked for, unique: 1 to 255 bytes, no control characters.
    pub name: String,
    /// 1 to 1,024 bytes, no control characters.
    pub title: String,
    /// The title in its own language, where it differs.
    #[serde(default)]
    pub original_title: Option<String>,
    /// A year, a month or a day.
    #[serde(default)]
    pub released: Option<Released>,
    /// Running time in minutes, 1 to 100,000.
    #[serde(default)]
    pub runtime_minutes: Option<u32>,
    /// At most 32, each 1 to 64 bytes without a comma, none twice.
    #[serde(default)]
    pub genres: Vec<String>,
    /// 0 to 10.
    #[serde(default)]
    pub rating: Option<f64>,
    /// How many people gave a rating.
    #[serde(default)]
    pub votes: Option<u32>,
}

/// Why a movie cannot be built. Each text names the value and the rule.
#[derive(Debug, Error, PartialEq)]
pub enum MovieError {
    /// A text that must not be empty.
    #[error("{0} is empty, it needs at least one character")]
    Empty(&'static str),
    /// A text over its bound, in bytes.
    #[error("{what} has {bytes} bytes, at most {max} are allowed")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// A newline, a tab or another control character.
    #[error("{what} `{}` holds a control character", .text.escape_debug())]
    Control {
        /// Which text.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Not `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, or no such day.
    #[error("released `{}` is not a date like 1972, 1972-03 or 1972-03-24", .0.escape_debug())]
    Released(String),
    /// A running time out of bounds.
    #[error("runtime_minutes `{0}` is not between 1 and {max}", max = limits::MAX_RUNTIME_MINUTES)]
    Runtime(u32),
    /// More genres than the bound.
    #[error("{0} genres were given, at most {max} are allowed", max = limits::MAX_GENRES)]
    TooManyGenres(usize),
    /// A comma separates genres, so none may hold one.
    #[error("genre `{0}` holds a comma, give it as two genres")]
    GenreComma(String),
    /// The same genre more than once.
    #[error("genre `{0}` is given twice")]
    GenreTwice(String),
    /// A rating out of bounds, or not a number.
    #[error("rating `{0}` is not between 0 and 10")]
    Rating(f64),
    /// An id that SQLite cannot keep.
    #[error("id `{0}` is too large")]
    Id(u64),
}

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

    /// Gives the fields back, to build another movie from them.
    pub fn into_fields(self) -> Fields {
        self.0
    }

    /// The same movie under another id.
    ///
    /// # Errors
    /// [`MovieError::Id`] above `i64::MAX`.
    pub fn with_id(self, id: u64) -> Result<Movie, MovieError> {
        Movie::new(Fields { id, ..self.0 })
    }
}

impl Serialize for Movie {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

/// Reading a field is free; changing one is not possible.
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
mod tests {
    use super::*;

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
