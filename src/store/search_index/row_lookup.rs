//! Reads the rows of the movies that the index finds. A movie whose row does not match is no
//! answer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError, ROW_STEPS};
use super::corpus::Corpus;
use super::delta::Delta;
use super::extras;
use super::request::{Place, Search};
use super::segment::SMALL_GROUP;
use crate::movie::MovieRef;
use crate::search::{
    AnalyzedTitles, CandidateMovie, Interpretation, Placement, QueryMatch, Rank, Score, best_match,
    needs_other_titles, rank,
};

/// The maximum number of movies without a row that a binary search skips.
const MISSING_ROWS: u64 = 64;

/// The corpus and the query of a search.
#[derive(Clone, Copy)]
pub(super) struct SearchContext<'c> {
    pub corpus: Corpus,
    pub path: &'c Path,
    pub connection: &'c Connection,
    pub budget: &'c Budget,
    pub search: &'c Search,
}

/// Reads rows for one search.
pub(super) struct RowLookup<'c, F> {
    context: SearchContext<'c>,
    /// Whether the catalogue has details of any title.
    has_details: bool,
    interpretations: Vec<Interpretation>,
    /// The score of each movie of the base that was read, `None` for one that is no answer.
    scores: HashMap<u64, Option<Score>>,
    titles: AnalyzedTitles,
    /// Makes the result of a movie.
    with: F,
}

/// The result of reading the row of a candidate.
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

impl SearchContext<'_> {
    /// Calls `then` with the row of that name, if there is one.
    fn row<R>(
        &self,
        name: &str,
        then: impl FnOnce(MovieRef<'_>) -> R,
    ) -> Result<Option<R>, QueryError> {
        self.budget.spend(ROW_STEPS)?;
        self.corpus.row(self.path, self.connection, name, then)
    }
}

impl<'c, T, F: FnMut(MovieRef<'_>, QueryMatch<'_>) -> T> RowLookup<'c, F> {
    pub fn new(context: SearchContext<'c>, with: F) -> Result<RowLookup<'c, F>, QueryError> {
        Ok(RowLookup {
            context,
            has_details: context.corpus.has_details(context.connection)?,
            interpretations: Vec::new(),
            scores: HashMap::new(),
            titles: AnalyzedTitles::default(),
            with,
        })
    }

    /// Adds interpretations of the query.
    pub fn interpret(&mut self, more: Vec<Interpretation>) {
        self.interpretations.extend(more);
        self.scores.clear();
    }

    /// Removes all interpretations after this number of them.
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
        let found = self.look(name, Some(Score::MAX), |found, _, movie, _| {
            Some(rank(found?.score, &movie))
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

    /// The votes of the movie of that name, and its score without its other titles.
    pub fn plain_score(&mut self, name: &str) -> Result<Option<(u32, Score)>, QueryError> {
        let found = self.look(name, None, |found, _, movie, _| {
            Some((movie.votes.unwrap_or(0), found?.score))
        })?;
        Ok(found.flatten())
    }

    /// Whether the whole title of the movie of that name was typed.
    pub fn is_whole_title(&mut self, name: &str) -> Result<bool, QueryError> {
        let is_whole = self.look(name, None, |found, _, _, _| {
            found.is_some_and(|found| found.placement >= Placement::Whole)
        })?;
        Ok(is_whole == Some(true))
    }

    /// The movie of that name.
    pub fn of_name(&mut self, name: &str, expected: Score) -> Result<Looked<T>, QueryError> {
        let looked = self.look(name, Some(expected), |found, with, movie, _| {
            let Some(found) = found else {
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

    /// The place of the movie of that name in the order of the search and the result of it, if it is
    /// an answer.
    pub fn placed(&mut self, name: &str) -> Result<Option<(Place, T)>, QueryError> {
        let order = self.context.search.order;
        let found = self.look(name, Some(Score::MAX), |found, with, movie, titles| {
            let found = found?;
            let place = order.place(&movie, titles, found.score);
            Some((place, with(movie, found)))
        })?;
        Ok(found.flatten())
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
                    place = self.context.row(&name, |movie| {
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

    /// Reads the row of that name, if there is one, and calls `then` with its match. Other titles count
    /// only as far as they can be the reason why the score may be `expected`; without it they do not count.
    fn look<R>(
        &mut self,
        name: &str,
        expected: Option<Score>,
        then: impl FnOnce(Option<QueryMatch<'_>>, &mut F, MovieRef<'_>, &AnalyzedTitles) -> R,
    ) -> Result<Option<R>, QueryError> {
        let SearchContext {
            corpus,
            connection,
            search,
            ..
        } = self.context;
        let details = if self.has_details {
            extras::details_of(connection, name)?
        } else {
            Vec::new()
        };
        let (titles, with) = (&mut self.titles, &mut self.with);
        let (interpretations, filter) = (&self.interpretations, &search.filter);
        let is_closed = search.query.is_closed();
        self.context.row(name, |movie| {
            corpus.analyze(titles, &movie);
            let extras = corpus.extras(&details);
            let candidate = CandidateMovie {
                titles,
                movie,
                extras,
            };
            let mut found = best_match(interpretations, is_closed, filter, candidate);
            let plain = found.map(|found| found.score);
            if let Some(expected) = expected
                && needs_other_titles(interpretations, filter, candidate, plain, expected)
            {
                extras::add_others(titles, &details);
                let candidate = CandidateMovie {
                    titles,
                    movie,
                    extras,
                };
                found = best_match(interpretations, is_closed, filter, candidate);
            }
            let shown = search.region.as_ref().filter(|_| found.is_some());
            let shown = shown.and_then(|region| extras::title_in(&movie, &details, region));
            let found = found.map(|found| QueryMatch {
                shown: shown.as_deref(),
                ..found
            });
            then(found, with, movie, titles)
        })
    }
}
