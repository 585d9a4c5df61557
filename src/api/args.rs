//! A cursor over the words of a request.

use std::fmt;

use super::Spec;
use crate::protocol::resp::{Reply, Request};

/// The arguments of one command, taken one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    request: Request<'a>,
    next: usize,
}

/// Arguments that a command cannot take. The connection lives.
#[derive(Debug, PartialEq)]
pub enum Refused {
    /// Too few, too many, or a word that does not belong there.
    Syntax,
    /// Said in words.
    Because(Reply),
}

impl Refused {
    /// An `ERR` with these words.
    pub fn because(words: impl fmt::Display) -> Refused {
        Refused::Because(Reply::error("ERR", words))
    }

    /// The error for the client.
    pub fn reply(self, spec: &Spec) -> Reply {
        match self {
            Refused::Syntax if spec.syntax.is_empty() => {
                Reply::error("ERR", format_args!("{} takes no arguments", spec.name))
            }
            Refused::Syntax => Reply::error(
                "ERR",
                format_args!("the syntax is: {} {}", spec.name, spec.syntax),
            ),
            Refused::Because(reply) => reply,
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

    /// How many are left.
    pub fn len(&self) -> usize {
        self.request.len().saturating_sub(self.next)
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next argument, if there is one.
    pub fn take(&mut self) -> Option<&'a [u8]> {
        let word = self.request.word(self.next)?;
        self.next += 1;
        Some(word)
    }

    /// The arguments behind so many of them.
    pub fn behind(mut self, number: usize) -> Args<'a> {
        self.next += number;
        self
    }

    /// The next argument.
    ///
    /// # Errors
    /// [`Refused::Syntax`] when there is none.
    pub fn bytes(&mut self) -> Result<&'a [u8], Refused> {
        self.take().ok_or(Refused::Syntax)
    }

    /// The next argument as text; `what` names it in the refusal.
    ///
    /// # Errors
    /// When there is none, or when it is not UTF-8.
    pub fn text(&mut self, what: &str) -> Result<&'a str, Refused> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| {
            Refused::because(format_args!(
                "{what} `{}` is not valid UTF-8",
                bytes.escape_ascii()
            ))
        })
    }

    /// The next argument as a whole number within bounds.
    ///
    /// # Errors
    /// When there is none, or when it is none such.
    pub fn number(
        &mut self,
        what: &str,
        bounds: std::ops::RangeInclusive<usize>,
    ) -> Result<usize, Refused> {
        let text = self.text(what)?;
        text.parse()
            .ok()
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| {
                Refused::because(format_args!(
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

    /// All that are left, at least one.
    ///
    /// # Errors
    /// [`Refused::Syntax`] when there is none.
    pub fn rest(self) -> Result<Rest<'a>, Refused> {
        if self.is_empty() {
            Err(Refused::Syntax)
        } else {
            Ok(Rest(self))
        }
    }

    /// Refuses what is left over.
    ///
    /// # Errors
    /// [`Refused::Syntax`] when something is.
    pub fn finish(self) -> Result<(), Refused> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Refused::Syntax)
        }
    }
}

/// The arguments at the end of a command that takes any number of them.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'a>(Args<'a>);

impl<'a> Iterator for Rest<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.take()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl ExactSizeIterator for Rest<'_> {}
