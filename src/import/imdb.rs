//! IMDb's `title.basics.tsv`, with `title.ratings.tsv` beside it.
//!
//! These are the largest files that are imported, so a row costs one check for
//! UTF-8 and the strings that the movie keeps, and nothing else.

use std::sync::Arc;

use super::cell::Cell;
use super::fault::{Fault, ImportError, Problem, quoted};
use super::field::Field;
use super::genres::add_genre;
use super::lines::Lines;
use super::names::Namer;
use super::ratings::Ratings;
use super::source::Source;
use super::titles;
use crate::limits;
use crate::movie::{Fields, Movie, Released};

/// How the files write a missing value.
const MISSING: &str = r"\N";
/// The first columns of `title.ratings.tsv`.
pub(super) const RATINGS_HEADER: [&str; 3] = ["tconst", "averageRating", "numVotes"];

/// What a column of `title.basics.tsv` holds.
#[derive(Clone, Copy)]
enum Column {
    Id,
    Title,
    OriginalTitle,
    Year,
    Runtime,
    Genres,
    /// `titleType`, `isAdult`, `endYear`, and what IMDb may add one day.
    Other,
}

/// The movies of IMDb's files.
pub(super) struct Imdb {
    lines: Lines,
    file: Arc<str>,
    columns: Vec<Column>,
    namer: Namer,
    ratings: Ratings,
    /// The ratings file, until it is read to its end.
    unread: Option<(Lines, Arc<str>)>,
}

impl Imdb {
    /// Reads the headers of both files.
    ///
    /// # Errors
    /// A header that cannot be read.
    pub fn new(titles: Source, ratings: Option<Source>, prefix: &str) -> Result<Imdb, ImportError> {
        let file = Arc::clone(&titles.file);
        let mut lines = Lines::new(titles.into_input());
        let header = header(&mut lines, &file)?;
        let unread = match ratings {
            None => None,
            Some(source) => {
                let file = Arc::clone(&source.file);
                let mut lines = Lines::new(source.into_input());
                self::header(&mut lines, &file)?;
                Some((lines, file))
            }
        };
        Ok(Imdb {
            lines,
            file,
            columns: header.split('\t').map(Column::of).collect(),
            namer: Namer::new(prefix),
            ratings: Ratings::new(),
            unread,
        })
    }

    /// Reads the ratings to their end, or to the next fault.
    fn read_ratings(&mut self) -> Option<Fault> {
        let (lines, file) = self.unread.as_mut()?;
        while let Some(line) = lines.next() {
            let added = line.and_then(|(number, text)| {
                self.ratings.add(text).map_err(|problem| (number, problem))
            });
            if let Err((line, problem)) = added {
                return Some(problem.at(file, line));
            }
        }
        self.ratings.sort();
        self.unread = None;
        None
    }
}

/// The line that names the columns.
fn header(lines: &mut Lines, file: &Arc<str>) -> Result<String, ImportError> {
    match lines.next() {
        None => Err(ImportError::Empty(Arc::clone(file))),
        Some(Ok((_, text))) => Ok(text.to_owned()),
        Some(Err((line, problem))) => Err(problem.at(file, line).into()),
    }
}

impl Column {
    fn of(name: &str) -> Column {
        match name.trim() {
            "tconst" => Column::Id,
            "primaryTitle" => Column::Title,
            "originalTitle" => Column::OriginalTitle,
            "startYear" => Column::Year,
            "runtimeMinutes" => Column::Runtime,
            "genres" => Column::Genres,
            _ => Column::Other,
        }
    }
}

impl Iterator for Imdb {
    type Item = Result<Movie, Fault>;

    fn next(&mut self) -> Option<Result<Movie, Fault>> {
        if let Some(fault) = self.read_ratings() {
            return Some(Err(fault));
        }
        let movie = self.lines.next()?.and_then(|(line, text)| {
            movie(text, &self.columns, &self.ratings, &self.namer)
                .map_err(|problem| (line, problem))
        });
        Some(movie.map_err(|(line, problem)| problem.at(&self.file, line)))
    }
}

/// The movie of one line.
fn movie(
    line: &str,
    columns: &[Column],
    ratings: &Ratings,
    namer: &Namer,
) -> Result<Movie, Problem> {
    let mut fields = Fields::default();
    let mut id = "";
    let mut original = "";
    let mut values = Values(Some(line));
    for column in columns {
        let Some(value) = values.next() else {
            return Err(Problem::columns(line.split('\t').count(), columns.len()));
        };
        if value == MISSING {
            continue;
        }
        match column {
            Column::Id => id = value,
            Column::Title => fields.title = titles::clean(value).into_owned(),
            Column::OriginalTitle => original = value,
            Column::Year => fields.released = released(value)?,
            Column::Runtime => fields.runtime_minutes = runtime(value)?,
            Column::Genres => value
                .split(',')
                .for_each(|genre| add_genre(&mut fields.genres, genre)),
            Column::Other => {}
        }
    }
    if values.next().is_some() {
        return Err(Problem::columns(line.split('\t').count(), columns.len()));
    }
    if fields.title.is_empty() {
        return Err(Problem::of(
            Field::Title,
            "title is missing, a movie cannot be without one",
        ));
    }
    if original != fields.title && !original.is_empty() {
        let original = titles::clean(original);
        fields.original_title =
            (original != fields.title && !original.is_empty()).then(|| original.into_owned());
    }
    if id.is_empty() {
        return Err(Problem::of(
            Field::Name,
            "name is missing, tconst is empty in this row",
        ));
    }
    (fields.rating, fields.votes) = ratings.of(id).unzip();
    fields.name = namer.of_key(id);
    Ok(Movie::new(fields)?)
}

/// The values between tabs. They are so short that looking at each byte is
/// faster than a search made for long texts.
struct Values<'a>(Option<&'a str>);

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0?;
        let (value, rest) = match rest.bytes().position(|byte| byte == b'\t') {
            Some(tab) => (&rest[..tab], Some(&rest[tab + 1..])),
            None => (rest, None),
        };
        self.0 = rest;
        Some(value)
    }
}

fn released(value: &str) -> Result<Option<Released>, Problem> {
    let year = value
        .parse()
        .ok()
        .and_then(|year| Released::new(year, None, None));
    match year {
        Some(year) => Ok(Some(year)),
        None => Cell::from_text(value).into_released(),
    }
}

/// Minutes. IMDb has titles of no minutes, and some of millions by mistake: what
/// no film can last is not known.
fn runtime(value: &str) -> Result<Option<u32>, Problem> {
    match value.parse::<u64>() {
        Ok(minutes) => Ok(u32::try_from(minutes)
            .ok()
            .filter(|minutes| (1..=limits::MAX_RUNTIME_MINUTES).contains(minutes))),
        Err(_) if value.is_empty() => Ok(None),
        Err(_) => Err(Problem::of(
            Field::RuntimeMinutes,
            format!("runtimeMinutes {} is not a whole number", quoted(value)),
        )),
    }
}
