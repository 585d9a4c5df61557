//! The full record of a movie: its plain fields and its details.

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::details::{self, Details};
use super::wire::UniqueKeys;
use super::{Movie, MovieError, MovieRef, WireError};
use crate::limits;

/// A movie with its details. It is always valid, because [`FullMovie::new`] and decoding check it.
///
/// ```
/// use catalogue_protocol::movie::{Details, FullMovie, Movie};
///
/// let movie = Movie::from_json(r#"{"name":"1","title":"Alien"}"#)?;
/// let details = Details { kind: Some("movie".into()), ..Details::default() };
/// let full = FullMovie::new(movie, details)?;
/// assert_eq!((full.title.as_str(), full.details().kind.as_deref()), ("Alien", Some("movie")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FullMovie {
    movie: Movie,
    details: Details,
}

/// The first byte of the postcard row of a full record. That of a movie alone is 0.
const VERSION: u8 = 1;

/// The flat object of a full record.
#[derive(Serialize)]
struct Flat<'a> {
    #[serde(flatten)]
    movie: MovieRef<'a>,
    #[serde(flatten)]
    details: &'a Details,
}

impl FullMovie {
    /// Checks the details.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn new(movie: Movie, details: Details) -> Result<FullMovie, MovieError> {
        details.check()?;
        Ok(FullMovie { movie, details })
    }

    /// The plain fields, those of `Row::V1`.
    pub fn movie(&self) -> &Movie {
        &self.movie
    }

    /// The other fields.
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// Both parts, to build another record from them.
    pub fn into_parts(self) -> (Movie, Details) {
        (self.movie, self.details)
    }

    /// The row `V2` for the wire: 1, the fields of `V1`, the number of known details, and for each
    /// its number, the length of its value and the value. `docs/records.md` describes the layout.
    pub fn to_postcard(&self) -> Vec<u8> {
        to_postcard(&self.movie.view(), &self.details)
    }

    /// Reads what [`FullMovie::to_postcard`] wrote, or the row of a movie without details.
    /// Details of a later version are ignored.
    ///
    /// # Errors
    /// Bytes that are cut off, of another version, or followed by other bytes, or an invalid
    /// record.
    pub fn from_postcard(bytes: &[u8]) -> Result<FullMovie, WireError> {
        let (true, Some(rest)) = (bytes.first() == Some(&VERSION), bytes.get(1..)) else {
            return Movie::from_postcard(bytes).map(FullMovie::from);
        };
        let (movie, rest) = postcard::take_from_bytes::<Movie>(rest)?;
        let (number, mut rest) = postcard::take_from_bytes::<u32>(rest)?;
        let mut details = Details::default();
        for _ in 0..number {
            let ((field, value), after) = postcard::take_from_bytes::<(u32, &[u8])>(rest)?;
            details.set_known(field, value)?;
            rest = after;
        }
        if !rest.is_empty() {
            return Err(WireError::Trailing(rest.len()));
        }
        Ok(FullMovie::new(movie, details)?)
    }

    /// One JSON object on one line, with every field by its name.
    pub fn to_json(&self) -> String {
        to_json(self.movie.view(), &self.details)
    }

    /// Reads one JSON object. Only `title` and `name` are required. Unknown keys are ignored.
    ///
    /// # Errors
    /// Text that is no JSON object, or an invalid record.
    pub fn from_json(text: &str) -> Result<FullMovie, WireError> {
        let UniqueKeys(object) = serde_json::from_str(text)?;
        let known = |key: &String| details::field(key).is_some();
        from_object(object.into_iter().filter(|(key, _)| known(key)).collect())
    }

    /// Reads the JSON of a movie that is to be stored. An unknown key is refused, because its value
    /// would be lost.
    ///
    /// # Errors
    /// As [`FullMovie::from_json`], or an unknown key.
    pub fn from_strict_json(text: &str) -> Result<FullMovie, WireError> {
        let UniqueKeys(object) = serde_json::from_str(text)?;
        check_keys(&object)?;
        from_object(object)
    }

    /// Reads the JSON of a movie that is to be stored as `name`. The name may be left out of the
    /// JSON; if it is present, it must be equal.
    ///
    /// # Errors
    /// As [`FullMovie::from_strict_json`], or [`WireError::OtherName`].
    pub fn from_json_named(name: &str, text: &str) -> Result<FullMovie, WireError> {
        let UniqueKeys(mut object) = serde_json::from_str(text)?;
        match object.get("name") {
            None => {
                object.insert("name".to_owned(), name.into());
            }
            Some(Value::String(given)) if given != name => {
                return Err(WireError::OtherName {
                    given: given.clone(),
                    wanted: name.to_owned(),
                });
            }
            Some(_) => {}
        }
        check_keys(&object)?;
        from_object(object)
    }
}

