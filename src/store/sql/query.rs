//! Running one query.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Serialize;
use thiserror::Error;

use super::{functions, views};
use crate::store::{StoreError, open};

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SqlValue {
    /// Null.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text. Bytes that are not UTF-8 are replaced.
    Text(String),
    /// Bytes, as hexadecimal digits.
    Blob(String),
}

/// The reason why a query did not run.
#[derive(Debug, Error)]
pub enum SqlError<E> {
    /// A statement that is not a query.
    #[error("only one query can run, which begins with SELECT, WITH or VALUES")]
    NotAQuery,
    /// An error of SQLite in the query.
    #[error("sqlite: {0}")]
    Query(String),
    /// An error of the caller about a row.
    #[error(transparent)]
    Row(E),
}

/// A connection to a catalogue for queries.
pub struct SqlQueries {
    connection: Connection,
}

impl SqlQueries {
    /// Opens the catalogue at `path` for reading, and adds the views and functions.
    ///
    /// # Errors
    /// A file that is missing, damaged, of another schema version, or not readable.
    pub fn open(path: &Path) -> Result<SqlQueries, StoreError> {
        let connection = open::for_reading(path)?;
        functions::add(path, &connection)?;
        // Nothing in the file changes by it: the views are temporary.
        connection
            .execute_batch(&format!(
                "PRAGMA query_only = 0; {}; PRAGMA query_only = 1",
                views::CREATE
            ))
            .map_err(|error| StoreError::sqlite(path, error))?;
        Ok(SqlQueries { connection })
    }

    /// Runs a query. `begin` has the names of the columns, `each` the values of each row.
    ///
    /// # Errors
    /// A statement that is not a query, an error of SQLite, or an error of `begin` or `each`,
    /// which ends it.
    pub fn run<E>(
        &self,
        query: &str,
        begin: impl FnOnce(&[&str]) -> Result<(), E>,
        mut each: impl FnMut(&[SqlValue]) -> Result<(), E>,
    ) -> Result<(), SqlError<E>> {
        let first: String = (query.trim_start().chars())
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let begins = ["SELECT", "WITH", "VALUES"];
        if !begins.iter().any(|word| first.eq_ignore_ascii_case(word)) {
            return Err(SqlError::NotAQuery);
        }
        let mut statement = self.connection.prepare(query).map_err(failed)?;
        if !statement.readonly() {
            return Err(SqlError::NotAQuery);
        }
        let columns = statement.column_count();
        begin(&statement.column_names()).map_err(SqlError::Row)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let values = (0..columns).map(|column| row.get_ref(column).map(value));
            let values = values.collect::<rusqlite::Result<Vec<_>>>();
            each(&values.map_err(failed)?).map_err(SqlError::Row)?;
        }
        Ok(())
    }
}

/// The message of SQLite, on one line.
fn failed<E>(error: rusqlite::Error) -> SqlError<E> {
    match error {
        rusqlite::Error::MultipleStatement => SqlError::NotAQuery,
        rusqlite::Error::SqlInputError { msg, .. } => SqlError::Query(msg),
        rusqlite::Error::SqliteFailure(_, Some(message)) => SqlError::Query(message),
        other => SqlError::Query(other.to_string()),
    }
}

fn value(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(number) => SqlValue::Integer(number),
        ValueRef::Real(number) => SqlValue::Real(number),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => {
            SqlValue::Blob(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
    }
}
