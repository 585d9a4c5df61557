//! The table `counters`: the number of movies, the next id, and the last applied position.

use std::path::Path;

use rusqlite::Connection;

use crate::store::StoreError;

/// The number of movies.
pub(in crate::store) const MOVIES: &str = "SELECT movies FROM counters";
/// The number of movies, and the next id.
pub(in crate::store) const MOVIES_AND_NEXT_ID: &str = "SELECT movies, next_movie_id FROM counters";
/// Counts the movie that the statement just before added, if it added one.
const COUNT_ADDED: &str = "UPDATE counters SET movies = movies + changes(), \
     next_movie_id = next_movie_id + changes()";
const COUNT_DELETED: &str = "UPDATE counters SET movies = movies - 1";
/// `?1` is the number of movies that were added, `?2` the next id.
const COUNT_LOADED: &str = "UPDATE counters SET movies = movies + ?1, next_movie_id = ?2";
const APPLIED: &str = "SELECT applied_position FROM counters";
const SET_APPLIED: &str = "UPDATE counters SET applied_position = ?1";

/// The number of movies.
pub(in crate::store) fn movies(path: &Path, connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached(MOVIES)
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| StoreError::sqlite(path, error))?;
    Ok(count.unsigned_abs())
}

/// The number of movies, and the next id.
pub(in crate::store) fn movies_and_next_id(
    connection: &Connection,
) -> rusqlite::Result<(u64, u64)> {
    let mut statement = connection.prepare_cached(MOVIES_AND_NEXT_ID)?;
    statement.query_row([], |row| {
        Ok((
            row.get::<_, i64>(0)?.unsigned_abs(),
            row.get::<_, i64>(1)?.unsigned_abs(),
        ))
    })
}

/// Counts the movie that the statement just before added, if it added one.
pub(in crate::store) fn count_added(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(COUNT_ADDED)?.execute([])?;
    Ok(())
}

/// Counts a movie that was deleted.
pub(in crate::store) fn count_deleted(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(COUNT_DELETED)?.execute([])?;
    Ok(())
}

/// Counts the movies that an import added, and sets the next id.
pub(in crate::store) fn count_loaded(
    connection: &Connection,
    added: u64,
    next_id: u64,
) -> rusqlite::Result<()> {
    let values = [added, next_id].map(u64::cast_signed);
    connection.prepare_cached(COUNT_LOADED)?.execute(values)?;
    Ok(())
}

/// The position of the last change that was applied.
pub(in crate::store) fn applied_position(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(APPLIED)?
        .query_row([], |row| row.get(0))
}

/// Stores the position of the last change that was applied.
pub(in crate::store) fn set_applied_position(
    connection: &Connection,
    position: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(SET_APPLIED)?
        .execute([position])?;
    Ok(())
}
