//! The rows of one of IMDb's files, in the order of their ids.

use std::sync::Arc;

use super::error::ImdbError;
use super::faults::Faults;
use super::file::ImdbFile;
use super::ids::ImdbKey;
use super::spool::Spool;
use crate::config::limits;
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind, quoted};
use crate::import::formats::imdb::{Column, MISSING, first_tab};
use crate::import::formats::lines::{LineError, LineReader};
use crate::import::source::SourceFile;

/// Reads rows. A quote is a character like any other, and `\N` is a missing value.
pub(super) struct Table {
    pub kind: ImdbFile,
    file: Arc<str>,
    rows: Rows,
    /// The place in a row of each of [`ImdbFile::columns`].
    places: Vec<usize>,
    columns: Vec<Column>,
    key: ImdbKey,
    line: u64,
    row: String,
    /// The end of each value of the row.
    ends: [u32; limits::MAX_IMDB_COLUMNS],
}

/// The source of the rows.
enum Rows {
    /// The file, whose order is checked.
    File(LineReader),
    /// Its rows, sorted before.
    Sorted(Spool),
}

impl Rows {
    fn next(&mut self) -> Option<Result<(u64, &str), LineError>> {
        match self {
            Rows::File(lines) => lines.next(),
            Rows::Sorted(spool) => spool.next(),
        }
    }

    /// Whether the last row ended with a line end.
    fn is_terminated(&self) -> bool {
        match self {
            Rows::File(lines) => lines.is_terminated(),
            Rows::Sorted(_) => true,
        }
    }
}

impl Table {
    /// Reads the header.
    ///
    /// # Errors
    /// A header that cannot be read, or without a column.
    pub fn open(kind: ImdbFile, source: SourceFile) -> Result<Table, ImportError> {
        let file = Arc::clone(&source.file);
        let mut lines = LineReader::new(source.into_input());
        let header = match lines.next() {
            None => return Err(ImportError::Empty(file)),
            Some(Err((line, error))) => return Err(error.located(&file, line).into()),
            Some(Ok((_, text))) => text.to_owned(),
        };
        let names: Vec<&str> = header.split('\t').map(str::trim).collect();
        let place = |column: &&str| names.iter().position(|name| name == column);
        let places: Option<Vec<usize>> = kind.columns().iter().map(place).collect();
        let places = places.filter(|_| names.len() <= limits::MAX_IMDB_COLUMNS);
        Ok(Table {
            kind,
            places: places.ok_or_else(|| ImportError::NotAsNamed {
                file: Arc::clone(&file),
                named: kind,
                columns: kind.columns().join(", "),
            })?,
            file,
            rows: Rows::File(lines),
            columns: names.iter().map(|name| Column::from_name(name)).collect(),
            key: ImdbKey::FIRST,
            line: 1,
            row: String::new(),
            ends: [0; limits::MAX_IMDB_COLUMNS],
        })
    }

    /// Advances to the next row that can be read. After the last one the key is
    /// [`ImdbKey::END`].
    ///
    /// # Errors
    /// A row that ends the import, or one whose id is before that of the last row.
    pub fn advance(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        loop {
            let before = self.key;
            match self.read() {
                None => {
                    self.key = ImdbKey::END;
                    return Ok(());
                }
                Some(Ok(())) if self.key < before => return Err(ImdbError::NotInOrder(self.kind)),
                Some(Ok(())) => return Ok(()),
                Some(Err((line, error))) => {
                    self.line = line;
                    self.refuse(error, faults)?;
                }
            }
        }
    }

    /// Refuses the row.
    ///
    /// # Errors
    /// The same error, when the import ends with it.
    pub fn refuse(&self, error: RecordError, faults: &mut Faults<'_>) -> Result<(), RowError> {
        faults.refuse(self.kind, self.located(error))
    }

    /// An error of the row with its place.
    pub fn located(&self, error: RecordError) -> RowError {
        error.located(&self.file, self.line)
    }

