//! Splits a file of columns into records, with the line on which each begins.
//!
//! Quoting follows RFC 4180, with three additions that occur in real files: a backslash before a
//! quote, spaces before an opening quote, and a quote inside quotes that no separator follows. If
//! an addition is ambiguous, the row is refused.

use std::sync::Arc;

use memchr::{memchr, memchr2, memmem};

use super::lines::{LineError, LineKind, LineReader};
use crate::config::limits;
use crate::import::errors::{ImportError, RecordError, RowError, RowErrorKind};
use crate::import::file_format::Separator;
use crate::import::source::SourceInput;

/// The dialect of the records of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub separator: Separator,
    /// Whether values may be in quotes.
    pub quotes: bool,
    /// Whether a backslash before a quote makes it a character of the value. `None`
    /// until the file shows it.
    pub backslash: Option<bool>,
    /// Lines before the header.
    pub skip_lines: u64,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            separator: Separator::Comma,
            quotes: true,
            backslash: None,
            skip_lines: 0,
        }
    }
}

/// The values of one line. Quotes that do not close on it are characters.
pub(crate) fn split(line: &str, separator: Separator) -> Vec<String> {
    let mut splitter = Splitter::new(Dialect {
        separator,
        ..Dialect::default()
    });
    if !matches!(splitter.feed(line.as_bytes()), Ok(true)) {
        let separator = str::from_utf8(separator.as_bytes()).unwrap_or_default();
        return line.split(separator).map(str::to_owned).collect();
    }
    let mut start = 0;
    let texts = splitter.ends.iter().map(|end| {
        let text = String::from_utf8_lossy(&splitter.values[start..*end]).into_owned();
        start = *end;
        text
    });
    texts.collect()
}

/// One record: the texts of its values, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    text: String,
    ends: Vec<usize>,
}

impl Record {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The value of a column; empty where the row ends before it.
    pub fn get(&self, column: usize) -> &str {
        let Some(&end) = self.ends.get(column) else {
            return "";
        };
        &self.text[self.start(column)..end]
    }

    fn start(&self, column: usize) -> usize {
        column.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }
}

/// Reads the records of a file.
pub(crate) struct RecordReader {
    lines: LineReader,
    splitter: Splitter,
    file: Arc<str>,
    /// The columns of the header; 0 before it was read.
    columns: usize,
    record: Record,
}

impl RecordReader {
    pub fn new(file: &Arc<str>, input: SourceInput, dialect: Dialect) -> RecordReader {
        RecordReader {
            lines: LineReader::new(input),
            splitter: Splitter::new(dialect),
            file: Arc::clone(file),
            columns: 0,
            record: Record::default(),
        }
    }

