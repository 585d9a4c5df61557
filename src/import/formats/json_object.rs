//! One object of a JSON file: the keys that feed a field, and their values.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json_shape::WRAPPERS;
use crate::config::limits;
use crate::import::columns::layout::{EXPORT_HEADER, Layout, has_alternatives};
use crate::import::field::Field;
use crate::import::row::{Cells, exported_id};
use crate::import::values::JsonKey;
use crate::import::values::cell::Cell;

/// The uses of the keys of the objects.
pub(super) struct KeyUses {
    layout: Layout,
    known: HashMap<String, KeyUse>,
    /// Keys of objects that hold columns.
    nested: HashSet<String>,
    /// Whether the file is an export, whose movies have an id.
    with_id: bool,
}

/// For each field how well a key feeds it; 0 is best.
type Ranks = [Option<u8>; Field::ALL.len()];

/// The use of one key.
#[derive(Clone, Copy)]
enum KeyUse {
    Feeds(Ranks),
    /// Its object may hold columns.
    Nested,
    Nothing,
}

impl KeyUses {
    /// `columns` are the names of the columns that were found.
    pub fn new(layout: Layout, columns: &[&str], with_id: bool) -> KeyUses {
        let mut nested: HashSet<String> = WRAPPERS.map(str::to_owned).into();
        nested.insert("Response".to_owned());
        for column in columns {
            let feeds = Field::ALL
                .iter()
                .any(|field| layout.rank(column, *field).is_some());
            if feeds {
                let dots = column.match_indices('.');
                nested.extend(dots.map(|(dot, _)| column[..dot].to_owned()));
            }
        }
        KeyUses {
            layout,
            known: HashMap::new(),
            nested,
            with_id,
        }
    }

    fn get(&mut self, key: &str) -> KeyUse {
        if let Some(found) = self.known.get(key) {
            return *found;
        }
        let ranks = self
            .layout
            .ranks(key)
            .map(|rank| rank.map(|rank| rank as u8));
        let found = if ranks.iter().any(Option::is_some) {
            KeyUse::Feeds(ranks)
        } else if self.nested.contains(key) {
            KeyUse::Nested
        } else {
            KeyUse::Nothing
        };
        if self.known.len() < limits::MAX_KNOWN_JSON_KEYS {
            self.known.insert(key.to_owned(), found);
        }
        found
    }
}

/// The values of one object that feed a field.
#[derive(Default)]
pub(super) struct ObjectRecord<'a> {
    /// The id of a row of an export; 0 elsewhere.
    pub id: u64,
    pub cells: Cells<'a>,
    ranks: Ranks,
    /// Whether OMDb answers that it has no such movie.
    pub is_no_answer: bool,
}

impl<'a> ObjectRecord<'a> {
    /// Takes the value of a key, if it is better than one before it.
    fn take(&mut self, ranks: Ranks, value: &Cell<'a>) {
        for (field, rank) in Field::ALL.into_iter().zip(ranks) {
            let place = field as usize;
            let Some(rank) = rank else { continue };
            let is_empty = self.cells[place].is_null() && self.ranks[place].is_some();
            let is_better = self.ranks[place].is_none_or(|best| rank <= best);
            let is_alternative = has_alternatives(field) || field == Field::Title;
            let wanted = if is_alternative {
                !value.is_null() && (is_better || is_empty)
            } else {
                is_better
            };
            if wanted || self.ranks[place].is_none() {
                self.ranks[place] = Some(rank);
                self.cells[place] = value.clone();
            }
        }
    }
}

pub(super) fn record<'a>(
    text: &'a str,
    keys: &mut KeyUses,
) -> serde_json::Result<ObjectRecord<'a>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let record = ObjectSeed { keys }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(record)
}

struct ObjectSeed<'k> {
    keys: &'k mut KeyUses,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = ObjectRecord<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = ObjectRecord<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut record = ObjectRecord::default();
        while let Some(JsonKey(key)) = map.next_key()? {
            if self.keys.with_id && key == EXPORT_HEADER[0] {
                if let Cell::Number(number) = map.next_value()? {
                    record.id = exported_id(&number.to_string());
                }
                continue;
            }
            let is_detail = self.keys.with_id && !EXPORT_HEADER.contains(&&*key);
            let found = self.keys.get(&key);
            if is_detail || matches!(found, KeyUse::Nothing) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            match (map.next_value()?, found) {
                (Cell::Object(members), _) if !is_genre_list(&found) => {
                    let path = if WRAPPERS.contains(&&*key) { "" } else { &*key };
                    flatten(members, path, 1, &mut |name, value| {
                        if let KeyUse::Feeds(ranks) = self.keys.get(name) {
                            record.take(ranks, &value);
                        }
                    });
                }
                (value, KeyUse::Feeds(ranks)) => record.take(ranks, &value),
                (Cell::Text(text), _) if key == "Response" => {
                    record.is_no_answer = text.eq_ignore_ascii_case("false");
                }
                _ => {}
            }
        }
        Ok(record)
    }
}

/// Whether a key feeds genres, which may be an object with a name.
fn is_genre_list(key: &KeyUse) -> bool {
    matches!(key, KeyUse::Feeds(ranks) if ranks[Field::Genres as usize].is_some())
}

/// Gives every member of an object with the path of its name, `ids.imdb`. Members
/// of a [wrapper](WRAPPERS) are members of the object around it.
pub(super) fn flatten<'a>(
    members: Vec<(Cow<'a, str>, Cell<'a>)>,
    path: &str,
    depth: usize,
    take: &mut dyn FnMut(&str, Cell<'a>),
) {
    for (key, value) in members {
        let name = match path {
            "" => key.to_string(),
            path => format!("{path}.{key}"),
        };
        match value {
            Cell::Object(members) if depth < limits::MAX_JSON_COLUMN_DEPTH => {
                let inner = if WRAPPERS.contains(&&*key) {
                    path
                } else {
                    &name
                };
                flatten(members, inner, depth + 1, take);
            }
            value => take(&name, value),
        }
    }
}
