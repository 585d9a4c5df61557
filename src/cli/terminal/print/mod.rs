//! Answers on the screen, or in a file.

pub(super) mod card;
pub mod escape;
mod json;
mod pager;
pub(super) mod record_card;
mod safe_output;
pub(super) mod table;

pub use safe_output::{SafeOutput, safe_stderr, safe_stdout, write_json};

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use comfy_table::Table;

use crate::cli::terminal::typed_reply::{EpisodeRows, MoviePage, TypedReply};

/// The style of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// One line of JSON per answer, for scripts.
    pub json: bool,
    /// Whether titles may be bold.
    pub bold: bool,
    /// How wide a table may be.
    pub width: Width,
    /// Whether long answers wait for the space bar after every screen: both standard input and
    /// output are a terminal.
    pub pages: bool,
}

/// How wide a table may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// As wide as necessary: the output is a file or a pipe.
    #[default]
    Any,
    /// As wide as the terminal is when the table is written.
    Terminal,
    /// This many columns.
    #[cfg(test)]
    Columns(u16),
}

impl Width {
    fn columns(self) -> Option<u16> {
        match self {
            Width::Any => None,
            Width::Terminal => Table::new().width(),
            #[cfg(test)]
            Width::Columns(columns) => Some(columns),
        }
    }
}

impl Style {
    /// The style for standard output: cut to the width and bold on a terminal only, and not bold
    /// when `NO_COLOR` is set (<https://no-color.org>).
    pub fn of_stdout(json: bool) -> Style {
        if json || !io::stdout().is_terminal() {
            return Style {
                json,
                ..Style::default()
            };
        }
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Style {
            json,
            bold: !is_set("NO_COLOR") && !is_dumb,
            width: Width::Terminal,
            pages: false,
        }
    }
}

/// Writes answers to one output and errors to another.
#[derive(Debug)]
pub struct Printer<O, E> {
    out: O,
    err: E,
    style: Style,
    /// The beginning of every error.
    program: &'static str,
}

impl<O: Write, E: Write> Printer<O, E> {
    /// Usually standard output and standard error.
    pub fn new(out: O, err: E, style: Style) -> Printer<O, E> {
        Printer {
            out,
            err,
            style,
            program: "",
        }
    }

    /// Begins every error with the name of a program, as programs do that a script runs.
    pub fn named(self, program: &'static str) -> Printer<O, E> {
        Printer { program, ..self }
    }

