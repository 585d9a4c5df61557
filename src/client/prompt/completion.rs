//! Completion of commands and their options, and their syntax as a hint.

use std::borrow::Cow;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::{Context, Helper, Validator};

/// What the prompt knows about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandHint {
    /// The command word in upper case, or an alias.
    pub word: &'static str,
    /// Its arguments, for example `<name> [POSTCARD|JSON]`.
    pub arguments: &'static str,
}

/// The commands that the prompt knows.
#[derive(Clone, Debug, Default, Helper, Validator)]
pub struct Completion {
    commands: Vec<CommandHint>,
    /// Whether hints are shown. They need a colour that tells them from what was typed.
    shows_hints: bool,
}

/// A piece of syntax behind the cursor, to be read and not to be taken over.
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

impl Completion {
    /// Completes these commands.
    pub fn new(commands: Vec<CommandHint>, shows_hints: bool) -> Completion {
        Completion {
            commands,
            shows_hints,
        }
    }

    /// Whether this is the word of a command, in any case.
    pub fn knows(&self, word: &str) -> bool {
        self.find(word).is_some()
    }

    fn find(&self, word: &str) -> Option<&CommandHint> {
        self.commands
            .iter()
            .find(|command| command.word.eq_ignore_ascii_case(word))
    }

    /// Where the word under the cursor begins, and what it may become.
    fn candidates(&self, typed: &str) -> (usize, Vec<Pair>) {
        let start = typed.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (before, prefix) = typed.split_at(start);
        let words: Vec<&str> = match before.split_whitespace().next() {
            None => self.commands.iter().map(|command| command.word).collect(),
            Some(word) => self.find(word).map_or_else(Vec::new, |command| {
                if command.arguments.contains("command") {
                    self.commands.iter().map(|command| command.word).collect()
                } else {
                    options(command.arguments).collect()
                }
            }),
        };
        let begins = |word: &&str| {
            word.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let pair = |word: &str| Pair {
            display: word.to_owned(),
            replacement: format!("{word} "),
        };
        (start, words.into_iter().filter(begins).map(pair).collect())
    }

    /// The arguments that have not been typed yet.
    fn syntax(&self, line: &str) -> Option<String> {
        let mut typed = line.split_whitespace();
        let command = self.find(typed.next()?)?;
        let is_at_gap = line.ends_with(char::is_whitespace);
        let begun = typed.count();
        let rest: Vec<&str> = parts(command.arguments).into_iter().skip(begun).collect();
        if rest.is_empty() {
            return None;
        }
        let gap = if is_at_gap { "" } else { " " };
        Some(format!("{gap}{}", rest.join(" ")))
    }
}

/// The upper-case words of a syntax.
fn options(arguments: &str) -> impl Iterator<Item = &str> {
    arguments
        .split(|character: char| !character.is_ascii_alphabetic())
        .filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// A syntax at its spaces, except those inside brackets.
fn parts(arguments: &str) -> Vec<&str> {
    let mut depth = 0;
    arguments
        .split(|character| {
            match character {
                '[' | '<' => depth += 1,
                ']' | '>' => depth -= 1,
                _ => {}
            }
            depth == 0 && character == ' '
        })
        .filter(|part| !part.is_empty())
        .collect()
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.candidates(&line[..position]))
    }
}

impl Hinter for Completion {
    type Hint = Syntax;

    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Syntax> {
        if !self.shows_hints || position < line.len() {
            return None;
        }
        self.syntax(line).map(Syntax)
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

    fn completion() -> Completion {
        let commands = [
            ("SEND", "<name> [POSTCARD|JSON]"),
            ("SELECT", "0"),
            ("LIST", "[AFTER <name>] [LIMIT n] [POSTCARD|JSON]"),
            ("HELP", "[command]"),
            ("NB", ""),
        ];
        let hint = |(word, arguments)| CommandHint { word, arguments };
        Completion::new(commands.map(hint).into(), true)
    }

    fn candidates(typed: &str) -> (usize, Vec<String>) {
        let (start, pairs) = completion().candidates(typed);
        (start, pairs.into_iter().map(|pair| pair.display).collect())
    }

    #[test]
    fn the_first_word_is_a_command() {
        assert_eq!(candidates("").1.len(), 5);
        assert_eq!(candidates("se").1, ["SEND", "SELECT"]);
        assert_eq!(candidates(" SEN"), (1, vec!["SEND".to_owned()]));
        assert_eq!(candidates("é").1.len(), 0);
        assert_eq!(candidates("SENDX").1.len(), 0);
        assert_eq!(completion().candidates("n").1[0].replacement, "NB ");
    }

    #[test]
    fn later_words_are_its_options() {
        assert_eq!(candidates("send 1 j"), (7, vec!["JSON".to_owned()]));
        assert_eq!(
            candidates("LIST ").1,
            ["AFTER", "LIMIT", "POSTCARD", "JSON"]
        );
        assert_eq!(candidates("HELP li").1, ["LIST"]);
        assert_eq!(candidates("FOO J").1.len(), 0);
    }

    #[test]
    fn the_hint_is_what_is_left_to_type() {
        let hint = |line| completion().syntax(line);
        assert_eq!(hint("SEN"), None);
        assert_eq!(hint("send").unwrap(), " <name> [POSTCARD|JSON]");
        assert_eq!(hint("send ").unwrap(), "<name> [POSTCARD|JSON]");
        assert_eq!(hint("send 1").unwrap(), " [POSTCARD|JSON]");
        assert_eq!(hint("send 1 ").unwrap(), "[POSTCARD|JSON]");
        assert_eq!(hint("send 1 JSON"), None);
        assert_eq!(
            hint("list").unwrap(),
            " [AFTER <name>] [LIMIT n] [POSTCARD|JSON]"
        );
        assert_eq!(hint("NB "), None);
        assert_eq!(hint(""), None);
    }
}
