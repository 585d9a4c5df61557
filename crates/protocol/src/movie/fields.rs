//! The fields of a movie.

use serde::Deserialize;

use super::Released;
use super::field::FieldDescription;

/// The fields of a movie, in the order of the postcard row and of [`MovieRef`](super::MovieRef).
/// Changing the order, or a type, needs a new version of the wire form.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Fields {
    /// The number that the catalogue assigns; 0 until the movie is stored.
    #[serde(default)]
    pub id: u64,
    /// The unique key of the movie: 1 to 255 bytes, no control characters.
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
    /// The number of votes for the rating.
    #[serde(default)]
    pub votes: Option<u32>,
}

macro_rules! plain {
    ($($name:literal $json:literal $doc:literal,)*) => {
        &[$(FieldDescription {
            name: $name,
            doc: $doc,
            json: $json,
            is_plain: true,
            keys: &[],
        }),*]
    };
}

impl Fields {
    /// The fields, for code that handles all of them. Genres contain no comma, so a list of them is
    /// a plain text too.
    pub const FIELDS: &'static [FieldDescription] = plain! {
        "id" "number" " The number that the catalogue assigns. A change ignores it.",
        "name" "text" " The unique key of the movie.",
        "title" "text" " The title.",
        "original_title" "text or null" " The title in the original language, if it differs.",
        "released" "text or null" " The date of release: a year, a month or a day.",
        "runtime_minutes" "number or null" " Running time in minutes.",
        "genres" "array of texts" " The genres.",
        "rating" "number or null" " The rating, 0 to 10.",
        "votes" "number or null" " The number of votes for the rating.",
    };
}
