//! A cursor over the words of a request.

use std::fmt;

use super::{Reply, Request};
use crate::api::MovieNames;
use crate::config::limits;
use crate::protocol::commands::CommandDescription;

/// The arguments of one command, taken one by one.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    request: Request<'a>,
    next: usize,
}

/// Arguments that a command cannot use. The connection stays open.
#[derive(Debug, PartialEq)]
pub enum ArgumentError {
    /// Too few, too many, or an unexpected word.
    Syntax,
    /// Anything else, with its own reply.
    Refused(Reply),
}

impl ArgumentError {
    /// An `ERR` with this message, in which every quoted part is cut to
    /// [`limits::MAX_REPEATED_BYTES`].
    pub fn new(message: impl fmt::Display) -> ArgumentError {
        ArgumentError::with_code("ERR", shortened(&message.to_string()))
    }

    /// An error with this code and message.
    pub fn with_code(code: &str, message: impl fmt::Display) -> ArgumentError {
        ArgumentError::Refused(Reply::error(code, message))
    }

    /// The reply for the client.
    pub fn reply(self, command: &CommandDescription) -> Reply {
        let CommandDescription { name, syntax, .. } = command;
        match self {
            ArgumentError::Syntax if syntax.is_empty() => {
                Reply::error("ERR", format_args!("{name} takes no arguments"))
            }
            ArgumentError::Syntax => {
                Reply::error("ERR", format_args!("the syntax is: {name} {syntax}"))
            }
            ArgumentError::Refused(reply) => reply,
        }
    }
}

impl<'a> Args<'a> {
    /// The arguments of a request, without its command word.
    pub fn new(request: Request<'a>) -> Args<'a> {
        Args { request, next: 1 }
    }

    /// The command word as it was sent.
    pub fn command_word(&self) -> &'a [u8] {
        self.request.word(0).unwrap_or_default()
    }

    /// How many remain.
    pub fn len(&self) -> usize {
        self.request.len().saturating_sub(self.next)
    }

    /// Whether none remains.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next argument, if there is one.
    pub fn take(&mut self) -> Option<&'a [u8]> {
        let word = self.request.word(self.next)?;
        self.next += 1;
        Some(word)
    }

    /// The arguments after the next `number` of them.
    pub fn skip(mut self, number: usize) -> Args<'a> {
        self.next += number;
        self
    }

    /// The next argument.
    ///
    /// # Errors
    /// [`ArgumentError::Syntax`] when there is none.
    pub fn bytes(&mut self) -> Result<&'a [u8], ArgumentError> {
        self.take().ok_or(ArgumentError::Syntax)
    }

    /// The next argument as text; `what` names it in the error.
    ///
    /// # Errors
    /// When there is none, or when it is not UTF-8.
    pub fn text(&mut self, what: &str) -> Result<&'a str, ArgumentError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| {
            ArgumentError::new(format_args!(
                "{what} `{}` is not valid UTF-8",
                quoted(bytes)
            ))
        })
    }

    /// As [`Args::text`], for text of at most `max` bytes. A longer one is not looked at.
    ///
    /// # Errors
    /// When there is none, when it is too long, or when it is not UTF-8.
    pub fn text_within(&mut self, what: &str, max: usize) -> Result<&'a str, ArgumentError> {
        self.check_length(what, max)?;
        self.text(what)
    }

    /// Refuses a next argument of more than `max` bytes.
    ///
    /// # Errors
    /// When it is too long.
    pub fn check_length(&self, what: &str, max: usize) -> Result<(), ArgumentError> {
        let bytes = self.request.word(self.next).map_or(0, <[u8]>::len);
        if bytes <= max {
            return Ok(());
        }
        Err(ArgumentError::new(format_args!(
            "{what} has {bytes} bytes, at most {max} are allowed"
        )))
    }

    /// The next argument as a whole number within bounds.
    ///
    /// # Errors
    /// When there is none, or when it is not such a number.
    pub fn number(
        &mut self,
        what: &str,
        bounds: std::ops::RangeInclusive<usize>,
    ) -> Result<usize, ArgumentError> {
        let text = self.text_within(what, limits::MAX_REPEATED_BYTES)?;
        text.parse()
            .ok()
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| {
                ArgumentError::new(format_args!(
                    "{what} `{}` is not a number between {} and {}",
                    text.escape_debug(),
                    bounds.start(),
                    bounds.end()
                ))
            })
    }

    /// Takes the next argument if it is this word, in any case.
    pub fn keyword(&mut self, word: &str) -> bool {
        let found = self
            .request
            .word(self.next)
            .is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        self.next += usize::from(found);
        found
    }

    /// The remaining arguments as names, at least one.
    ///
    /// # Errors
    /// [`ArgumentError::Syntax`] when there is none.
    pub fn names(self) -> Result<MovieNames<'a>, ArgumentError> {
        if self.is_empty() {
            return Err(ArgumentError::Syntax);
        }
        let (bytes, spans) = self.request.words_from(self.next);
        Ok(MovieNames::new(bytes, spans))
    }

    /// Refuses arguments that remain.
    ///
    /// # Errors
    /// [`ArgumentError::Syntax`] when one does.
    pub fn finish(self) -> Result<(), ArgumentError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(ArgumentError::Syntax)
        }
    }
}

/// The beginning of an argument, as an error repeats it.
pub(super) fn quoted(argument: &[u8]) -> String {
    let start = &argument[..argument.len().min(limits::MAX_REPEATED_BYTES)];
    let rest = if start.len() < argument.len() {
        "…"
    } else {
        ""
    };
    format!("{}{rest}", start.escape_ascii())
}

/// A message that may hold whole arguments, with every quoted part cut. In a long message the
/// other parts are cut too, because an argument may hold quotes.
fn shortened(message: &str) -> String {
    /// No message without an argument is longer, in bytes.
    const USUAL_BYTES: usize = 256;
    let cut = |part: &str, max: usize| match part.char_indices().find(|(at, _)| *at >= max) {
        Some((end, _)) => format!("{}…", &part[..end]),
        None => part.to_owned(),
    };
    let is_long = message.len() > USUAL_BYTES;
    let parts = message.split_inclusive(['`', '"']).enumerate();
    let parts = parts.map(|(index, part)| {
        let text = part.trim_end_matches(['`', '"']);
        if is_long || index % 2 == 1 {
            cut(text, limits::MAX_REPEATED_BYTES) + &part[text.len()..]
        } else {
            part.to_owned()
        }
    });
    cut(&parts.collect::<String>(), 2 * USUAL_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_little_of_an_argument() {
        let long = "x".repeat(10_000);
        assert_eq!(quoted(b"a\xff\n"), "a\\xff\\n");
        assert_eq!(quoted(long.as_bytes()), format!("{}…", &long[..64]));
        let message = format!("unknown field `{long}`, expected \"{long}\" at line 1");
        let cut = format!(
            "unknown field `{0}…`, expected \"{0}…\" at line 1",
            &long[..64]
        );
        assert_eq!(shortened(&message), cut);
        let usual = "a client name cannot hold spaces, newlines or special characters";
        assert_eq!(shortened(usual), usual);
        assert!(shortened(&"`a".repeat(10_000)).len() < 600);
    }
}
