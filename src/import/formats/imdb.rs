//! IMDb's `title.basics.tsv`, joined with `title.ratings.tsv`.
//!
//! These are the largest imported files. A row therefore borrows from its line,
//! and nearly no row allocates.

use std::borrow::Cow;
use std::sync::Arc;

use super::lines::LineReader;
use super::ratings::Ratings;
use super::rows::{ImportedMovie, MovieRows, RowNotes};
use crate::config::limits;
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind, quoted};
use crate::import::field::Field;
use crate::import::options::ImportOptions;
use crate::import::source::SourceFile;
use crate::import::values::cell::Cell;
use crate::import::values::dates::{self, ParsedDate};
use crate::import::values::genres;
use crate::import::values::titles;
use crate::movie::{Genres, MovieRef, Released};

/// A missing value.
pub(crate) const MISSING: &str = r"\N";
/// The first columns of `title.ratings.tsv`.
pub(crate) const RATINGS_HEADER: [&str; 3] = ["tconst", "averageRating", "numVotes"];

/// A column of `title.basics.tsv`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Column {
    Id,
    Type,
    Title,
    OriginalTitle,
    Year,
    Runtime,
    Genres,
    /// `isAdult`, `endYear`, and columns that IMDb may add.
    Other,
}

/// The movies of IMDb's files.
pub(crate) struct Imdb {
    lines: LineReader,
    file: Arc<str>,
    columns: Vec<Column>,
    /// The types to import; empty for all.
    types: Vec<String>,
    notes: RowNotes,
    builder: ImdbRowBuilder,
    /// The ratings file, until it is read completely.
    unread: Option<(LineReader, Arc<str>)>,
}

/// Builds rows from lines.
pub(crate) struct ImdbRowBuilder {
    prefix: String,
    /// Whether a side value that cannot be read is left unknown.
    lenient: bool,
    pub ratings: Ratings,
    texts: Texts,
}

/// Texts of one row that differ from the text in its line.
#[derive(Default)]
struct Texts {
    name: String,
    title: String,
    original_title: String,
    genres: String,
}

impl Imdb {
    /// Reads the headers of both files.
    ///
    /// # Errors
    /// A header that cannot be read.
    pub fn new(
        titles: SourceFile,
        ratings: Option<SourceFile>,
        options: &ImportOptions,
    ) -> Result<Imdb, ImportError> {
        let file = Arc::clone(&titles.file);
        let mut lines = LineReader::new(titles.into_input());
        let header = header(&mut lines, &file)?;
        let unread = match ratings {
            None => None,
            Some(source) => {
                let file = Arc::clone(&source.file);
                let mut lines = LineReader::new(source.into_input());
                self::header(&mut lines, &file)?;
                Some((lines, file))
            }
        };
        Ok(Imdb {
            lines,
            file,
            columns: header.split('\t').map(Column::from_name).collect(),
            types: options.types.clone(),
            notes: RowNotes::default(),
            builder: ImdbRowBuilder::new(options.prefix.clone(), options.lenient),
            unread,
        })
    }

    /// Reads the ratings up to their end or the next error.
    fn read_ratings(&mut self) -> Option<RowError> {
        let (lines, file) = self.unread.as_mut()?;
        let ratings = &mut self.builder.ratings;
        while let Some(line) = lines.next() {
            let added =
                line.and_then(|(number, text)| ratings.add(text).map_err(|error| (number, error)));
            if let Err((line, error)) = added {
                let error = error.with_line_end(lines.is_terminated());
                let error = error.located(file, line);
                if !self.builder.lenient || error.ends_the_import() {
                    return Some(error);
                }
                self.notes.drop_value(error);
            }
        }
        ratings.sort();
        self.unread = None;
        None
    }

    /// Whether the type of the line is to be imported. A line without a type, or
    /// with invalid text, passes, so that it is reported.
    fn is_wanted(&mut self) -> bool {
        let Ok(line) = self.lines.text() else {
            return true;
        };
        let mut values = self.columns.iter().zip(TabSeparated(Some(line)));
        let found = values.find(|(column, _)| **column == Column::Type);
        found.is_none_or(|(_, found)| self.types.iter().any(|wanted| wanted == found))
    }
}

