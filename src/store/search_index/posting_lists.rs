//! Reads posting lists of the base, a piece at a time.

use std::rc::Rc;

use rusqlite::Connection;

use super::budget::{Budget, PIECE_STEPS, QueryError};
use super::corpus::IndexSql;
use crate::search::postings::{Posting, Unpacker};
use crate::search::{Cursor, TermKind};

/// How the numbers of the title lists are made: the hash of a title above, and a movie in as many
/// bits as the number of all movies has.
#[derive(Clone, Copy, Debug)]
pub(super) struct TitleNumbers {
    movie_bits: u32,
}

impl TitleNumbers {
    /// For a base of so many movies.
    pub fn new(movies: u64) -> TitleNumbers {
        TitleNumbers {
            movie_bits: u64::BITS - movies.leading_zeros(),
        }
    }

    pub fn join(self, hash: u32, movie: u64) -> u64 {
        u64::from(hash) << self.movie_bits | movie
    }

    /// The hash and the movie.
    pub fn split(self, number: u64) -> (u32, u64) {
        let hash = (number >> self.movie_bits) as u32;
        (hash, number & ((1 << self.movie_bits) - 1))
    }
}

/// The list of one term, with one piece in memory.
#[derive(Clone)]
pub(super) struct PostingList<'b> {
    connection: &'b Connection,
    sql: &'static IndexSql,
    budget: &'b Budget,
    term: String,
    piece: Rc<Vec<u8>>,
    unpacker: Unpacker,
    /// The last movie of the piece.
    last: u64,
    here: Option<Posting>,
    movies: u64,
}

impl<'b> PostingList<'b> {
    fn open_at(
        lists: &MergedLists<'b>,
        term: String,
        from: u64,
    ) -> Result<Option<PostingList<'b>>, QueryError> {
        let mut list = PostingList {
            connection: lists.connection,
            sql: lists.sql,
            budget: lists.budget,
            term,
            piece: Rc::default(),
            unpacker: Unpacker::default(),
            last: 0,
            here: None,
            movies: 0,
        };
        list.load(from)?;
        list.skip_to(from);
        Ok((list.movies > 0).then_some(list))
    }

    /// Reads the piece that has this movie or the next one.
    fn load(&mut self, movie: u64) -> Result<(), QueryError> {
        let mut statement = self.connection.prepare_cached(self.sql.piece)?;
        let mut rows = statement.query((&self.term, movie as i64))?;
        let piece = Rc::make_mut(&mut self.piece);
        piece.clear();
        self.unpacker = Unpacker::default();
        if let Some(row) = rows.next()? {
            self.last = row.get_ref(0)?.as_i64()?.unsigned_abs();
            self.movies = row.get_ref(1)?.as_i64()?.unsigned_abs();
            piece.extend_from_slice(row.get_ref(2)?.as_blob()?);
        }
        self.budget.spend(PIECE_STEPS + self.piece.len() as u64)?;
        self.here = self.unpacker.next(&self.piece);
        Ok(())
    }

    fn skip_to(&mut self, movie: u64) {
        while self.here.is_some_and(|here| here.movie() < movie) {
            self.here = self.unpacker.next(&self.piece);
        }
    }

    fn advance(&mut self) -> Result<(), QueryError> {
        match self.unpacker.next(&self.piece) {
            Some(next) => self.here = Some(next),
            None => self.load(self.last + 1)?,
        }
        Ok(())
    }

    fn seek(&mut self, movie: u64) -> Result<(), QueryError> {
        if movie > self.last && self.here.is_some() {
            self.load(movie)?;
        }
        self.skip_to(movie);
        Ok(())
    }
}

/// Several lists as one: short lists are merged in memory, long ones are read piece by piece.
#[derive(Clone)]
pub(super) struct MergedLists<'b> {
    connection: &'b Connection,
    sql: &'static IndexSql,
    budget: &'b Budget,
    merged: Rc<Vec<Posting>>,
    at: usize,
    long: Vec<PostingList<'b>>,
}

