//! Writes the base: posting lists in pieces, the lists of prefixes, and names in blocks.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rusqlite::{Connection, Statement};

use super::base::NAMES_PER_BLOCK;
use super::budget::QueryError;
use super::corpus::IndexSql;
use crate::config::limits;
use crate::search::postings::{Packer, Posting, Unpacker, push_number};
use crate::search::{TermKind, is_unspaced};

/// Bytes of one piece and its term. Four such rows fill a page of SQLite's, and
/// a longer row of a table without rowids would need a page more
/// (<https://www.sqlite.org/fileformat.html>, 1.6).
pub(super) const PIECE_BYTES: usize = 960;
/// A prefix of more words than this gets a list of its own. For fewer, a search merges their lists.
const WORDS_WITHOUT_PREFIX: usize = 256;

/// Writes posting lists.
pub(super) struct ListWriter<'c> {
    add: Statement<'c>,
    packer: Packer,
}

impl<'c> ListWriter<'c> {
    pub fn new(connection: &'c Connection, sql: &IndexSql) -> rusqlite::Result<ListWriter<'c>> {
        Ok(ListWriter {
            add: connection.prepare(sql.add_piece)?,
            packer: Packer::default(),
        })
    }

    /// Writes the list of a term. `movies` is the number of its postings, which come in order.
    pub fn list(
        &mut self,
        term: &str,
        movies: u64,
        postings: impl IntoIterator<Item = io::Result<Posting>>,
    ) -> Result<(), QueryError> {
        let room = PIECE_BYTES.saturating_sub(term.len()).max(PIECE_BYTES / 2);
        self.packer.clear();
        for posting in postings {
            if self.packer.bytes().len() >= room {
                self.piece(term, movies)?;
            }
            self.packer.push(posting?);
        }
        self.piece(term, movies)
    }

    fn piece(&mut self, term: &str, movies: u64) -> Result<(), QueryError> {
        if !self.packer.bytes().is_empty() {
            let last = self.packer.last() as i64;
            self.add
                .execute((term, last, movies as i64, self.packer.bytes()))?;
            self.packer.clear();
        }
        Ok(())
    }
}

/// Builds the lists of prefixes from the words, which come in order. Complete lists wait in a
/// temporary file, because they become complete in another order than they are written.
pub(super) struct Prefixes {
    file: File,
    /// The length of the file.
    length: u64,
    /// Each complete prefix, the number of its movies, and the start and end of its list in the file.
    complete: Vec<(String, u64, u64, u64)>,
    /// The prefixes of the last word, the shortest first.
    open: Vec<OpenPrefix>,
}

#[derive(Default)]
struct OpenPrefix {
    prefix: String,
    words: usize,
    /// The postings of the words that share no longer prefix with the last word.
    postings: Vec<u32>,
}

impl Prefixes {
    pub fn new(folder: &Path) -> io::Result<Prefixes> {
        Ok(Prefixes {
            file: tempfile::tempfile_in(folder)?,
            length: 0,
            complete: Vec::new(),
            open: Vec::new(),
        })
    }

    /// Adds the next word and its postings.
    pub fn word(&mut self, word: &str, postings: &[u32]) -> io::Result<()> {
        if word.starts_with(is_unspaced) {
            return Ok(());
        }
        while let Some(last) = self.open.last()
            && !word.starts_with(last.prefix.as_str())
        {
            self.close()?;
        }
        let known = self.open.last().map_or(0, |last| last.prefix.len());
        let longer = word[known..].char_indices();
        let room = limits::MAX_PREFIX_LETTERS.saturating_sub(self.open.len());
        for (at, letter) in longer.take(room) {
            self.open.push(OpenPrefix {
                prefix: word[..known + at + letter.len_utf8()].to_owned(),
                ..OpenPrefix::default()
            });
        }
        if let Some(last) = self.open.last_mut() {
            last.words += 1;
            last.postings.extend_from_slice(postings);
        }
        Ok(())
    }

    /// Ends the longest open prefix.
    fn close(&mut self) -> io::Result<()> {
        let Some(mut last) = self.open.pop() else {
            return Ok(());
        };
        if last.words > WORDS_WITHOUT_PREFIX {
            sort_and_merge(&mut last.postings);
            let mut packer = Packer::default();
            last.postings
                .iter()
                .for_each(|posting| packer.push(wide(*posting)));
            self.file.write_all(packer.bytes())?;
            let end = self.length + packer.bytes().len() as u64;
            let movies = last.postings.len() as u64;
            self.complete.push((last.prefix, movies, self.length, end));
            self.length = end;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.words += last.words;
            if parent.postings.is_empty() {
                parent.postings = last.postings;
            } else {
                parent.postings.append(&mut last.postings);
            }
        }
        Ok(())
    }

    /// Writes all lists.
    pub fn finish(mut self, lists: &mut ListWriter<'_>) -> Result<(), QueryError> {
        while !self.open.is_empty() {
            self.close()?;
        }
        self.complete.sort_unstable();
        let mut bytes = Vec::new();
        for (prefix, movies, start, end) in self.complete {
            bytes.resize((end - start) as usize, 0);
            self.file.read_exact_at(&mut bytes, start)?;
            let mut unpacker = Unpacker::default();
            let postings = std::iter::from_fn(|| unpacker.next(&bytes).map(Ok));
            lists.list(&TermKind::Prefix.term(&prefix), movies, postings)?;
        }
        Ok(())
    }
}

/// A posting from its form of four bytes, which is used while the index is built.
pub(super) fn wide(posting: u32) -> Posting {
    Posting::new(u64::from(posting >> 1), posting & 1 == 1)
}

/// Sorts postings and merges those of the same movie.
pub(super) fn sort_and_merge(postings: &mut Vec<u32>) {
    if !postings.is_sorted() {
        postings.sort_unstable();
    }
    postings.dedup_by(|later, kept| {
        let is_same = *later >> 1 == *kept >> 1;
        if is_same {
            *kept |= *later;
        }
        is_same
    });
}

/// Writes names in blocks.
pub(super) struct NameWriter<'c> {
    add: Statement<'c>,
    block: i64,
    bytes: Vec<u8>,
    names: u64,
    last: String,
}

impl<'c> NameWriter<'c> {
    pub fn new(connection: &'c Connection, sql: &IndexSql) -> rusqlite::Result<NameWriter<'c>> {
        Ok(NameWriter {
            add: connection.prepare(sql.add_names)?,
            block: 0,
            bytes: Vec::new(),
            names: 0,
            last: String::new(),
        })
    }

    /// Writes the name of the next movie.
    pub fn name(&mut self, name: &str) -> rusqlite::Result<()> {
        let pairs = name.bytes().zip(self.last.bytes());
        let shared = pairs.take_while(|(one, other)| one == other).count();
        push_number(&mut self.bytes, shared as u64);
        push_number(&mut self.bytes, (name.len() - shared) as u64);
        self.bytes.extend_from_slice(&name.as_bytes()[shared..]);
        self.last.clear();
        self.last.push_str(name);
        self.names += 1;
        match self.names {
            NAMES_PER_BLOCK => self.finish(),
            _ => Ok(()),
        }
    }

    /// Writes the last block.
    pub fn finish(&mut self) -> rusqlite::Result<()> {
        if self.names > 0 {
            self.add.execute((self.block, &self.bytes))?;
        }
        self.block += 1;
        self.names = 0;
        self.bytes.clear();
        self.last.clear();
        Ok(())
    }
}
