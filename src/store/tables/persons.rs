//! The table `person`: people, and the movies that have them in their credits.

use rusqlite::{Connection, OptionalExtension};

use super::row_sql::RowSql;
use crate::store::packed_record::Key;

const BY_KEY: &str = "SELECT person, record FROM person WHERE key = ?1";
const FULL_NAME: &str = "SELECT person FROM person WHERE key = ?1";
/// Adds or replaces a person.
pub(in crate::store) const REPLACE: &str =
    "INSERT OR REPLACE INTO person (key, person, record) VALUES (?1, ?2, ?3)";
const DELETE: &str = "DELETE FROM person WHERE key = ?1";
/// The rows for `check`.
pub(in crate::store) const ALL: &str = "SELECT key, person, record FROM person ORDER BY key";

/// The statements of an import.
pub(in crate::store) const ROWS: RowSql = RowSql {
    from_key_on: "SELECT key, record, person FROM person WHERE key >= ?1 ORDER BY key",
    into: "INSERT OR ROLLBACK INTO person (key, record, person) VALUES ",
    replace: "UPDATE person SET record = ?2, person = ?3 WHERE key = ?1",
    delete: DELETE,
    has_name: true,
};

/// A row of the table.
#[derive(Clone, Debug)]
pub(in crate::store) struct PersonRow {
    /// The full name.
    pub person: Option<String>,
    /// The packed record.
    pub record: Vec<u8>,
}

/// The full name and the packed record of a row; without a row the record is empty.
pub(in crate::store) type PersonValues<'a> = (Option<&'a str>, &'a [u8]);

impl PersonRow {
    /// The values.
    pub fn values(&self) -> PersonValues<'_> {
        (self.person.as_deref(), &self.record)
    }
}

/// The person with that key.
pub(in crate::store) fn get(
    connection: &Connection,
    key: Key,
) -> rusqlite::Result<Option<PersonRow>> {
    let mut statement = connection.prepare_cached(BY_KEY)?;
    let row = statement.query_row([key.value()], |row| {
        Ok(PersonRow {
            person: row.get(0)?,
            record: row.get(1)?,
        })
    });
    row.optional()
}

/// The full name of the person with that key.
pub(in crate::store) fn full_name(
    connection: &Connection,
    key: Key,
) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(FULL_NAME)?;
    let name = statement.query_row([key.value()], |row| row.get(0));
    Ok(name.optional()?.flatten())
}

/// Adds or replaces a person.
pub(in crate::store) fn put(
    connection: &Connection,
    key: Key,
    person: Option<&str>,
    record: &[u8],
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(REPLACE)?;
    statement.execute((key.value(), person, record))?;
    Ok(())
}

/// Deletes a person.
pub(in crate::store) fn delete(connection: &Connection, key: Key) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute([key.value()])?;
    Ok(())
}
