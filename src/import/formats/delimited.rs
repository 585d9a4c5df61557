//! Files of columns: CSV and its cousins with semicolons or tabs.

use std::sync::Arc;

use super::records::RecordReader;
use crate::import::columns::layout::{ColumnMapping, Layout};
use crate::import::errors::{ImportError, RowError};
use crate::import::field::Field;
use crate::import::row::{RowBuilder, exported_id};
use crate::import::values::cell::Cell;
use crate::movie::Movie;

/// The header of `catalogue export --format csv`.
pub const EXPORT_HEADER: [&str; 9] = [
    "id",
    "name",
    "title",
    "original_title",
    "released",
    "runtime_minutes",
    "genres",
    "rating",
    "votes",
];

/// The movies of a file of columns.
pub(crate) struct Delimited {
    records: RecordReader,
    places: [Option<usize>; Field::ALL.len()],
    builder: RowBuilder,
}

impl Delimited {
    /// Fits the header to the fields.
    ///
    /// # Errors
    /// A header that cannot be read, a column that is not there, or no title.
    pub fn new(
        mut records: RecordReader,
        wishes: &ColumnMapping,
        prefix: &str,
    ) -> Result<Delimited, ImportError> {
        let file = Arc::clone(records.file());
        let header = records.header()?;
        let columns: Vec<&str> = header.iter().collect();
        let layout = Layout::fit(wishes, &columns, &file, "")?;
        let places = layout.places(&columns);
        let verbatim = wishes.is_empty() && columns == EXPORT_HEADER;
        let keyed = places[Field::Name as usize].is_some();
        Ok(Delimited {
            records,
            places,
            builder: RowBuilder::new(prefix, keyed, verbatim),
        })
    }
}

impl Iterator for Delimited {
    type Item = Result<Movie, RowError>;

    fn next(&mut self) -> Option<Result<Movie, RowError>> {
        let (line, record) = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        let is_verbatim = self.builder.is_verbatim();
        // The first column of the header above.
        let id = match is_verbatim {
            true => exported_id(&record[0]),
            false => 0,
        };
        let cells = self.places.map(|place| {
            let text = place
                .and_then(|place| record.get(place))
                .unwrap_or_default();
            match is_verbatim {
                true => Cell::from_export(text),
                false => Cell::from_text(text),
            }
        });
        let movie = self.builder.movie(id, cells);
        Some(movie.map_err(|error| error.located(self.records.file(), line)))
    }
}
