//! Reads the rows of the movies that the index names. A movie that its row does not confirm is no
//! answer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError, ROW_STEPS};
use super::delta::Delta;
use super::segment::SMALL_GROUP;
use crate::movie::MovieRef;
use crate::search::{
    AnalyzedTitles, Filter, Interpretation, Placement, QueryMatch, Rank, Score, best_match, rank,
};
use crate::store::tables::movies;

/// The most movies without a row that a binary search steps over.
const MISSING_ROWS: u64 = 64;

/// Reads rows for one search.
pub(super) struct RowLookup<'c, F> {
    path: &'c Path,
    connection: &'c Connection,
    budget: &'c Budget,
    filter: &'c Filter,
    interpretations: Vec<Interpretation>,
    /// The score of each movie of the base that was read, `None` for one that is no answer.
    scores: HashMap<u64, Option<Score>>,
    is_closed: bool,
    titles: AnalyzedTitles,
    /// Makes the result of a movie.
    with: F,
}

/// What the row of a candidate shows.
pub(super) enum Looked<T> {
    /// The movie has the expected score.
    Here(FoundMovie<T>),
    /// The movie has a lower score.
    Lower(Score),
    /// The movie has a higher score, by which it was found already.
    Higher(Score),
    /// The movie is no answer, or is found elsewhere.
    Elsewhere,
}

/// An answer.
pub(super) struct FoundMovie<T> {
    /// Its rank.
    pub rank: Rank,
    /// The result.
    pub row: T,
}

impl<'c, T, F: FnMut(MovieRef<'_>, QueryMatch<'_>) -> T> RowLookup<'c, F> {
    pub fn new(
        path: &'c Path,
        connection: &'c Connection,
        budget: &'c Budget,
        filter: &'c Filter,
        is_closed: bool,
        with: F,
    ) -> RowLookup<'c, F> {
        RowLookup {
            path,
            connection,
            budget,
            filter,
            interpretations: Vec::new(),
            scores: HashMap::new(),
            is_closed,
            titles: AnalyzedTitles::default(),
            with,
        }
    }

    /// Adds interpretations of the query.
    pub fn interpret(&mut self, more: Vec<Interpretation>) {
        self.interpretations.extend(more);
        self.scores.clear();
    }

    /// Removes all interpretations except the first so many.
    pub fn keep_interpretations(&mut self, number: usize) {
        self.interpretations.truncate(number);
        self.scores.clear();
    }

    /// The interpretations of the query.
    pub fn interpretations(&self) -> &[Interpretation] {
        &self.interpretations
    }

    /// The rank of the movie of that name, if it is an answer.
    pub fn rank(&mut self, name: &str) -> Result<Option<Rank>, QueryError> {
        let (filter, is_closed) = (self.filter, self.is_closed);
        let found = self.look(name, |titles, interpretations, _, movie| {
            let found = best_match(interpretations, is_closed, filter, titles, &movie)?;
            Some(rank(found.score, &movie))
        })?;
        Ok(found.flatten())
    }

    /// A movie of the base. One that is in the delta counts only there.
    pub fn of_base(
        &mut self,
        base: &Base<'_>,
        delta: &Delta<'_>,
        movie: u64,
        expected: Score,
    ) -> Result<Looked<T>, QueryError> {
        match self.scores.get(&movie) {
            Some(Some(score)) if *score < expected => return Ok(Looked::Lower(*score)),
            Some(Some(score)) if *score > expected => return Ok(Looked::Higher(*score)),
            Some(None) => return Ok(Looked::Elsewhere),
            _ => {}
        }
        let looked = match base.name(movie)? {
            Some(name) if !delta.has(&name)? => self.of_name(&name, expected)?,
            _ => Looked::Elsewhere,
        };
        let score = match &looked {
            Looked::Here(_) => Some(expected),
            Looked::Lower(score) | Looked::Higher(score) => Some(*score),
            Looked::Elsewhere => None,
        };
        self.scores.insert(movie, score);
        Ok(looked)
    }

    /// Whether the whole title of the movie of that name was typed.
    pub fn is_whole_title(&mut self, name: &str) -> Result<bool, QueryError> {
        let (filter, is_closed) = (self.filter, self.is_closed);
        let is_whole = self.look(name, |titles, interpretations, _, movie| {
            let found = best_match(interpretations, is_closed, filter, titles, &movie);
            found.is_some_and(|found| found.placement >= Placement::Whole)
        })?;
        Ok(is_whole == Some(true))
    }

    /// The movie of that name.
    pub fn of_name(&mut self, name: &str, expected: Score) -> Result<Looked<T>, QueryError> {
        let (filter, is_closed) = (self.filter, self.is_closed);
        let looked = self.look(name, |titles, interpretations, with, movie| {
            let Some(found) = best_match(interpretations, is_closed, filter, titles, &movie) else {
                return Looked::Elsewhere;
            };
            if found.score < expected {
                return Looked::Lower(found.score);
            }
            if found.score > expected {
                return Looked::Higher(found.score);
            }
            Looked::Here(FoundMovie {
                rank: rank(expected, &movie),
                row: with(movie, found),
            })
        })?;
        Ok(looked.unwrap_or(Looked::Elsewhere))
    }

    /// The first movie of a range of the base that may be after a rank, by votes and name. Votes may
    /// have changed since the last rebuild, so that it may be an earlier one.
    pub fn first_after(
        &mut self,
        base: &Base<'_>,
        range: Range<u64>,
        after: &Rank,
    ) -> Result<u64, QueryError> {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut place = None;
            for movie in middle..high.min(middle + MISSING_ROWS) {
                if let Some(name) = base.name(movie)? {
                    place = self.look(&name, |_, _, _, movie| {
                        (Reverse(movie.votes.unwrap_or(0)), movie.name.to_owned())
                    })?;
                }
                if place.is_some() {
                    break;
                }
            }
            match place {
                Some((votes, name)) if (votes, &name) <= (after.votes, &after.name) => {
                    low = middle + 1;
                }
                _ => high = middle,
            }
        }
        Ok(low.saturating_sub(SMALL_GROUP as u64).max(range.start))
    }

    /// Reads the row of that name, if there is one.
    fn look<R>(
        &mut self,
        name: &str,
        then: impl FnOnce(&AnalyzedTitles, &[Interpretation], &mut F, MovieRef<'_>) -> R,
    ) -> Result<Option<R>, QueryError> {
        self.budget.spend(ROW_STEPS)?;
        let mut statement = self.connection.prepare_cached(movies::BY_NAME)?;
        let (titles, with) = (&mut self.titles, &mut self.with);
        let interpretations = &self.interpretations;
        Ok(movies::by_name(self.path, &mut statement, name, |movie| {
            titles.analyze(&movie);
            then(titles, interpretations, with, movie)
        })?)
    }
}
