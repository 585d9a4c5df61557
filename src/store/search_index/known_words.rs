//! The words of the best-known movies: pieces in the table of posting lists, and a copy in memory.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::base_writer::{ADD_PIECE, PIECE_BYTES};
use super::budget::QueryError;
use crate::search::{KnownWords, KnownWordsBuilder, TermKind, hash_bytes};

const CHECKSUM: &str = "SELECT movies FROM search_list WHERE term = ?1 LIMIT 1";
const PIECES: &str = "SELECT movies, postings FROM search_list WHERE term = ?1 ORDER BY last";

fn term() -> String {
    TermKind::KnownWords.term("")
}

/// The words of one file, with the checksum of their pieces.
#[derive(Default)]
pub(in crate::store) struct KnownWordsCache(RefCell<Option<(i64, Arc<KnownWords>)>>);

impl KnownWordsCache {
    /// The words of the file, which are read again after the index was rebuilt.
    pub fn get(&self, connection: &Connection) -> Result<Arc<KnownWords>, QueryError> {
        let checksum: Option<i64> = connection
            .prepare_cached(CHECKSUM)?
            .query_row([term()], |row| row.get(0))
            .optional()?;
        let Some(checksum) = checksum else {
            return Ok(Arc::default());
        };
        if let Some((known, words)) = self.0.borrow().as_ref()
            && *known == checksum
        {
            return Ok(Arc::clone(words));
        }
        let mut words = KnownWords::default();
        for (_, bytes) in pieces(connection)? {
            words.add_packed(&bytes);
        }
        let words = Arc::new(words);
        *self.0.borrow_mut() = Some((checksum, Arc::clone(&words)));
        Ok(words)
    }
}

/// Writes the chosen words. `level` is the level of a movie.
pub(super) fn write(
    connection: &Connection,
    words: KnownWordsBuilder,
    level: impl Fn(u64) -> u8,
) -> Result<(), QueryError> {
    let mut add = connection.prepare(ADD_PIECE)?;
    let pieces = words.pack(PIECE_BYTES, level);
    let checksum = checksum(&pieces);
    for (number, bytes) in (0_i64..).zip(&pieces) {
        add.execute((term(), number, checksum, bytes))?;
    }
    Ok(())
}

/// Whether the file has these words.
pub(super) fn has(
    connection: &Connection,
    words: KnownWordsBuilder,
    level: impl Fn(u64) -> u8,
) -> Result<bool, QueryError> {
    let wanted = words.pack(PIECE_BYTES, level);
    let checksum = checksum(&wanted);
    let wanted = wanted.into_iter().map(|bytes| (checksum, bytes));
    Ok(wanted.eq(pieces(connection)?))
}

fn pieces(connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, QueryError> {
    let mut statement = connection.prepare_cached(PIECES)?;
    let rows = statement.query_map([term()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn checksum(pieces: &[Vec<u8>]) -> i64 {
    hash_bytes(pieces.iter().flatten().copied()) as i64
}
