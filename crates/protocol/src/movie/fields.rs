//! The fields of a movie.

use serde::Deserialize;

use super::Released;

/// The fields of a movie, in the order in which postcard carries them, which
/// is that of [`MovieRef`](super::MovieRef) too. Changing the order, or a type, needs a new version
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
