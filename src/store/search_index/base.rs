//! Reads the base: all movies as of the last rebuild.

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension};

use super::budget::{Budget, PIECE_STEPS, QueryError};
use super::corpus::{Corpus, IndexSql};
use super::posting_lists::{MergedLists, TitleNumbers};
use crate::search::postings::take_number;
use crate::search::{ANALYZER_VERSION, Pattern, TermKind, TermMatcher, TermRange, title_hash};

pub(super) const NAMES_PER_BLOCK: u64 = 64;

/// Greater than every letter of a word.
const LAST_LETTER: char = '\u{10ffff}';

/// The first and the last possible term of a word with that prefix.
pub(super) fn words_with_prefix(prefix: &str) -> (String, String) {
    let first = TermKind::Word.term(prefix);
    let last = format!("{first}{LAST_LETTER}");
    (first, last)
}

/// The base, as one query reads it.
pub(super) struct Base<'c> {
    connection: &'c Connection,
    sql: &'static IndexSql,
    budget: &'c Budget,
    /// How many movies have at least each level, the highest level first.
    levels: Vec<u64>,
    /// The block of names that was read last.
    names: RefCell<(i64, Vec<u8>)>,
    /// The lists of matchers at their start, which several interpretations share, and whether they are
    /// those of complete words.
    lists: RefCell<Vec<(bool, TermMatcher, MergedLists<'c>)>>,
}

/// The highest [level](crate::search::level) of votes.
const HIGHEST_LEVEL: usize = 32;

/// The level of a movie, from the number of movies that have at least each level.
pub(super) fn level_of(levels: &[u64], movie: u64) -> u8 {
    let above = levels.partition_point(|&end| end <= movie);
    HIGHEST_LEVEL.saturating_sub(above) as u8
}

