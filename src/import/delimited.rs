//! Files of columns: CSV and its cousins with semicolons or tabs.

use std::sync::Arc;

use super::cell::Cell;
use super::fault::{Fault, ImportError};
use super::field::Field;
use super::layout::{Layout, Wishes};
use super::records::Records;
use super::row::{Maker, exported_id};
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
pub(super) struct Delimited {
    records: Records,
    places: [Option<usize>; Field::ALL.len()],
    maker: Maker,
}

impl Delimited {
    /// Fits the header to the fields.
    ///
    /// # Errors
    /// A header that cannot be read, a column that is not there, or no title.
    pub fn new(
        mut records: Records,
        wishes: &Wishes,
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
            maker: Maker::new(prefix, keyed, verbatim),
        })
    }
}

impl Iterator for Delimited {
    type Item = Result<Movie, Fault>;

    fn next(&mut self) -> Option<Result<Movie, Fault>> {
        let (line, record) = match self.records.next()? {
            Ok(record) => record,
            Err(fault) => return Some(Err(fault)),
        };
        let is_verbatim = self.maker.is_verbatim();
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
        let movie = self.maker.movie(id, cells);
        Some(movie.map_err(|problem| problem.at(self.records.file(), line)))
    }
}
