//! Genres in the spellings that files use.

use std::borrow::Cow;

use super::cell::Cell;
use super::distinct::DistinctList;
use super::lists;
use super::nulls::is_null;
use super::titles;
use crate::config::limits;
use crate::import::errors::{RecordError, quoted};
use crate::import::field::Field;
use crate::movie::Joined;

/// The genres of IMDb, TMDB and MovieLens, in lower case. Only between these do
/// `/`, `&`, `+`, ` - ` and spaces separate genres.
const KNOWN: [&str; 34] = [
    "action",
    "adult",
    "adventure",
    "animation",
    "biography",
    "children",
    "children's",
    "comedy",
    "crime",
    "documentary",
    "drama",
    "family",
    "fantasy",
    "film-noir",
    "film noir",
    "foreign",
    "game-show",
    "history",
    "horror",
    "music",
    "musical",
    "mystery",
    "news",
    "reality-tv",
    "romance",
    "sci-fi",
    "science fiction",
    "short",
    "sport",
    "talk-show",
    "thriller",
    "tv movie",
    "war",
    "western",
];

/// The genres of a movie.
type Genres = DistinctList<String>;

impl Cell<'_> {
    /// Genres: a list, or a text that separates them. Repeated genres count once.
    pub fn into_genres(self) -> Result<Vec<String>, RecordError> {
        let mut genres = Genres::new(limits::MAX_GENRES);
        match self.known() {
            Cell::Missing => {}
            Cell::Text(text) => match lists::in_brackets(&text, Field::Genres)? {
                Some(list) => {
                    let names = lists::names(list);
                    names.iter().for_each(|name| add_text(&mut genres, name));
                }
                None => add_text(&mut genres, &text),
            },
            other => other.add_genres(&mut genres)?,
        }
        let genres = genres.into_items(Field::Genres)?;
        check_lengths(&genres)?;
        Ok(genres)
    }

    /// The genres of an export, unchanged: only a comma separates them.
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
    fn add_genres(self, genres: &mut Genres) -> Result<(), RecordError> {
        match self {
            Cell::Missing => {}
            Cell::Text(text) => add_text(genres, &text),
            Cell::Object(members) if !members.is_empty() => {
                let name = ["name", "title", "genre", "label", "value"]
                    .iter()
                    .find_map(|key| members.iter().find(|(known, _)| known == key));
                match name {
                    Some((_, Cell::Text(text))) => add_text(genres, text),
                    _ => return Err(not_texts(&Cell::Object(members))),
                }
            }
            Cell::List(members) | Cell::Columns(members)
                if !members.iter().any(|m| matches!(m, Cell::List(_))) =>
            {
                for member in members {
                    member.add_genres(genres)?;
                }
            }
            other => return Err(not_texts(&other)),
        }
        Ok(())
    }
}

fn not_texts(cell: &Cell<'_>) -> RecordError {
    RecordError::with_field(
        Field::Genres,
        format!(
            "genres holds {}, it has to be a list of texts",
            cell.shown()
        ),
    )
}

fn check_lengths(genres: &[String]) -> Result<(), RecordError> {
    let long = genres
        .iter()
        .find(|genre| genre.len() > limits::MAX_GENRE_BYTES);
    if let Some(genre) = long {
        return Err(RecordError::with_field(
            Field::Genres,
            format!(
                "genre {} has {} bytes, at most {} are allowed",
                quoted(genre),
                genre.len(),
                limits::MAX_GENRE_BYTES
            ),
        ));
    }
    Ok(())
}

fn add_text(genres: &mut Genres, text: &str) {
    let text = titles::decode_entities(text);
    let is_separator = |c: char| matches!(c, '|' | ',' | ';' | '\n' | '·' | '•' | '、' | '，');
    for part in text.split(is_separator) {
        if genres.is_over() {
            return;
        }
        // Most parts are one genre. A search for three bytes takes longer than one for a byte.
        if part.as_bytes().contains(&b'/') {
            part.split(" / ").for_each(|genre| add_part(genres, genre));
        } else {
            add_part(genres, part);
        }
    }
}

