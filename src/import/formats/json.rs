//! JSON: an array of objects, or objects one after the other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::delimited::EXPORT_HEADER;
use super::elements::Elements;
use super::lines::{LineError, LineReader};
use crate::config::limits;
use crate::import::columns::layout::{ColumnMapping, Layout};
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind};
use crate::import::field::Field;
use crate::import::file_format::FileFormat;
use crate::import::row::{Cells, RowBuilder, exported_id};
use crate::import::source::SourceInput;
use crate::import::values::JsonKey;
use crate::import::values::cell::Cell;
use crate::movie::Movie;

/// Most keys whose use is remembered; others are looked up each time.
const MAX_KNOWN_KEYS: usize = 1_024;

/// Where the objects come from.
pub(crate) enum Objects {
    /// One on each line.
    Lines(LineReader),
    /// Members of an array, or values that run over several lines.
    Elements(Elements),
}

impl Objects {
    /// Reads a file of one of the three JSON formats.
    pub fn new(input: SourceInput, format: FileFormat) -> Objects {
        match format {
            FileFormat::JsonLines => Objects::Lines(LineReader::new(input)),
            _ => Objects::Elements(Elements::new(input, format == FileFormat::JsonArray)),
        }
    }

    fn next(&mut self) -> Option<Result<(u64, &str), LineError>> {
        match self {
            Objects::Lines(lines) => lines.next(),
            Objects::Elements(elements) => elements.next(),
        }
    }
}

/// The movies of a JSON file.
pub(crate) struct Json {
    objects: Objects,
    file: Arc<str>,
    /// The first objects, which were read ahead to learn the columns.
    ahead: VecDeque<Result<(u64, String), LineError>>,
    keys: KeyUses,
    builder: RowBuilder,
}

impl Json {
    /// Reads the first objects and fits their keys to the fields.
    ///
    /// # Errors
    /// A column that is not there, or no title.
    pub fn new(
        mut objects: Objects,
        file: &Arc<str>,
        wishes: &ColumnMapping,
        prefix: &str,
    ) -> Result<Json, ImportError> {
        let ahead = read_ahead(&mut objects);
        let mut columns: Vec<String> = Vec::new();
        let mut lists = false;
        for text in ahead.iter().flatten().map(|(_, text)| text) {
            lists |= add_columns(text, &mut columns);
        }
        if columns.is_empty() {
            return Err(nothing_found(ahead, file));
        }
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let advice = match lists {
            true => "; if the movies are in a list inside, take it out: jq .LIST",
            false => "",
        };
        let layout = Layout::fit(wishes, &columns, file, advice)?;
        let keyed = layout.places(&columns)[Field::Name as usize].is_some();
        let verbatim = wishes.is_empty()
            && columns.len() == EXPORT_HEADER.len()
            && EXPORT_HEADER.iter().all(|column| columns.contains(column));
        Ok(Json {
            objects,
            file: Arc::clone(file),
            ahead,
            keys: KeyUses {
                layout,
                known: HashMap::new(),
                with_id: verbatim,
            },
            builder: RowBuilder::new(prefix, keyed, verbatim),
        })
    }
}

impl Iterator for Json {
    type Item = Result<Movie, RowError>;

    fn next(&mut self) -> Option<Result<Movie, RowError>> {
        let read_ahead = self.ahead.pop_front();
        let next = match &read_ahead {
            Some(Ok((line, text))) => Ok((*line, text.as_str())),
            Some(Err(error)) => Err(error.clone()),
            None => self.objects.next()?,
        };
        let movie = next.and_then(|(line, text)| {
            let (id, cells) =
                cells(text, &mut self.keys).map_err(|error| broken(line, &error, text))?;
            let movie = self.builder.movie(id, cells);
            movie.map_err(|error| (line, error))
        });
        Some(movie.map_err(|(line, error)| error.located(&self.file, line)))
    }
}

/// Reads the first objects, up to the bound in number and in bytes.
fn read_ahead(objects: &mut Objects) -> VecDeque<Result<(u64, String), LineError>> {
    let mut ahead = VecDeque::new();
    let mut bytes = 0;
    while ahead.len() < limits::IMPORT_SAMPLE_RECORDS && bytes < limits::IMPORT_SAMPLE_BYTES {
        match objects.next() {
            None => break,
            Some(Ok((line, text))) => {
                bytes += text.len();
                ahead.push_back(Ok((line, text.to_owned())));
            }
            Some(Err(error)) => {
                // Behind some problems there is nothing more to read.
                let last = error.1.kind.ends_the_import();
                ahead.push_back(Err(error));
                if last {
                    break;
                }
            }
        }
    }
    ahead
}

