//! A movie whose texts are borrowed, from a [`Movie`](super::Movie) or straight from a row of the
//! database. The rules of a movie and the order of its fields in the row are defined here once for
//! both.

use serde::{Serialize, Serializer};

use super::{MovieError, Released};
use crate::limits;

/// The fields of a movie, borrowed. [`Fields`](super::Fields) describes them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MovieRef<'a> {
    /// 0 until it is stored.
    pub id: u64,
    /// The unique key of the movie.
    pub name: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its title in its own language.
    pub original_title: Option<&'a str>,
    /// A year, a month or a day.
    pub released: Option<Released>,
    /// Running time in minutes.
    pub runtime_minutes: Option<u32>,
    /// Its genres.
    pub genres: Genres<'a>,
    /// 0 to 10.
    pub rating: Option<f64>,
    /// The number of votes for the rating.
    pub votes: Option<u32>,
}

/// Genres as a movie has them, or as the database keeps them.
#[derive(Clone, Copy, Debug)]
pub enum Genres<'a> {
    /// One by one.
    List(&'a [String]),
    /// Separated by commas; an empty text has none.
    Joined(&'a str),
}

impl<'a> Genres<'a> {
    /// Each genre.
    pub fn iter(self) -> impl Iterator<Item = &'a str> + Clone {
        let (list, joined) = match self {
            Genres::List(list) => (list, None),
            Genres::Joined("") => (&[][..], None),
            Genres::Joined(joined) => (&[][..], Some(Joined(Some(joined)))),
        };
        list.iter()
            .map(String::as_str)
            .chain(joined.into_iter().flatten())
    }
}

/// The genres in a text. They are so short that looking at each byte is faster
/// than a search made for long texts.
#[derive(Clone, Debug)]
pub struct Joined<'a>(pub Option<&'a str>);

impl<'a> Iterator for Joined<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0?;
        let comma = text.bytes().position(|byte| byte == b',');
        let (genre, rest) = match comma {
            Some(comma) => (&text[..comma], Some(&text[comma + 1..])),
            None => (text, None),
        };
        self.0 = rest;
        Some(genre)
    }
}

impl Serialize for Genres<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut sequence = serializer.serialize_seq(Some(self.iter().count()))?;
        for genre in self.iter() {
            sequence.serialize_element(genre)?;
        }
        sequence.end()
    }
}

impl MovieRef<'_> {
    /// Checks every rule of a movie.
    ///
    /// # Errors
    /// The first one that is broken.
    pub fn check(&self) -> Result<(), MovieError> {
        i64::try_from(self.id).map_err(|_| MovieError::Id(self.id))?;
        check_text("name", self.name, limits::MAX_NAME_BYTES)?;
        check_text("title", self.title, limits::MAX_TITLE_BYTES)?;
        if let Some(title) = self.original_title {
            check_text("original_title", title, limits::MAX_TITLE_BYTES)?;
        }
        if let Some(minutes) = self.runtime_minutes
            && !(1..=limits::MAX_RUNTIME_MINUTES).contains(&minutes)
        {
            return Err(MovieError::Runtime(minutes));
        }
        if let Some(rating) = self.rating
            && !(0.0..=limits::MAX_RATING).contains(&rating)
        {
            return Err(MovieError::Rating(rating));
        }
        match self.genres {
            Genres::List(list) => {
                check_number(list.len())?;
                if let Some(genre) = list.iter().find(|genre| genre.contains(',')) {
                    return Err(MovieError::GenreComma(genre.clone()));
                }
                check_genres(list.iter().map(String::as_str), false)
            }
            Genres::Joined("") => Ok(()),
            // A shorter text cannot contain too many genres.
            Genres::Joined(joined) if joined.len() > 2 * limits::MAX_GENRES => {
                check_number(Joined(Some(joined)).count())?;
                check_genres(Joined(Some(joined)), false)
            }
            Genres::Joined(joined) => check_genres(Joined(Some(joined)), !holds_control(joined)),
        }
    }
}

fn check_number(genres: usize) -> Result<(), MovieError> {
    if genres <= limits::MAX_GENRES {
        Ok(())
    } else {
        Err(MovieError::TooManyGenres(genres))
    }
}

/// `is_printable`: no genre contains a control character, so this is not checked again.
fn check_genres<'a>(
    genres: impl Iterator<Item = &'a str> + Clone,
    is_printable: bool,
) -> Result<(), MovieError> {
    for (index, genre) in genres.clone().enumerate() {
        check_length("genre", genre, limits::MAX_GENRE_BYTES)?;
        if !is_printable {
            check_printable("genre", genre)?;
        }
        if genres.clone().take(index).any(|earlier| earlier == genre) {
            return Err(MovieError::GenreTwice(genre.to_owned()));
        }
    }
    Ok(())
}

/// The rules of every text of the catalogue: 1 to `max` bytes, no control character.
pub fn check_text(what: &'static str, text: &str, max: usize) -> Result<(), MovieError> {
    check_length(what, text, max)?;
    check_printable(what, text)
}

fn check_printable(what: &'static str, text: &str) -> Result<(), MovieError> {
    if holds_control(text) {
        Err(MovieError::Control {
            what,
            text: text.to_owned(),
        })
    } else {
        Ok(())
    }
}

fn check_length(what: &'static str, text: &str, max: usize) -> Result<(), MovieError> {
    if text.is_empty() {
        return Err(MovieError::Empty(what));
    }
    if text.len() > max {
        return Err(MovieError::TooLong {
            what,
            bytes: text.len(),
            max,
        });
    }
    Ok(())
}

/// Whether there is a control character, in one pass over the bytes: in UTF-8
/// they are below 0x20, 0x7f, or 0x80 to 0x9f after 0xc2.
fn holds_control(text: &str) -> bool {
    let suspect = |byte: u8| byte < 0x20 || byte == 0x7f || byte == 0xc2;
    let suspects = text
        .bytes()
        .fold(false, |found, byte| found | suspect(byte));
    suspects && text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_character_is_found_and_no_other() {
        for character in ('\0'..='\u{3000}').chain(['\u{feff}', '🎬']) {
            let text = format!("a{character}é");
            assert_eq!(
                holds_control(&text),
                character.is_control(),
                "{character:?}"
            );
        }
    }
}
