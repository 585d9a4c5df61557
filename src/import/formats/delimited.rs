//! Files of columns: CSV, and its variants with other separators.

use std::borrow::Cow;
use std::sync::Arc;

use super::movielens::{FIRST_GENRE_FLAG, U_ITEM_COLUMNS};
use super::records::{Dialect, Record, RecordReader};
use super::rows::{RecordSource, SourceRecord};
use crate::config::limits;
use crate::import::columns::layout::{EXPORT_HEADER, Layout};
use crate::import::columns::mapping::ColumnMapping;
use crate::import::columns::sample::describe;
use crate::import::errors::{ImportError, RowError};
use crate::import::field::Field;
use crate::import::row::{Cells, exported_id};
use crate::import::source::SourceFile;
use crate::import::values::cell::Cell;

/// The records of a file of columns.
pub(crate) struct Delimited {
    file: Arc<str>,
    records: RecordReader,
    /// The fields with columns, and the indexes of these columns, the best first.
    fed: Vec<(Field, Vec<usize>)>,
    names: Vec<String>,
    /// Columns that say whether a movie has a genre.
    genre_flags: Vec<(usize, &'static str)>,
    verbatim: bool,
}

/// A file of columns whose header was fitted to the fields.
pub(crate) struct FittedColumns {
    pub columns: Vec<String>,
    pub layout: Layout,
    /// Whether the file is an export.
    pub verbatim: bool,
    /// The titles of the first rows.
    pub titles: Vec<String>,
}

/// Fits the header of a file to the fields, looking at its first rows.
///
/// # Errors
/// A header that cannot be read, a column that is not there, or no title.
pub(crate) fn fit(
    source: &SourceFile,
    dialect: Dialect,
    columns: Option<&[String]>,
    mapping: &ColumnMapping,
) -> Result<FittedColumns, ImportError> {
    let file = Arc::clone(&source.file);
    let head = source.head_alone();
    let mut records = RecordReader::new(&file, head.into_input(), dialect);
    let columns = header(&mut records, columns)?;
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let rows = sample(&mut records);
    let describe = |column: &str| {
        let place = names.iter().position(|name| *name == column);
        let values = rows
            .iter()
            .map(|row| place.map_or("", |place| row.get(place)));
        describe(values.map(Cell::from_text))
    };
    let layout = Layout::fit(mapping, &names, &file, &describe)?;
    let fed = layout.fed(&names);
    let title = fed.iter().find(|(field, _)| *field == Field::Title);
    let title = title.map(|(_, places)| places[0]);
    let titles = rows
        .iter()
        .map(|row| title.map_or("", |place| row.get(place)).trim().to_owned());
    Ok(FittedColumns {
        titles: titles.collect(),
        verbatim: mapping.is_empty() && columns == EXPORT_HEADER,
        layout,
        columns,
    })
}

fn header(
    records: &mut RecordReader,
    columns: Option<&[String]>,
) -> Result<Vec<String>, ImportError> {
    match columns {
        Some(columns) => {
            records.without_header(columns.len());
            Ok(columns.to_vec())
        }
        None => Ok(records.header()?.iter().map(str::to_owned).collect()),
    }
}

/// The first rows that can be read.
fn sample(records: &mut RecordReader) -> Vec<Record> {
    let mut rows = Vec::new();
    while rows.len() < limits::IMPORT_SAMPLE_RECORDS {
        match records.next() {
            Some(Ok((_, record))) => rows.push(record.clone()),
            Some(Err(error)) if !error.ends_the_import() => {}
            _ => break,
        }
    }
    rows
}

impl Delimited {
    /// Reads the records of a file that was fitted.
    ///
    /// # Errors
    /// A header that cannot be read.
    pub fn new(
        source: SourceFile,
        dialect: Dialect,
        columns: Option<&[String]>,
        fitted: &FittedColumns,
    ) -> Result<Delimited, ImportError> {
        let file = Arc::clone(&source.file);
        let mut records = RecordReader::new(&file, source.into_input(), dialect);
        header(&mut records, columns)?;
        let names: Vec<&str> = fitted.columns.iter().map(String::as_str).collect();
        let genre_flags = if names == U_ITEM_COLUMNS {
            (FIRST_GENRE_FLAG + 1..names.len())
                .map(|place| (place, U_ITEM_COLUMNS[place]))
                .collect()
        } else {
            Vec::new()
        };
        Ok(Delimited {
            file,
            records,
            fed: fitted.layout.fed(&names),
            names: fitted.columns.clone(),
            genre_flags,
            verbatim: fitted.verbatim,
        })
    }
}

/// The first of these columns that has a value in a row.
fn best(record: &Record, places: &[usize]) -> usize {
    let is_known = |place: &&usize| !Cell::from_text(record.get(**place)).is_null();
    let found = places.iter().find(is_known).or(places.first());
    found.copied().unwrap_or_default()
}

impl RecordSource for Delimited {
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>> {
        let (line, record) = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        let verbatim = self.verbatim;
        let mut cells = Cells::default();
        for (field, places) in &self.fed {
            cells[*field as usize] = match places.as_slice() {
                [place, ..] if verbatim => Cell::from_export(record.get(*place)),
                [place] => Cell::from_text(record.get(*place)),
                places if field.joins_columns() => {
                    let values = places
                        .iter()
                        .map(|place| Cell::from_text(record.get(*place)));
                    Cell::Columns(values.filter(|value| !value.is_null()).collect())
                }
                places => Cell::from_text(record.get(best(record, places))),
            };
        }
        if !self.genre_flags.is_empty() {
            let flagged = self.genre_flags.iter();
            let genres = flagged.filter(|(place, _)| record.get(*place).trim() == "1");
            let texts = genres.map(|(_, genre)| Cell::Text(Cow::Borrowed(*genre)));
            cells[Field::Genres as usize] = Cell::List(texts.collect());
        }
        Some(Ok(SourceRecord {
            details: None,
            // The first column of an export.
            id: if verbatim {
                exported_id(record.get(0))
            } else {
                0
            },
            file: &self.file,
            line,
            cells,
            is_skipped: false,
        }))
    }

    fn column(&self, field: Field) -> Option<&str> {
        let (_, places) = self.fed.iter().find(|(fed, _)| *fed == field)?;
        let place = best(self.records.last(), places);
        self.names.get(place).map(String::as_str)
    }
}
