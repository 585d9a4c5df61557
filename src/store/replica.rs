//! The catalogue of one node of a cluster. It changes only through the entries of the cluster's
//! log, in their order, so that the catalogues of all nodes are equal.

use std::path::Path;
use std::time::Instant;

use blake2::{Blake2s256, Digest};
use crossbeam_channel::Receiver;
use rusqlite::{Connection, TransactionBehavior};

use super::applier::{Applier, Changed};
use super::change::{Change, ChangeRequest};
use super::file_writer::FileWriter;
use super::tables::cluster::{self, ClusterId, ClusterPosition, LogHash};
use super::write_queue::QueuedChange;
use super::writer::Writer;
use super::{StoreError, migrate, open, paths, search_index};

/// One entry of the log.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Its position in the log: its revision in etcd.
    pub sequence: u64,
    /// The number of entries in the log up to this one.
    pub number: u64,
    /// The process that appended it.
    pub producer: u64,
    /// The number of the entry among those of its producer, from 1. An entry that was
    /// appended twice has the same number twice.
    pub counter: u64,
    /// The changes.
    pub requests: Vec<ChangeRequest>,
    /// The bytes of the entry.
    pub bytes: Vec<u8>,
}

/// The results of an entry: one for each change, or none when the entry was applied before.
pub type EntryResults = Vec<Result<Changed, StoreError>>;

/// The catalogue of a node, and the connection that changes it.
pub struct Replica {
    file: FileWriter,
    position: ClusterPosition,
}

impl Replica {
    /// Opens the catalogue at `path`, which belongs to a cluster. Returns the writer that takes
    /// changes, their queue, and the replica that applies entries.
    ///
    /// # Errors
    /// As [`Writer::open`]; [`StoreError::OfNoCluster`].
    pub fn open(path: &Path) -> Result<(Writer, Receiver<QueuedChange>, Replica), StoreError> {
        migrate::migrate_replica(path)?;
        let mut connection = open::for_changes(path)?;
        search_index::compact(path, &mut connection)?;
        let wrong = |error| StoreError::sqlite(path, error);
        // The log is the durable copy: after a power cut the entries are applied again.
        connection
            .pragma_update(None, "synchronous", "NORMAL")
            .map_err(wrong)?;
        let position = cluster::position(&connection).map_err(wrong)?;
        let position = position.ok_or_else(|| StoreError::OfNoCluster(path.to_path_buf()))?;
        let file = FileWriter::new(path, connection)?;
        let (writer, queue) = Writer::for_file(&file);
        Ok((writer, queue, Replica { file, position }))
    }

    /// The position of the last applied entry.
    pub fn position(&self) -> ClusterPosition {
        self.position
    }

    /// Applies entries in one transaction, each change in its own savepoint. Entries that were
    /// applied before are skipped. A change fails only with an error that every node has.
    ///
    /// # Errors
    /// An error of this machine. Then nothing was applied, and the caller applies the same entries
    /// again. [`StoreError::LogGap`] when entries are missing.
    pub fn apply(&mut self, entries: &[LogEntry]) -> Result<Vec<EntryResults>, StoreError> {
        if self.file.is_moved() {
            let path = self.file.moved.clone().unwrap_or_default();
            return Err(StoreError::Moved(path));
        }
        let began = Instant::now();
        let applied = apply_all(&mut self.file, self.position, entries);
        let changes = entries.iter().flat_map(|entry| &entry.requests);
        let changes: Vec<&Change> = changes.map(|request| &request.change).collect();
        self.file
            .committed(began, applied.is_ok(), changes.into_iter());
        let (position, results) = applied?;
        self.position = position;
        self.file.copy_wal();
        Ok(results)
    }

    /// Whether the files of the database were moved, replaced or removed.
    pub fn is_moved(&mut self) -> bool {
        self.file.is_moved()
    }

    /// Stores that a snapshot must replace this file.
    ///
    /// # Errors
    /// The error of SQLite.
    pub fn set_needs_snapshot(&mut self) -> Result<(), StoreError> {
        cluster::set_needs_snapshot(&self.file.connection)
            .map_err(|error| StoreError::sqlite(&self.file.path, error))
    }
}

