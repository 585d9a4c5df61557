//! JSON: objects on lines, in an array, one after the other, or below a key.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::elements::{Element, Elements};
use super::json_object::{GivenBy, KeyUses, flatten, record};
use super::json_shape::{self, JsonShape};
use super::lines::{LineError, LineReader};
use super::rows::{RecordSource, SourceRecord};
use crate::config::limits;
use crate::import::columns::layout::{EXPORT_HEADER, Layout, is_export};
use crate::import::columns::mapping::ColumnMapping;
use crate::import::columns::sample::describe;
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind};
use crate::import::field::Field;
use crate::import::file_format::FileFormat;
use crate::import::source::SourceFile;
use crate::import::values::cell::Cell;
use crate::movie::Details;

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
/// value continues in the next line.
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

/// The source of the objects.
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
    given_by: GivenBy,
    /// Whether the keys of the objects are the names of the movies.
    is_by_id: bool,
    /// Whether the file is an export, whose objects may have details.
    is_verbatim: bool,
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
            given_by: GivenBy::default(),
            is_by_id,
            is_verbatim: verbatim,
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
        // The objects in a full record hold no columns.
        let is_there = |column: &&str| members.iter().any(|(key, _)| key == column);
        let depth = if EXPORT_HEADER.iter().all(is_there) {
            limits::MAX_JSON_COLUMN_DEPTH
        } else {
            0
        };
        flatten(members, "", depth, &mut |name, value| {
            values.push((name.to_owned(), value.into_owned()));
        });
        if let Some(key) = &object.key {
            values.push((ID_COLUMN.to_owned(), Cell::Text(Cow::Owned(key.clone()))));
        }
        for (name, _) in &values {
            if self.names.len() < limits::MAX_KNOWN_JSON_KEYS && !self.names.contains(name) {
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
        let (keys, is_by_id, verbatim) = (&mut self.keys, self.is_by_id, self.is_verbatim);
        let record = element.and_then(|Element { line, text, key }| {
            let mut record = record(text, keys).map_err(|error| broken(line, &error, text))?;
            if let Some(key) = key.filter(|_| is_by_id) {
                record.cells[Field::Name as usize] = Cell::Text(Cow::Borrowed(key));
            }
            let details = if verbatim {
                details(text).map_err(|error| (line, error))?
            } else {
                None
            };
            Ok((line, record, details))
        });
        Some(match record {
            Ok((line, record, details)) => Ok(SourceRecord {
                details: {
                    self.given_by = record.given_by;
                    details
                },
                file: &self.file,
                line,
                id: record.id,
                is_skipped: record.is_no_answer && record.cells[Field::Title as usize].is_null(),
                cells: record.cells,
            }),
            Err((line, error)) => Err(error.located(&self.file, line)),
        })
    }

    fn column(&self, field: Field) -> Option<&str> {
        self.keys.name(self.given_by[field as usize])
    }
}

/// The details of an object of an export. An object without them has none of their keys.
fn details(text: &str) -> Result<Option<Box<Details>>, RecordError> {
    if !text.contains("\"akas\":") {
        return Ok(None);
    }
    let details: Result<Box<Details>, _> = serde_json::from_str(text);
    let details = details.map_err(|error| {
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        RecordError::new(RowErrorKind::Syntax, format!("not a full record: {words}"))
    })?;
    details.check()?;
    Ok(Some(details))
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

/// The error of serde_json, with its place in the file.
fn broken(line: u64, error: &serde_json::Error, text: &str) -> LineError {
    if error.is_data() {
        return (line, not_an_object());
    }
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    let line = line + (error.line().max(1) as u64 - 1);
    let reason = format!("not json at column {}: {words}", error.column());
    let is_cut = error.is_eof() && !text.trim_end().ends_with('}');
    let cut = if is_cut {
        ", the file may be cut off here"
    } else {
        ""
    };
    (line, RecordError::new(RowErrorKind::Syntax, reason + cut))
}
