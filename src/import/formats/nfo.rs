//! The XML that Kodi and Jellyfin write about a movie: `.nfo` files, and Kodi's
//! export of a whole library.

use std::fs;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::rows::{RecordSource, SourceRecord};
use crate::config::limits;
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind};
use crate::import::field::Field;
use crate::import::row::Cells;
use crate::import::source::{SourceFile, SourceInput};
use crate::import::values::cell::Cell;

/// Elements from the movie to the value of its rating, the deepest one that is read.
const READ_DEPTH: usize = 4;

/// Elements that are a movie or a series.
const ELEMENTS: [&str; 2] = ["movie", "tvshow"];

/// Whether text is XML with a movie in it.
pub(crate) fn is_nfo(head: &[u8]) -> bool {
    ELEMENTS
        .iter()
        .any(|element| start_of(head, element).is_some())
}

/// The place of an element's start tag.
fn start_of(text: &[u8], element: &str) -> Option<usize> {
    let tag = format!("<{element}");
    memmem::find_iter(text, tag.as_bytes()).find(|at| {
        matches!(
            text.get(at + tag.len()),
            Some(b'>' | b' ' | b'\t' | b'\r' | b'\n')
        )
    })
}

/// The values of one element, with its texts unchanged.
#[derive(Debug, Default)]
struct NfoMovie {
    key: Option<String>,
    /// Whether the key is IMDb's id.
    is_imdb_key: bool,
    /// Texts of the fields.
    texts: Vec<(Field, String)>,
    /// A short plot, for a movie without a longer one.
    outline: Option<String>,
    /// People with their roles.
    actors: Vec<(String, Option<String>)>,
}

/// The elements of the fields. Elements of a list may be repeated.
const FIELDS: [(&str, Field); 18] = [
    ("title", Field::Title),
    ("originaltitle", Field::OriginalTitle),
    ("premiered", Field::Released),
    ("releasedate", Field::Released),
    ("aired", Field::Released),
    ("year", Field::Released),
    ("runtime", Field::RuntimeMinutes),
    ("genre", Field::Genres),
    ("rating", Field::Rating),
    ("votes", Field::Votes),
    ("enddate", Field::Ended),
    ("director", Field::Directors),
    ("credits", Field::Writers),
    ("writer", Field::Writers),
    ("plot", Field::Plot),
    ("country", Field::Country),
    ("mpaa", Field::Rated),
    ("website", Field::Website),
];

