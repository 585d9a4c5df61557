//! The words of the best-known movies: pieces in the table of posting lists, and a copy in memory.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::base_writer::PIECE_BYTES;
use super::budget::QueryError;
use super::corpus::{Corpus, IndexSql};
use crate::search::{KnownWords, KnownWordsBuilder, TermKind, hash_bytes};

fn term() -> String {
    TermKind::KnownWords.term("")
}

/// Words, with the checksum of their pieces.
type CachedWords = RefCell<Option<(i64, Arc<KnownWords>)>>;

/// The words of one file.
#[derive(Default)]
pub(in crate::store) struct KnownWordsCache {
    of_movies: CachedWords,
    of_people: CachedWords,
}

impl KnownWordsCache {
    /// The words of a corpus, which are read again after its index was rebuilt.
    pub fn get(
        &self,
        corpus: Corpus,
        connection: &Connection,
    ) -> Result<Arc<KnownWords>, QueryError> {
        let cached = match corpus {
            Corpus::Movies => &self.of_movies,
            Corpus::People => &self.of_people,
        };
        let sql = corpus.sql();
        let checksum: Option<i64> = connection
            .prepare_cached(sql.pieces_of)?
            .query_row([term()], |row| row.get(0))
            .optional()?;
        let Some(checksum) = checksum else {
            return Ok(Arc::default());
        };
        if let Some((known, words)) = cached.borrow().as_ref()
            && *known == checksum
        {
            return Ok(Arc::clone(words));
        }
        let mut words = KnownWords::default();
        for (_, bytes) in pieces(connection, sql)? {
            words.add_packed(&bytes);
        }
        let words = Arc::new(words);
        *cached.borrow_mut() = Some((checksum, Arc::clone(&words)));
        Ok(words)
    }
}

/// Writes the chosen words. `level` is the level of a movie.
pub(super) fn write(
    connection: &Connection,
    sql: &IndexSql,
    words: KnownWordsBuilder,
    level: impl Fn(u64) -> u8,
) -> Result<(), QueryError> {
    let mut add = connection.prepare(sql.add_piece)?;
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
    sql: &IndexSql,
    words: KnownWordsBuilder,
    level: impl Fn(u64) -> u8,
) -> Result<bool, QueryError> {
    let wanted = words.pack(PIECE_BYTES, level);
    let checksum = checksum(&wanted);
    let wanted = wanted.into_iter().map(|bytes| (checksum, bytes));
    Ok(wanted.eq(pieces(connection, sql)?))
}

fn pieces(connection: &Connection, sql: &IndexSql) -> Result<Vec<(i64, Vec<u8>)>, QueryError> {
    let mut statement = connection.prepare_cached(sql.pieces_of)?;
    let rows = statement.query_map([term()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn checksum(pieces: &[Vec<u8>]) -> i64 {
    hash_bytes(pieces.iter().flatten().copied()) as i64
}
