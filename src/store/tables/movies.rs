//! Movies as rows.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, Statement};

use crate::movie::{Genres, Movie, MovieRef};
use crate::store::StoreError;
use crate::store::search_index::delta_writer;
use crate::store::writer::Change;

macro_rules! columns {
    () => {
        "id, name, title, original_title, released, runtime_minutes, genres, rating, votes"
    };
}

pub(in crate::store) const BY_NAME: &str =
    concat!("SELECT ", columns!(), " FROM movie WHERE name = ?1");
pub(in crate::store) const FROM: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM movie WHERE name > ?1 ORDER BY name"
);
pub(in crate::store) const ALL: &str = concat!("SELECT ", columns!(), " FROM movie ORDER BY name");
pub(in crate::store) const FROM_NAME_ON: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM movie WHERE name >= ?1 ORDER BY name"
);
pub(in crate::store) const EXISTS: &str = "SELECT 1 FROM movie WHERE name = ?1";
pub(in crate::store) const COUNT: &str = "SELECT movies FROM tally";
pub(in crate::store) const TALLY: &str = "SELECT movies, next_movie_id FROM tally";

/// `?1` to `?8` are the fields without the id, the name first.
pub(in crate::store) const REPLACE: &str = "UPDATE movie SET title = ?2, original_title = ?3, released = ?4, \
     runtime_minutes = ?5, genres = ?6, rating = ?7, votes = ?8 WHERE name = ?1";
/// Adds the movie that the [`REPLACE`] just before did not find.
const ADD_IF_NOT_REPLACED: &str = concat!(
    "INSERT INTO movie (",
    columns!(),
    ") \
     SELECT next_movie_id, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM tally WHERE changes() = 0"
);
/// Counts what the [`ADD_IF_NOT_REPLACED`] just before added.
const COUNT_ADDED: &str =
    "UPDATE tally SET movies = movies + changes(), next_movie_id = next_movie_id + changes()";
const DELETE: &str = "DELETE FROM movie WHERE name = ?1";
/// Counts what the [`DELETE`] just before removed.
const COUNT_DELETED: &str = "UPDATE tally SET movies = movies - changes()";

/// `?1` is the number of movies that were added, `?2` the next id.
pub(in crate::store) const COUNT_LOADED: &str =
    "UPDATE tally SET movies = movies + ?1, next_movie_id = ?2";

/// Adds the movie, or replaces the one of that name, which keeps its id.
pub fn put(movie: &Movie) -> Change {
    let fields = values(movie);
    let mut change = Change::default();
    change.touch(&movie.name);
    change.push(REPLACE, fields.clone());
    change.push(ADD_IF_NOT_REPLACED, fields);
    change.push(COUNT_ADDED, Vec::new());
    for (sql, values) in delta_writer::put(&movie.view()) {
        change.push(sql, values);
    }
    change
}

/// Removes the movies of those names. The rows of the change add up to how many there were.
pub fn delete(names: &[&str]) -> Change {
    let mut change = Change::default();
    for name in names {
        change.touch(name);
        change.push_counted(DELETE, vec![Value::Text((*name).to_owned())]);
        change.push(COUNT_DELETED, Vec::new());
        for (sql, values) in delta_writer::delete(name) {
            change.push(sql, values);
        }
    }
    change
}

/// The values of a movie for [`REPLACE`].
pub(in crate::store) fn values(movie: &Movie) -> Vec<Value> {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let number = |number: Option<u32>| number.map_or(Value::Null, |n| Value::Integer(n.into()));
    vec![
        Value::Text(movie.name.clone()),
        Value::Text(movie.title.clone()),
        text(&movie.original_title),
        movie
            .released
            .map_or(Value::Null, |date| Value::Text(date.to_string())),
        number(movie.runtime_minutes),
        Value::Text(movie.genres.join(",")),
        movie.rating.map_or(Value::Null, Value::Real),
        number(movie.votes),
    ]
}

/// The number of movies.
pub(in crate::store) fn count(path: &Path, connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached(COUNT)
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| StoreError::sqlite(path, error))?;
    Ok(count.unsigned_abs())
}

/// The movie of that name, with the statement of [`BY_NAME`].
pub(in crate::store) fn by_name<T>(
    path: &Path,
    statement: &mut Statement<'_>,
    name: &str,
    with: impl FnOnce(MovieRef<'_>) -> T,
) -> Result<Option<T>, StoreError> {
    let sqlite = |error| StoreError::sqlite(path, error);
    let mut rows = statement.query([name]).map_err(sqlite)?;
    match rows.next().map_err(sqlite)? {
        Some(row) => Ok(Some(with(view(path, row)?))),
        None => Ok(None),
    }
}

/// A row of the columns above as a movie, every rule of which is checked: other
/// programs can write to the file too.
pub(in crate::store) fn view<'a>(
    path: &Path,
    row: &'a Row<'_>,
) -> Result<MovieRef<'a>, StoreError> {
    let read = || -> rusqlite::Result<(MovieRef<'a>, Option<&'a str>)> {
        let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
        let maybe_text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str_or_null()?);
        let view = MovieRef {
            id: row.get::<_, i64>(0)?.unsigned_abs(),
            name: text(1)?,
            title: text(2)?,
            original_title: maybe_text(3)?,
            released: None,
            runtime_minutes: row.get(5)?,
            genres: Genres::Joined(text(6)?),
            rating: row.get(7)?,
            votes: row.get(8)?,
        };
        Ok((view, maybe_text(4)?))
    };
    let (mut view, released) = read().map_err(|error| StoreError::sqlite(path, error))?;
    let invalid = |reason| StoreError::InvalidRow {
        name: view.name.to_owned(),
        reason,
    };
    view.released = released
        .map(|text| text.parse())
        .transpose()
        .map_err(invalid)?;
    view.check().map_err(invalid)?;
    Ok(view)
}
