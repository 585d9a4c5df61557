//! The lines of a text file, each at most as long as a record may be.

use std::io::{BufRead, Read};

use super::fault::Problem;
use super::source::Input;
use crate::limits;

/// Reads line by line without keeping more than one.
pub(super) struct Lines {
    input: Input,
    /// The number of the last line read.
    line: u64,
    buffer: Vec<u8>,
}

/// A problem, and the line it is on.
pub(super) type LineProblem = (u64, Problem);

impl Lines {
    pub fn new(input: Input) -> Lines {
        Lines {
            input,
            line: 0,
            buffer: Vec::new(),
        }
    }

    /// The next line that is not blank, with its number, without its end.
    pub fn next(&mut self) -> Option<Result<(u64, &str), LineProblem>> {
        loop {
            self.buffer.clear();
            let most = limits::MAX_IMPORT_RECORD_BYTES as u64 + 2;
            let count = match (&mut self.input)
                .take(most)
                .read_until(b'\n', &mut self.buffer)
            {
                Ok(count) => count,
                Err(error) => return Some(Err((self.line, Problem::unreadable(&error)))),
            };
            if count == 0 {
                return None;
            }
            self.line += 1;
            if self.buffer.pop_if(|last| *last == b'\n').is_none() && count as u64 == most {
                return Some(Err(self.skip_the_rest()));
            }
            self.buffer.pop_if(|last| *last == b'\r');
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        if self.buffer.len() > limits::MAX_IMPORT_RECORD_BYTES {
            return Some(Err((self.line, Problem::too_long())));
        }
        Some(match std::str::from_utf8(&self.buffer) {
            Ok(text) => Ok((self.line, text)),
            Err(error) => {
                let at = error.valid_up_to();
                Err((self.line, Problem::encoding(&self.buffer, at, "line")))
            }
        })
    }

    /// Goes to the end of a line that is too long.
    fn skip_the_rest(&mut self) -> LineProblem {
        match self.input.skip_until(b'\n') {
            Ok(_) => (self.line, Problem::too_long()),
            Err(error) => (self.line, Problem::unreadable(&error)),
        }
    }
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
