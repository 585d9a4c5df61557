//! The rules that a movie can break.

use thiserror::Error;

use crate::{QuotedValue, limits};

/// A rule that a movie breaks. Each text names the value and the rule.
#[derive(Debug, Error, PartialEq)]
pub enum MovieError {
    /// A text that must not be empty.
    #[error("{0} is empty, it needs at least one character")]
    Empty(&'static str),
    /// A text above its limit, in bytes.
    #[error("{what} has {bytes} bytes, at most {max} are allowed")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// A newline, a tab or another control character.
    #[error("{what} `{}` holds a control character", QuotedValue(.text))]
    Control {
        /// Which text.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Not `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, or no such day.
    #[error("released `{}` is not a date like 1972, 1972-03 or 1972-03-24", QuotedValue(.0))]
    Released(String),
    /// A running time out of range.
    #[error("runtime_minutes `{0}` is not between 1 and {max}", max = limits::MAX_RUNTIME_MINUTES)]
    Runtime(u32),
    /// More genres than the limit.
    #[error("{0} genres were given, at most {max} are allowed", max = limits::MAX_GENRES)]
    TooManyGenres(usize),
    /// A genre with a comma, which separates genres.
    #[error("genre `{}` holds a comma, give it as two genres", QuotedValue(.0))]
    GenreComma(String),
    /// The same genre more than once.
    #[error("genre `{}` is given twice", QuotedValue(.0))]
    GenreTwice(String),
    /// A rating out of range, or not a number.
    #[error("rating `{0}` is not between 0 and 10")]
    Rating(f64),
    /// An id that SQLite cannot store.
    #[error("id `{0}` is too large")]
    Id(u64),
    /// More items of a list than the limit.
    #[error("{number} {what} were given, at most {max} are allowed")]
    TooMany {
        /// Which list.
        what: &'static str,
        /// Its length.
        number: usize,
        /// The bound.
        max: usize,
    },
    /// An address that is not http or https, or contains a space.
    #[error("{what} `{}` is no address, it begins with http:// or https:// and has no space", .text.escape_debug())]
    Address {
        /// Which text.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A text that is neither true nor false.
    #[error("{what} `{}` is neither true nor false", .text.escape_debug())]
    Bool {
        /// Which field.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A field that is not a single text.
    #[error("{0} cannot be given as one text, give it as JSON")]
    NotPlain(String),
}