impl<'b> MergedLists<'b> {
    /// No lists yet.
    pub fn new(
        connection: &'b Connection,
        sql: &'static IndexSql,
        budget: &'b Budget,
    ) -> MergedLists<'b> {
        MergedLists {
            connection,
            sql,
            budget,
            merged: Rc::default(),
            at: 0,
            long: Vec::new(),
        }
    }

    /// Adds the list of a term. Returns whether there is one.
    pub fn add(&mut self, term: String) -> Result<bool, QueryError> {
        let list = PostingList::open_at(self, term, 0)?;
        let is_there = list.is_some();
        self.long.extend(list);
        Ok(is_there)
    }

    /// Adds the lists of words. Those of several words are merged, unless they are long.
    pub fn add_words<'w>(
        &mut self,
        words: impl Iterator<Item = &'w str> + Clone,
    ) -> Result<(), QueryError> {
        let is_one = words.clone().nth(1).is_none();
        for word in words {
            let term = TermKind::Word.term(word);
            if is_one {
                self.add(term)?;
                continue;
            }
            let Some(mut list) = PostingList::open_at(self, term, 0)? else {
                continue;
            };
            let before = self.merged.len();
            let merged = Rc::make_mut(&mut self.merged);
            while let Some(posting) = list.here {
                merged.push(posting);
                list.here = list.unpacker.next(&list.piece);
            }
            if (merged.len() - before) as u64 != list.movies {
                merged.truncate(before);
                self.add(list.term)?;
            }
        }
        Ok(())
    }

    /// Adds the lists of all terms `from ..= to`.
    pub fn add_range(&mut self, from: String, to: &str) -> Result<(), QueryError> {
        self.add(from.clone())?;
        let mut done = from;
        loop {
            let mut statement = self.connection.prepare_cached(self.sql.pieces)?;
            let mut rows = statement.query([done.as_str(), to])?;
            loop {
                let Some(row) = rows.next()? else {
                    return Ok(());
                };
                let movies = row.get_ref(1)?.as_i64()?.unsigned_abs();
                let bytes = row.get_ref(2)?.as_blob()?;
                self.budget.spend(PIECE_STEPS + bytes.len() as u64)?;
                let merged = Rc::make_mut(&mut self.merged);
                let before = merged.len();
                let mut unpacker = Unpacker::default();
                merged.extend(std::iter::from_fn(|| unpacker.next(bytes)));
                if (merged.len() - before) as u64 != movies {
                    // The list has more pieces, so it is read piece by piece.
                    merged.truncate(before);
                    done = row.get(0)?;
                    break;
                }
            }
            drop(rows);
            self.add(done.clone())?;
        }
    }

    /// Adds the movies whose numbers in a list of titles have this hash.
    pub fn add_titled(
        &mut self,
        term: String,
        numbers: TitleNumbers,
        hash: u32,
    ) -> Result<(), QueryError> {
        let Some(mut list) = PostingList::open_at(self, term, numbers.join(hash, 0))? else {
            return Ok(());
        };
        while let Some(posting) = list.here
            && let (same, movie) = numbers.split(posting.movie())
            && same == hash
        {
            Rc::make_mut(&mut self.merged).push(Posting::new(movie, false));
            list.advance()?;
        }
        Ok(())
    }

    /// Sorts the merged lists, after the last one was added.
    pub fn sorted(mut self) -> MergedLists<'b> {
        Rc::make_mut(&mut self.merged).sort_unstable();
        self
    }
}

impl Cursor for MergedLists<'_> {
    type Movie = u64;
    type Error = QueryError;

    fn movie(&self) -> Option<u64> {
        let merged = self.merged.get(self.at);
        let long = self.long.iter().filter_map(|list| list.here);
        long.chain(merged.copied()).map(Posting::movie).min()
    }

    fn at_start(&self) -> bool {
        let movie = self.movie();
        let is_here = |posting: &Posting| Some(posting.movie()) == movie;
        let merged = self.merged[self.at..].iter().copied().take_while(is_here);
        let long = self.long.iter().filter_map(|list| list.here);
        merged
            .chain(long.filter(is_here))
            .any(|posting| posting.at_start())
    }

    fn seek(&mut self, movie: &u64) -> Result<(), QueryError> {
        let behind = &self.merged[self.at..];
        if behind.first().is_some_and(|here| here.movie() < *movie) {
            self.at += behind.partition_point(|posting| posting.movie() < *movie);
        }
        self.long.iter_mut().try_for_each(|list| list.seek(*movie))
    }

    fn size(&self) -> u64 {
        self.merged.len() as u64 + self.long.iter().map(|list| list.movies).sum::<u64>()
    }
}
