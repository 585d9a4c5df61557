//! The rows of one of IMDb's files, in the order of their ids.

use std::ops::Range;
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

/// Reads rows in blocks. A quote is a character like any other, and `\N` is a missing value.
///
/// A block has the rows up to an id. Its text can be hashed before its rows are read one by one.
pub(super) struct Table {
    pub kind: ImdbFile,
    file: Arc<str>,
    rows: Rows,
    /// The place in a row of each of [`ImdbFile::columns`].
    places: Vec<usize>,
    columns: Vec<Column>,
    block: Block,
    /// The id of the row after the block, which is the current one of `rows`, and its line.
    next: (ImdbKey, u64),
    key: ImdbKey,
    line: u64,
    /// The current row in the text of the block.
    row: Range<usize>,
    /// The end of each value of the row.
    ends: [u32; limits::MAX_IMDB_COLUMNS],
}

/// Rows in one text.
#[derive(Default)]
struct Block {
    text: String,
    /// The id, the line and the end of each row.
    rows: Vec<(ImdbKey, u64, usize)>,
    /// The number of rows that were read one by one.
    read: usize,
    /// The block has the rows with ids before this one.
    end: ImdbKey,
    /// Whether the text had all rows of the block at once.
    is_whole: bool,
}

/// The source of the rows.
enum Rows {
    /// The file, whose order is checked.
    File(LineReader),
    /// Its rows, sorted before.
    Sorted(Spool),
}

impl Rows {
    fn advance(&mut self) -> Option<Result<u64, LineError>> {
        match self {
            Rows::File(lines) => lines.advance(),
            Rows::Sorted(spool) => spool.advance(),
        }
    }

    /// Whether the last line of the file ended with a newline.
    fn is_terminated(&self) -> bool {
        match self {
            Rows::File(lines) => lines.is_terminated(),
            Rows::Sorted(spool) => spool.is_terminated,
        }
    }

    fn bytes(&mut self) -> Result<&[u8], LineError> {
        match self {
            Rows::File(lines) => lines.bytes(),
            Rows::Sorted(spool) => Ok(spool.text().as_bytes()),
        }
    }

