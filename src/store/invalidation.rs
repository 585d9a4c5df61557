//! Finds out within nanoseconds which rows have changed since a reader last checked, by this
//! process or by another one.
//!
//! SQLite keeps the state of the database in the first bytes of the `-shm` file
//! (<https://www.sqlite.org/walformat.html>, 2.1), and writes them with every commit of any
//! process. While those bytes, a [`WalIndexHeader`], stay the same, nothing has changed. When they
//! differ, the history of the writer of this process has the names that changed, whether accounts
//! changed, and the header afterwards. A header that is not in the history comes from another
//! process; then a reader drops all of its cached rows. Asking SQLite itself costs 1.8 µs, a fifth
//! of the time of a whole request.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::wal_index::{WalIndex, WalIndexHeader};
use super::{StoreError, paths};
use crate::config::limits;

/// The last changes of the writer of this process.
pub(super) struct Invalidations {
    wal_index: WalIndex,
    history: Mutex<History>,
}

struct History {
    /// The commits, the oldest first.
    commits: VecDeque<Commit>,
    /// The number of the oldest commit.
    first: u64,
    /// The bytes that the commits take in memory.
    bytes: usize,
    /// The header after the newest commit.
    header: Option<WalIndexHeader>,
    /// The writer's `PRAGMA data_version`, which commits of other processes change.
    data_version: i64,
}

enum Commit {
    Ours(Affected),
    /// Another process may have changed any row, or the names take too much memory.
    Unknown,
}

/// The rows that a commit may have changed.
pub(super) struct Affected {
    /// The names of movies.
    pub movies: Vec<String>,
    /// Whether sessions have to compare their accounts.
    pub accounts: bool,
}

/// A cached item that a reader must drop.
pub(super) enum Invalidation<'a> {
    /// The movie of that name.
    Movie(&'a str),
    /// The accounts.
    Accounts,
    /// All of it.
    Everything,
}

/// The position of one reader in the history.
#[derive(Default)]
pub(super) struct HistoryPosition {
    header: Option<WalIndexHeader>,
    next: u64,
}

impl Commit {
    fn bytes(&self) -> usize {
        let names = match self {
            Commit::Ours(affected) => affected.movies.as_slice(),
            Commit::Unknown => &[],
        };
        let names = names.iter().map(|name| size_of::<String>() + name.len());
        size_of::<Commit>() + names.sum::<usize>()
    }
}

impl History {
    /// Adds a commit, and drops the oldest ones beyond the limits.
    fn push(&mut self, mut commit: Commit) {
        if commit.bytes() > limits::MAX_INVALIDATION_BYTES {
            commit = Commit::Unknown;
        }
        self.bytes += commit.bytes();
        self.commits.push_back(commit);
        while self.commits.len() > limits::MAX_INVALIDATIONS
            || self.bytes > limits::MAX_INVALIDATION_BYTES
        {
            let oldest = self.commits.pop_front();
            self.bytes -= oldest.as_ref().map_or(self.bytes, Commit::bytes);
            self.first += 1;
        }
    }
}

impl Invalidations {
    /// For the writer's connection, which is open in WAL mode.
    pub fn new(path: &Path, connection: &Connection) -> Result<Invalidations, StoreError> {
        let data_version =
            data_version(connection).map_err(|error| StoreError::sqlite(path, error))?;
        let file = paths::wal_index(path);
        let wal_index = WalIndex::map(&file)
            .map_err(|error| StoreError::Unreadable(file, error.to_string()))?;
        let history = History {
            commits: VecDeque::new(),
            first: 0,
            bytes: 0,
            header: None,
            data_version,
        };
        Ok(Invalidations {
            wal_index,
            history: Mutex::new(history),
        })
    }

    /// Adds the commit of the writer, before any caller gets its answer.
    pub fn publish(&self, connection: &Connection, affected: Affected) {
        // In this order: if the version has not changed, no other process has committed before it
        // was read, so the earlier header is that of this process.
        let header = self.wal_index.header();
        let version = data_version(connection);
        let mut history = self.history();
        let only_ours = matches!(version, Ok(version) if version == history.data_version);
        history.data_version = version.unwrap_or_default();
        history.header = Some(header);
        history.push(if only_ours {
            Commit::Ours(affected)
        } else {
            Commit::Unknown
        });
    }

    /// The number of pages in the WAL.
    pub fn wal_pages(&self) -> u32 {
        self.wal_index.wal_pages()
    }

    /// Whether nothing was committed since a reader followed.
    pub fn is_at(&self, position: &HistoryPosition) -> bool {
        position.header == Some(self.wal_index.header())
    }

    /// Calls `invalidate` for what has changed since the reader last followed.
    pub fn follow(
        &self,
        position: &mut HistoryPosition,
        mut invalidate: impl FnMut(Invalidation<'_>),
    ) {
        let header = self.wal_index.header();
        if position.header == Some(header) {
            return;
        }
        let history = self.history();
        let newest = history.first + history.commits.len() as u64;
        let known = history.header == Some(header) && position.next >= history.first;
        if known {
            let unseen = (position.next - history.first) as usize;
            for commit in history.commits.range(unseen..) {
                match commit {
                    Commit::Ours(affected) => {
                        let movies = affected.movies.iter();
                        movies.for_each(|name| invalidate(Invalidation::Movie(name)));
                        if affected.accounts {
                            invalidate(Invalidation::Accounts);
                        }
                    }
                    Commit::Unknown => invalidate(Invalidation::Everything),
                }
            }
        } else {
            invalidate(Invalidation::Everything);
        }
        *position = HistoryPosition {
            header: Some(header),
            next: newest,
        };
    }

    /// A history that a panic interrupted is complete: every update is one push.
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits of many long names, as large `DEL`s make them, were bounded in number only.
    #[test]
    fn the_history_is_bounded_in_bytes() {
        let mut history = History {
            commits: VecDeque::new(),
            first: 0,
            bytes: 0,
            header: None,
            data_version: 0,
        };
        let names = |number: usize| Affected {
            movies: vec!["n".repeat(limits::MAX_NAME_BYTES); number],
            accounts: false,
        };
        for _ in 0..4 * limits::MAX_INVALIDATIONS {
            history.push(Commit::Ours(names(limits::MAX_NAMES_PER_COMMAND)));
            let bytes: usize = history.commits.iter().map(Commit::bytes).sum();
            assert_eq!(history.bytes, bytes);
            assert!(bytes <= limits::MAX_INVALIDATION_BYTES, "{bytes}");
        }
        let end = history.first + history.commits.len() as u64;
        assert_eq!(end, 4 * limits::MAX_INVALIDATIONS as u64);
        let many = limits::MAX_INVALIDATION_BYTES / limits::MAX_NAME_BYTES + 1;
        history.push(Commit::Ours(names(many)));
        assert!(matches!(history.commits.back(), Some(Commit::Unknown)));
        for _ in 0..=limits::MAX_INVALIDATIONS {
            history.push(Commit::Ours(names(1)));
        }
        assert_eq!(history.commits.len(), limits::MAX_INVALIDATIONS);
    }
}
