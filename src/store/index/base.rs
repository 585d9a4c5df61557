//! Reading what was indexed all at once.

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension};

use super::budget::{Budget, PIECE_STEPS, Trouble};
use crate::search::postings::{Posting, Unpacker, take_number};
use crate::search::{
    Cursor, FOLDING, Form, TITLE_HASH_BITS, TermKind, TermRange, Wanted, title_hash,
};

/// Movies whose names are kept together.
pub(super) const NAMES_PER_BLOCK: u64 = 64;
/// Where a title's hash stands in the numbers of the list of titles.
pub(super) const TITLE_HASH_AT: u32 = 32;

const STATE: &str = "SELECT levels FROM search_state WHERE folding = ?1";
const PIECE: &str = "SELECT last, movies, postings FROM search_list \
     WHERE term = ?1 AND last >= ?2 ORDER BY last LIMIT 1";
const PIECES: &str = "SELECT term, last, movies, postings FROM search_list \
     WHERE term > ?1 AND term <= ?2 ORDER BY term, last";
const NAMES: &str = "SELECT names FROM search_name WHERE block = ?1";

/// A larger letter than any that a word has.
const LAST_LETTER: char = '\u{10ffff}';

/// The base, as one query reads it.
pub(super) struct Base<'c> {
    connection: &'c Connection,
    budget: &'c Budget,
    /// How many movies are at least of a level, the highest level first.
    levels: Vec<u64>,
    /// The block of names that was looked into last.
    names: RefCell<(i64, Vec<u8>)>,
}

/// The highest [level](crate::search::level) of votes.
const MAX_LEVEL: usize = 32;

