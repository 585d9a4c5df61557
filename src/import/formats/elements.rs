//! The values of a JSON file one at a time, however large the file is. Only the ends
//! of values are found here; serde_json parses them.

use std::io::BufRead;

use super::json_shape::{JsonShape, is_movie};
use super::lines::LineError;
use crate::config::limits;
use crate::import::errors::{RecordError, RowErrorKind};
use crate::import::source::SourceInput;

/// One value of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element<'a> {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    pub text: &'a str,
    /// The key before it, where the file has its movies by id.
    pub key: Option<&'a str>,
}

/// The kind of value that the reader is in.
#[derive(Clone, Debug, PartialEq)]
enum Level {
    /// An array whose members are wanted.
    Array,
    /// An object of which one member, below `path[depth]`, is wanted.
    Path(usize),
    /// An object of which the lists of movies are wanted.
    Lists,
    /// An object whose members are wanted.
    ById,
}

/// Splits a file into the values that are movies.
pub(crate) struct Elements {
    input: SourceInput,
    /// The line that is being read, counted from 1.
    line: u64,
    shape: JsonShape,
    levels: Vec<Level>,
    /// Whether the bracket that opens the array of the file is still to come.
    unopened: bool,
    done: bool,
    buffer: Vec<u8>,
    key: Option<String>,
}

impl Elements {
    /// Reads the values of a file, or with `is_array` the members of its array.
    pub fn new(input: SourceInput, is_array: bool, shape: JsonShape) -> Elements {
        Elements {
            input,
            line: 1,
            shape,
            levels: Vec::new(),
            unopened: is_array,
            done: false,
            buffer: Vec::new(),
            key: None,
        }
    }