    /// Reads the first record, which names the columns.
    ///
    /// # Errors
    /// No record, or one that cannot be read.
    pub fn header(&mut self) -> Result<Record, ImportError> {
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

    /// Sets the number of columns of a file without a header.
    pub fn without_header(&mut self, columns: usize) {
        self.columns = columns;
    }

    /// The record that was read last.
    pub fn last(&self) -> &Record {
        &self.record
    }

    /// The next record and the line on which it begins. A row that ends early has
    /// empty values at its end.
    pub fn next(&mut self) -> Option<Result<(u64, &Record), RowError>> {
        match self.read()? {
            Ok(line) => Some(Ok((line, &self.record))),
            Err((line, error)) => Some(Err(error.located(&self.file, line))),
        }
    }

    fn read(&mut self) -> Option<Result<u64, LineError>> {
        loop {
            match self.lines.advance_any()? {
                Err(error) => return Some(Err(error)),
                Ok(_) if self.lines.line() <= self.splitter.dialect.skip_lines => {}
                Ok(LineKind::Blank) => {}
                Ok(LineKind::Line) => match self.record() {
                    Ok(Some(line)) => return Some(Ok(line)),
                    Ok(None) => {}
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }

    /// Reads the record that begins on the current line. `None` for a comment.
    fn record(&mut self) -> Result<Option<u64>, LineError> {
        let begins = self.lines.line();
        self.splitter.begin();
        let mut bytes = 0;
        loop {
            let line = self.lines.bytes()?;
            bytes += line.len() + 1;
            let is_complete = self.splitter.feed(line).map_err(|error| (begins, error))?;
            if is_complete {
                break;
            }
            if bytes > limits::MAX_IMPORT_RECORD_BYTES {
                return Err((begins, endless_quote()));
            }
            match self.lines.advance_any() {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Err((begins, open_quote())),
            }
        }
        if self.is_comment() {
            return Ok(None);
        }
        self.check(begins).map(Some)
    }

    /// Whether the record is the rule below the header of a text table, or a comment:
    /// before the header a line that begins with
    /// `#`, and later one of a single value that begins with `# ` or `##`.
    fn is_comment(&self) -> bool {
        let values = &self.splitter.values;
        let is_rule = |byte: &u8| matches!(byte, b'-' | b':' | b' ');
        if self.splitter.ends.len() > 1 && values.contains(&b'-') && values.iter().all(is_rule) {
            return true;
        }
        if self.splitter.ends.len() > 1 || values.first() != Some(&b'#') {
            return false;
        }
        let is_before_header = self.columns == 0;
        is_before_header || matches!(values.get(1), None | Some(b' ' | b'#' | b'-' | b'='))
    }

    /// Checks the number of values and that they are UTF-8.
    fn check(&mut self, line: u64) -> Result<u64, LineError> {
        let Splitter { values, ends, .. } = &mut self.splitter;
        let is_empty = |ends: &[usize]| {
            let last = ends.len() - 1;
            ends[last] == last.checked_sub(1).map_or(0, |before| ends[before])
        };
        while ends.len() > self.columns && self.columns > 0 && is_empty(ends) {
            ends.pop();
        }
        let was_cut = ends.len() < self.columns && !self.lines.is_terminated();
        if self.columns > 0 && (ends.len() > self.columns || was_cut) {
            let error = RecordError::from_column_count(ends.len(), self.columns);
            return Err((line, error.with_line_end(self.lines.is_terminated())));
        }
        if let Err(error) = str::from_utf8(values) {
            let at = error.valid_up_to();
            let column = ends.iter().position(|end| at < *end).unwrap_or_default();
            let start = column.checked_sub(1).map_or(0, |before| ends[before]);
            let place = format!("value in column {}", column + 1);
            return Err((
                line,
                RecordError::from_encoding(&values[start..], at - start, &place),
            ));
        }
        let text = std::mem::take(&mut self.record.text);
        let values = std::mem::replace(values, text.into_bytes());
        self.record.text = String::from_utf8(values).unwrap_or_default();
        std::mem::swap(&mut self.record.ends, ends);
        Ok(line)
    }
}

fn open_quote() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        "a quote that opens in this row is never closed: the file is cut off, or the quote has to \
         be doubled inside quotes",
    )
}

fn endless_quote() -> RecordError {
    RecordError::new(
        RowErrorKind::Unreadable,
        format!(
            "nothing can be read after this line: the row here is longer than {} bytes, perhaps \
             because a quote is never closed",
            limits::MAX_IMPORT_RECORD_BYTES
        ),
    )
}

fn stray_quote(column: usize) -> RecordError {
    RecordError::new(
        RowErrorKind::Quotes,
        format!(
            "the value in column {column} has text after its closing quote, double the quotes \
             inside of it"
        ),
    )
}

/// Splits lines into values.
struct Splitter {
    dialect: Dialect,
    values: Vec<u8>,
    /// The end of each value in `values`.
    ends: Vec<usize>,
    /// Set while a value in quotes continues in the next line.
    quoted: Option<Quoted>,
}

/// A value in quotes whose end was not found yet.
#[derive(Clone, Copy)]
struct Quoted {
    /// Whether a quote inside was taken as a character, though nothing marks it.
    has_stray: bool,
}

impl Splitter {
    fn new(dialect: Dialect) -> Splitter {
        Splitter {
            dialect,
            values: Vec::new(),
            ends: Vec::new(),
            quoted: None,
        }
    }

    fn begin(&mut self) {
        self.values.clear();
        self.ends.clear();
        self.quoted = None;
    }

    /// Takes a line, and returns whether the record ends with it.
    fn feed(&mut self, line: &[u8]) -> Result<bool, RecordError> {
        let mut rest = line;
        if let Some(quoted) = self.quoted {
            self.values.push(b'\n');
            match self.quoted_value(rest, quoted)? {
                None => return Ok(false),
                Some(after) => rest = after,
            }
            match self.separator(rest) {
                None => return Ok(true),
                Some(after) => rest = after,
            }
        }
        loop {
            if self.dialect.quotes
                && let Some(inside) = after_opening_quote(rest)
            {
                match self.quoted_value(inside, Quoted { has_stray: false })? {
                    None => return Ok(false),
                    Some(after) => rest = after,
                }
            } else {
                let end = self.find_separator(rest).unwrap_or(rest.len());
                self.values.extend_from_slice(&rest[..end]);
                self.ends.push(self.values.len());
                rest = &rest[end..];
            }
            match self.separator(rest) {
                None => return Ok(true),
                Some(after) => rest = after,
            }
        }
    }

    fn find_separator(&self, bytes: &[u8]) -> Option<usize> {
        match self.dialect.separator.as_bytes() {
            [byte] => memchr(*byte, bytes),
            bytes_of_it => memmem::find(bytes, bytes_of_it),
        }
    }

    /// The bytes after the separator at the beginning of `rest`.
    fn separator<'a>(&self, rest: &'a [u8]) -> Option<&'a [u8]> {
        rest.strip_prefix(self.dialect.separator.as_bytes())
    }

