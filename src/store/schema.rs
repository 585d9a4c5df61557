//! The schema: its migrations, and its version. Migrations are append-only: a released one never
//! changes.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{Error, M, MigrationDefinitionError, Migrations};

use super::StoreError;

/// The migrations. After the first the schema version is 1, and so on.
const MIGRATIONS: [&str; 9] = [
    include_str!("../../migrations/0001_movies_and_accounts.sql"),
    include_str!("../../migrations/0002_search.sql"),
    include_str!("../../migrations/0003_password_ids.sql"),
    include_str!("../../migrations/0004_counters_and_audit.sql"),
    include_str!("../../migrations/0005_api_keys.sql"),
    include_str!("../../migrations/0006_full_records.sql"),
    include_str!("../../migrations/0007_cluster.sql"),
    include_str!("../../migrations/0008_people_index.sql"),
    include_str!("../../migrations/0009_imdb_hashes.sql"),
];

/// The schema version that this program works with.
pub const LATEST_SCHEMA_VERSION: usize = MIGRATIONS.len();

fn migrations() -> Migrations<'static> {
    Migrations::new(MIGRATIONS.into_iter().map(M::up).collect())
}

/// The result of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The schema version before.
    pub from: usize,
    /// The schema version now.
    pub to: usize,
}

/// Brings an open database to [`LATEST_SCHEMA_VERSION`], in one transaction.
pub(super) fn to_latest(path: &Path, connection: &mut Connection) -> Result<Migrated, StoreError> {
    let from = version(path, connection)?;
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

/// The schema version of a database.
pub(super) fn version(path: &Path, connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| StoreError::sqlite(path, error))?;
    usize::try_from(version).map_err(|_| {
        StoreError::Damaged(
            path.to_path_buf(),
            format!("its schema version is {version}"),
        )
    })
}

/// The refusal of a schema version that this program does not know.
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
    fn the_migrations_apply_to_an_empty_database() {
        assert_eq!(migrations().validate(), Ok(()));
    }

    /// Every replica must get the same rows.
    #[test]
    fn no_migration_uses_the_clock_or_random_numbers() {
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
