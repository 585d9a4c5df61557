//! A list of titles: one movie on each line, perhaps with its year in brackets.

use std::borrow::Cow;
use std::sync::Arc;

use super::lines::LineReader;
use super::records::split;
use super::rows::{RecordSource, SourceRecord};
use crate::config::limits;
use crate::import::columns::spellings::{rank, spelling};
use crate::import::errors::RowError;
use crate::import::field::Field;
use crate::import::file_format::Separator;
use crate::import::row::Cells;
use crate::import::source::SourceFile;
use crate::import::values::cell::Cell;
use crate::import::values::titles;

/// Whether these lines are a list of titles: they have no columns, and are no other text.
pub(crate) fn is_list<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> bool {
    let mut titles = lines.clone().filter(|line| !line.starts_with("# "));
    if !titles.all(is_title) || lines.clone().any(is_member) {
        return false;
    }
    // One title may look like code.
    let code = lines.clone().filter(|line| is_code(line)).count();
    if code > 1 && code * 10 >= lines.clone().count() {
        return false;
    }
    let columns = |line: &str, separator| {
        let title = titles::split_year(line.trim()).map_or(line, |(title, _)| title);
        split(&titles::article_first(title), separator).len()
    };
    Separator::ALL.into_iter().all(|separator| {
        let mut counts = lines.clone().map(|line| columns(line, separator));
        let first = counts.next().unwrap_or(1);
        let is_table = first > 1 && counts.all(|count| count == first);
        !is_table
    })
}

/// Whether a line may be a title.
fn is_title(line: &str) -> bool {
    // Keys, hashes and other data have long words, and lists of accounts many colons.
    let is_word = |word: &str| word.len() > LONGEST_WORD && word.is_ascii();
    line.len() <= limits::MAX_TITLE_LINE_BYTES
        && !line.trim_start().starts_with(['<', '{', '[', '}', ']'])
        && !line.contains("://")
        && line.matches(':').count() <= COLONS
        && line.chars().any(char::is_alphanumeric)
        && !line.split_whitespace().any(is_word)
}

/// Bytes of the longest word of a title: there are titles with a word of 36 letters.
const LONGEST_WORD: usize = 48;
/// Colons in a title with two subtitles and a time of day.
const COLONS: usize = 4;

/// Whether a line is like one of a program.
fn is_code(line: &str) -> bool {
    let line = line.trim_end();
    let marks = ["()", " = ", "==", "=>", "->", "&&", "||"];
    line.ends_with([';', '{', '}', ':', '\\']) || marks.iter().any(|mark| line.contains(mark))
}

/// Whether a line is like `title: Alien`, a member of YAML.
fn is_member(line: &str) -> bool {
    let Some((key, _)) = line.trim_start_matches(['-', ' ']).split_once(':') else {
        return false;
    };
    let spelled = spelling(key);
    rank(&spelled, Field::Title).is_some() || rank(&spelled, Field::Released).is_some()
}

/// The marker before the title on every line.
#[derive(Clone, Copy, PartialEq)]
enum Marker {
    None,
    /// `- `, `* ` or `• `.
    Bullet,
    /// `1. ` or `1) `.
    Number,
}

impl Marker {
    /// The line after its marker.
    fn strip(self, line: &str) -> Option<&str> {
        match self {
            Marker::None => Some(line),
            Marker::Bullet => line
                .strip_prefix(['-', '*', '•', '–'])
                .filter(|rest| rest.starts_with([' ', '\t'])),
            Marker::Number => {
                let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
                let rest = (rest.len() < line.len()).then_some(rest)?;
                rest.strip_prefix(['.', ')'])
                    .filter(|rest| rest.starts_with([' ', '\t']))
            }
        }
    }
}

/// The records of a list of titles.
pub(crate) struct TitleList {
    lines: LineReader,
    file: Arc<str>,
    marker: Marker,
    skip_lines: u64,
}

impl TitleList {
    /// Finds the marker before the titles.
    pub fn new(source: SourceFile, skip_lines: u64) -> TitleList {
        let head = String::from_utf8_lossy(&source.head).into_owned();
        let all = |marker: &Marker| {
            let mut lines = head
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with("# "));
            lines.all(|line| marker.strip(line).is_some())
        };
        let marker = [Marker::Bullet, Marker::Number].into_iter().find(all);
        TitleList {
            file: Arc::clone(&source.file),
            lines: LineReader::new(source.into_input()),
            marker: marker.unwrap_or(Marker::None),
            skip_lines,
        }
    }
}

impl RecordSource for TitleList {
    fn next(&mut self) -> Option<Result<SourceRecord<'_>, RowError>> {
        loop {
            let line = match self.lines.advance()? {
                Ok(line) => line,
                Err((line, error)) => return Some(Err(error.located(&self.file, line))),
            };
            let is_comment = self.lines.bytes().is_ok_and(|line| line.starts_with(b"# "));
            if line > self.skip_lines && !is_comment {
                break;
            }
        }
        let line = self.lines.line();
        let text = match self.lines.text() {
            Ok(text) => text.trim(),
            Err((line, error)) => return Some(Err(error.located(&self.file, line))),
        };
        let title = self.marker.strip(text).unwrap_or(text);
        let mut cells = Cells::default();
        cells[Field::Title as usize] = if title.starts_with('"') && title.ends_with('"') {
            let unquoted = split(title, Separator::Tab).swap_remove(0);
            Cell::Text(Cow::Owned(unquoted))
        } else {
            Cell::from_text(title)
        };
        Some(Ok(SourceRecord {
            details: None,
            file: &self.file,
            line,
            id: 0,
            cells,
            is_skipped: false,
        }))
    }
}
