//! JSON: objects on lines, in an array, one after the other, or below a key.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::delimited::describe;
use super::elements::{Element, Elements};
use super::json_shape::{self, JsonShape, WRAPPERS};
use super::lines::{LineError, LineReader};
use super::rows::{RecordSource, SourceRecord};
use crate::config::limits;
use crate::import::columns::layout::{
    ColumnMapping, EXPORT_HEADER, Layout, has_alternatives, is_export,
};
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind};
use crate::import::field::Field;
use crate::import::file_format::FileFormat;
use crate::import::row::{Cells, exported_id};
use crate::import::source::SourceFile;
use crate::import::values::JsonKey;
use crate::import::values::cell::Cell;

/// Most keys whose use is remembered; others are looked up each time.
const MAX_KNOWN_KEYS: usize = 1_024;
/// Deepest object whose members are columns.
const MAX_COLUMN_DEPTH: usize = 3;
/// The column of the keys of objects by id.
const ID_COLUMN: &str = "(id)";

/// The format of text that begins with a bracket or a brace.
pub(crate) fn format(text: &[u8]) -> FileFormat {
    if text.starts_with(b"[") {
        return FileFormat::JsonArray;
    }
    match json_shape::detect(&String::from_utf8_lossy(text)) {
        JsonShape::Lists(_) => FileFormat::JsonNested,
        JsonShape::ById(_) => FileFormat::JsonById,
        JsonShape::Values if begins_within_a_line(text) => FileFormat::JsonLines,
        JsonShape::Values => FileFormat::JsonObjects,
    }
}

/// Whether the first line is a whole value, or broken in itself. Otherwise the
/// value goes on in the next line.
fn begins_within_a_line(text: &[u8]) -> bool {
    // With its newline: a string that is still open there is broken.
    let line = text
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    match serde_json::from_slice::<IgnoredAny>(line) {
        Ok(_) => true,
        Err(error) => !line.ends_with(b"\n") || !error.is_eof(),
    }
}

/// Where the objects come from.
enum Objects {
    /// One on each line.
    Lines(LineReader),
    /// Members of arrays or objects, or values that run over several lines.
    Elements(Box<Elements>),
}

impl Objects {
    fn new(source: SourceFile, format: FileFormat) -> Objects {
        let shape = match format {
            FileFormat::JsonNested | FileFormat::JsonById => {
                json_shape::detect(&String::from_utf8_lossy(source.head.trim_ascii_start()))
            }
            _ => JsonShape::Values,
        };
        let input = source.into_input();
        match format {
            FileFormat::JsonLines => Objects::Lines(LineReader::new(input)),
            _ => {
                let is_array = format == FileFormat::JsonArray;
                Objects::Elements(Box::new(Elements::new(input, is_array, shape)))
            }
        }
    }

    fn next(&mut self) -> Option<Result<Element<'_>, LineError>> {
        match self {
            Objects::Elements(elements) => elements.next(),
            Objects::Lines(lines) => {
                let line = lines.next()?;
                Some(line.map(|(line, text)| Element {
                    line,
                    text,
                    key: None,
                }))
            }
        }
    }
}

/// An object that was read ahead.
struct Ahead {
    line: u64,
    text: String,
    key: Option<String>,
}

/// The records of a JSON file.
pub(crate) struct Json {
    objects: Objects,
    file: Arc<str>,
    /// The first objects, which were read ahead to learn the columns.
    ahead: VecDeque<Result<Ahead, LineError>>,
    /// The one that is lent.
    current: Option<Ahead>,
    keys: KeyUses,
    /// Whether the keys of the objects are the names of the movies.
    is_by_id: bool,
}

/// A JSON file whose keys were fitted to the fields.
pub(crate) struct FittedJson {
    pub columns: Vec<String>,
    pub source: Json,
    pub layout: Layout,
    /// Whether the file is an export.
    pub verbatim: bool,
    /// The titles of the first objects.
    pub titles: Vec<String>,
}

/// Reads the first objects and fits their keys to the fields.
///
/// # Errors
/// A column that is not there, or no title.
pub(crate) fn fit(
    source: SourceFile,
    format: FileFormat,
    mapping: &ColumnMapping,
) -> Result<FittedJson, ImportError> {
    let file = Arc::clone(&source.file);
    let mut objects = Objects::new(source, format);
    let ahead = read_ahead(&mut objects);
    let mut sample = Columns::default();
    for object in ahead.iter().flatten() {
        sample.add(object);
    }
    if sample.names.is_empty() {
        return Err(nothing_found(ahead, &file));
    }
    let names: Vec<&str> = sample.names.iter().map(String::as_str).collect();
    let describe = |column: &str| {
        let values = sample.objects.iter().map(|object| {
            let value = object.iter().find(|(name, _)| name == column);
            value.map_or(Cell::Missing, |(_, value)| value.clone())
        });
        describe(values)
    };
    let layout = Layout::fit(mapping, &names, &file, &describe)?;
    let verbatim = mapping.is_empty() && is_export(&names);
    let is_by_id = layout.key() == Some(ID_COLUMN);
    let titles = sample.titles(&layout);
    let keys = KeyUses::new(layout.clone(), &names, verbatim);
    Ok(FittedJson {
        columns: sample.names.clone(),
        titles,
        layout,
        verbatim,
        source: Json {
            objects,
            file,
            ahead,
            current: None,
            keys,
            is_by_id,
        },
    })
}

/// The columns of the first objects, and their values.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    objects: Vec<Vec<(String, Cell<'static>)>>,
}

