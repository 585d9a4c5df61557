//! MovieLens's `movies.csv`: title, alternative titles and year in one column.

use super::records::RecordReader;
use crate::import::errors::{ImportError, RecordError, RowError};
use crate::import::field::Field;
use crate::import::row::RowBuilder;
use crate::import::values::cell::Cell;
use crate::import::values::genres::add_genre;
use crate::import::values::{dates, titles};
use crate::movie::{Fields, Movie, Released};

/// The movies of a `movies.csv`.
pub(crate) struct MovieLens {
    records: RecordReader,
    builder: RowBuilder,
}

impl MovieLens {
    /// Reads the header, which is known to be `movieId`, `title`, `genres`.
    ///
    /// # Errors
    /// A header that cannot be read.
    pub fn new(mut records: RecordReader, prefix: &str) -> Result<MovieLens, ImportError> {
        records.header()?;
        Ok(MovieLens {
            records,
            builder: RowBuilder::new(prefix, true, false),
        })
    }
}

impl Iterator for MovieLens {
    type Item = Result<Movie, RowError>;

    fn next(&mut self) -> Option<Result<Movie, RowError>> {
        let (line, record) = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        // Quotes around the whole header make one column of what looked like three.
        let cell = |column| record.get(column).unwrap_or_default();
        let movie = movie(cell(0), cell(1), cell(2), &mut self.builder);
        Some(movie.map_err(|error| error.located(self.records.file(), line)))
    }
}

fn movie(
    id: &str,
    title: &str,
    genres: &str,
    builder: &mut RowBuilder,
) -> Result<Movie, RecordError> {
    let title = titles::clean(title);
    if title.is_empty() {
        return Err(RecordError::with_field(
            Field::Title,
            "title is missing, a movie cannot be without one",
        ));
    }
    let title = MovieLensTitle::parse(&title);
    let mut fields = Fields {
        title: titles::article_first(title.main).into_owned(),
        released: title.year,
        ..Fields::default()
    };
    let original = title.original.map(titles::article_first);
    fields.original_title = original
        .filter(|original| *original != fields.title)
        .map(|title| title.into_owned());
    genres
        .split('|')
        .for_each(|genre| add_genre(&mut fields.genres, genre));
    builder.named(Cell::from_text(id), fields)
}

/// The parts of `City of Lost Children, The (Cité des enfants perdus, La) (1995)`.
#[derive(Debug, PartialEq)]
struct MovieLensTitle<'a> {
    main: &'a str,
    /// The last title in brackets that is not an `a.k.a.`: MovieLens puts the
    /// original one there.
    original: Option<&'a str>,
    year: Option<Released>,
}

impl<'a> MovieLensTitle<'a> {
    fn parse(text: &'a str) -> MovieLensTitle<'a> {
        let mut title = MovieLensTitle {
            main: text,
            original: None,
            year: None,
        };
        if let Some((rest, inside)) = last_brackets(text)
            && let Some(year) = year(inside)
        {
            title.main = rest;
            title.year = Some(year);
        }
        while let Some((rest, inside)) = last_brackets(title.main) {
            if belongs_to_the_title(inside) {
                break;
            }
            title.main = rest;
            if !is_also_known_as(inside) {
                title.original.get_or_insert(inside);
            }
        }
        title
    }
}

/// Splits off the brackets at the end: what is before them and what is inside.
fn last_brackets(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 1;
    for (at, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let rest = text[..at].strip_suffix(' ')?.trim_end();
            return (!rest.is_empty()).then_some((rest, inner[at + 1..].trim()));
        }
    }
    None
}

/// A year, or the first of a span such as `2006–2007`.
fn year(inside: &str) -> Option<Released> {
    inside
        .as_bytes()
        .first()
        .filter(|byte| byte.is_ascii_digit())?;
    let only_years = inside
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '–' | ' '));
    let year = dates::parse(inside)
        .ok()
        .filter(|_| only_years && inside.chars().count() != 7)?;
    Released::new(year.year(), None, None)
}

/// `1-900 (06)` has a number in brackets; `Bon Voyage, Charlie Brown (and Don't
/// Come Back!)` goes on in them.
fn belongs_to_the_title(inside: &str) -> bool {
    let goes_on = ["and ", "or "].iter().any(|word| begins_with(inside, word));
    goes_on || inside.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_also_known_as(inside: &str) -> bool {
    ["a.k.a.", "aka "]
        .iter()
        .any(|word| begins_with(inside, word))
}

fn begins_with(text: &str, word: &str) -> bool {
    let start = text.as_bytes().get(..word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, main: &str, original: Option<&str>, year: Option<&str>) {
        let expected = MovieLensTitle {
            main,
            original,
            year: year.map(|year| year.parse().unwrap()),
        };
        assert_eq!(MovieLensTitle::parse(text), expected, "{text:?}");
    }

    #[test]
    fn a_title_is_taken_apart() {
        check("Vow, The (2012)", "Vow, The", None, Some("2012"));
        check(
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "City of Lost Children, The",
            Some("Cité des enfants perdus, La"),
            Some("1995"),
        );
        check(
            "Léon: The Professional (a.k.a. The Professional) (Léon) (1994)",
            "Léon: The Professional",
            Some("Léon"),
            Some("1994"),
        );
        check("Seven (a.k.a. Se7en) (1995)", "Seven", None, Some("1995"));
        check(
            "European Vacation (aka National Lampoon's European Vacation) (1985)",
            "European Vacation",
            None,
            Some("1985"),
        );
        check(
            "To Have, or Not (En avoir (ou pas)) (1995)",
            "To Have, or Not",
            Some("En avoir (ou pas)"),
            Some("1995"),
        );
    }

    #[test]
    fn brackets_that_belong_to_the_title_stay() {
        check(
            "(500) Days of Summer (2009)",
            "(500) Days of Summer",
            None,
            Some("2009"),
        );
        check("1-900 (06) (1994)", "1-900 (06)", None, Some("1994"));
        check("Frontière(s) (2007)", "Frontière(s)", None, Some("2007"));
        check(
            "Bon Voyage, Charlie Brown (and Don't Come Back!) (1980)",
            "Bon Voyage, Charlie Brown (and Don't Come Back!)",
            None,
            Some("1980"),
        );
    }

    #[test]
    fn years_may_be_missing_or_odd() {
        check(
            "Fawlty Towers (1975-1979)",
            "Fawlty Towers",
            None,
            Some("1975"),
        );
        check("Death Note (2006–2007)", "Death Note", None, Some("2006"));
        check(
            "Diplomatic Immunity (2009– )",
            "Diplomatic Immunity",
            None,
            Some("2009"),
        );
        check(
            "Big Bang Theory, The (2007-)",
            "Big Bang Theory, The",
            None,
            Some("2007"),
        );
        check("Babylon 5", "Babylon 5", None, None);
        check("1984 (1984)", "1984", None, Some("1984"));
        check("(1994)", "(1994)", None, None);
        check("Paterson (0000)", "Paterson (0000)", None, None);
        check("Half (1994", "Half (1994", None, None);
        check("Half 1994)", "Half 1994)", None, None);
        check(") (", ") (", None, None);
    }
}
