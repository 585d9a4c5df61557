//! The table `series`: the episodes of each series.

use rusqlite::{Connection, OptionalExtension};

use super::row_sql::RowSql;
use crate::store::packed_record::{EpisodeLink, Key, pack_series};

const BY_KEY: &str = "SELECT episodes FROM series WHERE key = ?1";
/// Adds or replaces the episodes of a series.
pub(in crate::store) const REPLACE: &str =
    "INSERT OR REPLACE INTO series (key, episodes) VALUES (?1, ?2)";
const DELETE: &str = "DELETE FROM series WHERE key = ?1";
/// The rows for `check`.
pub(in crate::store) const ALL: &str = "SELECT key, episodes FROM series ORDER BY key";

/// The statements of an import.
pub(in crate::store) const ROWS: RowSql = RowSql {
    from_key_on: "SELECT key, episodes FROM series WHERE key >= ?1 ORDER BY key",
    into: "INSERT OR ROLLBACK INTO series (key, episodes) VALUES ",
    replace: "UPDATE series SET episodes = ?2 WHERE key = ?1",
    delete: DELETE,
    has_name: false,
};

/// The packed episodes of a series; `None` when there are none.
pub(in crate::store) fn get(
    connection: &Connection,
    key: Key,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached(BY_KEY)?;
    let episodes = statement.query_row([key.value()], |row| row.get(0));
    episodes.optional()
}

/// Stores the episodes of a series, or none.
pub(in crate::store) fn put(
    connection: &Connection,
    key: Key,
    episodes: &mut Vec<EpisodeLink>,
) -> rusqlite::Result<()> {
    if episodes.is_empty() {
        connection.prepare_cached(DELETE)?.execute([key.value()])?;
        return Ok(());
    }
    let mut packed = Vec::new();
    pack_series(episodes, &mut packed);
    let mut statement = connection.prepare_cached(REPLACE)?;
    statement.execute((key.value(), packed))?;
    Ok(())
}
