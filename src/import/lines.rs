//! The lines of a text file, each at most as long as a record may be.

use std::io::{BufRead, Read};

use memchr::memchr;

use super::fault::Problem;
use super::source::Input;
use crate::config::limits;

/// Reads line by line. A line stays where the input has it, unless it is in two
/// pieces there.
pub(super) struct Lines {
    input: Input,
    /// The number of the last line read.
    line: u64,
    /// The bytes of the last line in the input, if it is there as a whole.
    bytes: Option<usize>,
    /// What of the input belongs to it, its end included.
    used: usize,
    /// The last line where it was in two pieces.
    pieces: Vec<u8>,
}

/// A problem, and the line it is on.
pub(super) type LineProblem = (u64, Problem);

/// The longest line with its end.
const MOST_BYTES: usize = limits::MAX_IMPORT_RECORD_BYTES + 2;

impl Lines {
    pub fn new(input: Input) -> Lines {
        Lines {
            input,
            line: 0,
            bytes: None,
            used: 0,
            pieces: Vec::new(),
        }
    }

    /// The next line that is not blank, with its number, without its end.
    pub fn next(&mut self) -> Option<Result<(u64, &str), LineProblem>> {
        match self.advance()? {
            Ok(line) => Some(self.text().map(|text| (line, text))),
            Err(problem) => Some(Err(problem)),
        }
    }

    /// The line that [`Lines::advance`] has read.
    pub fn text(&mut self) -> Result<&str, LineProblem> {
        let bytes = match self.bytes {
            None => self.pieces.as_slice(),
            Some(bytes) => match self.input.fill_buf() {
                Ok(input) => &input[..bytes],
                Err(error) => return Err((self.line, Problem::unreadable(&error))),
            },
        };
        if bytes.len() > limits::MAX_IMPORT_RECORD_BYTES {
            return Err((self.line, Problem::too_long()));
        }
        str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            (self.line, Problem::encoding(bytes, at, "line"))
        })
    }

    /// Goes to the next line that is not blank, and gives its number.
    pub fn advance(&mut self) -> Option<Result<u64, LineProblem>> {
        loop {
            self.input.consume(std::mem::take(&mut self.used));
            self.pieces.clear();
            self.bytes = None;
            match self.find() {
                Ok(Found::Nothing) => return None,
                Ok(Found::Line) => return Some(Ok(self.line)),
                Ok(Found::Blank) => {}
                Err(problem) => return Some(Err((self.line, problem))),
            }
        }
    }

    /// Finds the end of the line that the input is at.
    fn find(&mut self) -> Result<Found, Problem> {
        let unreadable = |error| Problem::unreadable(&error);
        let input = self.input.fill_buf().map_err(unreadable)?;
        if input.is_empty() {
            return Ok(Found::Nothing);
        }
        if let Some(end) = memchr(b'\n', input) {
            self.line += 1;
            let line = without_return(&input[..end]);
            self.bytes = Some(line.len());
            self.used = end + 1;
            return Ok(Found::of(line));
        }
        let most = MOST_BYTES as u64;
        let read = self
            .input
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.pieces);
        let count = read.map_err(unreadable)?;
        self.line += 1;
        if self.pieces.pop_if(|last| *last == b'\n').is_none() && count == MOST_BYTES {
            // To its end, wherever that is.
            self.input.skip_until(b'\n').map_err(unreadable)?;
            return Err(Problem::too_long());
        }
        self.pieces.truncate(without_return(&self.pieces).len());
        Ok(Found::of(&self.pieces))
    }
}

/// What [`Lines::find`] has found.
enum Found {
    Line,
    Blank,
    Nothing,
}

impl Found {
    fn of(line: &[u8]) -> Found {
        match line.first() {
            Some(first) if !first.is_ascii_whitespace() => Found::Line,
            _ if line.trim_ascii().is_empty() => Found::Blank,
            _ => Found::Line,
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
        let mut lines = Lines::new(Cursor::new(text.into()).chain(rest));
        let mut all = Vec::new();
        while let Some(line) = lines.next() {
            all.push(match line {
                Ok((number, text)) => Ok((number, text.to_owned())),
                Err((number, problem)) => Err(format!("{number}: {}", problem.reason)),
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
            "2: byte 0xE9 at position 3 of the line is not utf-8, convert the file first: iconv \
             -f latin1 -t utf-8"
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