/// The row `V2` of a movie and its details.
pub fn to_postcard(movie: &MovieRef<'_>, details: &Details) -> Vec<u8> {
    let mut row = Vec::with_capacity(limits::USUAL_FULL_ROW_BYTES);
    row.push(VERSION);
    let mut row = postcard::to_extend(movie, row).expect("writing to a vector cannot fail");
    let mut number = 0;
    details.for_each_known(|_, _| number += 1);
    push_number(&mut row, number);
    details.for_each_known(|field, value| {
        push_number(&mut row, field);
        push_number(&mut row, value.len() as u32);
        row.extend_from_slice(value);
    });
    row
}

/// The JSON of a movie and its details.
pub fn to_json(movie: MovieRef<'_>, details: &Details) -> String {
    let flat = Flat { movie, details };
    serde_json::to_string(&flat).expect("a movie has only string keys and finite numbers")
}

/// Appends a number as postcard does: seven bits a byte, the lowest first.
fn push_number(row: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        row.push(number as u8 | 0x80);
        number >>= 7;
    }
    row.push(number as u8);
}

type Object = serde_json::Map<String, Value>;

fn from_object(object: Object) -> Result<FullMovie, WireError> {
    let is_detail = |key: &str| details::DETAIL_FIELDS.iter().any(|field| field.name == key);
    let (details, movie): (Object, Object) =
        object.into_iter().partition(|(key, _)| is_detail(key));
    let movie: Movie = serde_json::from_value(movie.into())?;
    let details = Details::deserialize(Value::from(details))?;
    Ok(FullMovie::new(movie, details)?)
}

/// Refuses keys that are not of a movie, or not of an object inside it.
fn check_keys(object: &Object) -> Result<(), serde_json::Error> {
    for (key, value) in object {
        let Some(field) = details::field(key) else {
            return Err(unknown(key, details::fields().map(|field| field.name)));
        };
        let items = match value {
            Value::Array(items) if !field.keys.is_empty() => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        let objects = items.iter().filter_map(Value::as_object);
        let mut keys = objects.flat_map(Object::keys);
        if let Some(key) = keys.find(|key| !field.keys.contains(&key.as_str())) {
            return Err(unknown(key, field.keys.iter().copied()));
        }
    }
    Ok(())
}

fn unknown<'a>(key: &str, expected: impl Iterator<Item = &'a str>) -> serde_json::Error {
    let expected: Vec<String> = expected.map(|name| format!("`{name}`")).collect();
    let key = key.escape_debug();
    let message = format!(
        "unknown field `{key}`, expected one of {}",
        expected.join(", ")
    );
    serde::de::Error::custom(message)
}

/// A movie without details.
impl From<Movie> for FullMovie {
    fn from(movie: Movie) -> FullMovie {
        let details = Details::default();
        FullMovie { movie, details }
    }
}

impl Deref for FullMovie {
    type Target = Movie;

    fn deref(&self) -> &Movie {
        &self.movie
    }
}

/// In postcard the row, in JSON the flat object.
impl Serialize for FullMovie {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let flat = Flat {
                movie: self.movie.view(),
                details: &self.details,
            };
            return flat.serialize(serializer);
        }
        serializer.serialize_bytes(&self.to_postcard())
    }
}

