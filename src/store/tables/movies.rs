//! The table `movie`.

use std::path::Path;

use rusqlite::{Connection, Row, Statement, params};

use super::counters;
use crate::movie::{Genres, Movie, MovieRef};
use crate::store::StoreError;

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
pub(in crate::store) const TEXTS: &str =
    "SELECT title, original_title, votes FROM movie WHERE name = ?1";
pub(in crate::store) const TITLE: &str = "SELECT title FROM movie WHERE name = ?1";
/// `?1` to `?8` are the fields without the id, the name first.
pub(in crate::store) const REPLACE: &str = "UPDATE movie SET title = ?2, original_title = ?3, released = ?4, \
     runtime_minutes = ?5, genres = ?6, rating = ?7, votes = ?8 WHERE name = ?1";
/// Adds the movie that the [`REPLACE`] just before did not find.
const ADD_IF_NOT_REPLACED: &str = concat!(
    "INSERT INTO movie (",
    columns!(),
    ") \
     SELECT next_movie_id, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM counters WHERE changes() = 0"
);
const DELETE: &str = "DELETE FROM movie WHERE name = ?1";

/// Adds the movie, or replaces the one of that name, which keeps its id.
pub(in crate::store) fn put(connection: &Connection, movie: &Movie) -> rusqlite::Result<()> {
    let released = movie.released.map(|date| date.to_string());
    let genres = movie.genres.join(",");
    let values = params![
        movie.name,
        movie.title,
        movie.original_title,
        released,
        movie.runtime_minutes,
        genres,
        movie.rating,
        movie.votes,
    ];
    connection.prepare_cached(REPLACE)?.execute(values)?;
    connection
        .prepare_cached(ADD_IF_NOT_REPLACED)?
        .execute(values)?;
    counters::count_added(connection)
}

/// Deletes the movie of that name. Returns whether there was one.
pub(in crate::store) fn delete(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let is_deleted = connection.prepare_cached(DELETE)?.execute([name])? > 0;
    if is_deleted {
        counters::count_deleted(connection)?;
    }
    Ok(is_deleted)
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

/// Reads a row of the columns above. Every rule of a movie is checked, because other
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
