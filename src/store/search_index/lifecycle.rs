//! The conditions for rebuilding the index, and its log lines.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};

use super::base::Base;
use super::budget::{Budget, QueryError};
use super::corpus::Corpus;
use super::rebuild;
use crate::config::limits;
use crate::search::ANALYZER_VERSION;
use crate::store::{Progress, ProgressObserver, StoreError, paths};

/// The index is rebuilt when more than one movie in this many is in the delta.
pub(super) const MOVIES_PER_DELTA_MOVIE: u64 = 20;

/// Builds the index of the file at `path` unless it has one of this analyzer version, in one
/// transaction.
pub(in crate::store) fn ensure_indexed(
    path: &Path,
    connection: &mut Connection,
) -> Result<(), StoreError> {
    index_where(path, connection, |corpus, connection| {
        Ok(!is_indexed(corpus, connection)?)
    })
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
        rebuild::rebuild_all(&transaction, paths::folder_of(path), observer)?;
        Ok(transaction.commit()?)
    };
    run().map_err(|error| error.about(path))
}

/// Whether there is an index of this analyzer version.
pub(super) fn is_indexed(corpus: Corpus, connection: &Connection) -> Result<bool, QueryError> {
    let sql = corpus.sql().is_indexed;
    Ok(connection.query_row(sql, [ANALYZER_VERSION], |row| row.get(0))?)
}

/// Empties the index. The next opening for writing builds a new one.
pub(in crate::store) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    let mut all = Corpus::ALL.into_iter();
    all.try_for_each(|corpus| connection.execute_batch(corpus.sql().clear))
}

/// How many movies are in the delta.
pub(super) fn count_delta(corpus: Corpus, connection: &Connection) -> Result<u64, QueryError> {
    let delta: i64 = connection.query_row(corpus.sql().count_delta, [], |row| row.get(0))?;
    Ok(delta.unsigned_abs())
}

fn needs_compaction(corpus: Corpus, connection: &Connection) -> Result<bool, QueryError> {
    let budget = Budget::new(u64::MAX);
    let movies = Base::open(corpus, connection, &budget)?.movies();
    let delta = count_delta(corpus, connection)?;
    Ok(delta >= limits::MIN_DELTA_TO_COMPACT && delta * MOVIES_PER_DELTA_MOVIE > movies)
}

/// Rebuilds the index of each corpus in one transaction if `is_wanted` returns true.
fn index_where(
    path: &Path,
    connection: &mut Connection,
    is_wanted: impl Fn(Corpus, &Connection) -> Result<bool, QueryError>,
) -> Result<(), StoreError> {
    let mut run = |corpus: Corpus| -> Result<(), QueryError> {
        if !is_wanted(corpus, connection)? {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have done it meanwhile.
        if is_wanted(corpus, &transaction)? {
            let mut report = Report::new(corpus);
            let mut observer = ProgressObserver::new(Arc::default(), |progress| {
                if let Some(words) = report.line(progress) {
                    tracing::info!("{words}");
                }
            });
            rebuild::rebuild(corpus, &transaction, paths::folder_of(path), &mut observer)?;
        }
        Ok(transaction.commit()?)
    };
    let mut all = Corpus::ALL.into_iter();
    all.try_for_each(|corpus| run(corpus).map_err(|error| error.about(path)))
}

/// Log lines of an indexing that takes long.
struct Report {
    members: &'static str,
    tenths: u64,
}

impl Report {
    fn new(corpus: Corpus) -> Report {
        Report {
            members: corpus.members(),
            tenths: 0,
        }
    }

    fn line(&mut self, Progress { done, all, .. }: Progress) -> Option<String> {
        if all < limits::MIN_MOVIES_TO_REPORT {
            return None;
        }
        if done == 0 {
            return Some(format!("indexing {all} {} for search, once", self.members));
        }
        let tenths = done * 10 / all;
        let is_new = tenths > self.tenths;
        self.tenths = tenths;
        is_new.then(|| format!("indexed {} % of the {}", tenths * 10, self.members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenth_of_a_long_indexing_is_reported() {
        let lines = |all: u64| {
            let mut report = Report::new(Corpus::Movies);
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