/// The answer for a file without a single object.
fn nothing_found(
    ahead: VecDeque<Result<(u64, String), LineError>>,
    file: &Arc<str>,
) -> ImportError {
    let Some(first) = ahead.into_iter().next() else {
        return ImportError::Empty(Arc::clone(file));
    };
    let (line, error) = match first {
        Err(error) => error,
        Ok((line, text)) => match serde_json::from_str::<Cell<'_>>(&text) {
            Err(error) => broken(line, &error, &text),
            Ok(_) => (line, not_an_object()),
        },
    };
    error.located(file, line).into()
}

/// Adds the keys of an object that are not there yet, in the order of the text,
/// which is the one that people know. Says whether one of its values is a list of
/// objects.
fn add_columns(text: &str, columns: &mut Vec<String>) -> bool {
    let Ok(InOrder(members)) = serde_json::from_str(text) else {
        return false;
    };
    let mut lists = false;
    for (JsonKey(key), cell) in members {
        lists |=
            matches!(cell, Cell::List(members) if matches!(members.first(), Some(Cell::Object(_))));
        if columns.len() < MAX_KNOWN_KEYS && !columns.iter().any(|column| *column == key) {
            columns.push(key.into_owned());
        }
    }
    lists
}

/// The members of an object as they come.
struct InOrder<'a>(Vec<(JsonKey<'a>, Cell<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for InOrder<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<InOrder<'a>, D::Error> {
        deserializer.deserialize_map(Members).map(InOrder)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(JsonKey<'de>, Cell<'de>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

fn not_an_object() -> RecordError {
    RecordError::new(
        RowErrorKind::Syntax,
        "this is json, but not an object like {\"title\": \"Alien\"}",
    )
}

/// What serde_json found, with its place in the file.
fn broken(line: u64, error: &serde_json::Error, text: &str) -> LineError {
    if error.is_data() {
        return (line, not_an_object());
    }
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    let line = line + (error.line().max(1) as u64 - 1);
    let reason = format!("not json at column {}: {words}", error.column());
    let cut = match error.is_eof() && !text.trim_end().ends_with('}') {
        true => ", the file may be cut off here",
        false => "",
    };
    (line, RecordError::new(RowErrorKind::Syntax, reason + cut))
}

/// Which fields a key of an object feeds.
struct KeyUses {
    layout: Layout,
    known: HashMap<String, Uses>,
    /// Whether the file is our own export, whose movies have an id.
    with_id: bool,
}

/// For each field how well the key feeds it; 0 is best.
type Uses = [Option<u8>; Field::ALL.len()];

impl KeyUses {
    fn uses(&mut self, key: &str) -> Uses {
        if let Some(uses) = self.known.get(key) {
            return *uses;
        }
        let uses = Field::ALL.map(|field| self.layout.rank(key, field).map(|rank| rank as u8));
        if self.known.len() < MAX_KNOWN_KEYS {
            self.known.insert(key.to_owned(), uses);
        }
        uses
    }
}

/// Reads the values of one object that feed a field, and passes over the others.
/// The id is 0 where there is none.
fn cells<'a>(text: &'a str, keys: &mut KeyUses) -> serde_json::Result<(u64, Cells<'a>)> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let cells = ObjectSeed { keys }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(cells)
}

struct ObjectSeed<'k> {
    keys: &'k mut KeyUses,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = (u64, Cells<'de>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = (u64, Cells<'de>);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut id = 0;
        let mut cells = Cells::default();
        let mut ranks: Uses = [None; Field::ALL.len()];
        while let Some(key) = map.next_key::<JsonKey<'_>>()? {
            if self.keys.with_id && key.0 == EXPORT_HEADER[0] {
                if let Cell::Number(number) = map.next_value()? {
                    id = exported_id(&number.to_string());
                }
                continue;
            }
            let uses = self.keys.uses(&key.0);
            if uses.iter().all(Option::is_none) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let cell: Cell<'de> = map.next_value()?;
            for (place, rank) in uses.into_iter().enumerate() {
                let better = rank.is_some_and(|rank| ranks[place].is_none_or(|best| rank <= best));
                if better {
                    ranks[place] = rank;
                    cells[place] = cell.clone();
                }
            }
        }
        Ok((id, cells))
    }
}
