//! An entry of the log as bytes: the format, the schema version that a node needs to apply it,
//! its producer and counter, and its changes, each with its own encoding.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::etcd::KeyValue;
use crate::config::limits;
use crate::store::{ChangeRequest, LATEST_SCHEMA_VERSION, LogEntry};

/// The first byte of an entry. A new format gets a new byte.
const FORMAT: u8 = 1;

/// The entry after its first byte.
#[derive(Serialize, Deserialize)]
struct Body {
    schema_version: usize,
    producer: u64,
    counter: u64,
    changes: Vec<Vec<u8>>,
}

/// Why an entry cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum EntryError {
    /// The entry has the format of a later version of this program.
    #[error("the log has an entry of a later version, upgrade this node")]
    Newer,
    /// The entry is damaged or not of this program.
    #[error("the log has an entry that is damaged or of another program")]
    Damaged,
}

/// Changes that are encoded for one entry.
#[derive(Default)]
pub(super) struct EntryBuilder {
    changes: Vec<Vec<u8>>,
    bytes: usize,
}

impl EntryBuilder {
    /// Whether this entry has room for another encoded change.
    pub fn has_room(&self, change: &[u8]) -> bool {
        self.changes.is_empty()
            || self.changes.len() < limits::WRITE_BATCH
                && self.bytes + change.len() <= limits::CLUSTER_ENTRY_BYTES
    }

    /// Adds an encoded change.
    pub fn push(&mut self, change: Vec<u8>) {
        /// The maximum size of the length in front of a change.
        const LENGTH_BYTES: usize = 4;
        self.bytes += change.len() + LENGTH_BYTES;
        self.changes.push(change);
    }

    /// The bytes of the entry.
    pub fn finish(self, producer: u64, counter: u64) -> Vec<u8> {
        let body = Body {
            schema_version: LATEST_SCHEMA_VERSION,
            producer,
            counter,
            changes: self.changes,
        };
        let bytes = vec![FORMAT];
        postcard::to_extend(&body, bytes).expect("writing to a vector cannot fail")
    }
}

/// Reads an entry of the log.
///
/// # Errors
/// [`EntryError`].
pub(super) fn decode(found: KeyValue) -> Result<LogEntry, EntryError> {
    let bytes = found.value;
    let body = match bytes.split_first() {
        Some((&FORMAT, body)) => body,
        Some((&later, _)) if later > FORMAT => return Err(EntryError::Newer),
        _ => return Err(EntryError::Damaged),
    };
    // The version comes first, so that an older program can read it in later formats too.
    let version: usize = postcard::take_from_bytes(body)
        .map_err(|_| EntryError::Damaged)?
        .0;
    if version > LATEST_SCHEMA_VERSION {
        return Err(EntryError::Newer);
    }
    let Ok((body, [])) = postcard::take_from_bytes::<Body>(body) else {
        return Err(EntryError::Damaged);
    };
    let requests = body
        .changes
        .iter()
        .map(|bytes| ChangeRequest::decode(bytes));
    let requests: Result<Vec<_>, _> = requests.collect();
    Ok(LogEntry {
        sequence: found.mod_revision,
        number: found.version,
        producer: body.producer,
        counter: body.counter,
        // A change of a kind that this version does not know.
        requests: requests.map_err(|_| EntryError::Newer)?,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Actor, Change};

    fn change(bytes: usize) -> ChangeRequest {
        ChangeRequest {
            time: 5,
            actor: Actor::Server,
            source: "here".to_owned(),
            change: Change::DeleteMovies {
                names: vec!["n".repeat(bytes)],
            },
        }
    }

    fn read(value: Vec<u8>) -> Result<LogEntry, EntryError> {
        decode(KeyValue {
            key: Vec::new(),
            value,
            mod_revision: 9,
            version: 4,
        })
    }

    /// The log can contain these bytes for a long time.
    #[test]
    fn the_bytes_of_an_entry_stay_the_same() {
        let mut builder = EntryBuilder::default();
        let request = change(2);
        builder.push(request.encode());
        let bytes = builder.finish(300, 2);
        let version = u8::try_from(LATEST_SCHEMA_VERSION).unwrap();
        let head = [FORMAT, version, 0xac, 2, 2, 1, 13];
        assert_eq!(bytes, [&head[..], &request.encode()].concat());
        let entry = read(bytes.clone()).unwrap();
        assert_eq!((entry.sequence, entry.number), (9, 4));
        assert_eq!((entry.producer, entry.counter), (300, 2));
        assert_eq!((entry.requests, entry.bytes), (vec![request], bytes));
    }

    #[test]
    fn an_entry_of_a_later_version_is_not_taken_for_damage() {
        let whole = EntryBuilder::default().finish(1, 1);
        assert!(read(whole.clone()).is_ok());
        for length in 0..whole.len() {
            assert_eq!(
                read(whole[..length].to_vec()).unwrap_err(),
                EntryError::Damaged
            );
        }
        let mut later = whole.clone();
        later[0] = FORMAT + 1;
        assert_eq!(read(later).unwrap_err(), EntryError::Newer);
        let mut later = whole;
        later[1] += 1;
        assert_eq!(read(later).unwrap_err(), EntryError::Newer);
        let mut builder = EntryBuilder::default();
        builder.push(vec![0, 0, 1, 1, b'h', 250]);
        assert_eq!(read(builder.finish(1, 1)).unwrap_err(), EntryError::Newer);
    }

    #[test]
    fn an_entry_is_bounded_in_changes_and_bytes_and_takes_one_change_of_any_size() {
        let mut builder = EntryBuilder::default();
        let large = change(limits::CLUSTER_ENTRY_BYTES * 2).encode();
        assert!(builder.has_room(&large));
        builder.push(large);
        assert!(!builder.has_room(&change(1).encode()));
        let mut builder = EntryBuilder::default();
        let small = change(1).encode();
        let mut pushed = 0;
        while builder.has_room(&small) {
            builder.push(small.clone());
            pushed += 1;
        }
        assert_eq!(pushed, limits::WRITE_BATCH);
        let mut builder = EntryBuilder::default();
        let medium = change(1_000).encode();
        while builder.has_room(&medium) {
            builder.push(medium.clone());
        }
        let length = builder.finish(u64::MAX, u64::MAX).len();
        assert!(length <= limits::CLUSTER_ENTRY_BYTES + 64, "{length}");
    }
}
