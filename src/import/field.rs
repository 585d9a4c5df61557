//! The fields of a movie that a file can give.

use std::fmt;

/// A field of a movie that a file can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The key of the movie.
    Name,
    /// The title.
    Title,
    /// The title in its own language.
    OriginalTitle,
    /// The date of release.
    Released,
    /// The running time.
    RuntimeMinutes,
    /// The genres.
    Genres,
    /// The rating.
    Rating,
    /// The number of ratings.
    Votes,
}

impl Field {
    /// Every field, in the order of [`Fields`](crate::movie::Fields).
    pub const ALL: [Field; 8] = [
        Field::Name,
        Field::Title,
        Field::OriginalTitle,
        Field::Released,
        Field::RuntimeMinutes,
        Field::Genres,
        Field::Rating,
        Field::Votes,
    ];

    /// The name of the field, as in the JSON of a movie.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Title => "title",
            Field::OriginalTitle => "original_title",
            Field::Released => "released",
            Field::RuntimeMinutes => "runtime_minutes",
            Field::Genres => "genres",
            Field::Rating => "rating",
            Field::Votes => "votes",
        }
    }

    /// The field with that name.
    pub fn from_name(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
