//! The XML that Kodi and Jellyfin write about a movie: `.nfo` files, and Kodi's
//! export of a whole library.

use std::borrow::Cow;
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
    /// Texts of the fields except the genres, in the order of [`Field::ALL`].
    texts: [Option<String>; Field::ALL.len()],
    genres: Vec<String>,
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
        let names: Vec<&str> = path.iter().skip(1).map(|(name, _)| name.as_str()).collect();
        let kind = path.last().and_then(|(_, kind)| kind.as_deref());
        if text.is_empty() {
            return;
        }
        let field = match names.as_slice() {
            ["title"] => Field::Title,
            ["originaltitle"] => Field::OriginalTitle,
            ["premiered" | "releasedate" | "aired"] => Field::Released,
            ["year"] if self.texts[Field::Released as usize].is_none() => Field::Released,
            ["runtime"] => Field::RuntimeMinutes,
            ["genre"] => {
                self.genres.push(text.to_owned());
                return;
            }
            ["rating"] => Field::Rating,
            ["ratings", "rating", "value"] => Field::Rating,
            ["votes"] | ["ratings", "rating", "votes"] => Field::Votes,
            ["uniqueid"] => return self.take_key(text, kind == Some("imdb")),
            ["imdbid" | "imdb_id"] => return self.take_key(text, true),
            ["id" | "tmdbid"] => return self.take_key(text, text.starts_with("tt")),
            _ => return,
        };
        // A day is better than the year that came before it.
        let place = &mut self.texts[field as usize];
        let is_better = field == Field::Released && text.len() > 4;
        if place.is_none() || is_better {
            *place = Some(match (field, names.as_slice(), path) {
                // The scale of a rating is an attribute of it.
                (Field::Rating, ["ratings", ..], [.., (_, Some(scale)), _])
                    if scale.parse::<f64>().is_ok() =>
                {
                    format!("{text}/{scale}")
                }
                _ => text.to_owned(),
            });
        }
    }

    fn take_key(&mut self, text: &str, is_imdb: bool) {
        if self.key.is_none() || (is_imdb && !self.is_imdb_key) {
            self.key = Some(text.to_owned());
            self.is_imdb_key = is_imdb;
        }
    }

    fn cells(&self) -> Cells<'_> {
        let mut cells = Cells::default();
        for (cell, text) in cells.iter_mut().zip(&self.texts) {
            *cell = text.as_deref().map_or(Cell::Missing, Cell::from_text);
        }
        let genres = self.genres.iter();
        cells[Field::Genres as usize] = Cell::List(
            genres
                .map(|genre| Cell::Text(Cow::Borrowed(genre)))
                .collect(),
        );
        cells
    }
}

/// The attribute that matters: the `type` of an id, the `max` of a rating.
fn kind_of(start: &BytesStart<'_>) -> Option<String> {
    ["type", "max"].iter().find_map(|name| {
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
    fn element(&mut self) -> Option<Result<(u64, String), (u64, RecordError)>> {
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
        let parsed = self.element()?.and_then(|(line, text)| {
            let start = ELEMENTS
                .iter()
                .filter_map(|element| start_of(text.as_bytes(), element))
                .min();
            let Some(start) = start else {
                // An episode, an artist, or the address of a page.
                return Ok((line, None));
            };
            // Some files have the address of a page after their XML.
            let end = text.rfind('>').map_or(text.len(), |end| end + 1);
            NfoMovie::parse(&text[start..end])
                .map(|movie| (line, Some(movie)))
                .map_err(|error| (line, error))
        });
        let (line, movie) = match parsed {
            Ok(parsed) => parsed,
            Err((line, error)) => return Some(Err(error.located(&self.file, line))),
        };
        let is_skipped = movie.is_none();
        self.movie = movie.unwrap_or_default();
        let mut cells = self.movie.cells();
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
        let text = |field: Field| movie.texts[field as usize].as_deref();
        assert_eq!(movie.key.as_deref(), Some("tt0000077"));
        assert_eq!(text(Field::Title), Some("Tom & Ann"));
        assert_eq!(text(Field::Released), Some("1999-05-01"));
        assert_eq!(text(Field::Rating), Some("4/5"));
        assert_eq!(text(Field::Votes), Some("12"));
        assert_eq!(movie.genres, ["Drama", "War"]);
    }
}