impl<'c> Base<'c> {
    /// Opens the base of the file. It is empty when there is no index.
    pub fn open(
        corpus: Corpus,
        connection: &'c Connection,
        budget: &'c Budget,
    ) -> Result<Base<'c>, QueryError> {
        let sql = corpus.sql();
        let levels: Option<String> = connection
            .prepare_cached(sql.state)?
            .query_row([ANALYZER_VERSION], |row| row.get(0))
            .optional()?;
        let mut levels: Vec<u64> = levels
            .unwrap_or_default()
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect();
        levels.resize(HIGHEST_LEVEL + 1, levels.last().copied().unwrap_or(0));
        Ok(Base {
            connection,
            sql,
            budget,
            levels,
            names: RefCell::new((-1, Vec::new())),
            lists: RefCell::default(),
        })
    }

    /// The number of movies.
    pub fn movies(&self) -> u64 {
        self.levels[HIGHEST_LEVEL]
    }

    /// The highest level of a movie.
    pub fn highest_level(&self) -> u8 {
        self.level(0)
    }

    /// The level of a movie's votes.
    pub fn level(&self, movie: u64) -> u8 {
        level_of(&self.levels, movie)
    }

    /// The movies of a level.
    pub fn of_level(&self, level: u8) -> std::ops::Range<u64> {
        let place = HIGHEST_LEVEL - usize::from(level).min(HIGHEST_LEVEL);
        let start = place.checked_sub(1).map_or(0, |above| self.levels[above]);
        start..self.levels[place]
    }

    pub fn name(&self, movie: u64) -> Result<Option<String>, QueryError> {
        let block = (movie / NAMES_PER_BLOCK) as i64;
        let mut kept = self.names.borrow_mut();
        if kept.0 != block {
            self.budget.spend(PIECE_STEPS)?;
            kept.1.clear();
            kept.0 = block;
            let mut statement = self.connection.prepare_cached(self.sql.names)?;
            let mut rows = statement.query([block])?;
            if let Some(row) = rows.next()? {
                kept.1.extend_from_slice(row.get_ref(0)?.as_blob()?);
            }
        }
        Ok(name_in_block(&kept.1, (movie % NAMES_PER_BLOCK) as usize))
    }

    fn no_lists(&self) -> MergedLists<'c> {
        MergedLists::new(self.connection, self.sql, self.budget)
    }

    /// The movies with a matching word.
    pub fn having(&self, matcher: &TermMatcher) -> Result<MergedLists<'c>, QueryError> {
        self.cached(false, matcher, || {
            let mut lists = self.no_lists();
            for pattern in &matcher.patterns {
                match pattern {
                    Pattern::Word(_) => {}
                    Pattern::Range(from, to) => {
                        lists.add_range(TermKind::Word.term(from), &TermKind::Word.term(to))?;
                    }
                    Pattern::Initials(letters) => {
                        lists.add(TermKind::Initials.term(letters))?;
                    }
                    // A prefix of few words has no list of its own.
                    Pattern::Prefix(prefix) => {
                        if !lists.add(TermKind::Prefix.term(prefix))? {
                            let (from, to) = words_with_prefix(prefix);
                            lists.add_range(from, &to)?;
                        }
                    }
                }
            }
            let words = matcher.patterns.iter().filter_map(|pattern| match pattern {
                Pattern::Word(word) => Some(word.as_str()),
                _ => None,
            });
            lists.add_words(words)?;
            Ok(lists)
        })
    }

    /// The movies with a complete word.
    pub fn having_whole(&self, matcher: &TermMatcher) -> Result<MergedLists<'c>, QueryError> {
        self.cached(true, matcher, || {
            let mut lists = self.no_lists();
            lists.add_words(matcher.wholes())?;
            Ok(lists)
        })
    }

    /// The lists of a matcher, from the cache when they were opened before.
    fn cached(
        &self,
        is_whole: bool,
        matcher: &TermMatcher,
        make: impl FnOnce() -> Result<MergedLists<'c>, QueryError>,
    ) -> Result<MergedLists<'c>, QueryError> {
        let cached = self.lists.borrow();
        let mut known = cached.iter();
        if let Some((_, _, lists)) = known.find(|known| known.0 == is_whole && known.1 == *matcher)
        {
            return Ok(lists.clone());
        }
        drop(cached);
        let lists = make()?.sorted();
        let mut cached = self.lists.borrow_mut();
        cached.push((is_whole, matcher.clone(), lists.clone()));
        Ok(lists)
    }

    /// The movies with a term of a range.
    pub fn within(&self, range: &TermRange) -> Result<MergedLists<'_>, QueryError> {
        let mut lists = self.no_lists();
        lists.add_range(range.kind.term(&range.from), &range.kind.term(&range.to))?;
        Ok(lists.sorted())
    }

    /// The movies of which a title has the hash of one of these keys.
    pub fn titled(&self, kind: TermKind, keys: &[String]) -> Result<MergedLists<'_>, QueryError> {
        let mut lists = self.no_lists();
        for key in keys {
            let numbers = TitleNumbers::new(self.movies());
            lists.add_titled(kind.term(""), numbers, title_hash(key))?;
        }
        Ok(lists.sorted())
    }

    /// The first word of titles that is not less than `from`.
    pub fn first_word(&self, from: &str) -> Result<Option<String>, QueryError> {
        self.budget.spend(PIECE_STEPS)?;
        let mut statement = self.connection.prepare_cached(self.sql.first_term)?;
        let term: Option<String> = statement
            .query_row([TermKind::Word.term(from)], |row| row.get(0))
            .optional()?;
        Ok(term.and_then(|term| {
            term.strip_prefix(TermKind::Word.letter())
                .map(str::to_owned)
        }))
    }
}

/// The name at a place of a block. Each name is stored as the number of bytes that it shares with the
/// one before, the number of its other bytes, and those bytes.
pub(super) fn name_in_block(block: &[u8], place: usize) -> Option<String> {
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
