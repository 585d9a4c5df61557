//! The lines of a text file, each at most as long as a record may be.

use std::io::{BufRead, Read};

use memchr::memchr;

use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::source::SourceInput;

/// Reads line by line. A line is borrowed from the input's buffer, unless it
/// crosses the end of the buffer.
pub(crate) struct LineReader {
    input: SourceInput,
    /// The number of the last line read.
    line: u64,
    /// The length of the last line, if the input's buffer holds all of it.
    bytes: Option<usize>,
    /// The bytes of the input that belong to it, including its end.
    used: usize,
    /// The last line, if it crossed the end of the buffer.
    pieces: Vec<u8>,
    /// Whether the last line ended with a newline.
    terminated: bool,
}

pub(crate) type LineError = (u64, RecordError);

/// The longest line with its end.
const MOST_BYTES: usize = limits::MAX_IMPORT_RECORD_BYTES + 2;

impl LineReader {
    pub fn new(input: SourceInput) -> LineReader {
        LineReader {
            input,
            line: 0,
            bytes: None,
            used: 0,
            pieces: Vec::new(),
            terminated: true,
        }
    }

    /// The number of the last line read.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether the last line ended with a newline.
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// The next line that is not blank, with its number, without its end.
    pub fn next(&mut self) -> Option<Result<(u64, &str), LineError>> {
        match self.advance()? {
            Ok(line) => Some(self.text().map(|text| (line, text))),
            Err(error) => Some(Err(error)),
        }
    }

    /// The line that [`LineReader::advance`] has read.
    pub fn text(&mut self) -> Result<&str, LineError> {
        let line = self.line;
        let bytes = self.bytes()?;
        str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            (line, RecordError::from_encoding(bytes, at, "line"))
        })
    }

    /// The bytes of that line, without its end.
    pub fn bytes(&mut self) -> Result<&[u8], LineError> {
        let bytes = match self.bytes {
            None => self.pieces.as_slice(),
            Some(bytes) => match self.input.fill_buf() {
                Ok(input) => &input[..bytes],
                Err(error) => return Err((self.line, RecordError::from_io(&error))),
            },
        };
        if bytes.len() > limits::MAX_IMPORT_RECORD_BYTES {
            return Err((self.line, RecordError::too_long()));
        }
        Ok(bytes)
    }

    /// Advances to the next line that is not blank, and returns its number.
    pub fn advance(&mut self) -> Option<Result<u64, LineError>> {
        loop {
            match self.advance_any()? {
                Ok(LineKind::Blank) => {}
                Ok(LineKind::Line) => return Some(Ok(self.line)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Advances to the next line.
    pub fn advance_any(&mut self) -> Option<Result<LineKind, LineError>> {
        self.input.consume(std::mem::take(&mut self.used));
        self.pieces.clear();
        self.bytes = None;
        match self.find() {
            Ok(None) => None,
            Ok(Some(kind)) => Some(Ok(kind)),
            Err(error) => Some(Err((self.line, error))),
        }
    }

    /// Finds the end of the current line.
    fn find(&mut self) -> Result<Option<LineKind>, RecordError> {
        let unreadable = |error| RecordError::from_io(&error);
        let input = self.input.fill_buf().map_err(unreadable)?;
        if input.is_empty() {
            return Ok(None);
        }
        if let Some(end) = memchr(b'\n', input) {
            self.line += 1;
            let line = without_return(&input[..end]);
            self.bytes = Some(line.len());
            self.used = end + 1;
            self.terminated = true;
            return Ok(Some(LineKind::from_bytes(line)));
        }
        let most = MOST_BYTES as u64;
        let read = self
            .input
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.pieces);
        let count = read.map_err(unreadable)?;
        self.line += 1;
        self.terminated = self.pieces.pop_if(|last| *last == b'\n').is_some();
        if !self.terminated && count == MOST_BYTES {
            self.input.skip_until(b'\n').map_err(unreadable)?;
            return Err(RecordError::too_long());
        }
        self.pieces.truncate(without_return(&self.pieces).len());
        Ok(Some(LineKind::from_bytes(&self.pieces)))
    }
}

/// Whether a line holds text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    Line,
    Blank,
}

impl LineKind {
    fn from_bytes(line: &[u8]) -> LineKind {
        match line.first() {
            Some(first) if !first.is_ascii_whitespace() => LineKind::Line,
            _ if line.trim_ascii().is_empty() => LineKind::Blank,
            _ => LineKind::Line,
        }
    }
}

/// A line without the `\r` of a `\r\n`.
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    fn lines(text: impl Into<Vec<u8>>) -> Vec<Result<(u64, String), String>> {
        let rest: Box<dyn BufRead + Send> = Box::new(std::io::empty());
        let mut lines = LineReader::new(Cursor::new(text.into()).chain(rest));
        let mut all = Vec::new();
        while let Some(line) = lines.next() {
            all.push(match line {
                Ok((number, text)) => Ok((number, text.to_owned())),
                Err((number, error)) => Err(format!("{number}: {}", error.reason)),
            });
        }
        all
    }

    #[test]
    fn blank_lines_count_and_are_left_out() {
        let expected = [Ok((2, "a".to_owned())), Ok((4, " b".to_owned()))];
        assert_eq!(lines("\na\r\n \t\n b"), expected);
        assert_eq!(lines(""), []);
    }

    #[test]
    fn what_is_not_utf8_is_refused_with_its_place() {
        let found = lines(b"ok\nAm\xe9lie\nok\n".to_vec());
        let refused = found[1].as_ref().unwrap_err();
        assert_eq!(
            refused,
            "2: byte 0xE9 at position 3 of the line is not in the encoding of the file"
        );
        assert_eq!(found[2], Ok((3, "ok".to_owned())));
    }

    #[test]
    fn the_bound_on_a_line_is_inclusive() {
        let most = limits::MAX_IMPORT_RECORD_BYTES;
        for end in ["", "\n", "\r\n"] {
            let whole = format!("{}{end}", "a".repeat(most));
            assert_eq!(lines(whole)[0].as_ref().unwrap().1.len(), most);
            for more in [1, 2, 3, 100_000] {
                let longer = format!("{}\nok", "a".repeat(most + more));
                let found = lines(longer);
                assert_eq!(
                    found[0],
                    Err("1: the record is longer than 1048576 bytes".to_owned())
                );
                assert_eq!(found[1], Ok((2, "ok".to_owned())), "{more}");
            }
        }
    }
}
