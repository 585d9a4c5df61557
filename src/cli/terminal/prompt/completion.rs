//! Completion of commands and their options, and their syntax as a hint.

use std::borrow::Cow;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::{Context, Helper, Validator};

use crate::protocol::commands::{COMMANDS, CommandDescription, find};

/// Completes the words of the command table.
#[derive(Clone, Copy, Debug, Default, Helper, Validator)]
pub struct Completion {
    /// Whether hints are shown. They need a colour, so that they differ from the typed text.
    pub shows_hints: bool,
}

/// The syntax that follows the cursor. It is shown, and cannot be accepted as input.
#[derive(Debug, PartialEq, Eq)]
pub struct Syntax(String);

impl Hint for Syntax {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

/// The start of the word at the cursor, and its completions.
fn candidates(typed: &str) -> (usize, Vec<&'static str>) {
    let start = typed.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, prefix) = typed.split_at(start);
    let words: Vec<&str> = match before.split_whitespace().next() {
        None => all_words().collect(),
        Some(word) => find(word.as_bytes()).map_or_else(Vec::new, arguments),
    };
    let begins = |word: &&str| {
        word.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    (start, words.into_iter().filter(begins).collect())
}

fn all_words() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().flat_map(CommandDescription::words)
}

/// The words that can stand after a command: those that its syntax has in
/// upper case, and commands where it takes one.
fn arguments(command: &'static CommandDescription) -> Vec<&'static str> {
    let mut words: Vec<&str> = keywords(command.syntax).collect();
    if command.syntax.contains("<command>") {
        words.extend(all_words());
    }
    words
}

/// The words of a syntax that are typed as they are.
fn keywords(syntax: &'static str) -> impl Iterator<Item = &'static str> {
    syntax
        .split(|character: char| !character.is_ascii_alphabetic() && character != '-')
        .filter(|word| word.len() > 1 && !word.contains(|letter: char| letter.is_lowercase()))
}

/// The arguments that have not been typed yet.
fn syntax(line: &str) -> Option<String> {
    let mut typed = line.split_whitespace();
    let command = find(typed.next()?.as_bytes())?;
    let typed: Vec<&str> = typed.collect();
    let mut required = 0;
    let mut rest = Vec::new();
    for (argument, is_optional) in command.arguments() {
        if is_optional {
            let typed = typed.get(required..).unwrap_or_default();
            match option_hint(argument, typed) {
                // An argument that was begun is shown first.
                Some(value) if !value.starts_with('[') => rest.insert(0, value),
                hint => rest.extend(hint),
            }
            continue;
        }
        required += 1;
        match argument.strip_suffix(" …") {
            _ if typed.len() < required => rest.push(argument.to_owned()),
            Some(_) => rest.push("…".to_owned()),
            None => {}
        }
    }
    if rest.is_empty() {
        return None;
    }
    let is_at_gap = line.ends_with(char::is_whitespace);
    let gap = if is_at_gap { "" } else { " " };
    Some(format!("{gap}{}", rest.join(" ")))
}

/// The part of an optional argument that is not typed yet: all of it, its value after its keyword,
/// or nothing. `typed` has all options so far.
fn option_hint(argument: &'static str, typed: &[&str]) -> Option<String> {
    let whole = || Some(format!("[{argument}]"));
    let is_keyword = |word: &&str| keywords(argument).any(|known| known.eq_ignore_ascii_case(word));
    if keywords(argument).next().is_none() {
        return if typed.is_empty() { whole() } else { None };
    }
    match typed.iter().rposition(is_keyword) {
        None => whole(),
        Some(at) if at + 1 == typed.len() => {
            let (_, value) = argument.split_once(' ')?;
            Some(value.to_owned())
        }
        Some(_) => None,
    }
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, words) = candidates(&line[..position]);
        let pair = |word: &str| Pair {
            display: word.to_owned(),
            replacement: format!("{word} "),
        };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

impl Hinter for Completion {
    type Hint = Syntax;

    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Syntax> {
        if !self.shows_hints || position < line.len() {
            return None;
        }
        syntax(line).map(Syntax)
    }
}

impl Highlighter for Completion {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &str) -> Vec<&'static str> {
        candidates(typed).1
    }

    #[test]
    fn the_first_word_is_a_command() {
        assert_eq!(words("").len(), all_words().count());
        assert_eq!(words("se"), ["SEND", "SELECT"]);
        assert_eq!(candidates(" MGE"), (1, vec!["MGET"]));
        assert!(words("é").is_empty());
        assert!(words("SENDX").is_empty());
    }

    #[test]
    fn later_words_are_its_options() {
        assert_eq!(candidates("send 1 j"), (7, vec!["JSON"]));
        let options = ["AFTER", "LIMIT", "YEAR", "GENRE", "MIN-RATING"];
        assert_eq!(words("LIST ")[..5], options);
        assert_eq!(words("LIST ")[5..], ["POSTCARD", "JSON"]);
        assert_eq!(words("HELP lis"), ["LIST"]);
        assert_eq!(words("COMMAND d"), ["DOCS", "DBSIZE", "DEL"]);
        assert!(words("FOO J").is_empty());
        assert!(words("NB ").is_empty());
    }

    #[test]
    fn the_hint_is_what_is_left_to_type() {
        let cases = [
            ("", None),
            ("SEN", None),
            ("send", Some(" <name> [FULL] [POSTCARD|JSON]")),
            ("send ", Some("<name> [FULL] [POSTCARD|JSON]")),
            ("send 1", Some(" [FULL] [POSTCARD|JSON]")),
            ("send 1 ", Some("[FULL] [POSTCARD|JSON]")),
            ("send 1 JSON", Some(" [FULL]")),
            (
                "LIST LIMIT 5 YEAR 1 GENRE x AFTER ",
                Some("<name> [MIN-RATING <rating>] [POSTCARD|JSON]"),
            ),
            (
                "FIND alien GENRE x MIN-RATING 7 YEAR ",
                Some(
                    "<years> … [TYPE <type>] [PERSON <name>] [ADULT no|yes] [REGION <region>] \
                     [SORT relevance|votes|rating|year|title] [AFTER <name>] [LIMIT <rows>] [EXPLAIN] \
                     [POSTCARD|JSON]",
                ),
            ),
            (
                "LIST limit 5 year 1 genre x min-rating 7 json ",
                Some("[AFTER <name>]"),
            ),
            ("HELP ", Some("[<command>]")),
            ("HELP NB ", None),
            ("MSEND", Some(" <name> …")),
            ("MSEND a b c ", Some("…")),
            ("PASSWD ", Some("<old password> <new password>")),
            ("NB ", None),
        ];
        for (line, hint) in cases {
            assert_eq!(syntax(line).as_deref(), hint, "{line:?}");
        }
    }
}
