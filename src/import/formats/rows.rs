//! Rows are lent one at a time, so that the largest files need no allocation for
//! each row.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::limits;
use crate::import::errors::{RecordError, RowError, RowErrorKind, quoted};
use crate::import::field::Field;
use crate::import::row::{Cells, RowBuilder};
use crate::import::values::dates::{DateOrder, ParsedDate};
use crate::movie::{Details, Movie, MovieRef};

/// The notes of an import, in addition to its rows.
#[derive(Debug, Default)]
pub struct RowNotes {
    /// Rows that were skipped because an option left them out.
    pub skipped: u64,
    /// Side values that were left unknown, by field.
    pub dropped: BTreeMap<Field, u64>,
    /// The first of these values, until the caller takes them.
    pub unreported: Vec<RowError>,
}

impl RowNotes {
    /// Counts a side value that was left unknown.
    pub fn drop_value(&mut self, error: RowError) {
        let field = match error.kind {
            RowErrorKind::Field(field) => field,
            _ => Field::Released,
        };
        *self.dropped.entry(field).or_default() += 1;
        if self.dropped.values().sum::<u64>() <= limits::MAX_REPORTED_FAULTS as u64 {
            self.unreported.push(error);
        }
    }
}

/// A movie of a file.
#[derive(Clone, Copy, Debug)]
pub struct ImportedMovie<'a> {
    /// Its plain fields.
    pub movie: MovieRef<'a>,
    /// Its details, if the file has any.
    pub details: Option<&'a Details>,
}

/// The rows of one file.
pub(crate) trait MovieRows: Send {
    /// The next valid movie, lent until the following call.
    fn next(&mut self) -> Option<Result<ImportedMovie<'_>, RowError>>;

    /// The notes on the rows so far.
    fn notes(&mut self) -> &mut RowNotes;
}

/// The values of one record, before they are a movie.
pub(crate) struct SourceRecord<'a> {
    pub file: &'a Arc<str>,
    /// The line on which the record begins, counted from 1.
    pub line: u64,
    /// The id of a row of an export; 0 elsewhere.
    pub id: u64,
    pub cells: Cells<'a>,
    /// The details of a row of an export.
    pub details: Option<Box<Details>>,
    /// Whether the record is known to be no movie.
    pub is_skipped: bool,
}

/// The records of a file of any format but IMDb's.
pub(crate) trait RecordSource: Send {
    /// The next record, lent until the following call.
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>>;

    /// The column that gave a value of the last record.
    fn column(&self, _field: Field) -> Option<&str> {
        None
    }
}

impl RecordSource for Box<dyn RecordSource> {
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>> {
        (**self).next()
    }

    fn column(&self, field: Field) -> Option<&str> {
        (**self).column(field)
    }
}

/// Rows that are built from records.
pub(crate) struct BuiltRows<S> {
    source: S,
    builder: RowBuilder,
    notes: RowNotes,
    last: Option<(Movie, Option<Box<Details>>)>,
}

impl<S: RecordSource> BuiltRows<S> {
    pub fn new(source: S, builder: RowBuilder) -> BuiltRows<S> {
        BuiltRows {
            source,
            builder,
            notes: RowNotes::default(),
            last: None,
        }
    }

    /// An error with its position: file, line and column.
    fn located(&self, mut error: RecordError, file: &Arc<str>, line: u64) -> RowError {
        let field = match error.kind {
            RowErrorKind::Field(field) => Some(field),
            RowErrorKind::DateOrder => Some(Field::Released),
            _ => None,
        };
        let column = field.and_then(|field| {
            let column = self.source.column(field)?;
            (column != field.as_str()).then_some(column)
        });
        if let Some(column) = column {
            error.reason = format!("column {}: {}", quoted(column), error.reason);
        }
        error.located(file, line)
    }
}

impl<S: RecordSource> MovieRows for BuiltRows<S> {
    fn next(&mut self) -> Option<Result<ImportedMovie<'_>, RowError>> {
        loop {
            let mut record = match self.source.next()? {
                Ok(record) => record,
                Err(error) => return Some(Err(error)),
            };
            if record.is_skipped {
                self.notes.skipped += 1;
                continue;
            }
            let movie = self.builder.movie(record.id, &mut record.cells);
            let details = match record.details {
                None if movie.is_ok() => self.builder.details(&mut record.cells),
                details => details,
            };
            let movie = match movie {
                Ok(movie) if self.builder.dropped.is_empty() => movie,
                movie => {
                    let (file, line) = (Arc::clone(record.file), record.line);
                    let movie = movie.map_err(|error| self.located(error, &file, line));
                    let movie = match movie {
                        Ok(movie) => movie,
                        Err(error) => return Some(Err(error)),
                    };
                    for error in std::mem::take(&mut self.builder.dropped) {
                        let error = self.located(error, &file, line);
                        self.notes.drop_value(error);
                    }
                    movie
                }
            };
            let (movie, details) = self.last.insert((movie, details));
            return Some(Ok(ImportedMovie {
                movie: movie.view(),
                details: details.as_deref(),
            }));
        }
    }

    fn notes(&mut self) -> &mut RowNotes {
        &mut self.notes
    }
}

/// The order of day and month that the dates of all records prove. `None` when
/// they prove none, or both.
pub(crate) fn date_order(mut source: impl RecordSource) -> Option<DateOrder> {
    let mut proven = None;
    while let Some(record) = source.next() {
        let record = match record {
            Ok(record) => record,
            Err(error) if error.ends_the_import() => break,
            Err(_) => continue,
        };
        let released = record.cells[Field::Released as usize].clone();
        if let Ok(ParsedDate::Proof(_, order)) = released.into_date() {
            if proven.is_some_and(|proven| proven != order) {
                return None;
            }
            proven = Some(order);
        }
    }
    proven
}
