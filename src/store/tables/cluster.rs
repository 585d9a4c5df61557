//! The tables `cluster` and `producer`: the cluster that the catalogue belongs to, the last
//! entry of its log that was applied, and the last entry of each process.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};

use crate::config::limits;

const EXISTS: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'cluster'";
const READ: &str = "SELECT cluster_id, sequence, number, hash, needs_snapshot FROM cluster";
const JOIN: &str =
    "INSERT INTO cluster (id, cluster_id, sequence, number, hash) VALUES (1, ?1, 0, 0, ?2)";
const LEAVE: &str = "DELETE FROM cluster; DELETE FROM producer;";
const SET_APPLIED: &str = "UPDATE cluster SET sequence = ?1, number = ?2, hash = ?3";
const SET_NEEDS_SNAPSHOT: &str = "UPDATE cluster SET needs_snapshot = 1";
const LAST_OF_PRODUCER: &str = "SELECT last FROM producer WHERE id = ?1";
const SET_LAST_OF_PRODUCER: &str = "INSERT INTO producer (id, last, sequence) VALUES (?1, ?2, ?3) \
     ON CONFLICT (id) DO UPDATE SET last = ?2, sequence = ?3";
/// `?1` is the number of rows that stay.
const DROP_OLD_PRODUCERS: &str = "DELETE FROM producer WHERE id IN \
     (SELECT id FROM producer ORDER BY sequence DESC LIMIT -1 OFFSET ?1)";

/// Identifies a cluster: 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClusterId(pub [u8; 16]);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterId({self})")
    }
}

/// The rolling hash of all entries of a log and their results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHash(pub [u8; 32]);

impl fmt::Display for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The position of a catalogue in the log of its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterPosition {
    /// The cluster.
    pub cluster: ClusterId,
    /// The sequence of the last applied entry, or 0.
    pub sequence: u64,
    /// The number of applied entries.
    pub number: u64,
    /// The hash of all of them.
    pub hash: LogHash,
    /// Whether the file can no longer follow the log, so that a snapshot must replace it.
    pub needs_snapshot: bool,
}

/// The position of a catalogue; `None` without a cluster, or in an older schema version.
pub(in crate::store) fn position(
    connection: &Connection,
) -> rusqlite::Result<Option<ClusterPosition>> {
    let tables: i64 = connection.query_row(EXISTS, [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(None);
    }
    let read = |row: &rusqlite::Row<'_>| {
        Ok(ClusterPosition {
            cluster: ClusterId(row.get(0)?),
            sequence: row.get::<_, i64>(1)?.cast_unsigned(),
            number: row.get::<_, i64>(2)?.cast_unsigned(),
            hash: LogHash(row.get(3)?),
            needs_snapshot: row.get(4)?,
        })
    };
    connection.query_row(READ, [], read).optional()
}

/// Makes a catalogue the first one of a new cluster with an empty log.
pub(in crate::store) fn join(
    connection: &Connection,
    cluster: ClusterId,
    hash: LogHash,
) -> rusqlite::Result<()> {
    connection.execute_batch(LEAVE)?;
    connection.execute(JOIN, params![cluster.0, hash.0])?;
    Ok(())
}

/// Takes a catalogue out of its cluster.
pub(in crate::store) fn leave(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(LEAVE)
}

/// Stores that all entries up to this position were applied.
pub(in crate::store) fn set_applied(
    connection: &Connection,
    position: &ClusterPosition,
) -> rusqlite::Result<()> {
    let (sequence, number) = (
        position.sequence.cast_signed(),
        position.number.cast_signed(),
    );
    connection
        .prepare_cached(SET_APPLIED)?
        .execute(params![sequence, number, position.hash.0])?;
    Ok(())
}

/// Stores that a snapshot must replace the file.
pub(in crate::store) fn set_needs_snapshot(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(SET_NEEDS_SNAPSHOT, [])?;
    Ok(())
}

/// The counter of the last entry of a producer that was applied, or 0.
pub(in crate::store) fn last_of_producer(
    connection: &Connection,
    producer: u64,
) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(LAST_OF_PRODUCER)?;
    let last = statement.query_row([producer.cast_signed()], |row| row.get::<_, i64>(0));
    Ok(last.optional()?.unwrap_or(0).cast_unsigned())
}

/// Stores the counter of the last entry of a producer, and the sequence of the entry. The first
/// entry of a producer removes the producers with the oldest last entries.
pub(in crate::store) fn set_last_of_producer(
    connection: &Connection,
    producer: u64,
    counter: u64,
    sequence: u64,
) -> rusqlite::Result<()> {
    let [producer, last, sequence] = [producer, counter, sequence].map(u64::cast_signed);
    connection
        .prepare_cached(SET_LAST_OF_PRODUCER)?
        .execute([producer, last, sequence])?;
    if last == 1 {
        connection.execute(DROP_OLD_PRODUCERS, [limits::MAX_PRODUCERS])?;
    }
    Ok(())
}
