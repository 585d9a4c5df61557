//! `FIND`: answers a search, a page at a time.
//!
//! The query is first taken as it was typed. When nothing known is found, corrected spellings and
//! spaces are tried too, and then fewer words. All interpretations count together: each has a
//! penalty, and the score of a movie is that of its best one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError};
use super::delta::Delta;
use super::page::{PageBuilder, PageEnd};
use super::row_lookup::RowLookup;
use super::segment::{SMALL_GROUP, Segment};
use crate::movie::MovieRef;
use crate::search::{
    Cursor, Filter, Interpretation, Query, QueryMatch, Rank, Score, TermMatcher, Vocabulary, score,
};
use crate::store::StoreError;

/// How many times more candidates are looked up when too few of them were answers.
const MORE: usize = 8;

/// Corrected spellings and fewer words are tried when the score of the best answer is that of a movie
/// with fewer levels than the best known one by more than this: a sixty-fourth of its votes.
const LEVELS_BEFORE_RELAXING: u8 = 6;
/// The same for another word in place of a known one.
const LEVELS_BEFORE_OTHER_WORDS: u8 = 11;

/// A request for a page of `FIND`.
#[derive(Clone, Debug)]
pub struct Search {
    /// What was typed.
    pub query: Query,
    /// The filter.
    pub filter: Filter,
    /// The page begins after the movie of this name.
    pub after: Option<String>,
    /// The most movies of the page.
    pub rows: usize,
}

/// The movies of a page, each as `with` makes it, in at most `steps` steps.
pub(in crate::store) fn find<T>(
    path: &Path,
    connection: &Connection,
    search: &Search,
    steps: u64,
    with: impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T,
) -> Result<Vec<T>, StoreError> {
    if search.query.is_empty() && search.filter.is_empty() {
        return Ok(Vec::new());
    }
    let budget = Budget::new(steps);
    let run = || {
        let index = IndexSearch::open(connection, &budget, search)?;
        let is_closed = search.query.is_closed();
        let mut rows = RowLookup::new(path, connection, &budget, &search.filter, is_closed, with);
        index.answer(&mut rows)
    };
    run().map_err(|error: QueryError| error.about(path))
}

/// The interpretations of a search.
#[cfg(test)]
pub(super) fn interpretations(
    path: &Path,
    connection: &Connection,
    search: &Search,
) -> Result<Vec<Interpretation>, StoreError> {
    let budget = Budget::new(u64::MAX);
    let run = || {
        let index = IndexSearch::open(connection, &budget, search)?;
        let is_closed = search.query.is_closed();
        let filter = &search.filter;
        let mut rows = RowLookup::new(path, connection, &budget, filter, is_closed, |_, _| ());
        index.answer(&mut rows)?;
        Ok(rows.interpretations)
    };
    run().map_err(|error: QueryError| error.about(path))
}

/// Makes further interpretations of a query.
type Relax<'r> = &'r dyn Fn() -> Result<Vec<Interpretation>, QueryError>;

/// Both segments of the index, and the search.
struct IndexSearch<'c> {
    base: Base<'c>,
    delta: Delta<'c>,
    search: &'c Search,
    /// Texts that were looked up, each with the first word that is not less. There is no word
    /// between the two.
    first_words: RefCell<BTreeMap<String, Option<String>>>,
}

/// The rows of a page, and the score of the first one.
struct PageRows<T> {
    rows: Vec<T>,
    best: Option<Score>,
}

impl<'c> IndexSearch<'c> {
    fn open(
        connection: &'c Connection,
        budget: &'c Budget,
        search: &'c Search,
    ) -> Result<IndexSearch<'c>, QueryError> {
        Ok(IndexSearch {
            base: Base::open(connection, budget)?,
            delta: Delta::open(connection, budget)?,
            search,
            first_words: RefCell::default(),
        })
    }

    fn answer<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
    ) -> Result<Vec<T>, QueryError> {
        let query = &self.search.query;
        rows.interpretations = query.interpretations();
        // A later page needs only the best answer to find the interpretations of the first page.
        let most = if self.search.after.is_some() {
            1
        } else {
            self.search.rows
        };
        let mut found = self.page(rows, most, None)?;
        let steps: [(u8, Relax<'_>); 3] = [
            (LEVELS_BEFORE_RELAXING, &|| query.corrected(self)),
            (LEVELS_BEFORE_RELAXING, &|| query.with_fewer_words(self)),
            (LEVELS_BEFORE_OTHER_WORDS, &|| query.with_another_word(self)),
        ];
        for (levels, relax) in steps {
            if query.is_empty() || found.best >= self.score_below(levels) && found.best.is_some() {
                break;
            }
            let more = relax()?;
            if !more.is_empty() {
                rows.interpretations.extend(more);
                found = self.page(rows, most, None)?;
            }
        }
        let Some(name) = &self.search.after else {
            return Ok(found.rows);
        };
        match rows.rank(name)? {
            Some(after) => Ok(self.page(rows, self.search.rows, Some(after))?.rows),
            None => Err(StoreError::NotAnAnswer(name.clone()).into()),
        }
    }

    /// The score of a movie with so many levels less than the best known one. `None` when there is
    /// no such level, so that every answer is good enough.
    fn score_below(&self, levels: u8) -> Option<Score> {
        let level = self.base.highest_level().checked_sub(levels)?;
        Some(score(level, 0, 0))
    }

    fn page<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
        most: usize,
        after: Option<Rank>,
    ) -> Result<PageRows<T>, QueryError> {
        let interpretations = rows.interpretations.clone();
        let mut portion = most.max(SMALL_GROUP) + 1;
        loop {
            let mut page = PageBuilder {
                base: &self.base,
                delta: &self.delta,
                rows,
                interpretations: &interpretations,
                is_closed: self.search.query.is_closed(),
                filter: &self.search.filter,
                after: after.as_ref(),
                most,
                portion,
                found: Vec::new(),
                best: None,
            };
            match page.fill()? {
                PageEnd::Done => {
                    return Ok(PageRows {
                        rows: page.found,
                        best: page.best,
                    });
                }
                PageEnd::TooFew => portion *= MORE,
            }
        }
    }
}

impl Vocabulary for IndexSearch<'_> {
    type Error = QueryError;

    fn first_word(&self, from: &str) -> Result<Option<String>, QueryError> {
        let mut known = self.first_words.borrow_mut();
        let before = known
            .range::<str, _>((Bound::Unbounded, Bound::Included(from)))
            .next_back();
        if let Some((_, first)) = before
            && first.as_deref().is_none_or(|first| first >= from)
        {
            return Ok(first.clone());
        }
        let words = [self.base.first_word(from)?, self.delta.first_word(from)?];
        let first = words.into_iter().flatten().min();
        known.insert(from.to_owned(), first.clone());
        Ok(first)
    }

    fn count(&self, matcher: &TermMatcher) -> Result<u64, QueryError> {
        Ok(Segment::having(&self.base, matcher)?.size()
            + Segment::having(&self.delta, matcher)?.size())
    }

    fn movies(&self) -> u64 {
        self.base.movies()
    }
}
