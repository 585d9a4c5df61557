//! Genres, which come in more dresses than anything else.

use std::borrow::Cow;

use super::cell::Cell;
use super::titles;
use crate::import::errors::{RecordError, quoted};
use crate::import::field::Field;
use crate::movie::Joined;

impl Cell<'_> {
    /// Genres: a list, or a text that separates them with `|`, `,` or `;`. One
    /// that comes twice counts once.
    pub fn into_genres(self) -> Result<Vec<String>, RecordError> {
        let mut genres = Vec::new();
        match self.known() {
            Cell::Missing => {}
            Cell::Text(text) if text.trim_start().starts_with('[') => {
                let list = serde_json::from_str::<Cell<'_>>(&text).map_err(|_| {
                    RecordError::with_field(
                        Field::Genres,
                        format!(
                            "genres {} begins like a list and is not json",
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
    pub fn into_genres_verbatim(self) -> Result<Vec<String>, RecordError> {
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
    fn add_genres(self, genres: &mut Vec<String>) -> Result<(), RecordError> {
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
                return Err(RecordError::with_field(
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
}

/// Adds a genre, unless it is empty, there already, or says that there is none.
pub(crate) fn add_genre(genres: &mut Vec<String>, genre: &str) {
    let genre = titles::clean(genre);
    let none = genre.is_empty() || genre == "(no genres listed)" || genre == r"\N";
    if !none && !genres.iter().any(|known| *known == genre) {
        genres.push(genre.into_owned());
    }
}

/// Genres that commas separate, as [`add_genre`] would leave them. Borrowed when
/// that changes nothing.
pub(crate) fn joined(text: &str) -> Cow<'_, str> {
    if text.is_empty() || is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut genres = Vec::new();
    text.split(',')
        .for_each(|genre| add_genre(&mut genres, genre));
    Cow::Owned(genres.join(","))
}

/// Whether the genres are letters and a few signs, and none comes twice: so are
/// nearly all, and then there is nothing to change.
fn is_plain(text: &str) -> bool {
    let other = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b','));
    let others = text.bytes().fold(false, |found, byte| found | other(byte));
    let genres = || Joined(Some(text));
    let is_new = |(place, genre): (usize, &str)| {
        !genre.is_empty() && !genres().take(place).any(|earlier| earlier == genre)
    };
    !others && genres().enumerate().all(is_new)
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
    fn joined_genres_are_left_alone_where_nothing_is_wrong_with_them() {
        for (text, expected, is_borrowed) in [
            ("", "", true),
            ("Drama,Sci-Fi", "Drama,Sci-Fi", true),
            ("Drama,War,Drama", "Drama,War", false),
            ("Drama,,War,", "Drama,War", false),
            (" Drama , War", "Drama,War", false),
            ("Film  Noir", "Film Noir", false),
            ("(no genres listed)", "", false),
            (r"\N,Drama", "Drama", false),
            ("Комедия", "Комедия", false),
        ] {
            let joined = joined(text);
            assert_eq!(joined, expected, "{text:?}");
            assert_eq!(matches!(joined, Cow::Borrowed(_)), is_borrowed, "{text:?}");
        }
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
