//! The encodings of a movie: postcard and JSON.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Movie, MovieError, MovieRef};
use crate::limits;

/// The encoding of rows that a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RowFormat {
    /// A version byte and the fields, as [`Movie::to_postcard`] writes them.
    #[default]
    Postcard,
    /// One JSON object, as [`Movie::to_json`] writes it.
    Json,
}

impl FromStr for RowFormat {
    type Err = ();

    /// The word of a command, in any case.
    fn from_str(word: &str) -> Result<RowFormat, ()> {
        if word.eq_ignore_ascii_case("POSTCARD") {
            Ok(RowFormat::Postcard)
        } else if word.eq_ignore_ascii_case("JSON") {
            Ok(RowFormat::Json)
        } else {
            Err(())
        }
    }
}

/// The postcard row. Its first byte is the version, so rows can grow: a reader
/// that gets an unknown version reports an error.
#[derive(Serialize, Deserialize)]
enum Row<M> {
    V1(M),
}

/// The most characters of a key that a message repeats.
const SHOWN_KEY_CHARS: usize = 16;

/// Bytes or text that are not a movie.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WireError {
    /// Bytes that are no row, or a row of a later version.
    #[error("not a movie in postcard form: {0}")]
    Postcard(#[from] postcard::Error),
    /// Bytes after the row.
    #[error("{0} bytes follow the row")]
    Trailing(usize),
    /// Text that is no JSON movie, or breaks a rule of [`Fields`](super::Fields).
    #[error("not a movie in json form: {0}")]
    Json(#[from] serde_json::Error),
    /// A name in the JSON that differs from the name of the command.
    #[error("the movie is named `{given}` inside and `{wanted}` outside, they must be the same")]
    OtherName {
        /// The name in the JSON.
        given: String,
        /// The name of the command.
        wanted: String,
    },
    /// A rule of [`Fields`](super::Fields) is broken.
    #[error(transparent)]
    Invalid(#[from] MovieError),
}

/// The name inside a row that [`MovieRef::to_postcard`] wrote, without decoding the
/// rest: after the version and the id.
pub fn name_in_postcard(row: &[u8]) -> Option<&[u8]> {
    let (_version, rest) = row.split_first()?;
    let id_bytes = rest.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let rest = &rest[id_bytes..];
    // At most 255 bytes: a varint of one byte or two.
    let (length, name) = match rest {
        [low @ 0..0x80, name @ ..] => (usize::from(*low), name),
        [low, high, name @ ..] => (usize::from(low & 0x7f) | usize::from(*high) << 7, name),
        _ => return None,
    };
    name.get(..length)
}

impl MovieRef<'_> {
    /// The row for the wire. `docs/protocol.md` gives the layout byte by byte.
    pub fn to_postcard(&self) -> Vec<u8> {
        let row = Vec::with_capacity(limits::USUAL_ROW_BYTES);
        postcard::to_extend(&Row::V1(self), row).expect("writing to a vector cannot fail")
    }

    /// One JSON object on one line, with every field of [`Fields`](super::Fields) by its name.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a movie has only string keys and finite numbers")
    }
}

impl Movie {
    /// The row for the wire, as [`MovieRef::to_postcard`] writes it.
    pub fn to_postcard(&self) -> Vec<u8> {
        self.view().to_postcard()
    }

    /// Reads what [`Movie::to_postcard`] wrote.
    ///
    /// # Errors
    /// Bytes that are cut off, of another version, or followed by other bytes, or an invalid movie.
    pub fn from_postcard(bytes: &[u8]) -> Result<Movie, WireError> {
        let (Row::V1(movie), rest) = postcard::take_from_bytes::<Row<Movie>>(bytes)?;
        if rest.is_empty() {
            Ok(movie)
        } else {
            Err(WireError::Trailing(rest.len()))
        }
    }

    /// One JSON object, as [`MovieRef::to_json`] writes it.
    pub fn to_json(&self) -> String {
        self.view().to_json()
    }