    /// Writes an answer.
    ///
    /// # Errors
    /// When the output is closed or full.
    pub fn answer(&mut self, answer: &TypedReply) -> io::Result<()> {
        let text = if self.style.json {
            format!("{}\n", json::json(answer))
        } else {
            self.text(answer)
        };
        if self.style.pages {
            return pager::write(&mut self.out, &text);
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes one line about an error. An error of this output is ignored, because it cannot be
    /// reported.
    pub fn error(&mut self, words: impl Display) {
        let line = escape::line(&words.to_string());
        let gap = if self.program.is_empty() { "" } else { ": " };
        let _ = writeln!(self.err, "{}{gap}{line}", self.program).and_then(|()| self.err.flush());
    }

    fn text(&self, answer: &TypedReply) -> String {
        match answer {
            TypedReply::Movie(movie) => card::card(movie, self.style.bold),
            TypedReply::FullMovie(full) => record_card::full_card(full, self.style.bold),
            TypedReply::Person(person) => record_card::person_card(person, self.style.bold),
            TypedReply::People(people) if people.is_empty() => "no people\n".to_owned(),
            TypedReply::People(people) => table::people(people, self.style.width.columns()),
            TypedReply::Episodes(page) => self.episodes(page),
            TypedReply::Movies(page) => self.page(page),
            TypedReply::Records(records) => table::records(records, self.style.width.columns()),
            TypedReply::Missing(_) => String::new(),
            other => lines(other, 0),
        }
    }

    fn page(&self, page: &MoviePage) -> String {
        let found = || page.rows.iter().filter_map(|row| row.as_ref().ok());
        if page.rows.is_empty() {
            return "no movies\n".to_owned();
        }
        if found().next().is_none() {
            return String::new();
        }
        table::movies(found(), self.style.width.columns()) + &self.next_page(page.next.as_deref())
    }

    fn episodes(&self, page: &EpisodeRows) -> String {
        if page.rows.is_empty() {
            return "no episodes\n".to_owned();
        }
        let rows = page
            .rows
            .iter()
            .map(|row| (record_card::place(row), &row.movie));
        table::episodes(rows, self.style.width.columns()) + &self.next_page(page.next.as_deref())
    }

    /// The command for the next page, for a person who can type it.
    fn next_page(&self, next: Option<&str>) -> String {
        match next {
            Some(next) if self.style.width != Width::Any => {
                format!("more: {}\n", escape::line(next))
            }
            _ => String::new(),
        }
    }
}

/// Anything else, one value per line; what lies inside another is indented.
fn lines(answer: &TypedReply, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match answer {
        TypedReply::Text(bytes) => {
            let text = escape::block(bytes);
            let text = text.strip_suffix('\n').unwrap_or(&text);
            format!("{indent}{text}\n")
        }
        TypedReply::Number(number) => format!("{indent}{number}\n"),
        TypedReply::Missing(_) => format!("{indent}(nothing)\n"),
        TypedReply::List(answers) if answers.is_empty() => format!("{indent}(nothing)\n"),
        TypedReply::List(answers) => answers
            .iter()
            .map(|answer| match answer {
                TypedReply::List(_) => lines(answer, depth + 1),
                other => lines(other, depth),
            })
            .collect(),
        TypedReply::Pairs(pairs) => pairs
            .iter()
            .map(|(key, value)| {
                let key = lines(key, depth);
                match value {
                    TypedReply::List(_) | TypedReply::Pairs(_) => key + &lines(value, depth + 1),
                    other => format!("{}: {}", key.trim_end(), lines(other, 0)),
                }
            })
            .collect(),
        TypedReply::Movie(movie) => card::card(movie, false),
        TypedReply::FullMovie(full) => record_card::full_card(full, false),
        TypedReply::Person(person) => record_card::person_card(person, false),
        TypedReply::Movies(_)
        | TypedReply::Records(_)
        | TypedReply::People(_)
        | TypedReply::Episodes(_) => {
            format!("{indent}{}\n", json::json(answer))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::row;
    use crate::protocol::resp::Reply;

    fn printed(style: Style, line: &str, reply: Reply) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, Vec::new(), style);
        printer.answer(&TypedReply::new(&words, reply)).unwrap();
        assert!(printer.err.is_empty());
        String::from_utf8(out).unwrap()
    }

    fn plain(line: &str, reply: Reply) -> String {
        printed(Style::default(), line, reply)
    }

    #[test]
    fn each_answer_in_its_form() {
        assert_eq!(plain("SEND 1", row("1", "Alien")), "Alien\n1\n");
        assert_eq!(plain("SEND 9", Reply::Null), "");
        assert_eq!(plain("NB", Reply::Integer(3)), "3\n");
        assert_eq!(plain("PING", Reply::Simple("PONG")), "PONG\n");
        assert_eq!(plain("HELP", Reply::text("a\n  b\n")), "a\n  b\n");
        assert_eq!(plain("LIST", Reply::Array(vec![])), "no movies\n");
        assert_eq!(plain("COMMAND", Reply::Array(vec![])), "(nothing)\n");
        let rows = Reply::Array(vec![Reply::Null, row("1", "Alien")]);
        assert_eq!(
            plain("MSEND 9 1", rows),
            "YEAR  TITLE   RATING  NAME\n      Alien           1\n"
        );
        assert_eq!(plain("MSEND 9", Reply::Array(vec![Reply::Null])), "");
    }

    #[test]
    fn what_lies_inside_is_indented() {
        let inner = Reply::Array(vec![Reply::text("b"), Reply::Integer(2)]);
        let list = Reply::Array(vec![Reply::text("a"), inner.clone(), Reply::Null]);
        assert_eq!(plain("COMMAND", list), "a\n  b\n  2\n(nothing)\n");
        let map = Reply::Map(vec![
            (Reply::text("proto"), Reply::Integer(3)),
            (Reply::text("modules"), inner),
        ]);
        assert_eq!(plain("HELLO 3", map), "proto: 3\nmodules\n  b\n  2\n");
    }

    #[test]
    fn the_next_page_is_for_those_who_can_type() {
        let page = Reply::Array(vec![row("1", "Alien")]);
        let terminal = Style {
            width: Width::Columns(80),
            ..Style::default()
        };
        let text = printed(terminal, "LIST LIMIT 1", page.clone());
        assert!(text.ends_with("\nmore: LIST AFTER 1 LIMIT 1\n"), "{text}");
        assert!(!plain("LIST LIMIT 1", page).contains("more"));
    }

    #[test]
    fn json_is_one_line_and_errors_are_apart() {
        let json = Style {
            json: true,
            ..Style::default()
        };
        assert_eq!(printed(json, "SEND 9", Reply::Null), "null\n");
        let mut printer = Printer::new(Vec::new(), Vec::new(), json);
        printer.error("unknown command '\x1b[2J'");
        let mut printer = printer.named("catalogue");
        printer.error("b");
        assert_eq!(printer.err, b"unknown command '\\u{1b}[2J'\ncatalogue: b\n");
        assert!(printer.out.is_empty());
    }
}
