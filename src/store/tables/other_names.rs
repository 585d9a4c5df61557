//! The table `other_name`: names that are no ids of IMDb.

use rusqlite::{Connection, OptionalExtension};

use crate::store::packed_record::{IdPrefix, Key, PackedError};

const ID: &str = "SELECT id FROM other_name WHERE name = ?1";
const NAME: &str = "SELECT name FROM other_name WHERE id = ?1";
const ADD: &str = "INSERT INTO other_name (name) VALUES (?1)";
/// The rows for `check`.
pub(in crate::store) const ALL: &str = "SELECT id, name FROM other_name ORDER BY id";

/// The key of a name, if it has one.
pub(in crate::store) fn key(
    connection: &Connection,
    prefix: IdPrefix,
    name: &str,
) -> rusqlite::Result<Option<Key>> {
    if let Some(key) = Key::from_imdb(prefix, name) {
        return Ok(Some(key));
    }
    let mut statement = connection.prepare_cached(ID)?;
    let id: Option<i64> = statement.query_row([name], |row| row.get(0)).optional()?;
    Ok(id.and_then(|id| Key::from_other(id.unsigned_abs())))
}

/// The key of a name, which gets one if it has none.
pub(in crate::store) fn key_or_new(
    connection: &Connection,
    prefix: IdPrefix,
    name: &str,
) -> rusqlite::Result<Key> {
    if let Some(key) = key(connection, prefix, name)? {
        return Ok(key);
    }
    connection.prepare_cached(ADD)?.execute([name])?;
    let id = connection.last_insert_rowid().unsigned_abs();
    Key::from_other(id).ok_or(PackedError(0).into())
}

/// The name that has a key. Every key of a record has one.
pub(in crate::store) fn name(
    connection: &Connection,
    prefix: IdPrefix,
    key: Key,
) -> rusqlite::Result<Option<String>> {
    match key.other() {
        None => Ok(key.imdb_name(prefix)),
        Some(id) => connection
            .prepare_cached(NAME)?
            .query_row([id.cast_signed()], |row| row.get(0))
            .optional(),
    }
}