    /// The next value.
    pub fn next(&mut self) -> Option<Result<Element<'_>, LineError>> {
        if self.done {
            return None;
        }
        match self.find() {
            Ok(None) => {
                self.done = true;
                None
            }
            Ok(Some(line)) => Some(match std::str::from_utf8(&self.buffer) {
                Ok(text) => Ok(Element {
                    line,
                    text,
                    key: self.key.as_deref(),
                }),
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

    /// Reads one wanted value into the buffer, and returns the line of its first byte.
    fn find(&mut self) -> Result<Option<u64>, LineError> {
        loop {
            let Some(first) = self.skip_space()? else {
                return if self.levels.is_empty() && !self.unopened {
                    Ok(None)
                } else {
                    Err((self.line, cut_off()))
                };
            };
            let level = self.levels.last().cloned();
            match (first, level) {
                (b'[', None) if self.unopened => {
                    self.unopened = false;
                    self.enter(Level::Array);
                }
                (b']', Some(Level::Array))
                | (b'}', Some(Level::Path(_) | Level::Lists | Level::ById)) => {
                    self.leave();
                }
                (b'{', None) if self.shape != JsonShape::Values => self.enter(self.level_at(0)),
                (first, None | Some(Level::Array)) => {
                    self.key = None;
                    return self.capture(first).map(Some);
                }
                (_, Some(level)) => {
                    if let Some(line) = self.member(&level)? {
                        return Ok(Some(line));
                    }
                }
            }
        }
    }

    fn enter(&mut self, level: Level) {
        self.input.consume(1);
        self.levels.push(level);
    }

    fn leave(&mut self) {
        self.input.consume(1);
        self.levels.pop();
    }

    /// The level of the object below this number of keys.
    fn level_at(&self, depth: usize) -> Level {
        match &self.shape {
            JsonShape::Lists(path) if depth == path.len() => Level::Lists,
            JsonShape::ById(path) if depth == path.len() => Level::ById,
            _ => Level::Path(depth),
        }
    }

    /// Reads one member of an object: into the buffer if it is wanted.
    fn member(&mut self, level: &Level) -> Result<Option<u64>, LineError> {
        let key = self.member_key()?;
        let Some(first) = self.skip_space()? else {
            return Err((self.line, cut_off()));
        };
        match level {
            Level::ById if first == b'{' => {
                self.key = key;
                return self.capture(first).map(Some);
            }
            Level::Path(depth) if first == b'{' && self.is_path(*depth, key.as_deref()) => {
                self.enter(self.level_at(depth + 1));
                return Ok(None);
            }
            Level::Lists if first == b'[' => {
                self.enter(Level::Array);
                if self.skip_space()? == Some(b'{') {
                    let line = self.capture(b'{')?;
                    if str::from_utf8(&self.buffer).is_ok_and(is_movie) {
                        self.key = None;
                        return Ok(Some(line));
                    }
                }
                self.levels.pop();
                self.skip_rest_of_array()?;
            }
            _ => self.skip(first)?,
        }
        Ok(None)
    }

    fn is_path(&self, depth: usize, key: Option<&str>) -> bool {
        let (JsonShape::Lists(path) | JsonShape::ById(path)) = &self.shape else {
            return false;
        };
        path.get(depth).map(String::as_str) == key
    }

    /// The key of a member, up to its colon.
    fn member_key(&mut self) -> Result<Option<String>, LineError> {
        let line = self.capture(b'"')?;
        let key = serde_json::from_slice(&self.buffer).ok();
        let colon = self.skip_space()?;
        if key.is_none() || colon != Some(b':') {
            return Err((line, broken_object()));
        }
        self.input.consume(1);
        Ok(key)
    }

    /// Reads one value into the buffer.
    fn capture(&mut self, first: u8) -> Result<u64, LineError> {
        let line = self.line;
        self.buffer.clear();
        let mut scan = Scan::new(first);
        loop {
            let chunk = chunk(&mut self.input, self.line)?;
            if chunk.is_empty() {
                return if scan.may_end_here() && self.levels.is_empty() {
                    Ok(line)
                } else {
                    Err((line, cut_off()))
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
                return Ok(line);
            }
        }
    }

    /// Skips one value of any size.
    fn skip(&mut self, first: u8) -> Result<(), LineError> {
        let mut scan = Scan::new(first);
        scan.in_object = true;
        self.skip_with(scan)
    }

    /// Skips the members of an array up to its closing bracket.
    fn skip_rest_of_array(&mut self) -> Result<(), LineError> {
        let mut scan = Scan::new(b'[');
        scan.depth = 1;
        self.skip_with(scan)
    }

    fn skip_with(&mut self, mut scan: Scan) -> Result<(), LineError> {
        let line = self.line;
        loop {
            let chunk = chunk(&mut self.input, self.line)?;
            if chunk.is_empty() {
                return Err((line, cut_off()));
            }
            let end = scan.end(chunk);
            let taken = end.unwrap_or(chunk.len());
            self.line += newlines(&chunk[..taken]);
            self.input.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Skips white space and commas, up to the first byte of what follows.
    fn skip_space(&mut self) -> Result<Option<u8>, LineError> {
        loop {
            let chunk = chunk(&mut self.input, self.line)?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
            let at = chunk.iter().position(|byte| !between(byte));
            let taken = at.unwrap_or(chunk.len());
            let byte = at.map(|at| chunk[at]);
            self.line += newlines(&chunk[..taken]);
            self.input.consume(taken);
            if byte.is_some() {
                return Ok(byte);
            }
        }
    }
}

/// The bytes that can be read next.
fn chunk(input: &mut SourceInput, line: u64) -> Result<&[u8], LineError> {
    input
        .fill_buf()
        .map_err(|error| (line, RecordError::from_io(&error)))
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn cut_off() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        "the file ends inside the json that begins here, fetch the file again or close the \
         brackets and quotes",
    )
}

fn broken_object() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        "the object here is not json, its members have to be like \"key\": value",
    )
}

fn without_end() -> RecordError {
    RecordError::new(
        RowErrorKind::CutOff,
        format!(
            "the json that begins here does not end within {} bytes: a bracket or a quote is \
             missing",
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
    /// Whether a brace ends a value that has no end of its own.
    in_object: bool,
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
            in_object: false,
        }
    }

    fn may_end_here(&self) -> bool {
        self.kind == ValueKind::Open
    }

    /// How many of the bytes belong to the value, if it ends among them.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.kind == ValueKind::Open {
            let in_object = self.in_object;
            let separator = |byte: &u8| {
                byte.is_ascii_whitespace()
                    || matches!(byte, b',' | b']' | b'{')
                    || (in_object && *byte == b'}')
            };
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
        let mut elements = Elements::new(input, array, JsonShape::Values);
        let mut all = Vec::new();
        while let Some(element) = elements.next() {
            all.push(match element {
                Ok(element) => Ok((element.line, element.text.to_owned())),
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
    fn below(text: &str, shape: JsonShape) -> Vec<String> {
        let rest: Box<dyn BufRead + Send> = Box::new(std::io::BufReader::with_capacity(
            1,
            Cursor::new(text.as_bytes().to_vec()),
        ));
        let mut elements = Elements::new(Cursor::new(Vec::new()).chain(rest), false, shape);
        let mut all = Vec::new();
        while let Some(element) = elements.next() {
            all.push(match element {
                Ok(element) => format!("{} {:?} {}", element.line, element.key, element.text),
                Err((line, error)) => format!("{line} {}", error.reason),
            });
        }
        all
    }

    #[test]
    fn movies_below_keys_and_by_id_are_found() {
        let lists = JsonShape::Lists(vec!["data".into()]);
        assert_eq!(
            below(
                "{\"page\": [1, {}],\n\"data\": {\"genres\": [{\"id\": 1}, {}], \"a\": [{\"title\": \"A\"},\n\
                 {\"title\": \"B\"}], \"b\": [{\"title\": \"C\"}], \"c\": []}, \"d\": {}}\n{\"data\": {}}",
                lists
            ),
            [
                "2 None {\"title\": \"A\"}",
                "3 None {\"title\": \"B\"}",
                "3 None {\"title\": \"C\"}"
            ]
        );
        assert_eq!(
            below(
                "{\"a\": {\"x\": 1}, \"n\": 7, \"b\": {}}",
                JsonShape::ById(Vec::new())
            ),
            ["1 Some(\"a\") {\"x\": 1}", "1 Some(\"b\") {}"]
        );
        for text in ["{\"a\": {\"x\": 1}", "{\"a\"", "{\"a\" 1}", "{1: 2}"] {
            let found = below(text, JsonShape::ById(Vec::new()));
            assert!(found.last().unwrap().contains("json"), "{text}: {found:?}");
        }
    }
}