fn add_part(genres: &mut Genres, part: &str) {
    match split_known(part.trim()) {
        Some(known) => known.iter().for_each(|genre| add_genre(genres, genre)),
        None => add_genre(genres, part),
    }
}

/// Splits a text whose parts are all known genres.
fn split_known(text: &str) -> Option<Vec<&str>> {
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'&' | b'+' | b'-' | b' ' | b'_');
    if !text.as_bytes().iter().any(is_separator) || is_known(text) {
        return None;
    }
    for separator in ["/", "&", "+", " - ", " and ", "_"] {
        let parts: Vec<&str> = text.split(separator).map(str::trim).collect();
        if parts.len() > 1 && parts.iter().all(|part| is_known(part)) {
            return Some(parts);
        }
    }
    by_words(text)
}

/// Splits `Action Science Fiction` into known genres of one or two words.
fn by_words(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let first = rest.find(' ').unwrap_or(rest.len());
        let second = rest[first..]
            .trim_start()
            .find(' ')
            .map_or(rest.len(), |at| {
                rest.len() - rest[first..].trim_start().len() + at
            });
        let end = [second, first]
            .into_iter()
            .find(|end| is_known(&rest[..*end]))?;
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    (found.len() > 1).then_some(found)
}

fn is_known(genre: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(genre))
}

/// Adds a genre, unless it is empty or means none.
fn add_genre(genres: &mut Genres, genre: &str) {
    let genre = titles::clean(genre);
    if !is_null(&genre) && genre != "(no genres listed)" {
        genres.add(genre.into_owned());
    }
}

/// Genres that commas separate, as [`add_genre`] would leave them. Borrowed when
/// that changes nothing.
pub(crate) fn joined(text: &str) -> Cow<'_, str> {
    if text.is_empty() || is_plain(text) {
        return Cow::Borrowed(text);
    }
    // One more than the limit, which the movie reports.
    let mut genres = Genres::new(limits::MAX_GENRES + 1);
    let mut texts = text.split(',');
    while let Some(genre) = texts.next().filter(|_| !genres.is_over()) {
        add_genre(&mut genres, genre);
    }
    Cow::Owned(genres.as_slice().join(","))
}

/// Whether the genres are letters, digits and `-`, and none is repeated. Nearly all
/// are, and then nothing changes.
fn is_plain(text: &str) -> bool {
    let other = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b','));
    let others = text.bytes().fold(false, |found, byte| found | other(byte));
    // A longer list is refused.
    let genres = || Joined(Some(text)).take(limits::MAX_GENRES + 1);
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
    fn genres_are_read_in_every_spelling() {
        for cell in [
            text("Drama|War"),
            text("Drama, War"),
            text("Drama;War;Drama;"),
            text("Drama / War"),
            text("Drama/War"),
            text("Drama · War"),
            text("Drama & War"),
            text("Drama &amp; War"),
            text("Drama - War"),
            text("Drama War"),
            text("\nDrama, War      "),
            text("['Drama', 'War']"),
            text("{Drama,War}"),
            text("[{'id': 18, 'name': 'Drama'}, {'id': 1, 'name': 'War'}]"),
            text(r#"[{"id": 18, "name": "Drama"}, {"id": 1, "name": "War"}]"#),
            json(r#"["Drama","War",null]"#),
            json(r#"["Drama, War"]"#),
            json(r#"[{"id":18,"name":"Drama"},{"name":"War"}]"#),
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
            text("[Drama Crime'"),
        ] {
            assert!(
                cell.clone().into_genres().is_err() || cell == text("[Drama Crime'"),
                "{cell:?}"
            );
        }
        assert!(text("['Drama' 'War']").into_genres().is_err());
    }

    #[test]
    fn one_genre_of_several_words_stays_one() {
        for genre in [
            "Thriller/Suspense",
            "Children & Family Movies",
            "Romantic Comedy",
            "Science Fiction",
            "Film Noir",
            "Sci-Fi",
            "Rock & Roll",
        ] {
            assert_eq!(text(genre).into_genres(), Ok(vec![genre.to_owned()]));
        }
        assert_eq!(
            text("Action Science Fiction Drama").into_genres().unwrap(),
            ["Action", "Science Fiction", "Drama"]
        );
    }
}