fn apply_all(
    file: &mut FileWriter,
    mut position: ClusterPosition,
    entries: &[LogEntry],
) -> Result<(ClusterPosition, Vec<EntryResults>), StoreError> {
    let path = &file.path;
    let wrong = |error| StoreError::sqlite(path, error);
    let transaction = file
        .connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(wrong)?;
    let mut applier = Applier::new(&transaction).map_err(wrong)?;
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.sequence <= position.sequence {
            all.push(Vec::new());
            continue;
        }
        if entry.number != position.number + 1 {
            return Err(StoreError::LogGap(path.clone(), position.sequence));
        }
        let last = cluster::last_of_producer(&transaction, entry.producer).map_err(wrong)?;
        let mut results = Vec::new();
        if entry.counter > last {
            for request in &entry.requests {
                let result = apply_change(path, &transaction, &mut applier, request)?;
                let sequence = entry.sequence;
                results.push(result.map(|changed| Changed {
                    sequence,
                    ..changed
                }));
            }
            let (producer, counter) = (entry.producer, entry.counter);
            cluster::set_last_of_producer(&transaction, producer, counter, entry.sequence)
                .map_err(wrong)?;
        }
        position = ClusterPosition {
            sequence: entry.sequence,
            number: entry.number,
            hash: rolled(position.hash, entry, &results),
            ..position
        };
        all.push(results);
    }
    applier.finish().map_err(wrong)?;
    cluster::set_applied(&transaction, &position).map_err(wrong)?;
    transaction.commit().map_err(wrong)?;
    Ok((position, all))
}

/// Applies one change. The outer error is an error of this machine.
fn apply_change(
    path: &Path,
    transaction: &Connection,
    applier: &mut Applier<'_>,
    request: &ChangeRequest,
) -> Result<Result<Changed, StoreError>, StoreError> {
    let error = match applier.apply(request) {
        Ok(changed) => return Ok(Ok(changed)),
        Err(error) => error.about(path),
    };
    if error.is_deterministic() && !transaction.is_autocommit() {
        Ok(Err(error))
    } else {
        Err(error)
    }
}

/// The hash after an entry. It also covers the results of the entry, because nodes with different
/// rows can have different results.
fn rolled(before: LogHash, entry: &LogEntry, results: &EntryResults) -> LogHash {
    let mut hash = Blake2s256::new();
    hash.update(before.0);
    hash.update(entry.sequence.to_le_bytes());
    hash.update(&entry.bytes);
    for result in results {
        let rows = result.as_ref().map_or(u64::MAX, |changed| changed.rows);
        hash.update(rows.to_le_bytes());
    }
    LogHash(hash.finalize().into())
}

/// The position of the catalogue at `path` in the log of its cluster; `None` if it belongs to no
/// cluster.
///
/// # Errors
/// A file that is missing, foreign, damaged or newer.
pub fn cluster_position(path: &Path) -> Result<Option<ClusterPosition>, StoreError> {
    open::check_header(path)?;
    let connection = open::for_inspection(path)?;
    cluster::position(&connection).map_err(|error| StoreError::sqlite(path, error))
}

/// Makes the catalogue at `path` the first one of a new cluster. Before, it can have belonged to
/// another cluster, like a restored backup.
///
/// # Errors
/// [`StoreError::InUse`] while a program has it open, or as [`Writer::open`].
pub fn join_cluster(path: &Path, cluster: ClusterId) -> Result<(), StoreError> {
    migrate::migrate_replica(path)?;
    let hash = LogHash(Blake2s256::digest(cluster.0).into());
    alone(path, |connection| cluster::join(connection, cluster, hash))
}

/// Takes the catalogue at `path` out of its cluster, so that it can be served alone.
///
/// # Errors
/// As [`join_cluster`]; [`StoreError::OfNoCluster`].
pub fn leave_cluster(path: &Path) -> Result<(), StoreError> {
    if cluster_position(path)?.is_none() {
        return Err(StoreError::OfNoCluster(path.to_path_buf()));
    }
    alone(path, cluster::leave)
}

/// Makes all committed transactions in the WAL durable.
///
/// # Errors
/// The error of the operating system.
pub fn sync_wal(path: &Path) -> Result<(), StoreError> {
    let wal = paths::wal(path);
    // Closing this file releases no lock of SQLite. Its locks are on the other two files.
    let file = std::fs::File::open(&wal).map_err(|error| StoreError::io(&wal, error))?;
    file.sync_data()
        .map_err(|error| StoreError::io(&wal, error))
}

/// Changes a file that no other process has open.
fn alone(
    path: &Path,
    change: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let mut connection = open::exclusive(path).map_err(|error| match error {
        StoreError::Locked(path) => StoreError::InUse(path),
        other => other,
    })?;
    let transaction = connection
        .transaction()
        .map_err(|error| StoreError::sqlite(path, error))?;
    change(&transaction)
        .and_then(|()| transaction.commit())
        .map_err(|error| StoreError::sqlite(path, error))
}

#[cfg(test)]
mod tests;