impl<'c> Base<'c> {
    /// The base of the file; an empty one where nothing was indexed yet.
    pub fn open(connection: &'c Connection, budget: &'c Budget) -> Result<Base<'c>, Trouble> {
        let levels: Option<String> = connection
            .prepare_cached(STATE)?
            .query_row([FOLDING], |row| row.get(0))
            .optional()?;
        let mut levels: Vec<u64> = levels
            .unwrap_or_default()
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect();
        levels.resize(MAX_LEVEL + 1, levels.last().copied().unwrap_or(0));
        Ok(Base {
            connection,
            budget,
            levels,
            names: RefCell::new((-1, Vec::new())),
        })
    }

    /// How many movies there are.
    pub fn movies(&self) -> u64 {
        self.levels[MAX_LEVEL]
    }

    /// The level of a movie's votes.
    pub fn level(&self, movie: u64) -> u8 {
        let above = self.levels.partition_point(|&end| end <= movie);
        MAX_LEVEL.saturating_sub(above) as u8
    }

    /// The movies of a level.
    pub fn of_level(&self, level: u8) -> std::ops::Range<u64> {
        let place = MAX_LEVEL - usize::from(level).min(MAX_LEVEL);
        let start = place.checked_sub(1).map_or(0, |above| self.levels[above]);
        start..self.levels[place]
    }

    /// The name of a movie.
    pub fn name(&self, movie: u64) -> Result<Option<String>, Trouble> {
        let block = (movie / NAMES_PER_BLOCK) as i64;
        let mut kept = self.names.borrow_mut();
        if kept.0 != block {
            self.budget.spend(PIECE_STEPS)?;
            kept.1.clear();
            kept.0 = block;
            let mut statement = self.connection.prepare_cached(NAMES)?;
            let mut rows = statement.query([block])?;
            if let Some(row) = rows.next()? {
                kept.1.extend_from_slice(row.get_ref(0)?.as_blob()?);
            }
        }
        Ok(name_in_block(&kept.1, (movie % NAMES_PER_BLOCK) as usize))
    }

    /// The movies that have a word in one of its forms.
    pub fn having(&self, wanted: &Wanted) -> Result<Lists<'_>, Trouble> {
        let mut lists = Lists::default();
        for form in &wanted.forms {
            match form {
                Form::Word(word) => self.add(&mut lists, TermKind::Word.term(word))?,
                Form::Prefix(prefix) => {
                    let whole = TermKind::Prefix.term(prefix);
                    match List::open(self, whole)? {
                        Some(list) => lists.long.push(list),
                        None => {
                            let from = TermKind::Word.term(prefix);
                            let to = format!("{from}{LAST_LETTER}");
                            self.add_range(&mut lists, from, &to)?;
                        }
                    }
                }
            }
        }
        lists.sort();
        Ok(lists)
    }

    /// The movies that have a word just as it is.
    pub fn having_whole(&self, wanted: &Wanted) -> Result<Lists<'_>, Trouble> {
        let mut all = Lists::default();
        for word in wanted.wholes() {
            self.add(&mut all, TermKind::Word.term(word))?;
        }
        all.sort();
        Ok(all)
    }

    /// The movies that have a term of a range.
    pub fn within(&self, range: &TermRange) -> Result<Lists<'_>, Trouble> {
        let mut lists = Lists::default();
        let from = range.kind.term(&range.from);
        let to = range.kind.term(&range.to);
        self.add_range(&mut lists, from, &to)?;
        lists.sort();
        Ok(lists)
    }

    /// The movies whose whole title probably has one of these keys.
    pub fn titled(&self, keys: &[String]) -> Result<Lists<'_>, Trouble> {
        let mut lists = Lists::default();
        for key in keys {
            let hash = u64::from(title_hash(key)) << TITLE_HASH_AT;
            let Some(mut list) = List::open_at(self, TermKind::Title.term(""), hash)? else {
                continue;
            };
            while let Some(posting) = list.here
                && posting.movie() >> TITLE_HASH_AT == hash >> TITLE_HASH_AT
            {
                let movie = posting.movie() & ((1 << TITLE_HASH_AT) - 1);
                lists.merged.push(Posting::new(movie, false));
                list.advance()?;
            }
        }
        lists.sort();
        Ok(lists)
    }

    /// The first word of titles that is `from` or behind it.
    pub fn first_word(&self, from: &str) -> Result<Option<String>, Trouble> {
        const FIRST: &str = "SELECT term FROM search_list WHERE term >= ?1 ORDER BY term LIMIT 1";
        self.budget.spend(PIECE_STEPS)?;
        let mut statement = self.connection.prepare_cached(FIRST)?;
        let term: Option<String> = statement
            .query_row([TermKind::Word.term(from)], |row| row.get(0))
            .optional()?;
        Ok(term.and_then(|term| {
            term.strip_prefix(TermKind::Word.letter())
                .map(str::to_owned)
        }))
    }

    fn add<'b>(&'b self, lists: &mut Lists<'b>, term: String) -> Result<(), Trouble> {
        lists.long.extend(List::open(self, term)?);
        Ok(())
    }

    /// Adds the lists of all terms from `from` to `to`: short ones merged, and long ones each.
    fn add_range<'b>(
        &'b self,
        lists: &mut Lists<'b>,
        from: String,
        to: &str,
    ) -> Result<(), Trouble> {
        lists.long.extend(List::open(self, from.clone())?);
        let mut done = from;
        loop {
            let mut statement = self.connection.prepare_cached(PIECES)?;
            let mut rows = statement.query([done.as_str(), to])?;
            loop {
                let Some(row) = rows.next()? else {
                    return Ok(());
                };
                let term = row.get_ref(0)?.as_str()?;
                let movies = row.get_ref(2)?.as_i64()?.unsigned_abs();
                let bytes = row.get_ref(3)?.as_blob()?;
                self.budget.spend(PIECE_STEPS + bytes.len() as u64)?;
                let before = lists.merged.len();
                let mut unpacker = Unpacker::default();
                lists
                    .merged
                    .extend(std::iter::from_fn(|| unpacker.next(bytes)));
                if (lists.merged.len() - before) as u64 == movies {
                    continue;
                }
                // There are more pieces, which the next query leaves out.
                lists.merged.truncate(before);
                done = term.to_owned();
                break;
            }
            drop(rows);
            lists.long.extend(List::open(self, done.clone())?);
        }
    }
}

