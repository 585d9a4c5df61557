//! Rows are lent one at a time, so that the largest files need no allocation for
//! each row.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::limits;
use crate::import::errors::{RowError, RowErrorKind};
use crate::import::field::Field;
use crate::import::row::{Cells, RowBuilder};
use crate::import::values::dates::{DateOrder, ParsedDate};
use crate::movie::{Details, Movie, MovieRef};

/// The notes of an import, in addition to its rows.
#[derive(Debug, Default)]
pub struct RowNotes {
    /// Rows that were skipped because they are not movies that were asked for.
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

/// The rows of one file.
pub(crate) trait MovieRows: Send {
    /// The next valid movie, lent until the following call.
    fn next(&mut self) -> Option<Result<MovieRef<'_>, RowError>>;

    /// The notes on the rows so far.
    fn notes(&mut self) -> &mut RowNotes;

    /// The details of the last movie, with its name, where the file has them.
    fn take_details(&mut self) -> Option<(String, Box<Details>)> {
        None
    }
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
}

impl RecordSource for Box<dyn RecordSource> {
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>> {
        (**self).next()
    }
}

/// Rows that are built from records.
pub(crate) struct BuiltRows<S> {
    source: S,
    builder: RowBuilder,
    notes: RowNotes,
    last: Option<Movie>,
    details: Option<(String, Box<Details>)>,
}

impl<S: RecordSource> BuiltRows<S> {
    pub fn new(source: S, builder: RowBuilder) -> BuiltRows<S> {
        BuiltRows {
            source,
            builder,
            notes: RowNotes::default(),
            last: None,
            details: None,
        }
    }
}

impl<S: RecordSource> MovieRows for BuiltRows<S> {
    fn next(&mut self) -> Option<Result<MovieRef<'_>, RowError>> {
        loop {
            let record = match self.source.next()? {
                Ok(record) => record,
                Err(error) => return Some(Err(error)),
            };
            if record.is_skipped {
                self.notes.skipped += 1;
                continue;
            }
            let details = record.details;
            let movie = self.builder.movie(record.id, record.cells);
            let (file, line) = (record.file, record.line);
            return Some(match movie {
                Err(error) => Err(error.located(file, line)),
                Ok(movie) => {
                    for error in self.builder.dropped.drain(..) {
                        self.notes.drop_value(error.located(file, line));
                    }
                    self.details = details.map(|details| (movie.name.clone(), details));
                    Ok(self.last.insert(movie).view())
                }
            });
        }
    }

    fn notes(&mut self) -> &mut RowNotes {
        &mut self.notes
    }

    fn take_details(&mut self) -> Option<(String, Box<Details>)> {
        self.details.take()
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
