//! The table `imdb_hash`: hashes of the rows from which an import of IMDb's files made records.

use rusqlite::{Connection, Result};

use crate::store::packed_record::{IdPrefix, Key};

const SIGNATURE: &str = "SELECT first FROM imdb_hash WHERE kind = 0";
const SET_SIGNATURE: &str = "INSERT INTO imdb_hash (kind, first, hashes) VALUES (0, ?1, x'')";
const CLEAR: &str = "DELETE FROM imdb_hash";
const OF_KIND: &str = "SELECT first, hashes FROM imdb_hash WHERE kind = ?1 ORDER BY first";
const REPLACE: &str = "INSERT OR REPLACE INTO imdb_hash (kind, first, hashes) VALUES (?1, ?2, ?3)";
const DELETE: &str = "DELETE FROM imdb_hash WHERE kind = ?1 AND first = ?2";
const FORGET: &str = "DELETE FROM imdb_hash WHERE kind = ?1 AND first = \
     (SELECT max(first) FROM imdb_hash WHERE kind = ?1 AND first <= ?2)";

/// Rows of hashes: the key of the first record of each, and its bytes.
pub(crate) type SourceHashes = Vec<(i64, Vec<u8>)>;

fn kind(prefix: IdPrefix) -> i64 {
    match prefix {
        IdPrefix::Title => 1,
        IdPrefix::Person => 2,
    }
}

/// Removes all hashes.
pub(in crate::store) fn clear(connection: &Connection) -> Result<()> {
    connection.execute(CLEAR, []).map(drop)
}

/// The hashes of titles and those of people, if they are from an import with this signature.
pub(in crate::store) fn read(connection: &Connection, signature: i64) -> Result<[SourceHashes; 2]> {
    let mut statement = connection.prepare(SIGNATURE)?;
    let mut signatures = statement.query([])?;
    match signatures.next()? {
        Some(row) if row.get::<_, i64>(0)? == signature => {}
        _ => return Ok(Default::default()),
    }
    let mut statement = connection.prepare(OF_KIND)?;
    let mut rows = |prefix| {
        statement
            .query_map([kind(prefix)], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<SourceHashes>>()
    };
    Ok([rows(IdPrefix::Title)?, rows(IdPrefix::Person)?])
}

/// Begins the hashes of an import with another signature. An import without one has none.
pub(in crate::store) fn begin(connection: &Connection, signature: Option<u64>) -> Result<()> {
    clear(connection)?;
    if let Some(signature) = signature {
        connection.execute(SET_SIGNATURE, [signature.cast_signed()])?;
    }
    Ok(())
}

/// Stores a row of hashes, or removes it when it is empty.
pub(in crate::store) fn put(
    connection: &Connection,
    prefix: IdPrefix,
    first: i64,
    hashes: &[u8],
) -> Result<()> {
    let done = if hashes.is_empty() {
        connection
            .prepare_cached(DELETE)?
            .execute((kind(prefix), first))
    } else {
        connection
            .prepare_cached(REPLACE)?
            .execute((kind(prefix), first, hashes))
    };
    done.map(drop)
}

/// Removes the hash of a record that was changed by other means than an import of IMDb's files.
pub(in crate::store) fn forget(connection: &Connection, prefix: IdPrefix, key: Key) -> Result<()> {
    let mut statement = connection.prepare_cached(FORGET)?;
    statement.execute((kind(prefix), key.value())).map(drop)
}
