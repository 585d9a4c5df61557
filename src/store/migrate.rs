//! The levels of the schema. Append-only: a level that was released never changes.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{Error, M, MigrationDefinitionError, Migrations};

use super::StoreError;

/// What makes each level of the one before.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/0001_movies_and_accounts.sql"),
    include_str!("../../migrations/0002_search.sql"),
    include_str!("../../migrations/0003_password_ids.sql"),
    include_str!("../../migrations/0004_counters_and_audit.sql"),
];

/// The level that this program works with.
pub const LATEST_SCHEMA_VERSION: usize = MIGRATIONS.len();

fn migrations() -> Migrations<'static> {
    Migrations::new(MIGRATIONS.into_iter().map(M::up).collect())
}

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The level before.
    pub from: usize,
    /// The level now.
    pub to: usize,
}

/// Brings an open database to [`LATEST_SCHEMA_VERSION`], in one transaction.
pub(super) fn to_latest(path: &Path, connection: &mut Connection) -> Result<Migrated, StoreError> {
    let from = level(path, connection)?;
    if from > LATEST_SCHEMA_VERSION {
        return Err(newer(path, from));
    }
    if from < LATEST_SCHEMA_VERSION {
        migrations()
            .to_latest(connection)
            .map_err(|error| match error {
                Error::RusqliteError { err, .. } => StoreError::sqlite(path, err),
                Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                    newer(path, from)
                }
                other => StoreError::Damaged(path.to_path_buf(), other.to_string()),
            })?;
    }
    Ok(Migrated {
        from,
        to: LATEST_SCHEMA_VERSION,
    })
}

/// The level that a database has.
pub(super) fn level(path: &Path, connection: &Connection) -> Result<usize, StoreError> {
    let level: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| StoreError::sqlite(path, error))?;
    usize::try_from(level).map_err(|_| {
        StoreError::Damaged(path.to_path_buf(), format!("its schema level is {level}"))
    })
}

/// The refusal of a level that this program does not know.
pub(super) fn newer(path: &Path, found: usize) -> StoreError {
    StoreError::Newer {
        path: path.to_path_buf(),
        found,
        known: LATEST_SCHEMA_VERSION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_apply_to_an_empty_database() {
        assert_eq!(migrations().validate(), Ok(()));
    }

    /// The rule that lets a change be handed to a replicated engine.
    #[test]
    fn no_level_asks_for_the_time_or_for_chance() {
        for sql in MIGRATIONS
            .into_iter()
            .chain([include_str!("../../seed.sql")])
        {
            for word in ["random", "datetime(", "CURRENT_", "AUTOINCREMENT"] {
                assert!(!sql.contains(word), "{word}");
            }
        }
    }
}
