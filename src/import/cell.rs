//! One value of a row, whatever the format, and what a field makes of it.

use std::borrow::Cow;

use serde_json::Number;

use super::fault::{Problem, quoted};
use super::layout::Field;
use super::{dates, titles};
use crate::limits;
use crate::movie::Released;

/// A value as a file gives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Cell<'a> {
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
    fn shown(&self) -> String {
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
    pub fn into_text(self, field: Field) -> Result<Option<String>, Problem> {
        match self {
            Cell::Missing => Ok(None),
            Cell::Text(text) => {
                let cleaned = titles::clean(&text);
                Ok(Some(cleaned.into_owned()).filter(|text| !text.is_empty() && text != r"\N"))
            }
            Cell::Number(number) => Ok(Some(number.to_string())),
            other => Err(Problem::of(
                field,
                format!("{field} is {}, it has to be a text", other.shown()),
            )),
        }
    }

    /// The text that names the movie, as it stands but for white space around it.
    pub fn into_key(self) -> Result<String, Problem> {
        let key = match self {
            Cell::Text(text) => text.trim().to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Missing => String::new(),
            other => {
                let reason = format!("name is {}, it has to be a text", other.shown());
                return Err(Problem::of(Field::Name, reason));
            }
        };
        if key.is_empty() {
            return Err(Problem::of(
                Field::Name,
                "name is missing, the column that gives it is empty in this row",
            ));
        }
        Ok(key)
    }

    /// A date.
    pub fn into_released(self) -> Result<Option<Released>, Problem> {
        match self.known() {
            Cell::Missing => Ok(None),
            Cell::Text(text) => dates::parse(&text).map(Some),
            Cell::Number(number) => dates::parse(&number.to_string()).map(Some),
            other => Err(format!(
                "released is {}, it has to be a date",
                other.shown()
            )),
        }
        .map_err(|reason| Problem::of(Field::Released, reason))
    }

    /// Minutes, rounded; 0 says that nobody knows.
    pub fn into_runtime(self) -> Result<Option<u32>, Problem> {
        let cell = self.known();
        let minutes = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) => decimal(without_unit(text)),
            _ => None,
        };
        match minutes.map(f64::round) {
            Some(0.0) => Ok(None),
            Some(minutes) if (1.0..=f64::from(limits::MAX_RUNTIME_MINUTES)).contains(&minutes) => {
                Ok(Some(minutes as u32))
            }
            _ => Err(Problem::of(
                Field::RuntimeMinutes,
                format!(
                    "runtime_minutes {} is not a number of minutes from 0 to {}, leave the column \
                     out with --map runtime_minutes= if it means something else",
                    cell.shown(),
                    limits::MAX_RUNTIME_MINUTES
                ),
            )),
        }
    }

    /// A rating; a decimal comma will do.
    pub fn into_rating(self) -> Result<Option<f64>, Problem> {
        let cell = self.known();
        let rating = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) if text.contains('.') => decimal(text.trim()),
            Cell::Text(text) => decimal(&text.trim().replacen(',', ".", 1)),
            _ => None,
        };
        match rating {
            Some(rating) if (0.0..=limits::MAX_RATING).contains(&rating) => Ok(Some(rating)),
            _ => Err(Problem::of(
                Field::Rating,
                format!(
                    "rating {} is not a number from 0 to 10, leave the column out with --map \
                     rating= if it means something else",
                    cell.shown()
                ),
            )),
        }
    }

    /// A number of votes; commas between thousands will do.
    pub fn into_votes(self) -> Result<Option<u32>, Problem> {
        let cell = self.known();
        let votes = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) => decimal(&without_thousands(text.trim())),
            _ => None,
        };
        match votes {
            Some(votes) if votes.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&votes) => {
                Ok(Some(votes as u32))
            }
            _ => Err(Problem::of(
                Field::Votes,
                format!(
                    "votes {} is not a whole number from 0 to {}, leave the column out with --map \
                     votes= if it means something else",
                    cell.shown(),
                    u32::MAX
                ),
            )),
        }
    }

    /// Genres: a list, or a text that separates them with `|`, `,` or `;`. One
    /// that comes twice counts once.
    pub fn into_genres(self) -> Result<Vec<String>, Problem> {
        let mut genres = Vec::new();
        match self.known() {
            Cell::Missing => {}
            Cell::Text(text) if text.trim_start().starts_with('[') => {
                let list = serde_json::from_str::<Cell<'_>>(&text).map_err(|_| {
                    Problem::of(
                        Field::Genres,
                        format!(
                            "genres {} begins like a list and is not json, leave the column out \
                             with --map genres=",
                            quoted(&text)
                        ),
                    )
                })?;
                list.add_genres(&mut genres)?;
            }
            Cell::Text(text) => {
                text.split(['|', ',', ';'])
                    .for_each(|genre| add_genre(&mut genres, genre));
            }
            other => other.add_genres(&mut genres)?,
        }
        Ok(genres)
    }

    /// The genres of our own export, to the letter: only a comma separates them.
    pub fn into_genres_verbatim(self) -> Result<Vec<String>, Problem> {
        match self {
            Cell::Text(text) => Ok(text.split(',').map(str::to_owned).collect()),
            Cell::List(members) if members.iter().all(|m| matches!(m, Cell::Text(_))) => {
                let texts = members.into_iter().filter_map(|member| match member {
                    Cell::Text(text) => Some(text.into_owned()),
                    _ => None,
                });
                Ok(texts.collect())
            }
            other => other.into_genres(),
        }
    }

    /// The genres of a list, whose members are texts or objects with a `name`.
    fn add_genres(self, genres: &mut Vec<String>) -> Result<(), Problem> {
        match self {
            Cell::Missing => {}
            Cell::Text(text) | Cell::Object(Some(text)) => {
                text.split(',').for_each(|genre| add_genre(genres, genre));
            }
            Cell::List(members)
                if members
                    .iter()
                    .all(|member| !matches!(member, Cell::List(_))) =>
            {
                for member in members {
                    member.add_genres(genres)?;
                }
            }
            other => {
                return Err(Problem::of(
                    Field::Genres,
                    format!(
                        "genres holds {}, it has to be a list of texts",
                        other.shown()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The value, or missing when it is one of the words that stand for nothing.
    fn known(self) -> Cell<'a> {
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

/// Adds a genre, unless it is empty, there already, or says that there is none.
pub(super) fn add_genre(genres: &mut Vec<String>, genre: &str) {
    let genre = titles::clean(genre);
    let none = genre.is_empty() || genre == "(no genres listed)" || genre == r"\N";
    if !none && !genres.iter().any(|known| *known == genre) {
        genres.push(genre.into_owned());
    }
}

/// A number as people write it: `81`, `81.5`. Neither `inf` nor `1e9`.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        .then(|| text.parse().ok())
        .flatten()
}

/// `142 min` without its unit.
fn without_unit(text: &str) -> &str {
    let text = text.trim();
    ["minutes", "mins", "min"]
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .unwrap_or(text)
        .trim_end()
}

/// `1,234,567` without its commas, if they stand where thousands end.
fn without_thousands(text: &str) -> Cow<'_, str> {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    if !text.contains(',') || first.is_empty() || first.len() > 3 || !groups.all(|g| g.len() == 3) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(',', ""))
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

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (cell, minutes) in [
            (text("142"), Some(142)),
            (text("142.0"), Some(142)),
            (text("142 min"), Some(142)),
            (text("0"), None),
            (text("N/A"), None),
            (json("81.5"), Some(82)),
        ] {
            assert_eq!(cell.clone().into_runtime(), Ok(minutes), "{cell:?}");
        }
        assert_eq!(text("7,5").into_rating(), Ok(Some(7.5)));
        assert_eq!(json("10").into_rating(), Ok(Some(10.0)));
        assert_eq!(text("1,234,567").into_votes(), Ok(Some(1_234_567)));
        assert_eq!(text("12.0").into_votes(), Ok(Some(12)));
        assert_eq!(text("none").into_votes(), Ok(None));
    }

    #[test]
    fn numbers_that_mean_something_else_are_refused() {
        for cell in ["-1", "100001", "2h 22m", "1e3", "inf", "1:30", "..", "-"] {
            assert!(text(cell).into_runtime().is_err(), "{cell:?}");
        }
        for cell in ["PG-13", "10.1", "-1", "8/10", "1,2,3", "nan%", "[]"] {
            assert!(text(cell).into_rating().is_err(), "{cell:?}");
        }
        for cell in ["1.5", "-1", "4294967296", "1,23", ",123", "12k"] {
            assert!(text(cell).into_votes().is_err(), "{cell:?}");
        }
        assert_eq!(
            text("PG-13").into_rating().unwrap_err().reason,
            "rating `PG-13` is not a number from 0 to 10, leave the column out with --map rating= \
             if it means something else"
        );
        assert!(json("[1]").into_votes().is_err());
    }

    #[test]
    fn genres_come_in_many_dresses() {
        for cell in [
            text("Drama|War"),
            text("Drama, War"),
            text("Drama;War;Drama;"),
            json(r#"["Drama","War",null]"#),
            json(r#"["Drama, War"]"#),
            json(r#"[{"id":18,"name":"Drama"},{"name":"War"}]"#),
            text(r#"[{"id": 18, "name": "Drama"}, {"id": 1, "name": "War"}]"#),
        ] {
            assert_eq!(
                cell.clone().into_genres(),
                Ok(vec!["Drama".to_owned(), "War".to_owned()]),
                "{cell:?}"
            );
        }
        for cell in [
            text("(no genres listed)"),
            text(""),
            text(r"\N"),
            text("N/A"),
            json("[]"),
            json("null"),
        ] {
            assert_eq!(cell.clone().into_genres(), Ok(Vec::new()), "{cell:?}");
        }
        for cell in [
            json("7"),
            json("[[]]"),
            json(r#"[{"id":1}]"#),
            text("[{'id': 18, 'name': 'Drama'}]"),
        ] {
            assert!(cell.clone().into_genres().is_err(), "{cell:?}");
        }
    }
}
