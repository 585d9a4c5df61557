//! Migrates a catalogue to the schema version of this program.

use std::path::Path;

use rusqlite::Connection;

use super::{LATEST_SCHEMA_VERSION, Migrated, StoreError, open, schema, search_index};

/// Brings the catalogue at `path` to the schema version of this program, and indexes its movies for
/// search if the index is missing.
///
/// # Errors
/// A file that is missing, foreign, damaged, newer, locked or not writable.
pub fn migrate(path: &Path) -> Result<Migrated, StoreError> {
    let (migrated, mut connection) = migrate_tables(path)?;
    search_index::ensure_indexed(path, &mut connection)?;
    Ok(migrated)
}

/// Like [`migrate`], for the file of a cluster.
pub(super) fn migrate_replica(path: &Path) -> Result<Migrated, StoreError> {
    open::check_header(path)?;
    let mut connection = open::for_migration(path)?;
    let migrated = schema::to_latest(path, &mut connection)?;
    search_index::ensure_indexed(path, &mut connection)?;
    Ok(migrated)
}

/// The same without the search index, for a caller that rebuilds it afterwards.
pub(super) fn migrate_tables(path: &Path) -> Result<(Migrated, Connection), StoreError> {
    open::check_header(path)?;
    let mut connection = open::for_migration(path)?;
    if schema::version(path, &connection)? < LATEST_SCHEMA_VERSION {
        open::refuse_cluster(path, &connection)?;
    }
    let migrated = schema::to_latest(path, &mut connection)?;
    Ok((migrated, connection))
}