/// The fields that an element can contain, with their elements.
pub(crate) fn columns() -> Vec<(Field, Vec<String>)> {
    let of = |field: Field| {
        let names = FIELDS.iter().filter(|(_, fed)| *fed == field);
        names
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let fed = Field::ALL.into_iter().map(|field| match field {
        Field::Kind => (field, ELEMENTS.map(str::to_owned).to_vec()),
        Field::Cast => (field, vec!["actor".to_owned()]),
        Field::Poster => (field, vec!["thumb".to_owned()]),
        field => (field, of(field)),
    });
    fed.filter(|(_, names)| !names.is_empty()).collect()
}

impl NfoMovie {
    /// Parses one element.
    fn parse(xml: &str) -> Result<NfoMovie, RecordError> {
        let mut reader = Reader::from_str(xml);
        let mut movie = NfoMovie::default();
        let mut path: Vec<(String, Option<String>)> = Vec::new();
        let mut text = String::new();
        let broken = |error: &dyn std::fmt::Display| {
            RecordError::new(RowErrorKind::Syntax, format!("not xml: {error}"))
        };
        loop {
            match reader.read_event().map_err(|error| broken(&error))? {
                Event::Start(start) => {
                    text.clear();
                    path.push((start.local_name().as_ref().to_owned(), kind_of(&start)));
                }
                Event::End(_) => {
                    movie.take(&path, text.trim());
                    path.pop();
                    text.clear();
                }
                Event::Text(part) => text.push_str(&part),
                Event::CData(part) => text.push_str(&part),
                Event::GeneralRef(name) => {
                    text.push_str(&html_escape::decode_html_entities(&format!("&{};", &*name)));
                }
                Event::Eof => return Ok(movie),
                _ => {}
            }
        }
    }

    /// Takes the text of an element that ends.
    fn take(&mut self, path: &[(String, Option<String>)], text: &str) {
        if text.is_empty() || path.len() > READ_DEPTH {
            return;
        }
        let names: Vec<&str> = path.iter().skip(1).map(|(name, _)| name.as_str()).collect();
        let kind = path.last().and_then(|(_, kind)| kind.as_deref());
        match names.as_slice() {
            ["ratings", "rating", "value"] => match path {
                // The scale of a rating is an attribute of it.
                [.., (_, Some(scale)), _] if scale.parse::<f64>().is_ok() => {
                    self.put(Field::Rating, format!("{text}/{scale}"));
                }
                _ => self.put(Field::Rating, text.to_owned()),
            },
            ["ratings", "rating", "votes"] => self.put(Field::Votes, text.to_owned()),
            ["actor", "name"] => self.actors.push((text.to_owned(), None)),
            ["actor", "role"] => {
                if let Some((_, role)) = self.actors.last_mut() {
                    *role = Some(text.to_owned());
                }
            }
            ["thumb"] if kind.is_none_or(|kind| kind == "poster") => {
                self.put(Field::Poster, text.to_owned());
            }
            ["outline"] => self.outline = Some(text.to_owned()),
            ["uniqueid"] => self.take_key(text, kind == Some("imdb")),
            ["imdbid" | "imdb_id"] => self.take_key(text, true),
            ["id" | "tmdbid"] => self.take_key(text, text.starts_with("tt")),
            [name] => {
                if let Some((_, field)) = FIELDS.iter().find(|(known, _)| known == name) {
                    self.put(*field, text.to_owned());
                }
            }
            _ => {}
        }
    }

    /// Sets a field to a text. The first text is used, but a day replaces a year. Lists collect all
    /// texts.
    fn put(&mut self, field: Field, text: String) {
        let known = self.texts.iter_mut().find(|(known, _)| *known == field);
        match known {
            Some((_, known)) if !field.takes_objects() => {
                if field == Field::Released && text.len() > 4 && known.len() <= 4 {
                    *known = text;
                }
            }
            _ => self.texts.push((field, text)),
        }
    }

    fn take_key(&mut self, text: &str, is_imdb: bool) {
        if self.key.is_none() || (is_imdb && !self.is_imdb_key) {
            self.key = Some(text.to_owned());
            self.is_imdb_key = is_imdb;
        }
    }

    fn cells(&self, element: &'static str) -> Cells<'_> {
        let mut cells = Cells::default();
        for (field, text) in &self.texts {
            let cell = &mut cells[*field as usize];
            match cell {
                Cell::List(texts) => texts.push(Cell::from_text(text)),
                cell if field.takes_objects() => *cell = Cell::List(vec![Cell::from_text(text)]),
                cell => *cell = Cell::from_text(text),
            }
        }
        let plot = &mut cells[Field::Plot as usize];
        if let (true, Some(outline)) = (plot.is_null(), &self.outline) {
            *plot = Cell::from_text(outline);
        }
        let actor = |(name, role): &'_ (String, Option<String>)| {
            let role = role
                .clone()
                .map_or(Cell::Missing, |role| Cell::Text(role.into()));
            let name = Cell::Text(name.clone().into());
            Cell::Object(vec![("name".into(), name), ("role".into(), role)])
        };
        cells[Field::Cast as usize] = Cell::List(self.actors.iter().map(actor).collect());
        cells[Field::Kind as usize] = Cell::from_text(element);
        cells
    }
}

/// The attribute that is read: the `type` of an id, the `max` of a rating, the `aspect` of a
/// picture.
fn kind_of(start: &BytesStart<'_>) -> Option<String> {
    ["type", "max", "aspect"].iter().find_map(|name| {
        let attribute = start.try_get_attribute(name).ok()??;
        Some(attribute.value.to_string())
    })
}

/// The source of the elements.
enum Elements {
    /// One file.
    File {
        input: SourceInput,
        buffer: Vec<u8>,
        line: u64,
    },
    /// The files of a folder, the last one first.
    Folder(Vec<PathBuf>),
}

/// The records of XML files.
pub(crate) struct Nfo {
    elements: Elements,
    file: Arc<str>,
    movie: NfoMovie,
}

impl Nfo {
    /// Reads the elements of one file.
    pub fn from_file(source: SourceFile) -> Nfo {
        Nfo {
            file: Arc::clone(&source.file),
            movie: NfoMovie::default(),
            elements: Elements::File {
                input: source.into_input(),
                buffer: Vec::new(),
                line: 1,
            },
        }
    }

    /// Reads the `.nfo` files of a folder and its folders. `None` when it has none.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Option<Nfo>, ImportError> {
        let file: Arc<str> = Arc::from(folder.to_string_lossy());
        let mut files = nfo_files(folder).map_err(|error| ImportError::Read {
            file: Arc::clone(&file),
            error,
        })?;
        files.sort_unstable_by(|one, other| other.cmp(one));
        Ok((!files.is_empty()).then(|| Nfo {
            elements: Elements::Folder(files),
            file,
            movie: NfoMovie::default(),
        }))
    }

    /// The next element and its line.
    fn next_text(&mut self) -> Option<Result<(u64, String), (u64, RecordError)>> {
        match &mut self.elements {
            Elements::File {
                input,
                buffer,
                line,
            } => next_element(input, buffer, line),
            Elements::Folder(files) => {
                let path = files.pop()?;
                self.file = Arc::from(path.to_string_lossy());
                Some(
                    read_nfo(&path)
                        .map(|text| (1, text))
                        .map_err(|error| (1, error)),
                )
            }
        }
    }
}