    /// Takes the value up to its closing quote, and returns what follows. `None` when the line ends
    /// first.
    fn quoted_value<'a>(
        &mut self,
        mut rest: &'a [u8],
        mut quoted: Quoted,
    ) -> Result<Option<&'a [u8]>, RecordError> {
        loop {
            let Some(at) = memchr2(b'"', b'\\', rest) else {
                if quoted.has_stray {
                    return Err(stray_quote(self.ends.len() + 1));
                }
                self.values.extend_from_slice(rest);
                self.quoted = Some(quoted);
                return Ok(None);
            };
            self.values.extend_from_slice(&rest[..at]);
            let after = &rest[at + 1..];
            if rest[at] == b'\\' {
                rest = self.backslash(after);
            } else if let Some(more) = after.strip_prefix(b"\"") {
                self.values.push(b'"');
                rest = more;
            } else if let Some(end) = self.end_of_value(after) {
                if quoted.has_stray && self.is_doubtful() {
                    return Err(stray_quote(self.ends.len() + 1));
                }
                self.quoted = None;
                self.ends.push(self.values.len());
                return Ok(Some(end));
            } else {
                quoted.has_stray = true;
                self.values.push(b'"');
                rest = after;
            }
        }
    }

    /// Takes a backslash inside quotes, and returns what follows. `\"` is a quote, unless a
    /// separator follows and the file does not write quotes like that.
    fn backslash<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        let marks = self.dialect.backslash;
        match after.first() {
            Some(b'"') if marks.unwrap_or_else(|| self.end_of_value(&after[1..]).is_none()) => {
                self.dialect.backslash = Some(true);
                self.values.push(b'"');
                &after[1..]
            }
            Some(b'\\') if marks == Some(true) => {
                self.values.push(b'\\');
                &after[1..]
            }
            _ => {
                self.values.push(b'\\');
                after
            }
        }
    }

    /// The text after a closing quote, from the separator or the end of the line on.
    fn end_of_value<'a>(&self, after: &'a [u8]) -> Option<&'a [u8]> {
        let spaces = after.iter().take_while(|byte| **byte == b' ').count();
        let rest = &after[spaces..];
        (rest.is_empty() || rest.starts_with(self.dialect.separator.as_bytes())).then_some(rest)
    }

    /// Whether a value with a stray quote may be two values: a quote in it is next
    /// to a separator.
    fn is_doubtful(&self) -> bool {
        let start = self.ends.last().copied().unwrap_or_default();
        let value = &self.values[start..];
        let separator = self.dialect.separator.as_bytes();
        let next_to_a_quote = |at: usize| {
            let before = value[..at].trim_ascii_end().last();
            let after = value[at + separator.len()..].trim_ascii_start().first();
            before == Some(&b'"') || after == Some(&b'"')
        };
        memmem::find_iter(value, separator).any(next_to_a_quote)
    }
}