/// The name at a place of a block. Each has the bytes that it shares with the
/// one before, the number of the others, and the others.
fn name_in_block(block: &[u8], place: usize) -> Option<String> {
    let (mut name, mut at) = (Vec::new(), 0);
    for _ in 0..=place {
        let shared = take_number(block, &mut at)? as usize;
        let length = take_number(block, &mut at)? as usize;
        name.truncate(shared);
        name.extend_from_slice(block.get(at..at.checked_add(length)?)?);
        at += length;
    }
    String::from_utf8(name).ok()
}

/// One term's list, of which one piece is in memory.
pub(super) struct List<'b> {
    base: &'b Base<'b>,
    term: String,
    piece: Vec<u8>,
    unpacker: Unpacker,
    /// The last movie of the piece.
    last: u64,
    here: Option<Posting>,
    movies: u64,
}

impl<'b> List<'b> {
    fn open(base: &'b Base<'b>, term: String) -> Result<Option<List<'b>>, Trouble> {
        List::open_at(base, term, 0)
    }

    fn open_at(base: &'b Base<'b>, term: String, from: u64) -> Result<Option<List<'b>>, Trouble> {
        let mut list = List {
            base,
            term,
            piece: Vec::new(),
            unpacker: Unpacker::default(),
            last: 0,
            here: None,
            movies: 0,
        };
        list.load(from)?;
        list.skip_to(from);
        Ok((list.movies > 0).then_some(list))
    }

    /// Brings in the piece that has this movie, or the one behind it.
    fn load(&mut self, movie: u64) -> Result<(), Trouble> {
        let mut statement = self.base.connection.prepare_cached(PIECE)?;
        let mut rows = statement.query((&self.term, movie as i64))?;
        self.piece.clear();
        self.unpacker = Unpacker::default();
        if let Some(row) = rows.next()? {
            self.last = row.get_ref(0)?.as_i64()?.unsigned_abs();
            self.movies = row.get_ref(1)?.as_i64()?.unsigned_abs();
            self.piece.extend_from_slice(row.get_ref(2)?.as_blob()?);
        }
        self.base
            .budget
            .spend(PIECE_STEPS + self.piece.len() as u64)?;
        self.here = self.unpacker.next(&self.piece);
        Ok(())
    }

    fn skip_to(&mut self, movie: u64) {
        while self.here.is_some_and(|here| here.movie() < movie) {
            self.here = self.unpacker.next(&self.piece);
        }
    }

    fn advance(&mut self) -> Result<(), Trouble> {
        match self.unpacker.next(&self.piece) {
            Some(next) => self.here = Some(next),
            None => self.load(self.last + 1)?,
        }
        Ok(())
    }

    fn seek(&mut self, movie: u64) -> Result<(), Trouble> {
        if movie > self.last && self.here.is_some() {
            self.load(movie)?;
        }
        self.skip_to(movie);
        Ok(())
    }
}

/// Several lists as one: the short ones merged in memory, and the long ones as they are.
#[derive(Default)]
pub(super) struct Lists<'b> {
    merged: Vec<Posting>,
    at: usize,
    long: Vec<List<'b>>,
}

impl Lists<'_> {
    fn sort(&mut self) {
        self.merged.sort_unstable();
    }
}

impl Cursor for Lists<'_> {
    type Movie = u64;
    type Error = Trouble;

    fn movie(&self) -> Option<u64> {
        let merged = self.merged.get(self.at);
        let long = self.long.iter().filter_map(|list| list.here);
        long.chain(merged.copied()).map(Posting::movie).min()
    }

    fn leads(&self) -> bool {
        let movie = self.movie();
        let is_here = |posting: &Posting| Some(posting.movie()) == movie;
        let merged = self.merged[self.at..].iter().copied().take_while(is_here);
        let long = self.long.iter().filter_map(|list| list.here);
        merged
            .chain(long.filter(is_here))
            .any(|posting| posting.leads())
    }

    fn seek(&mut self, movie: &u64) -> Result<(), Trouble> {
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

const _: () = assert!(TITLE_HASH_AT + TITLE_HASH_BITS < 63);
