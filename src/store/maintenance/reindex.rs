//! Rebuilding the search index.

use std::path::Path;

use crate::store::migrate::migrate_tables;
use crate::store::tables::counters;
use crate::store::{ProgressObserver, StoreError, open, search_index};

/// Rebuilds the search index of the catalogue at `path`, all or nothing, while other connections
/// read. Returns the number of movies.
///
/// # Errors
/// A file that is missing, foreign, damaged, newer, locked or not writable;
/// [`StoreError::Interrupted`].
pub fn reindex(path: &Path, observer: &mut ProgressObserver<'_>) -> Result<u64, StoreError> {
    let (_, mut connection) = migrate_tables(path)?;
    open::refuse_cluster(path, &connection)?;
    observer
        .attach(&connection)
        .map_err(|error| StoreError::sqlite(path, error))?;
    search_index::reindex(path, &mut connection, observer)?;
    counters::movies(path, &connection)
}

/// Rebuilds the search index of the catalogue at `path` when its delta has become so large
/// that searches take longer.
///
/// # Errors
/// As [`migrate`](crate::store::migrate()), which is called before.
pub fn compact(path: &Path) -> Result<(), StoreError> {
    let mut connection = open::for_migration(path)?;
    search_index::compact(path, &mut connection)
}