impl<'de> Deserialize<'de> for FullMovie {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<FullMovie, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            let UniqueKeys(object) = UniqueKeys::deserialize(deserializer)?;
            return from_object(object).map_err(D::Error::custom);
        }
        let row = <&[u8]>::deserialize(deserializer)?;
        FullMovie::from_postcard(row).map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::super::*;

    /// Details with every field.
    pub fn full_details() -> Details {
        let text = |text: &str| Some(text.to_owned());
        Details {
            kind: text("tvEpisode"),
            adult: Some(false),
            ended: Some("1974".parse().unwrap()),
            akas: vec![Aka {
                title: "Le Parrain".into(),
                region: text("FR"),
                language: None,
                types: vec!["imdbDisplay".into()],
                attributes: vec!["literal title".into()],
            }],
            directors: vec![PersonRef {
                name: "nm0000338".into(),
                person: text("Francis Ford Coppola"),
                job: None,
            }],
            writers: vec![PersonRef {
                name: "mario".into(),
                person: None,
                job: text("novel"),
            }],
            cast: vec![CastMember {
                name: "nm0000008".into(),
                person: text("Marlon Brando"),
                category: text("actor"),
                characters: vec!["Don Vito Corleone".into()],
            }],
            crew: vec![CrewMember {
                name: "nm0748665".into(),
                person: text("Albert S. Ruddy"),
                category: text("producer"),
                job: text("producer"),
            }],
            series: Some(SeriesPlace {
                name: "tt1".into(),
                title: text("A Series"),
                season: Some(1),
                episode: None,
            }),
            seasons: Some(vec![SeasonCount {
                season: None,
                episodes: 3,
            }]),
            plot: text("A family."),
            poster: text("https://example.org/p.jpg"),
            language: text("English, Italian"),
            country: text("United States"),
            rated: text("R"),
            awards: text("Won 3 Oscars"),
            website: text("HTTP://example.org"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fields;
    use super::testing::full_details;
    use super::*;

    fn godfather() -> FullMovie {
        let fields = Fields {
            id: 17,
            name: "tt0068646".into(),
            title: "The Godfather".into(),
            genres: vec!["Crime".into(), "Drama".into()],
            votes: Some(2_000_000),
            ..Fields::default()
        };
        FullMovie::new(Movie::new(fields).unwrap(), full_details()).unwrap()
    }

    #[test]
    fn the_layout_of_version_two() {
        let movie = Movie::from_json(r#"{"name":"1","title":"Alien"}"#).unwrap();
        let details = Details {
            kind: Some("movie".into()),
            adult: Some(false),
            ..Details::default()
        };
        let row = FullMovie::new(movie.clone(), details)
            .unwrap()
            .to_postcard();
        let mut expected = vec![1];
        expected.extend(&movie.to_postcard()[1..]);
        expected.extend(b"\x02\x01\x07\x01\x05movie\x02\x02\x01\x00");
        assert_eq!(row, expected);
        let mut later = expected.clone();
        later[expected.len() - 14] = 3;
        later.extend(b"\x63\x02??");
        assert_eq!(
            FullMovie::from_postcard(&later).unwrap(),
            FullMovie::from_postcard(&expected).unwrap(),
            "a detail of a later version is ignored"
        );
    }

    #[test]
    fn both_encodings_come_back() {
        let full = godfather();
        let row = full.to_postcard();
        assert_eq!(FullMovie::from_postcard(&row).unwrap(), full);
        assert_eq!(FullMovie::from_json(&full.to_json()).unwrap(), full);
        assert_eq!(FullMovie::from_strict_json(&full.to_json()).unwrap(), full);
        let bytes = postcard::to_allocvec(&full).unwrap();
        assert_eq!(postcard::from_bytes::<FullMovie>(&bytes).unwrap(), full);
        for end in 0..row.len() {
            assert!(
                FullMovie::from_postcard(&row[..end]).is_err(),
                "cut at {end}"
            );
        }
        assert!(FullMovie::from_postcard(&[&row[..], b"\0"].concat()).is_err());
        let plain = FullMovie::from(full.movie().clone());
        let row = full.movie().to_postcard();
        assert_eq!(FullMovie::from_postcard(&row).unwrap(), plain);
    }

    #[test]
    fn the_json_is_flat() {
        let movie = Movie::from_json(r#"{"name":"1","title":"Alien"}"#).unwrap();
        assert_eq!(
            FullMovie::from(movie).to_json(),
            r#"{"id":0,"name":"1","title":"Alien","original_title":null,"released":null,"runtime_minutes":null,"genres":[],"rating":null,"votes":null,"type":null,"adult":null,"ended":null,"akas":[],"directors":[],"writers":[],"cast":[],"crew":[],"series":null,"seasons":null,"plot":null,"poster":null,"language":null,"country":null,"rated":null,"awards":null,"website":null}"#
        );
    }

    #[test]
    fn what_is_stored_is_read_strictly_and_answers_are_not() {
        for text in [
            r#"{"name":"1","title":"a","date":"1972"}"#,
            r#"{"name":"1","title":"a","akas":[{"title":"b","place":"FR"}]}"#,
            r#"{"name":"1","title":"a","series":{"name":"b","number":1}}"#,
        ] {
            let refused = FullMovie::from_strict_json(text).unwrap_err().to_string();
            assert!(refused.contains("unknown field `"), "{refused}");
            assert_eq!(FullMovie::from_json(text).unwrap().title, "a");
        }
        for text in [
            r#"{"name":"1","title":"a","akas":[{"title":""}]}"#,
            r#"{"name":"1","title":"a","cast":[{"person":"b"}]}"#,
            r#"{"name":"1","title":"a","type":"a","type":"b"}"#,
            r#"{"name":"1","title":"a","adult":1}"#,
        ] {
            assert!(FullMovie::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn json_for_a_name_may_leave_the_name_out() {
        let movie = FullMovie::from_json_named("7", r#"{"title":"Seven"}"#).unwrap();
        assert_eq!((movie.name.as_str(), movie.title.as_str()), ("7", "Seven"));
        let other = r#"{"name":"8","title":"Seven"}"#;
        let other = FullMovie::from_json_named("7", other).unwrap_err();
        assert_eq!(
            other.to_string(),
            "the movie is named `8` inside and `7` outside, they must be the same"
        );
        for text in [
            "",
            "[]",
            "{}",
            "null",
            r#"{"title":1}"#,
            r#"{"title":"a","date":"1972"}"#,
            r#"{"title":"a","title":"b"}"#,
            r#"{"title":"a","name":"7","name":"7"}"#,
        ] {
            assert!(FullMovie::from_json_named("7", text).is_err(), "{text:?}");
        }
    }
}
