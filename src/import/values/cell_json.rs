//! Reads a value of JSON as a [`Cell`].

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::cell::Cell;

/// A key of an object, borrowed where it can be.
#[derive(Deserialize)]
pub(crate) struct JsonKey<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Cell<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell<'de>, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Missing)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Cell<'de>, E> {
        Ok(Cell::Flag(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell<'de>, E> {
        Ok(Cell::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Cell<'de>, E> {
        Ok(Number::from_f64(number).map_or(Cell::Missing, Cell::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Cell<'de>, S::Error> {
        let mut members = Vec::new();
        while let Some(member) = seq.next_element()? {
            members.push(member);
        }
        Ok(Cell::List(members))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Cell<'de>, M::Error> {
        let mut members = Vec::new();
        while let Some((JsonKey(key), value)) = map.next_entry()? {
            members.push((key, value));
        }
        // MongoDB writes types as `{"$numberInt": "7"}`.
        let is_typed = members.len() == 1 && members[0].0.starts_with('$');
        match members.pop() {
            Some((_, value)) if is_typed => Ok(value),
            last => {
                members.extend(last);
                Ok(Cell::Object(members))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_json_value_is_recognised() {
        let read = |text| serde_json::from_str::<Cell<'_>>(text).unwrap();
        assert_eq!(read("null"), Cell::Missing);
        assert_eq!(read("true"), Cell::Flag(true));
        assert_eq!(read("-7"), Cell::Number((-7).into()));
        assert_eq!(read("6.1"), Cell::Number(Number::from_f64(6.1).unwrap()));
        assert!(matches!(read(r#""a""#), Cell::Text(Cow::Borrowed("a"))));
        assert!(matches!(read(r#""\n""#), Cell::Text(Cow::Owned(text)) if text == "\n"));
        assert_eq!(
            read(r#"[1, {"id": 2, "name": "War"}, {"name": 3}]"#),
            Cell::List(vec![
                Cell::Number(1.into()),
                Cell::Object(vec![
                    ("id".into(), Cell::Number(2.into())),
                    ("name".into(), Cell::Text("War".into())),
                ]),
                Cell::Object(vec![("name".into(), Cell::Number(3.into()))]),
            ])
        );
        assert_eq!(
            read(r#"{"$date": {"$numberLong": "-5"}}"#),
            Cell::Text("-5".into())
        );
    }
}
