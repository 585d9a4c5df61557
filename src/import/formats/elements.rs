//! The values of a JSON file one at a time, however large the file is. Only
//! their ends are looked for here; what is inside is serde_json's business.

use std::io::BufRead;

use super::lines::LineError;
use crate::config::limits;
use crate::import::errors::{RecordError, RowErrorKind};
use crate::import::source::SourceInput;

/// Splits an array into its members, or a text into the values it is made of.
pub(crate) struct Elements {
    input: SourceInput,
    /// The line that is being read, counted from 1.
    line: u64,
    /// Whether the values stand in an array, which has to be closed.
    array: bool,
    /// Whether the bracket that opens the array is still to come.
    unopened: bool,
    done: bool,
    buffer: Vec<u8>,
}

impl Elements {
    pub fn new(input: SourceInput, array: bool) -> Elements {
        Elements {
            input,
            line: 1,
            array,
            unopened: array,
            done: false,
            buffer: Vec::new(),
        }
    }

    /// The next value and the line on which it begins.
    pub fn next(&mut self) -> Option<Result<(u64, &str), LineError>> {
        if self.done {
            return None;
        }
        match self.find() {
            Ok(None) => {
                self.done = true;
                None
            }
            Ok(Some(line)) => Some(match std::str::from_utf8(&self.buffer) {
                Ok(text) => Ok((line, text)),
                Err(error) => {
                    let at = error.valid_up_to();
                    Err((line, RecordError::from_encoding(&self.buffer, at, "record")))
                }
            }),
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }

    /// Reads one value into the buffer and gives the line of its first byte.
    fn find(&mut self) -> Result<Option<u64>, LineError> {
        let Some(first) = self.skip_to_value()? else {
            return Ok(None);
        };
        let line = self.line;
        self.buffer.clear();
        let mut scan = Scan::new(first);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err((self.line, RecordError::from_io(&error))),
            };
            if chunk.is_empty() {
                return match scan.may_end_here() && !self.array {
                    true => Ok(Some(line)),
                    false => Err((line, cut_off())),
                };
            }
            let end = scan.end(chunk);
            let taken = end.unwrap_or(chunk.len());
            self.buffer.extend_from_slice(&chunk[..taken]);
            self.line += newlines(&chunk[..taken]);
            self.input.consume(taken);
            if self.buffer.len() > limits::MAX_IMPORT_RECORD_BYTES {
                return Err((line, without_end()));
            }
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }

    /// Passes over white space, commas and the brackets of the array, up to the
    /// first byte of a value.
    fn skip_to_value(&mut self) -> Result<Option<u8>, LineError> {
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err((self.line, RecordError::from_io(&error))),
            };
            if chunk.is_empty() {
                return match self.array {
                    true => Err((self.line, cut_off())),
                    false => Ok(None),
                };
            }
            let between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
            let at = chunk.iter().position(|byte| !between(byte));
            let taken = at.unwrap_or(chunk.len());
            let byte = at.map(|at| chunk[at]);
            self.line += newlines(&chunk[..taken]);
            self.input.consume(taken);
            match byte {
                None => {}
                Some(b'[') if self.unopened => {
                    self.input.consume(1);
                    self.unopened = false;
                }
                Some(b']') if self.array => {
                    self.input.consume(1);
                    // What follows the array is read as if it stood alone.
                    self.array = false;
                }
                Some(byte) => return Ok(Some(byte)),
            }
        }
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn cut_off() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        "the file ends inside the json that begins here, fetch the file again or close the \
         brackets and quotes",
    )
}

fn without_end() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        format!(
            "the json that begins here does not end within {} bytes: a bracket or a quote is \
             missing, or the movies are in a list inside an object (take it out: jq .LIST)",
            limits::MAX_IMPORT_RECORD_BYTES
        ),
    )
}

/// Looks for the end of one value.
struct Scan {
    kind: ValueKind,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

#[derive(PartialEq)]
enum ValueKind {
    /// An object, an array or a string: it ends with a byte of its own.
    Closed,
    /// A number, or anything else: it ends before the next separator.
    Open,
}

impl Scan {
    fn new(first: u8) -> Scan {
        Scan {
            kind: match first {
                b'{' | b'[' | b'"' => ValueKind::Closed,
                _ => ValueKind::Open,
            },
            depth: 0,
            in_string: false,
            escaped: false,
        }
    }

    fn may_end_here(&self) -> bool {
        self.kind == ValueKind::Open
    }

    /// How many of the bytes belong to the value, if it ends among them.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.kind == ValueKind::Open {
            let separator =
                |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'{');
            // The first byte belongs to the value, whatever it is.
            let from = usize::from(self.depth == 0);
            self.depth = 1;
            return bytes[from..].iter().position(separator).map(|at| at + from);
        }
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => continue,
            }
            if self.depth == 0 && !self.in_string && !self.escaped {
                return Some(at + 1);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    fn elements(text: &str, array: bool) -> Vec<Result<(u64, String), String>> {
        let rest: Box<dyn BufRead + Send> = Box::new(std::io::BufReader::with_capacity(
            1,
            Cursor::new(text.as_bytes().to_vec()),
        ));
        let input = Cursor::new(Vec::new()).chain(rest);
        let mut elements = Elements::new(input, array);
        let mut all = Vec::new();
        while let Some(element) = elements.next() {
            all.push(match element {
                Ok((line, text)) => Ok((line, text.to_owned())),
                Err((line, error)) => Err(format!("{line}: {}", error.reason)),
            });
        }
        all
    }

    fn ok(line: u64, text: &str) -> Result<(u64, String), String> {
        Ok((line, text.to_owned()))
    }

    #[test]
    fn members_of_an_array_are_found_with_their_lines() {
        assert_eq!(
            elements(
                "\n[{\"a\": \"}]\\\"\"},\n{\"b\": [{\n}]}\n, 7,null ,\"x\"\n]\n",
                true
            ),
            [
                ok(2, r#"{"a": "}]\""}"#),
                ok(3, "{\"b\": [{\n}]}"),
                ok(5, "7"),
                ok(5, "null"),
                ok(5, "\"x\""),
            ]
        );
        assert_eq!(elements("[]", true), []);
    }

    #[test]
    fn values_after_each_other_need_no_array() {
        assert_eq!(
            elements("{\n\"a\":1}{}\n3", false),
            [ok(1, "{\n\"a\":1}"), ok(2, "{}"), ok(3, "3")]
        );
        assert_eq!(elements(" \n", false), []);
        assert_eq!(elements("}x}{}", false), [ok(1, "}x}"), ok(1, "{}")]);
    }

    #[test]
    fn a_file_that_ends_too_early_is_no_row_less() {
        for text in [
            "",
            "[",
            "[{}",
            "[{},",
            "[{}, {\"a\":",
            "[{}, 7",
            "[\"a",
            "[\"a\\",
        ] {
            let found = elements(text, true);
            let last = found.last().unwrap().as_ref().unwrap_err();
            assert!(
                last.starts_with("1: the file ends inside"),
                "{text:?}: {last}"
            );
        }
        assert!(elements("{", false)[0].is_err());
    }

    #[test]
    fn a_value_without_end_is_not_kept() {
        let most = limits::MAX_IMPORT_RECORD_BYTES;
        let text = |padding: usize| format!("[{}]", " ".repeat(padding - 2));
        assert!(elements(&text(most), false)[0].is_ok());
        let refused = elements(&text(most + 1), false).remove(0).unwrap_err();
        assert!(
            refused.starts_with("1: the json that begins here does not end"),
            "{refused}"
        );
    }
}
