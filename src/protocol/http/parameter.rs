//! The parameters of routes, and the check of their values.

use std::borrow::Cow;

use super::error::HttpError;
use crate::config::limits;
use crate::movie;

/// A parameter of the query string.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub kind: ParameterKind,
    /// Whether a request needs it.
    pub is_required: bool,
    /// Its meaning, in a few words.
    pub summary: &'static str,
}

/// The values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// A text of at most this number of bytes.
    Text(usize),
    /// The same; the parameter may be given several times.
    Texts(usize),
    /// A whole number within these bounds.
    Integer(u64, u64),
    /// A number within these bounds.
    Number(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words, separated by commas.
    Choices(&'static [&'static str]),
    /// Some fields of a movie with its details, separated by commas.
    MovieFields,
}

impl Parameter {
    /// An optional parameter.
    pub const fn new(name: &'static str, kind: ParameterKind, summary: &'static str) -> Parameter {
        Parameter {
            name,
            kind,
            is_required: false,
            summary,
        }
    }

    /// The same parameter, which a request needs.
    pub const fn required(self) -> Parameter {
        Parameter {
            is_required: true,
            ..self
        }
    }

    /// Whether it may be given several times.
    pub fn repeats(&self) -> bool {
        matches!(self.kind, ParameterKind::Texts(_))
    }

    /// Checks a value.
    ///
    /// # Errors
    /// The values that are expected.
    pub fn check(&self, value: &str) -> Result<(), HttpError> {
        let expected: Cow<'static, str> = match self.kind {
            ParameterKind::Text(max) | ParameterKind::Texts(max) => {
                if value.len() <= max {
                    return Ok(());
                }
                format!("at most {max} bytes").into()
            }
            ParameterKind::Integer(min, max) => {
                let is_plain = value.bytes().all(|byte| byte.is_ascii_digit());
                let number = value.parse().ok().filter(|_| is_plain);
                if number.is_some_and(|number| (min..=max).contains(&number)) {
                    return Ok(());
                }
                format!("a whole number from {min} to {max}").into()
            }
            ParameterKind::Number(min, max) => {
                let number = value.parse::<f64>().ok();
                let number = number.filter(|_| !value.starts_with('+'));
                if number.is_some_and(|number| (min..=max).contains(&number)) {
                    return Ok(());
                }
                format!("a number from {min} to {max}").into()
            }
            ParameterKind::Choice(words) => {
                if words.contains(&value) {
                    return Ok(());
                }
                format!("one of {}", words.join(", ")).into()
            }
            ParameterKind::Choices(words) => {
                if value.split(',').all(|word| words.contains(&word)) {
                    return Ok(());
                }
                format!("some of {}, separated by commas", words.join(",")).into()
            }
            ParameterKind::MovieFields => {
                if value.split(',').all(|word| movie::field(word).is_some()) {
                    return Ok(());
                }
                let words: Vec<_> = movie::fields().map(|field| field.name).collect();
                format!("some of {}, separated by commas", words.join(",")).into()
            }
        };
        let shown = shortened(value);
        let detail = format_args!("`{}` is `{shown}`, expected {expected}", self.name);
        Err(HttpError::bad_request(detail))
    }
}

/// A text of a request as a message repeats it.
pub(super) fn shortened(text: &str) -> String {
    let mut end = text.len().min(limits::MAX_REPEATED_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].escape_debug().to_string()
}
