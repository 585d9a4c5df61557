//! One value of a row, whatever the format, and what a field makes of it.

use std::borrow::Cow;

use serde_json::Number;

use super::{dates, titles};
use crate::import::errors::{RecordError, quoted};
use crate::import::field::Field;
use crate::movie::Released;

/// A value as a file gives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing, `null`.
    #[default]
    Missing,
    /// Any text: every value of a CSV file.
    Text(Cow<'a, str>),
    /// A number of JSON.
    Number(Number),
    /// `true` or `false`.
    Flag(bool),
    /// A list of JSON.
    List(Vec<Cell<'a>>),
    /// An object of JSON, of which only its `name` matters.
    Object(Option<Cow<'a, str>>),
}

impl<'a> Cell<'a> {
    /// A value of a file without types: nothing, or text. `\N` is how database
    /// dumps, and IMDb, write a missing value.
    pub fn from_text(text: &'a str) -> Cell<'a> {
        match text.trim() {
            "" | r"\N" => Cell::Missing,
            _ => Cell::Text(Cow::Borrowed(text)),
        }
    }

    /// A value of our own export: only an empty one is missing.
    pub fn from_export(text: &'a str) -> Cell<'a> {
        match text {
            "" => Cell::Missing,
            text => Cell::Text(Cow::Borrowed(text)),
        }
    }

    /// The value as it stands in a message.
    pub fn shown(&self) -> String {
        match self {
            Cell::Missing => "`null`".to_owned(),
            Cell::Text(text) => quoted(text),
            Cell::Number(number) => format!("`{number}`"),
            Cell::Flag(flag) => format!("`{flag}`"),
            Cell::List(_) => "a list".to_owned(),
            Cell::Object(_) => "an object".to_owned(),
        }
    }

    /// A text; a number is taken as it is written (the film `1776`).
    pub fn into_text(self, field: Field) -> Result<Option<String>, RecordError> {
        match self {
            Cell::Missing => Ok(None),
            Cell::Text(text) => {
                let cleaned = titles::clean(&text);
                Ok(Some(cleaned.into_owned()).filter(|text| !text.is_empty() && text != r"\N"))
            }
            Cell::Number(number) => Ok(Some(number.to_string())),
            other => Err(RecordError::with_field(
                field,
                format!("{field} is {}, it has to be a text", other.shown()),
            )),
        }
    }

    /// The text that names the movie, as it stands but for white space around it.
    pub fn into_key(self) -> Result<String, RecordError> {
        let key = match self {
            Cell::Text(text) => text.trim().to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Missing => String::new(),
            other => {
                let reason = format!("name is {}, it has to be a text", other.shown());
                return Err(RecordError::with_field(Field::Name, reason));
            }
        };
        if key.is_empty() {
            return Err(RecordError::with_field(
                Field::Name,
                "name is missing, the column that gives it is empty in this row",
            ));
        }
        Ok(key)
    }

    /// A date.
    pub fn into_released(self) -> Result<Option<Released>, RecordError> {
        match self.known() {
            Cell::Missing => Ok(None),
            Cell::Text(text) => dates::parse(&text).map(Some),
            Cell::Number(number) => dates::parse(&number.to_string()).map(Some),
            other => Err(format!(
                "released is {}, it has to be a date",
                other.shown()
            )),
        }
        .map_err(|reason| RecordError::with_field(Field::Released, reason))
    }

    /// The value, or missing when it is one of the words that stand for nothing.
    pub fn known(self) -> Cell<'a> {
        const NOTHING: [&str; 6] = ["N/A", "NA", "NaN", "null", "None", r"\N"];
        match &self {
            Cell::Text(text) => {
                let text = text.trim();
                let nothing = NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text));
                if text.is_empty() || nothing {
                    Cell::Missing
                } else {
                    self
                }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::from_text(text)
    }

    fn json(text: &str) -> Cell<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_number_is_a_title_too() {
        assert_eq!(
            json("1776").into_text(Field::Title),
            Ok(Some("1776".into()))
        );
        assert_eq!(json("null").into_text(Field::Title), Ok(None));
        assert_eq!(text(r" \N ").into_text(Field::Title), Ok(None));
        assert_eq!(json(r#"" ""#).into_text(Field::Title), Ok(None));
        assert_eq!(
            json("true").into_text(Field::Title).unwrap_err().reason,
            "title is `true`, it has to be a text"
        );
    }
}