impl Columns {
    /// Adds the keys of an object, in the order of its text.
    fn add(&mut self, object: &Ahead) {
        let Ok(Cell::Object(members)) = serde_json::from_str::<Cell<'_>>(&object.text) else {
            return;
        };
        let mut values = Vec::new();
        flatten(members, "", 0, &mut |name, value| {
            values.push((name.to_owned(), value.into_owned()));
        });
        if let Some(key) = &object.key {
            values.push((ID_COLUMN.to_owned(), Cell::Text(Cow::Owned(key.clone()))));
        }
        for (name, _) in &values {
            if self.names.len() < MAX_KNOWN_KEYS && !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
        self.objects.push(values);
    }

    fn titles(&self, layout: &Layout) -> Vec<String> {
        let title = |object: &Vec<(String, Cell<'static>)>| {
            let ranked = object
                .iter()
                .filter_map(|(name, value)| Some((layout.rank(name, Field::Title)?, value)));
            let best = ranked.min_by_key(|(rank, _)| *rank);
            best.map(|(_, value)| value.date_text()).unwrap_or_default()
        };
        self.objects.iter().map(title).collect()
    }
}

/// Gives every member of an object with the path of its name, `ids.imdb`. Members
/// of a [wrapper](WRAPPERS) are members of the object around it.
fn flatten<'a>(
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
            Cell::Object(members) if depth < MAX_COLUMN_DEPTH => {
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

impl RecordSource for Json {
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>> {
        let element = match self.ahead.pop_front() {
            Some(Ok(ahead)) => {
                let ahead = self.current.insert(ahead);
                Ok(Element {
                    line: ahead.line,
                    text: &ahead.text,
                    key: ahead.key.as_deref(),
                })
            }
            Some(Err(error)) => Err(error),
            None => self.objects.next()?,
        };
        let (keys, is_by_id) = (&mut self.keys, self.is_by_id);
        let record = element.and_then(|Element { line, text, key }| {
            let mut record = record(text, keys).map_err(|error| broken(line, &error, text))?;
            if let Some(key) = key.filter(|_| is_by_id) {
                record.cells[Field::Name as usize] = Cell::Text(Cow::Borrowed(key));
            }
            Ok((line, record))
        });
        Some(match record {
            Ok((line, record)) => Ok(SourceRecord {
                file: &self.file,
                line,
                id: record.id,
                is_skipped: record.is_no_answer && record.cells[Field::Title as usize].is_null(),
                cells: record.cells,
            }),
            Err((line, error)) => Err(error.located(&self.file, line)),
        })
    }
}

/// Reads the first objects, up to the limits of their number and bytes.
fn read_ahead(objects: &mut Objects) -> VecDeque<Result<Ahead, LineError>> {
    let mut ahead = VecDeque::new();
    let mut bytes = 0;
    while ahead.len() < limits::IMPORT_SAMPLE_RECORDS && bytes < limits::IMPORT_SAMPLE_BYTES {
        match objects.next() {
            None => break,
            Some(Ok(Element { line, text, key })) => {
                bytes += text.len();
                ahead.push_back(Ok(Ahead {
                    line,
                    text: text.to_owned(),
                    key: key.map(str::to_owned),
                }));
            }
            Some(Err(error)) => {
                // After some errors nothing more can be read.
                let is_last = error.1.kind.ends_the_import();
                ahead.push_back(Err(error));
                if is_last {
                    break;
                }
            }
        }
    }
    ahead
}

/// The error of a file without a single object.
fn nothing_found(ahead: VecDeque<Result<Ahead, LineError>>, file: &Arc<str>) -> ImportError {
    let Some(first) = ahead.into_iter().next() else {
        return ImportError::Empty(Arc::clone(file));
    };
    let (line, error) = match first {
        Err(error) => error,
        Ok(Ahead { line, text, .. }) => match serde_json::from_str::<Cell<'_>>(&text) {
            Err(error) => broken(line, &error, &text),
            Ok(_) => (line, not_an_object()),
        },
    };
    error.located(file, line).into()
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

/// What the keys of the objects are for.
struct KeyUses {
    layout: Layout,
    known: HashMap<String, KeyUse>,
    /// Keys of objects that hold columns.
    nested: HashSet<String>,
    /// Whether the file is an export, whose movies have an id.
    with_id: bool,
}

/// For each field how well a key feeds it; 0 is best.
type Ranks = [Option<u8>; Field::ALL.len()];

/// What one key is for.
#[derive(Clone, Copy)]
enum KeyUse {
    Feeds(Ranks),
    /// Its object may hold columns.
    Nested,
    Nothing,
}

impl KeyUses {
    fn new(layout: Layout, columns: &[&str], with_id: bool) -> KeyUses {
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
        if self.known.len() < MAX_KNOWN_KEYS {
            self.known.insert(key.to_owned(), found);
        }
        found
    }
}

/// The values of one object that feed a field.
#[derive(Default)]
struct ObjectRecord<'a> {
    /// The id of a row of an export; 0 elsewhere.
    id: u64,
    cells: Cells<'a>,
    ranks: Ranks,
    /// Whether OMDb answers that it has no such movie.
    is_no_answer: bool,
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
            let wanted = match is_alternative {
                true => !value.is_null() && (is_better || is_empty),
                false => is_better,
            };
            if wanted || self.ranks[place].is_none() {
                self.ranks[place] = Some(rank);
                self.cells[place] = value.clone();
            }
        }
    }
}

fn record<'a>(text: &'a str, keys: &mut KeyUses) -> serde_json::Result<ObjectRecord<'a>> {
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
            let found = self.keys.get(&key);
            if matches!(found, KeyUse::Nothing) {
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
