//! A command as it was typed, split into words.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::protocol::commands::{CommandDescription, find};
use crate::protocol::resp::{QuotesError, split_words};

/// The words of one command. One of them may be a password, so they are overwritten on drop, and
/// `{:?}` does not show them.
#[derive(Default)]
pub struct CommandWords {
    bytes: Zeroizing<Vec<u8>>,
    spans: Vec<Range<u32>>,
}

impl CommandWords {
    /// Splits a line into words, with the quoting of the server's inline commands.
    ///
    /// # Errors
    /// A quote without its partner.
    pub fn split(line: &[u8]) -> Result<CommandWords, QuotesError> {
        // A word is never longer than it was with its quotes, so the vector does not grow and
        // leaves no copy in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(line.len()));
        let mut spans = Vec::new();
        split_words(line, &mut bytes, &mut spans)?;
        Ok(CommandWords { bytes, spans })
    }

    /// Words that are separate already, such as the arguments of a program.
    pub fn new(words: &[impl AsRef<[u8]>]) -> CommandWords {
        let length = words.iter().map(|word| word.as_ref().len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        let mut spans = Vec::with_capacity(words.len());
        for word in words {
            let start = bytes.len() as u32;
            bytes.extend_from_slice(word.as_ref());
            spans.push(start..bytes.len() as u32);
        }
        CommandWords { bytes, spans }
    }

    /// The words in order.
    pub fn as_slices(&self) -> Vec<&[u8]> {
        let word = |span: &Range<u32>| &self.bytes[span.start as usize..span.end as usize];
        self.spans.iter().map(word).collect()
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The command of the first word, if it is one.
    pub fn command(&self) -> Option<&'static CommandDescription> {
        find(self.as_slices().first()?)
    }

    /// Whether this is the command of that name, typed as the name or an alias.
    pub fn is(&self, name: &str) -> bool {
        self.command().is_some_and(|command| command.name == name)
    }

    /// Whether the server closes the connection after this command.
    pub fn is_farewell(&self) -> bool {
        self.is("END")
    }

    /// Whether it is about passwords, even if none was typed. Such a command is not kept in the
    /// history.
    pub fn is_about_passwords(&self) -> bool {
        self.command().is_some_and(|command| command.secret)
    }

    /// Whether a password may be among the words.
    pub fn holds_password(&self) -> bool {
        let words = self.as_slices();
        let is = |word: &[u8], text: &str| word.eq_ignore_ascii_case(text.as_bytes());
        match words[..] {
            [] | [_] => false,
            // A prompt asks for missing values.
            [first, _] if is(first, "UP") => false,
            _ if self.is("HELLO") => words.iter().any(|word| is(word, "AUTH")),
            _ => self.is_about_passwords(),
        }
    }
}

impl fmt::Debug for CommandWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommandWords({} words)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> CommandWords {
        CommandWords::split(line.as_bytes()).unwrap()
    }

    #[test]
    fn words_are_taken_apart_once() {
        let typed = words(r#"PUT "a b" '{"title":"Heat"}'"#);
        assert_eq!(
            typed.as_slices(),
            [&b"PUT"[..], b"a b", br#"{"title":"Heat"}"#]
        );
        let given = CommandWords::new(&["PUT", "a b", r#"{"title":"Heat"}"#]);
        assert_eq!(given.as_slices(), typed.as_slices());
        assert!(words("  ").is_empty());
        assert!(CommandWords::split(b"SEND 'a").is_err());
    }

    #[test]
    fn commands_are_recognized_in_any_case_and_quoting() {
        assert!(words("quit").is_farewell());
        assert!(!words("ENDING").is_farewell());
        for line in [
            "UP",
            "up admin",
            "\"u\\x50\" admin secret",
            "Auth secret",
            "passwd",
            "PASSWD old new",
            "HELLO 3 AUTH admin secret",
            "hello 3 auth admin secret",
        ] {
            assert!(words(line).is_about_passwords(), "{line}");
        }
        for line in ["", "SEND UP", "NB", "UPP"] {
            assert!(!words(line).is_about_passwords(), "{line}");
        }
    }

    #[test]
    fn a_password_among_the_words_is_noticed() {
        for line in [
            "UP admin secret",
            "AUTH secret",
            "AUTH admin secret",
            "PASSWD old",
            "PASSWD old new",
            "HELLO 3 AUTH admin secret",
        ] {
            assert!(words(line).holds_password(), "{line}");
        }
        for line in [
            "",
            "UP",
            "UP admin",
            "AUTH",
            "PASSWD",
            "HELLO 3",
            "SEND UP 1",
        ] {
            assert!(!words(line).holds_password(), "{line}");
        }
    }

    #[test]
    fn nothing_typed_is_shown_when_debugging() {
        assert_eq!(
            format!("{:?}", words("UP admin secret")),
            "CommandWords(3 words)"
        );
    }
}
