//! The conditions for rebuilding the index, and its log lines.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};

use super::base::Base;
use super::budget::{Budget, QueryError};
use super::rebuild;
use crate::config::limits;
use crate::search::ANALYZER_VERSION;
use crate::store::{Progress, ProgressObserver, StoreError, paths};

const IS_INDEXED: &str = "SELECT EXISTS (SELECT 1 FROM search_state WHERE folding = ?1)";
const COUNT_DELTA: &str = "SELECT count(*) FROM fresh_title";

/// The index is rebuilt when more than one movie in this many is in the delta.
pub(super) const MOVIES_PER_DELTA_MOVIE: u64 = 20;

/// Builds the index of the file at `path` unless it has one of this analyzer version, in one
/// transaction.
pub(in crate::store) fn ensure_indexed(
    path: &Path,
    connection: &mut Connection,
) -> Result<(), StoreError> {
    index_where(path, connection, |connection| Ok(!is_indexed(connection)?))
}

/// Rebuilds the index when the delta is so large that searches take longer.
pub(in crate::store) fn compact(
    path: &Path,
    connection: &mut Connection,
) -> Result<(), StoreError> {
    index_where(path, connection, needs_compaction)
}

/// Rebuilds the index in any case.
pub(in crate::store) fn reindex(
    path: &Path,
    connection: &mut Connection,
    observer: &mut ProgressObserver<'_>,
) -> Result<(), StoreError> {
    let mut run = || -> Result<(), QueryError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        rebuild::rebuild(&transaction, paths::folder_of(path), observer)?;
        Ok(transaction.commit()?)
    };
    run().map_err(|error| error.about(path))
}

/// Whether there is an index of this analyzer version.
pub(super) fn is_indexed(connection: &Connection) -> Result<bool, QueryError> {
    Ok(connection.query_row(IS_INDEXED, [ANALYZER_VERSION], |row| row.get(0))?)
}

/// Empties the index. The next opening for writing builds a new one.
pub(in crate::store) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(rebuild::CLEAR)
}

/// How many movies are in the delta.
pub(super) fn count_delta(connection: &Connection) -> Result<u64, QueryError> {
    let delta: i64 = connection.query_row(COUNT_DELTA, [], |row| row.get(0))?;
    Ok(delta.unsigned_abs())
}

fn needs_compaction(connection: &Connection) -> Result<bool, QueryError> {
    let budget = Budget::new(u64::MAX);
    let movies = Base::open(connection, &budget)?.movies();
    let delta = count_delta(connection)?;
    Ok(delta >= limits::MIN_DELTA_TO_COMPACT && delta * MOVIES_PER_DELTA_MOVIE > movies)
}

/// Rebuilds the index in one transaction if `is_wanted` returns true.
fn index_where(
    path: &Path,
    connection: &mut Connection,
    is_wanted: impl Fn(&Connection) -> Result<bool, QueryError>,
) -> Result<(), StoreError> {
    let mut run = || -> Result<(), QueryError> {
        if !is_wanted(connection)? {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have done it meanwhile.
        if is_wanted(&transaction)? {
            let mut report = Report::default();
            let mut observer = ProgressObserver::new(Arc::default(), |progress| {
                if let Some(words) = report.line(progress) {
                    tracing::info!("{words}");
                }
            });
            rebuild::rebuild(&transaction, paths::folder_of(path), &mut observer)?;
        }
        Ok(transaction.commit()?)
    };
    run().map_err(|error| error.about(path))
}

/// Log lines of an indexing that takes long.
#[derive(Default)]
struct Report {
    tenths: u64,
}

impl Report {
    fn line(&mut self, Progress { done, all, .. }: Progress) -> Option<String> {
        if all < limits::MIN_MOVIES_TO_REPORT {
            return None;
        }
        if done == 0 {
            return Some(format!("indexing {all} movies for search, once"));
        }
        let tenths = done * 10 / all;
        let is_new = tenths > self.tenths;
        self.tenths = tenths;
        is_new.then(|| format!("indexed {} % of the movies", tenths * 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenth_of_a_long_indexing_is_reported() {
        let lines = |all: u64| {
            let mut report = Report::default();
            let steps = (0..100).map(|part| Progress {
                work: rebuild::INDEXING,
                done: all / 100 * part,
                all,
            });
            steps
                .filter_map(|step| report.line(step))
                .collect::<Vec<_>>()
        };
        let lines_of_many = lines(limits::MIN_MOVIES_TO_REPORT);
        assert_eq!(lines_of_many.len(), 10);
        assert_eq!(lines_of_many[0], "indexing 200000 movies for search, once");
        assert_eq!(lines_of_many[9], "indexed 90 % of the movies");
        assert!(lines(limits::MIN_MOVIES_TO_REPORT - 1).is_empty());
    }
}
