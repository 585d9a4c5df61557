//! One object of a JSON file: the keys that feed a field, and their values.

use std::borrow::Cow;
use std::collections::HashSet;

use hashbrown::HashMap;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json_shape::WRAPPERS;
use crate::config::limits;
use crate::import::columns::layout::{EXPORT_HEADER, Layout};
use crate::import::columns::spellings::{rank, spelling};
use crate::import::field::Field;
use crate::import::row::{Cells, exported_id};
use crate::import::values::JsonKey;
use crate::import::values::cell::Cell;

/// The uses of the keys of the objects.
pub(super) struct KeyUses {
    layout: Layout,
    known: HashMap<String, KeyUse>,
    /// The keys that feed a field, and how well they feed which fields.
    feeding: Vec<(String, Vec<FieldRank>)>,
    /// Keys of objects that hold columns.
    nested: HashSet<String>,
    /// Whether the file is an export, whose movies have an id.
    with_id: bool,
}

/// A field, and how well a key feeds it; 0 is best.
type FieldRank = (Field, u8);

/// The use of one key.
#[derive(Clone, Copy)]
enum KeyUse {
    /// Its place in [`KeyUses::feeding`].
    Feeds(u16),
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
                let dots = column
                    .rmatch_indices('.')
                    .take(limits::MAX_JSON_COLUMN_DEPTH);
                nested.extend(dots.map(|(dot, _)| column[..dot].to_owned()));
            }
        }
        KeyUses {
            layout,
            known: HashMap::new(),
            feeding: Vec::new(),
            nested,
            with_id,
        }
    }

    /// The key that gave a value.
    pub fn name(&self, place: u16) -> Option<&str> {
        let place = usize::from(place).checked_sub(1)?;
        self.feeding.get(place).map(|(name, _)| name.as_str())
    }

    fn fed(&self, key: u16) -> &[FieldRank] {
        let feeding = self.feeding.get(usize::from(key));
        feeding.map_or(&[], |(_, fed)| fed.as_slice())
    }

    /// Whether an object is a value of the fields of a key, such as a genre or a person.
    fn takes_objects(&self, found: KeyUse) -> bool {
        let KeyUse::Feeds(key) = found else {
            return false;
        };
        self.fed(key).iter().any(|(field, _)| field.takes_objects())
    }

    /// The title that a value of a key gives to its object.
    fn own_title(&self, found: KeyUse, key: &str, value: &Cell<'_>) -> OwnTitle {
        let KeyUse::Feeds(place) = found else {
            return OwnTitle::None;
        };
        match self.fed(place).first() {
            Some((Field::Name | Field::Title, _)) => OwnTitle::new(key, value),
            _ => OwnTitle::None,
        }
    }

    fn get(&mut self, key: &str) -> KeyUse {
        if let Some(found) = self.known.get(key) {
            return *found;
        }
        let ranks = Field::ALL.into_iter().zip(self.layout.ranks(key));
        let fed = ranks.filter_map(|(field, rank)| Some((field, rank? as u8)));
        let fed: Vec<FieldRank> = fed.collect();
        let found = if !fed.is_empty() {
            // Of more keys the last one is used again and again.
            self.feeding.truncate(limits::MAX_KNOWN_JSON_KEYS);
            self.feeding.push((key.to_owned(), fed));
            KeyUse::Feeds(self.feeding.len() as u16 - 1)
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

/// The key of the value of each field: its number in [`KeyUses`], from 1; 0 is none.
pub(super) type GivenBy = [u16; Field::ALL.len()];

/// The values of one object that feed a field.
#[derive(Default)]
pub(super) struct ObjectRecord<'a> {
    /// The id of a row of an export; 0 elsewhere.
    pub id: u64,
    pub cells: Cells<'a>,
    ranks: [Option<u8>; Field::ALL.len()],
    pub given_by: GivenBy,
    /// Whether OMDb answers that it has no such movie.
    pub is_no_answer: bool,
}

impl<'a> ObjectRecord<'a> {
    /// Takes the value of a key, if it is better than one before it.
    fn take(&mut self, fed: &[FieldRank], key: u16, value: Cell<'a>) {
        let mut fed = fed.iter().copied();
        while let Some((field, rank)) = fed.next() {
            let place = field as usize;
            let (is_known, is_null) = (!self.cells[place].is_null(), value.is_null());
            if field.joins_columns() && is_known {
                self.join(place, value.clone());
                continue;
            }
            let is_first = self.ranks[place].is_none();
            let is_better = self.ranks[place].is_none_or(|best| rank <= best);
            let is_alternative = field.has_alternatives() || field == Field::Title;
            let wanted = if is_alternative {
                !is_null && (is_better || !is_known)
            } else {
                is_better
            };
            if !wanted && !is_first {
                continue;
            }
            self.ranks[place] = Some(rank);
            self.given_by[place] = key + 1;
            // Most keys belong to one field.
            if fed.len() == 0 {
                self.cells[place] = value;
                return;
            }
            self.cells[place] = value.clone();
        }
    }

    /// Adds the value of another column.
    fn join(&mut self, place: usize, value: Cell<'a>) {
        match (&mut self.cells[place], value) {
            (_, value) if value.is_null() => {}
            (Cell::Columns(cells), value) => cells.push(value),
            (cell, value) => *cell = Cell::Columns(vec![std::mem::take(cell), value]),
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

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut record = ObjectRecord::default();
        let mut wrappers = Vec::new();
        let mut own = OwnTitle::default();
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
            let value: Cell<'_> = map.next_value()?;
            own = own.max(self.keys.own_title(found, &key, &value));
            match (value, found) {
                (Cell::Object(_), _) if key.len() > limits::MAX_JSON_PATH_BYTES => {}
                (Cell::Object(members), _) if !self.keys.takes_objects(found) => {
                    if WRAPPERS.contains(&&*key) {
                        wrappers.push((key, members));
                    } else {
                        self.flatten(members, &key, &mut record);
                    }
                }
                (value, KeyUse::Feeds(key)) => record.take(self.keys.fed(key), key, value),
                (Cell::Text(text), _) if key == "Response" => {
                    record.is_no_answer = text.eq_ignore_ascii_case("false");
                }
                _ => {}
            }
        }
        for (key, members) in wrappers {
            let path = if own.wraps(&members) { "" } else { &*key };
            self.flatten(members, path, &mut record);
        }
        Ok(record)
    }
}

impl ObjectSeed<'_> {
    /// Takes the values of an inner object.
    fn flatten<'a>(
        &mut self,
        members: ObjectMembers<'a>,
        path: &str,
        record: &mut ObjectRecord<'a>,
    ) {
        flatten(members, path, 1, &mut |name, value| {
            if let KeyUse::Feeds(key) = self.keys.get(name) {
                record.take(self.keys.fed(key), key, value);
            }
        });
    }
}