    /// Reads one JSON object. Only `title` and `name` are required. Unknown keys are ignored,
    /// such as those of a [`FullMovie`](super::FullMovie).
    ///
    /// # Errors
    /// Text that is no JSON object, or an invalid movie.
    pub fn from_json(text: &str) -> Result<Movie, WireError> {
        Ok(serde_json::from_str(text)?)
    }
}

/// A JSON object in which no key occurs twice, because one of the values would be lost.
pub(super) struct UniqueKeys(pub serde_json::Map<String, serde_json::Value>);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;

        impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
            type Value = UniqueKeys;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<UniqueKeys, A::Error> {
                let mut object = serde_json::Map::new();
                while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
                    if object.contains_key(&key) {
                        let key: String = key.chars().take(SHOWN_KEY_CHARS).collect();
                        let message = format!("the key `{}` is there twice", key.escape_debug());
                        return Err(serde::de::Error::custom(message));
                    }
                    object.insert(key, value);
                }
                Ok(UniqueKeys(object))
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fields;
    use super::*;

    fn alien() -> Movie {
        Movie::new(Fields {
            id: 300,
            name: "tt0078748".into(),
            title: "Alien".into(),
            original_title: None,
            released: Some("1979-05-25".parse().unwrap()),
            runtime_minutes: Some(117),
            genres: vec!["Horror".into(), "Sci-Fi".into()],
            rating: Some(8.5),
            votes: Some(1_000_000),
        })
        .unwrap()
    }

    /// The layout that `docs/protocol.md` promises, byte by byte.
    #[test]
    fn the_layout_of_version_one() {
        let mut expected = vec![0, 0xac, 0x02];
        expected.extend(b"\x09tt0078748\x05Alien\x00\x01\x0a1979-05-25\x01\x75");
        expected.extend(b"\x02\x06Horror\x06Sci-Fi\x01");
        expected.extend(8.5f64.to_le_bytes());
        expected.extend(b"\x01\xc0\x84\x3d");
        assert_eq!(alien().to_postcard(), expected);
        assert_eq!(Movie::from_postcard(&expected).unwrap(), alien());
    }

    #[test]
    fn the_name_is_found_inside_a_row() {
        for id in [0, 127, 128, 300, i64::MAX as u64] {
            for length in [1, 127, 128, 255] {
                let name = "n".repeat(length);
                let fields = Fields {
                    id,
                    name: name.clone(),
                    ..alien().into_fields()
                };
                let row = Movie::new(fields).unwrap().to_postcard();
                assert_eq!(
                    name_in_postcard(&row),
                    Some(name.as_bytes()),
                    "{id} {length}"
                );
                for end in 0..row.len() {
                    let _ = name_in_postcard(&row[..end]);
                }
            }
        }
    }

    #[test]
    fn json_round_trips_and_names_every_field() {
        let json = alien().to_json();
        assert_eq!(
            json,
            r#"{"id":300,"name":"tt0078748","title":"Alien","original_title":null,"released":"1979-05-25","runtime_minutes":117,"genres":["Horror","Sci-Fi"],"rating":8.5,"votes":1000000}"#
        );
        assert_eq!(Movie::from_json(&json).unwrap(), alien());
        let later = json.replace(r#""votes""#, r#""later":[1],"votes""#);
        assert_eq!(Movie::from_json(&later).unwrap(), alien());
    }

    #[test]
    fn bad_postcard_is_refused_whole() {
        let bytes = alien().to_postcard();
        for end in 0..bytes.len() {
            assert!(Movie::from_postcard(&bytes[..end]).is_err(), "cut at {end}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(
            Movie::from_postcard(&longer).unwrap_err().to_string(),
            "1 bytes follow the row"
        );
        let mut later = bytes;
        later[0] = 1;
        assert!(Movie::from_postcard(&later).is_err());
    }
}
