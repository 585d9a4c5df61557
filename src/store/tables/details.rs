//! The table `title_details`: the fields of a title that are not in the table `movie`.

use rusqlite::{Connection, OptionalExtension};

use super::row_sql::RowSql;
use crate::store::packed_record::Key;

const BY_KEY: &str = "SELECT details FROM title_details WHERE key = ?1";
/// Adds or replaces the details of a title.
pub(in crate::store) const REPLACE: &str =
    "INSERT OR REPLACE INTO title_details (key, details) VALUES (?1, ?2)";
const DELETE: &str = "DELETE FROM title_details WHERE key = ?1";
/// Whether a title has details.
pub(in crate::store) const ANY: &str = "SELECT 1 FROM title_details";
/// The rows for `check`.
pub(in crate::store) const ALL: &str = "SELECT key, details FROM title_details ORDER BY key";

/// The statements of an import.
pub(in crate::store) const ROWS: RowSql = RowSql {
    from_key_on: "SELECT key, details FROM title_details WHERE key >= ?1 ORDER BY key",
    into: "INSERT OR ROLLBACK INTO title_details (key, details) VALUES ",
    replace: "UPDATE title_details SET details = ?2 WHERE key = ?1",
    delete: DELETE,
    has_name: false,
};

/// The packed details of a title. They are empty when there are none.
pub(in crate::store) fn get(connection: &Connection, key: Key) -> rusqlite::Result<Vec<u8>> {
    let mut statement = connection.prepare_cached(BY_KEY)?;
    let details = statement.query_row([key.value()], |row| row.get(0));
    Ok(details.optional()?.unwrap_or_default())
}

/// Stores the packed details of a title, or none.
pub(in crate::store) fn put(
    connection: &Connection,
    key: Key,
    details: &[u8],
) -> rusqlite::Result<()> {
    if details.is_empty() {
        connection.prepare_cached(DELETE)?.execute([key.value()])?;
    } else {
        let mut statement = connection.prepare_cached(REPLACE)?;
        statement.execute((key.value(), details))?;
    }
    Ok(())
}