/// The members of an object.
type ObjectMembers<'a> = Vec<(Cow<'a, str>, Cell<'a>)>;

/// The title that an object has outside of its [wrappers](WRAPPERS).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum OwnTitle {
    #[default]
    None,
    /// A name, which may be the title.
    Name,
    Title,
}

impl OwnTitle {
    fn new(key: &str, value: &Cell<'_>) -> OwnTitle {
        let spelled = spelling(key);
        match value {
            Cell::Object(_) | Cell::List(_) | Cell::Missing => OwnTitle::None,
            _ if rank(&spelled, Field::Title).is_some() => OwnTitle::Title,
            _ if spelled == "name" => OwnTitle::Name,
            _ => OwnTitle::None,
        }
    }

    fn from_members(members: &[(Cow<'_, str>, Cell<'_>)]) -> OwnTitle {
        let titles = members.iter().map(|(key, value)| OwnTitle::new(key, value));
        titles.max().unwrap_or_default()
    }

    /// Whether an object inside of an object with this title is the movie. An object with a title
    /// of its own is the movie itself, such as an episode with its series.
    fn wraps(self, inner: &[(Cow<'_, str>, Cell<'_>)]) -> bool {
        match self {
            OwnTitle::None => true,
            OwnTitle::Name => OwnTitle::from_members(inner) == OwnTitle::Title,
            OwnTitle::Title => false,
        }
    }
}

/// Gives every member of an object with the path of its name, `ids.imdb`. Members
/// of a [wrapper](WRAPPERS) are members of the object around it, unless that has a title. Members below a key that is
/// longer than any column are left out: their paths would take many times the memory of the text.
pub(super) fn flatten<'a>(
    members: ObjectMembers<'a>,
    path: &str,
    depth: usize,
    take: &mut dyn FnMut(&str, Cell<'a>),
) {
    let is_wrapper = |(key, value): &(Cow<'_, str>, Cell<'_>)| {
        matches!(value, Cell::Object(_)) && WRAPPERS.contains(&&**key)
    };
    let own = if members.iter().any(is_wrapper) {
        OwnTitle::from_members(&members)
    } else {
        OwnTitle::None
    };
    for (key, value) in members {
        let name = match path {
            "" => key.to_string(),
            path => format!("{path}.{key}"),
        };
        match value {
            Cell::Object(members) if depth < limits::MAX_JSON_COLUMN_DEPTH => {
                let inner = if WRAPPERS.contains(&&*key) && own.wraps(&members) {
                    path
                } else if name.len() <= limits::MAX_JSON_PATH_BYTES {
                    &name
                } else {
                    continue;
                };
                flatten(members, inner, depth + 1, take);
            }
            value => take(&name, value),
        }
    }
}