/// The bytes after an opening quote, which spaces may precede.
fn after_opening_quote(rest: &[u8]) -> Option<&[u8]> {
    match rest.first()? {
        b'"' => Some(&rest[1..]),
        b' ' => rest.trim_ascii_start().strip_prefix(b"\""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, Cursor, Read as _};

    use super::*;

    fn records(text: &str) -> Vec<Result<String, String>> {
        let rest: Box<dyn BufRead + Send> = Box::new(std::io::empty());
        let input = Cursor::new(text.as_bytes().to_vec()).chain(rest);
        let dialect = Dialect {
            separator: Separator::Comma,
            quotes: true,
            backslash: None,
            skip_lines: 0,
        };
        let mut reader = RecordReader::new(&Arc::from("f"), input, dialect);
        reader.without_header(2);
        let mut all = Vec::new();
        while let Some(record) = reader.next() {
            all.push(match record {
                Ok((line, record)) => {
                    let values: Vec<&str> = record.iter().collect();
                    Ok(format!("{line}: {}", values.join(" | ")))
                }
                Err(error) => Err(error.to_string()),
            });
        }
        all
    }

    #[track_caller]
    fn one(text: &str, expected: &str) {
        assert_eq!(records(text), [Ok(format!("1: {expected}"))], "{text:?}");
    }

    #[test]
    fn quotes_are_read_as_people_write_them() {
        one("a,b\n", "a | b");
        one("\"a\",b\n", "a | b");
        one("\"a \"\"b\"\"\",c\n", "a \"b\" | c");
        one("\"\",b\n", " | b");
        one("\"\"\"\",b\n", "\" | b");
        one("a \"b\" c,d\n", "a \"b\" c | d");
        one("\"a \"b\" c\",d\n", "a \"b\" c | d");
        one("\"a \\\"b\\\" c\",d\n", "a \"b\" c | d");
        one("\"a\\\\b\\\"c\",\"\\\\\"\n", "a\\\\b\"c | \\");
        one("\"C:\\\",d\n", "C:\\ | d");
        one("\"a\", \"b\"\n", "a | b");
        one("\"a\" ,\"b\"\n", "a | b");
        one("\"a\nb\",c\n", "a\nb | c");
        one("a\n", "a");
    }

    #[test]
    fn what_would_be_a_guess_is_refused_and_the_next_row_is_read() {
        for text in [
            "\"Alien\" (1979),1979\n\"Aliens\",1986\n",
            "\"a\"b,\"c\"\n\"Aliens\",1986\n",
        ] {
            let found = records(text);
            let refused = found[0].as_ref().unwrap_err();
            assert!(
                refused.starts_with("f:1: the value in column 1 has text after"),
                "{refused}"
            );
            assert_eq!(found[1], Ok("2: Aliens | 1986".to_owned()));
        }
    }

    #[test]
    fn comments_and_short_rows_are_read_and_a_cut_row_is_not() {
        assert_eq!(
            records("# mine\na,b\n#1 Fan,c\nd\ne"),
            [
                Ok("2: a | b".to_owned()),
                Ok("3: #1 Fan | c".to_owned()),
                Ok("4: d".to_owned()),
                Err("f:5: the row has 1 columns and the header 2, a separator may need quotes, or the file is cut off here".to_owned()),
            ]
        );
    }
}