/// The line that names the columns.
fn header(lines: &mut LineReader, file: &Arc<str>) -> Result<String, ImportError> {
    match lines.next() {
        None => Err(ImportError::Empty(Arc::clone(file))),
        Some(Ok((_, text))) => Ok(text.to_owned()),
        Some(Err((line, error))) => Err(error.located(file, line).into()),
    }
}

impl Column {
    pub fn from_name(name: &str) -> Column {
        match name.trim() {
            "tconst" => Column::Id,
            "titleType" => Column::Type,
            "primaryTitle" => Column::Title,
            "originalTitle" => Column::OriginalTitle,
            "startYear" => Column::Year,
            "runtimeMinutes" => Column::Runtime,
            "genres" => Column::Genres,
            _ => Column::Other,
        }
    }
}

impl MovieRows for Imdb {
    fn next(&mut self) -> Option<Result<ImportedMovie<'_>, RowError>> {
        if let Some(error) = self.read_ratings() {
            return Some(Err(error));
        }
        let line = loop {
            match self.lines.advance()? {
                Err((line, error)) => return Some(Err(error.located(&self.file, line))),
                Ok(line) if self.types.is_empty() || self.is_wanted() => break line,
                Ok(_) => self.notes.skipped += 1,
            }
        };
        let (notes, file) = (&mut self.notes, &self.file);
        let is_terminated = self.lines.is_terminated();
        let row = self.lines.text().and_then(|text| {
            let mut report = |error: RecordError| notes.drop_value(error.located(file, line));
            let row = self.builder.row(text, &self.columns, &mut report);
            row.map_err(|error| (line, error))
        });
        Some(match row {
            Ok(movie) => Ok(ImportedMovie {
                movie,
                details: None,
            }),
            Err((line, error)) => {
                let error = error.with_line_end(is_terminated);
                Err(error.located(&self.file, line))
            }
        })
    }

    fn notes(&mut self) -> &mut RowNotes {
        &mut self.notes
    }
}

impl ImdbRowBuilder {
    /// A builder without ratings.
    pub fn new(prefix: String, lenient: bool) -> ImdbRowBuilder {
        ImdbRowBuilder {
            prefix,
            lenient,
            ratings: Ratings::new(),
            texts: Texts::default(),
        }
    }

    /// The movie of one line.
    pub fn row<'a>(
        &'a mut self,
        line: &'a str,
        columns: &[Column],
        report: &mut dyn FnMut(RecordError),
    ) -> Result<MovieRef<'a>, RecordError> {
        let (mut id, mut title, mut original, mut genres) = ("", "", "", "");
        let (mut released, mut runtime_minutes) = (None, None);
        let mut values = TabSeparated(Some(line));
        for column in columns {
            let Some(value) = values.next() else {
                return Err(RecordError::from_column_count(
                    line.split('\t').count(),
                    columns.len(),
                ));
            };
            if value == MISSING {
                continue;
            }
            match column {
                Column::Id => id = value,
                Column::Title => title = value,
                Column::OriginalTitle => original = value,
                Column::Year => released = side(self::released(value), self.lenient, report)?,
                Column::Runtime => runtime_minutes = side(runtime(value), self.lenient, report)?,
                Column::Genres => genres = value,
                Column::Type | Column::Other => {}
            }
        }
        if values.next().is_some() {
            return Err(RecordError::from_column_count(
                line.split('\t').count(),
                columns.len(),
            ));
        }
        let title = kept(titles::clean(title), &mut self.texts.title);
        if title.is_empty() {
            return Err(RecordError::with_field(
                Field::Title,
                "title is missing, a movie cannot be without one",
            ));
        }
        let original = if original == title {
            title
        } else {
            kept(titles::clean(original), &mut self.texts.original_title)
        };
        if id.is_empty() {
            return Err(RecordError::with_field(
                Field::Name,
                "name is missing, tconst is empty in this row",
            ));
        }
        let (rating, votes) = self.ratings.get(id);
        let view = MovieRef {
            id: 0,
            name: prefixed(&self.prefix, id, &mut self.texts.name),
            title,
            original_title: Some(original).filter(|text| !text.is_empty() && *text != title),
            released,
            runtime_minutes,
            genres: Genres::Joined(kept(genres::joined(genres), &mut self.texts.genres)),
            rating,
            votes,
        };
        view.check()?;
        Ok(view)
    }
}