/// The `.nfo` files below a folder.
fn nfo_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            // A link may lead to a folder above.
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("nfo"))
            {
                files.push(path);
            }
            if files.len() + folders.len() > limits::MAX_NFO_FILES {
                return Err(std::io::Error::other(format!(
                    "it has more than {} files, import its folders one by one",
                    limits::MAX_NFO_FILES
                )));
            }
        }
    }
    Ok(files)
}

fn read_nfo(path: &Path) -> Result<String, RecordError> {
    let unreadable = |error: std::io::Error| {
        RecordError::new(
            RowErrorKind::Syntax,
            format!("the file cannot be read: {error}"),
        )
    };
    let mut bytes = Vec::new();
    let most = limits::MAX_IMPORT_RECORD_BYTES as u64 + 1;
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > limits::MAX_IMPORT_RECORD_BYTES {
        return Err(RecordError::too_long());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        RecordError::from_encoding(error.as_bytes(), at, "file")
    })?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// Finds the next element in a stream.
fn next_element(
    input: &mut SourceInput,
    buffer: &mut Vec<u8>,
    line: &mut u64,
) -> Option<Result<(u64, String), (u64, RecordError)>> {
    loop {
        let found = ELEMENTS
            .iter()
            .filter_map(|element| Some((start_of(buffer, element)?, *element)))
            .min();
        if let Some((start, element)) = found {
            let close = format!("</{element}>");
            if let Some(end) = memmem::find(&buffer[start..], close.as_bytes()) {
                let begins = *line + newlines(&buffer[..start]);
                let end = start + end + close.len();
                *line += newlines(&buffer[..end]);
                let bytes = buffer[start..end].to_vec();
                buffer.drain(..end);
                return Some(String::from_utf8(bytes).map(|text| (begins, text)).map_err(
                    |error| {
                        let at = error.utf8_error().valid_up_to();
                        let error = RecordError::from_encoding(error.as_bytes(), at, "element");
                        (begins, error)
                    },
                ));
            }
        }
        let begins = *line + newlines(&buffer[..found.map_or(0, |(start, _)| start)]);
        let rest = match input.fill_buf() {
            Ok(rest) => rest,
            Err(error) => return Some(Err((*line, RecordError::from_io(&error)))),
        };
        if rest.is_empty() {
            let cut = RecordError::new(
                RowErrorKind::CutOff,
                "the file ends inside the element that begins here, fetch the file again",
            );
            buffer.clear();
            return found.map(|_| Err((begins, cut)));
        }
        if buffer.len() > limits::MAX_IMPORT_RECORD_BYTES {
            if found.is_some() {
                let kind = RowErrorKind::Unreadable;
                let reason = RecordError::too_long().reason;
                return Some(Err((begins, RecordError::new(kind, reason))));
            }
            // There is no element yet. The end may contain a part of a tag.
            let keep = buffer.len() - ELEMENTS.len().max(16);
            *line += newlines(&buffer[..keep]);
            buffer.drain(..keep);
        }
        buffer.extend_from_slice(rest);
        let count = rest.len();
        input.consume(count);
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

impl RecordSource for Nfo {
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>> {
        let parsed = self.next_text()?.and_then(|(line, text)| {
            let start = ELEMENTS
                .iter()
                .filter_map(|element| Some((start_of(text.as_bytes(), element)?, *element)))
                .min();
            let Some((start, element)) = start else {
                // An episode, an artist, or the address of a page.
                return Ok((line, None));
            };
            // Some files have the address of a page after their XML.
            let end = text.rfind('>').map_or(text.len(), |end| end + 1);
            NfoMovie::parse(&text[start..end])
                .map(|movie| (line, Some((movie, element))))
                .map_err(|error| (line, error))
        });
        let (line, movie) = match parsed {
            Ok(parsed) => parsed,
            Err((line, error)) => return Some(Err(error.located(&self.file, line))),
        };
        let is_skipped = movie.is_none();
        let (movie, element) = movie.unwrap_or((NfoMovie::default(), ELEMENTS[0]));
        self.movie = movie;
        let mut cells = self.movie.cells(element);
        let key = self.movie.key.as_deref();
        cells[Field::Name as usize] = key.map_or(Cell::Missing, Cell::from_text);
        Some(Ok(SourceRecord {
            details: None,
            file: &self.file,
            line,
            id: 0,
            cells,
            is_skipped,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_read_with_its_ids_and_ratings() {
        let movie = NfoMovie::parse(
            "<movie><title>Tom &amp; Ann</title><year>1999</year><premiered>1999-05-01</premiered>\
             <ratings><rating name=\"x\" max=\"5\"><value>4</value><votes>12</votes></rating></ratings>\
             <genre>Drama</genre><genre>War</genre><uniqueid type=\"tmdb\">77</uniqueid>\
             <uniqueid type=\"imdb\">tt0000077</uniqueid><runtime>90</runtime></movie>",
        )
        .unwrap();
        let text = |field: Field| {
            let found = movie.texts.iter().find(|(known, _)| *known == field);
            found.map(|(_, text)| text.as_str())
        };
        assert_eq!(movie.key.as_deref(), Some("tt0000077"));
        assert_eq!(text(Field::Title), Some("Tom & Ann"));
        assert_eq!(text(Field::Released), Some("1999-05-01"));
        assert_eq!(text(Field::Rating), Some("4/5"));
        assert_eq!(text(Field::Votes), Some("12"));
        let genres = movie
            .texts
            .iter()
            .filter(|(field, _)| *field == Field::Genres);
        let genres: Vec<&str> = genres.map(|(_, text)| text.as_str()).collect();
        assert_eq!(genres, ["Drama", "War"]);
    }
}