    fn text(&mut self) -> Result<&str, LineError> {
        match self {
            Rows::File(lines) => lines.text(),
            Rows::Sorted(spool) => Ok(spool.text()),
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
            block: Block::default(),
            next: (ImdbKey::FIRST, 1),
            key: ImdbKey::FIRST,
            line: 1,
            row: 0..0,
            ends: [0; limits::MAX_IMDB_COLUMNS],
        })
    }

    /// Reads the first row.
    ///
    /// # Errors
    /// A row that ends the import.
    pub fn start(mut self, faults: &mut Faults<'_>) -> Result<Table, ImdbError> {
        self.read_next(faults)?;
        Ok(self)
    }

    /// The id of the row after the block. After the last one it is [`ImdbKey::END`].
    pub fn next_key(&self) -> ImdbKey {
        self.next.0
    }

    /// Begins a block of the rows before an id.
    ///
    /// # Errors
    /// A row that ends the import, or one whose id is before that of the last row.
    pub fn fill(&mut self, end: ImdbKey, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        self.block.end = end;
        self.block.is_whole = true;
        self.refill(faults)
    }

    /// Begins a block of some rows. `is_start` returns whether a block begins with an id. Returns
    /// the id after the block.
    ///
    /// # Errors
    /// As [`Table::fill`].
    pub fn fill_some(
        &mut self,
        is_start: impl Fn(ImdbKey) -> bool,
        most: usize,
        faults: &mut Faults<'_>,
    ) -> Result<ImdbKey, ImdbError> {
        self.fill(ImdbKey::FIRST, faults)?;
        let mut last = self.next_key();
        while self.next_key() < ImdbKey::END
            && (self.next_key() == last
                || self.block.rows.len() < most && !is_start(self.next_key()))
            && self.block.text.len() < limits::MAX_IMDB_BLOCK_BYTES
        {
            last = self.next_key();
            self.take(faults)?;
        }
        self.block.is_whole = self.next_key() != last;
        self.block.end = if self.block.is_whole {
            self.next_key()
        } else {
            ImdbKey::from_order(last.order() + 1)
        };
        Ok(self.block.end)
    }

    /// Replaces the rows that were read with the next ones of the block.
    fn refill(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        self.block.text.clear();
        self.block.rows.clear();
        self.rewind();
        while self.next_key() < self.block.end {
            if self.block.text.len() >= limits::MAX_IMDB_BLOCK_BYTES {
                self.block.is_whole = false;
                break;
            }
            self.take(faults)?;
        }
        Ok(())
    }

    /// Adds the next row to the block.
    fn take(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        match self.rows.text() {
            Ok(text) => {
                self.block.text.push_str(text);
                let (key, line) = self.next;
                self.block.rows.push((key, line, self.block.text.len()));
            }
            Err((line, error)) => {
                self.line = line;
                self.refuse(error, faults)?;
            }
        }
        let before = self.next_key();
        self.read_next(faults)?;
        if self.next_key() < before {
            return Err(ImdbError::NotInOrder(self.kind));
        }
        Ok(())
    }

    /// Reads the row after the block, with an id that can be read.
    fn read_next(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        loop {
            self.next = match self.rows.advance() {
                None => (ImdbKey::END, 0),
                Some(Ok(line)) => match self.id_of_next(line) {
                    Ok(key) => (key, line),
                    Err((line, error)) => {
                        self.line = line;
                        self.refuse(error, faults)?;
                        continue;
                    }
                },
                Some(Err((line, error))) => {
                    self.line = line;
                    self.refuse(error, faults)?;
                    continue;
                }
            };
            return Ok(());
        }
    }

    fn id_of_next(&mut self, line: u64) -> Result<ImdbKey, LineError> {
        let (kind, place) = (self.kind, self.places[0]);
        let row = self.rows.bytes()?;
        let mut rest = row;
        for _ in 0..place {
            rest = first_tab(rest).map_or(&[][..], |tab| &rest[tab + 1..]);
        }
        let id = &rest[..first_tab(rest).unwrap_or(rest.len())];
        if let Some(key) = ImdbKey::from_bytes(id, kind.id_prefix()) {
            return Ok(key);
        }
        let id = String::from_utf8_lossy(id).into_owned();
        let text = self.rows.text()?;
        let found = text.split('\t').count();
        if found != self.columns.len() {
            let error = RecordError::from_column_count(found, self.columns.len());
            return Err((line, error));
        }
        let id = if id == MISSING { "" } else { &id };
        let (column, prefix) = (kind.columns()[0], kind.id_prefix());
        let reason = format!("{column} {} is not an id like {prefix}0000001", quoted(id));
        let error = RecordError::new(RowErrorKind::Column(column), reason);
        Err((line, error))
    }

    /// Advances to the next row of the block that can be read. After the last one the key is
    /// [`ImdbKey::END`].
    ///
    /// # Errors
    /// A row that ends the import, or one whose id is before that of the last row.
    pub fn advance(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        loop {
            let Some(&(key, line, end)) = self.block.rows.get(self.block.read) else {
                if self.next_key() < self.block.end {
                    self.refill(faults)?;
                    continue;
                }
                self.key = ImdbKey::END;
                return Ok(());
            };
            self.block.read += 1;
            self.row = self.row.end..end;
            self.line = line;
            let row = self.block.text[self.row.clone()].as_bytes();
            let found = split(row, &mut self.ends);
            if found == self.columns.len() {
                self.key = key;
                return Ok(());
            }
            let found = self.row().split('\t').count();
            let error = RecordError::from_column_count(found, self.columns.len());
            let is_last =
                self.block.read == self.block.rows.len() && self.next_key() == ImdbKey::END;
            let is_terminated = !is_last || self.rows.is_terminated();
            self.refuse(error.with_line_end(is_terminated), faults)?;
        }
    }

    /// Calls `each` at every row of a block that is kept as a whole, and returns before the first.
    /// Returns whether all rows could be read.
    ///
    /// # Errors
    /// A row that ends the import.
    pub fn each_of_block(&mut self, mut each: impl FnMut(&Table)) -> Result<bool, ImdbError> {
        // Rows that it refuses are counted when the block is read again.
        let mut ignored = |_: &RowError| {};
        let mut faults = Faults::new(true, &mut ignored);
        self.rewind();
        self.advance(&mut faults)?;
        while self.key < ImdbKey::END {
            each(self);
            self.advance(&mut faults)?;
        }
        self.rewind();
        Ok(faults.count() == 0)
    }

    /// Returns before the first row of the block.
    pub fn rewind(&mut self) {
        self.block.read = 0;
        self.row = 0..0;
    }

    /// The text of all rows of the block. `None` when it is too long to be kept at once.
    pub fn block_text(&self) -> Option<&str> {
        self.block.is_whole.then_some(&self.block.text)
    }

    /// The number of rows of the block, as far as they are kept.
    pub fn block_len(&self) -> usize {
        self.block.rows.len()
    }

    /// The id of each row of the block.
    pub fn block_keys(&self) -> impl ExactSizeIterator<Item = ImdbKey> {
        self.block.rows.iter().map(|(key, ..)| *key)
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
        &self.block.text[self.row.clone()]
    }

    /// A value of the row, by its place in [`ImdbFile::columns`]. `None` when it is missing.
    pub fn value(&self, column: usize) -> Option<&str> {
        let place = self.places[column];
        let start = place
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize + 1);
        let value = self.row().get(start..self.ends[place] as usize)?;
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
        loop {
            self.read_next(faults)?;
            let (key, line) = self.next;
            if key == ImdbKey::END {
                break;
            }
            match self.rows.text() {
                Ok(text) => spool.add(key, line, text)?,
                Err((line, error)) => {
                    self.line = line;
                    self.refuse(error, faults)?;
                }
            }
        }
        let is_terminated = self.rows.is_terminated();
        self.rows = Rows::Sorted(spool.finish(is_terminated)?);
        self.start(faults)
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