    fn read(&mut self) -> Option<Result<(), LineError>> {
        let (line, text) = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        self.line = line;
        self.row.clear();
        self.row.push_str(text);
        let split = split(text.as_bytes(), &mut self.ends);
        if split != self.columns.len() {
            let found = text.split('\t').count();
            let error = RecordError::from_column_count(found, self.columns.len());
            return Some(Err((line, error.with_line_end(self.rows.is_terminated()))));
        }
        let id = self.value(0).unwrap_or_default();
        let Some(key) = ImdbKey::parse(id, self.kind.id_prefix()) else {
            let (column, prefix) = (self.kind.columns()[0], self.kind.id_prefix());
            let reason = format!("{column} {} is not an id like {prefix}0000001", quoted(id));
            return Some(Err((
                line,
                RecordError::new(RowErrorKind::Column(column), reason),
            )));
        };
        self.key = key;
        Some(Ok(()))
    }

    /// The columns of `title.basics`, in the order of the file.
    pub fn imdb_columns(&self) -> Vec<Column> {
        self.columns.clone()
    }

    /// The id of the row.
    pub fn key(&self) -> ImdbKey {
        self.key
    }

    /// The whole row.
    pub fn row(&self) -> &str {
        &self.row
    }

    /// A value of the row, by its place in [`ImdbFile::columns`]. `None` when it is missing.
    pub fn value(&self, column: usize) -> Option<&str> {
        let place = self.places[column];
        let start = place
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize + 1);
        let value = self.row.get(start..self.ends[place] as usize)?;
        (value != MISSING).then_some(value)
    }

    /// An error in a value of the row.
    pub fn bad_value(&self, column: usize, rule: &str) -> RecordError {
        let name = self.kind.columns()[column];
        let value = quoted(self.value(column).unwrap_or_default());
        RecordError::new(
            RowErrorKind::Column(name),
            format!("{name} {value} is not {rule}"),
        )
    }

    /// A whole number in a value of the row.
    ///
    /// # Errors
    /// Another text.
    pub fn number(&self, column: usize) -> Result<Option<u32>, RecordError> {
        let number = |text: &str| {
            text.parse()
                .map_err(|_| self.bad_value(column, "a whole number"))
        };
        self.value(column).map(number).transpose()
    }

    /// Ids in a value of the row, separated by commas.
    ///
    /// # Errors
    /// A text that is no id with this prefix.
    pub fn ids<'t>(
        &'t self,
        column: usize,
        prefix: &'t str,
    ) -> impl Iterator<Item = Result<ImdbKey, RecordError>> + 't {
        let ids = self.value(column).unwrap_or_default();
        ids.split(',').filter(|id| !id.is_empty()).map(move |id| {
            ImdbKey::parse(id, prefix)
                .ok_or_else(|| self.bad_value(column, &format!("ids like {prefix}0000001")))
        })
    }

    /// The same rows, sorted in temporary files of a folder.
    ///
    /// # Errors
    /// A row that ends the import, or a temporary file that cannot be written.
    pub fn sorted(
        mut self,
        folder: &std::path::Path,
        faults: &mut Faults<'_>,
    ) -> Result<Table, ImdbError> {
        let mut spool = super::spool::SpoolWriter::new(folder)?;
        while let Some(read) = self.read() {
            match read {
                Ok(()) => spool.add(self.key, self.line, &self.row)?,
                Err((line, error)) => {
                    self.line = line;
                    self.refuse(error, faults)?;
                }
            }
        }
        self.rows = Rows::Sorted(spool.finish()?);
        self.key = ImdbKey::FIRST;
        Ok(self)
    }
}

/// Finds the ends of the values of a row, and returns their number.
fn split(row: &[u8], ends: &mut [u32; limits::MAX_IMDB_COLUMNS]) -> usize {
    let (mut start, mut count) = (0, 0);
    while let Some(tab) = first_tab(&row[start..]) {
        if count == limits::MAX_IMDB_COLUMNS - 1 {
            return limits::MAX_IMDB_COLUMNS + 1;
        }
        ends[count] = (start + tab) as u32;
        start += tab + 1;
        count += 1;
    }
    ends[count] = row.len() as u32;
    count + 1
}
