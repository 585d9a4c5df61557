//! One value of a row, of any format, and its conversion to a field.

use std::borrow::Cow;

use serde_json::Number;

use super::dates::{self, ParsedDate};
use super::nulls::is_null;
use super::titles;
use crate::import::errors::{RecordError, quoted};
use crate::import::field::Field;

/// A value of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Empty, or `null`.
    #[default]
    Missing,
    /// Any text. Every value of a CSV file is one.
    Text(Cow<'a, str>),
    /// A number of JSON.
    Number(Number),
    /// `true` or `false`.
    Flag(bool),
    /// A list of JSON.
    List(Vec<Cell<'a>>),
    /// The values of several columns.
    Columns(Vec<Cell<'a>>),
    /// An object of JSON, in the order of its text.
    Object(Vec<(Cow<'a, str>, Cell<'a>)>),
}

impl<'a> Cell<'a> {
    /// A value of a file without types. `\N` is a missing value of database dumps
    /// and of IMDb.
    pub fn from_text(text: &'a str) -> Cell<'a> {
        match text.trim() {
            "" | r"\N" => Cell::Missing,
            _ => Cell::Text(Cow::Borrowed(text)),
        }
    }

    /// A value of an export: only an empty one is missing.
    pub fn from_export(text: &'a str) -> Cell<'a> {
        match text {
            "" => Cell::Missing,
            text => Cell::Text(Cow::Borrowed(text)),
        }
    }

    /// The value with texts of its own.
    pub fn into_owned(self) -> Cell<'static> {
        let owned_all = |cells: Vec<Cell<'a>>| cells.into_iter().map(Cell::into_owned).collect();
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Cell::Missing => Cell::Missing,
            Cell::Text(text) => Cell::Text(owned(text)),
            Cell::Number(number) => Cell::Number(number),
            Cell::Flag(flag) => Cell::Flag(flag),
            Cell::List(members) => Cell::List(owned_all(members)),
            Cell::Columns(members) => Cell::Columns(owned_all(members)),
            Cell::Object(members) => {
                let members = members.into_iter();
                Cell::Object(
                    members
                        .map(|(key, value)| (owned(key), value.into_owned()))
                        .collect(),
                )
            }
        }
    }

    /// The value for a message.
    pub fn shown(&self) -> String {
        match self {
            Cell::Missing => "`null`".to_owned(),
            Cell::Text(text) => quoted(text),
            Cell::Number(number) => format!("`{number}`"),
            Cell::Flag(flag) => format!("`{flag}`"),
            Cell::List(_) | Cell::Columns(_) => "a list".to_owned(),
            Cell::Object(_) => "an object".to_owned(),
        }
    }

    /// A text. A number is taken as it is written (the film `1776`).
    pub fn into_text(self, field: Field) -> Result<Option<String>, RecordError> {
        match self {
            Cell::Missing => Ok(None),
            Cell::Text(text) => {
                let decoded = titles::decode_entities(&text);
                let cleaned = titles::clean(&decoded);
                Ok(Some(cleaned.into_owned()).filter(|text| !text.is_empty() && text != r"\N"))
            }
            Cell::Number(number) => Ok(Some(number.to_string())),
            other => Err(RecordError::with_field(
                field,
                format!("{field} is {}, it has to be a text", other.shown()),
            )),
        }
    }

    /// The text that names the movie, trimmed. `862.0`, as data frames write a
    /// number, is `862`.
    pub fn into_key(self) -> Result<String, RecordError> {
        let key = match self.known() {
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
        let whole = key
            .strip_suffix(".0")
            .filter(|whole| !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(whole.map(str::to_owned).unwrap_or(key))
    }

    pub fn into_date(self) -> Result<ParsedDate, RecordError> {
        match self.known() {
            Cell::Missing => Ok(ParsedDate::Missing),
            Cell::Text(text) => dates::parse(&text),
            Cell::Number(number) => {
                let text = number.to_string();
                dates::parse_number(number.as_f64().unwrap_or(f64::NAN), &text)
            }
            other => Err(format!(
                "released is {}, it has to be a date",
                other.shown()
            )),
        }
        .map_err(|reason| RecordError::with_field(Field::Released, reason))
    }

    /// The text of a date, for a message.
    pub fn date_text(&self) -> String {
        match self {
            Cell::Text(text) => text.to_string(),
            Cell::Number(number) => number.to_string(),
            _ => String::new(),
        }
    }

    /// Whether the value is missing, or one of the words for that.
    pub fn is_null(&self) -> bool {
        match self {
            Cell::Missing => true,
            Cell::Text(text) => is_null(text),
            Cell::List(members) | Cell::Columns(members) => members.is_empty(),
            _ => false,
        }
    }

    /// The value, or missing when it is one of the words for that.
    pub fn known(self) -> Cell<'a> {
        if self.is_null() { Cell::Missing } else { self }
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