/// A side value. With `lenient` one that cannot be read is reported and unknown.
fn side<T: Default>(
    value: Result<T, RecordError>,
    lenient: bool,
    report: &mut dyn FnMut(RecordError),
) -> Result<T, RecordError> {
    match value {
        Err(error) if lenient => {
            report(error);
            Ok(T::default())
        }
        value => value,
    }
}

/// The text itself, or the changed text after storing it in `place`.
fn kept<'a>(text: Cow<'a, str>, place: &'a mut String) -> &'a str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            *place = text;
            place
        }
    }
}

/// The name of a title.
fn prefixed<'a>(prefix: &str, id: &'a str, place: &'a mut String) -> &'a str {
    if prefix.is_empty() {
        return id;
    }
    place.clear();
    place.push_str(prefix);
    place.push_str(id);
    place
}

/// The values between tabs.
struct TabSeparated<'a>(Option<&'a str>);

impl<'a> Iterator for TabSeparated<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0?;
        let (value, rest) = match first_tab(rest.as_bytes()) {
            Some(tab) => (&rest[..tab], Some(&rest[tab + 1..])),
            None => (rest, None),
        };
        self.0 = rest;
        Some(value)
    }
}

/// The place of the first tab. TabSeparated are so short that eight bytes at a time are
/// faster than a search made for long texts.
pub(crate) fn first_tab(bytes: &[u8]) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        // A tab becomes a zero byte, whose highest bit this sets (and perhaps that
        // of a one after it).
        let zeros = u64::from_le_bytes(*word) ^ (EACH * u64::from(b'\t'));
        let found = zeros.wrapping_sub(EACH) & !zeros & (EACH << 7);
        if found != 0 {
            return Some(place * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let tab = rest.iter().position(|byte| *byte == b'\t');
    tab.map(|tab| words.len() * 8 + tab)
}

fn released(value: &str) -> Result<Option<Released>, RecordError> {
    let year = value
        .parse()
        .ok()
        .and_then(|year| Released::new(year, None, None));
    match year {
        Some(year) => Ok(Some(year)),
        None => match Cell::from_text(value).into_date()? {
            ParsedDate::Certain(date) | ParsedDate::Proof(date, _) => Ok(Some(date)),
            ParsedDate::Missing => Ok(None),
            ParsedDate::Ambiguous(day_first, month_first) => {
                let reason = dates::ambiguous(value, day_first, month_first);
                Err(RecordError::new(RowErrorKind::DateOrder, reason))
            }
        },
    }
}

/// Minutes. IMDb has titles of 0 minutes, and some of millions by mistake: both
/// are unknown.
fn runtime(value: &str) -> Result<Option<u32>, RecordError> {
    match value.parse::<u64>() {
        Ok(minutes) => Ok(u32::try_from(minutes)
            .ok()
            .filter(|minutes| (1..=limits::MAX_RUNTIME_MINUTES).contains(minutes))),
        Err(_) if value.is_empty() => Ok(None),
        Err(_) => Err(RecordError::with_field(
            Field::RuntimeMinutes,
            format!("runtimeMinutes {} is not a whole number", quoted(value)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tab_is_found_wherever_it_is() {
        for length in 0..40 {
            for other in [b'\x08', b'\n', b'a', 0x89, 0xff] {
                let mut bytes = vec![other; length];
                assert_eq!(first_tab(&bytes), None, "{length}");
                for tab in (0..length).rev() {
                    bytes[tab] = b'\t';
                    assert_eq!(first_tab(&bytes), Some(tab), "{tab} of {length}");
                }
            }
        }
    }
}
