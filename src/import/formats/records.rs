//! The records of a file of columns, with the line each begins on.

use std::io::{self, Read};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use crate::config::limits;
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind};
use crate::import::source::SourceInput;

/// Put behind the last byte of a file. A complete file gives it back as a record
/// of its own; in a file that ends inside quotes it becomes part of a value. No
/// text holds these bytes.
const END_MARK: &[u8] = b"\n\x00\x1c\x00\n";
/// Bytes that the parser reads at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Splits a file into records, each with as many values as the header.
pub(crate) struct RecordReader {
    reader: csv::Reader<Marked>,
    file: Arc<str>,
    columns: usize,
    /// The line of the last record, for what goes wrong behind it.
    line: u64,
    bytes: ByteRecord,
    texts: StringRecord,
}

impl RecordReader {
    /// `quotes` says whether values may stand in quotes; in IMDb's files a quote
    /// is a character like any other.
    pub fn new(file: &Arc<str>, input: SourceInput, delimiter: u8, quotes: bool) -> RecordReader {
        let marked = Marked {
            input,
            mark: END_MARK,
            pending: 0,
        };
        RecordReader {
            reader: ReaderBuilder::new()
                .delimiter(delimiter)
                .quoting(quotes)
                .has_headers(false)
                .flexible(true)
                // Line numbers stay right only when one byte ends a line; a `\r`
                // before it is taken off below.
                .terminator(Terminator::Any(b'\n'))
                .buffer_capacity(BUFFER_BYTES)
                .from_reader(marked),
            file: Arc::clone(file),
            columns: 0,
            line: 0,
            bytes: ByteRecord::new(),
            texts: StringRecord::new(),
        }
    }

    /// The file as it was named.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Reads the first record, which names the columns.
    ///
    /// # Errors
    /// No record, or one that cannot be read.
    pub fn header(&mut self) -> Result<StringRecord, ImportError> {
        match self.next() {
            None => Err(ImportError::Empty(Arc::clone(&self.file))),
            Some(Err(error)) => Err(error.into()),
            Some(Ok((_, record))) => {
                let header = record.clone();
                self.columns = header.len();
                Ok(header)
            }
        }
    }

    /// The next record and the line on which it begins.
    pub fn next(&mut self) -> Option<Result<(u64, &StringRecord), RowError>> {
        match self.read()? {
            Ok(line) => Some(Ok((line, &self.texts))),
            Err((line, error)) => Some(Err(error.located(&self.file, line))),
        }
    }

    fn read(&mut self) -> Option<Result<u64, (u64, RecordError)>> {
        let mut bytes = std::mem::take(&mut self.bytes);
        loop {
            let start = self.reader.position().byte();
            match self.reader.read_byte_record(&mut bytes) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err((self.line + 1, self.broken(error)))),
            }
            let length = self.reader.position().byte() - start;
            self.reader.get_mut().pending = 0;
            if bytes.len() == 1 && &bytes[0] == END_MARK.trim_ascii() {
                return None;
            }
            // The parser has read the end of the record's last line as well.
            let inside = bytes
                .as_slice()
                .iter()
                .filter(|byte| **byte == b'\n')
                .count() as u64;
            self.line = self.reader.position().line().saturating_sub(1);
            let line = self.line.saturating_sub(inside);
            if bytes.as_slice().ends_with(END_MARK) {
                return Some(Err((line + 1, open_quote())));
            }
            if length > limits::MAX_IMPORT_RECORD_BYTES as u64 {
                self.bytes = bytes;
                return Some(Err((line, RecordError::too_long())));
            }
            if bytes.len() > 1 || !bytes.as_slice().trim_ascii().is_empty() {
                return Some(self.check(line, bytes));
            }
        }
    }

    /// Checks the number of values and that they are UTF-8.
    fn check(&mut self, line: u64, mut bytes: ByteRecord) -> Result<u64, (u64, RecordError)> {
        take_off_carriage_return(&mut bytes);
        while bytes.len() > self.columns && self.columns > 0 && bytes[bytes.len() - 1].is_empty() {
            bytes.truncate(bytes.len() - 1);
        }
        let count = bytes.len();
        match StringRecord::from_byte_record(bytes) {
            Err(error) => {
                let place = error.utf8_error().clone();
                let bytes = error.into_byte_record();
                let column = format!("value in column {}", place.field() + 1);
                let error =
                    RecordError::from_encoding(&bytes[place.field()], place.valid_up_to(), &column);
                self.bytes = bytes;
                Err((line, error))
            }
            Ok(texts) => {
                self.bytes = std::mem::replace(&mut self.texts, texts).into_byte_record();
                if self.columns > 0 && count != self.columns {
                    return Err((line, RecordError::from_column_count(count, self.columns)));
                }
                Ok(line)
            }
        }
    }

    /// What stopped the parser.
    fn broken(&self, error: csv::Error) -> RecordError {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => RecordError::from_io(&error),
            other => RecordError::new(RowErrorKind::Unreadable, format!("{other:?}")),
        }
    }
}

fn open_quote() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        "a quote that opens in this row is never closed: the file is cut off, or the quote has to \
         be doubled inside quotes",
    )
}

/// Takes the `\r` of a `\r\n` from the last value.
fn take_off_carriage_return(bytes: &mut ByteRecord) {
    let last = bytes.len().saturating_sub(1);
    let Some(value) = bytes.get(last).and_then(|value| value.strip_suffix(b"\r")) else {
        return;
    };
    let value = value.to_vec();
    bytes.truncate(last);
    bytes.push_field(&value);
}

/// A file with [`END_MARK`] behind it, and a bound on what one record may read.
struct Marked {
    input: SourceInput,
    /// What is left of the mark.
    mark: &'static [u8],
    /// Bytes read since the last record was complete.
    pending: usize,
}

impl Read for Marked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending > limits::MAX_IMPORT_RECORD_BYTES + BUFFER_BYTES {
            return Err(io::Error::other(format!(
                "the row here is longer than {} bytes, perhaps because a quote is never closed",
                limits::MAX_IMPORT_RECORD_BYTES
            )));
        }
        let mut count = self.input.read(buffer)?;
        if count == 0 {
            count = self.mark.read(buffer)?;
        }
        self.pending += count;
        Ok(count)
    }
}
