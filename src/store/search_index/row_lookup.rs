//! The rows of the movies that an index names. What a row does not bear out is no answer.

use std::cmp::Reverse;
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError, ROW_STEPS};
use super::delta::{Delta, DeltaKey};
use super::segment::SMALL_GROUP;
use crate::movie::MovieRef;
use crate::search::{AnalyzedTitles, Filter, Group, Interpretation, Rank, group, rank};
use crate::store::tables::movies;

/// Movies without a row that a binary search steps over.
const MISSING_ROWS: u64 = 64;

/// The rows of movies, as one search looks at them.
pub(super) struct RowLookup<'c, F> {
    path: &'c Path,
    connection: &'c Connection,
    budget: &'c Budget,
    filter: &'c Filter,
    titles: AnalyzedTitles,
    /// Makes of a movie what is asked for.
    with: F,
}

/// A movie that was looked up and belongs where it was found.
pub(super) struct FoundMovie<T> {
    /// Its place.
    pub rank: Rank,
    /// What was asked for.
    pub row: T,
}

impl<'c, T, F: FnMut(MovieRef<'_>) -> T> RowLookup<'c, F> {
    pub fn new(
        path: &'c Path,
        connection: &'c Connection,
        budget: &'c Budget,
        filter: &'c Filter,
        with: F,
    ) -> RowLookup<'c, F> {
        RowLookup {
            path,
            connection,
            budget,
            filter,
            titles: AnalyzedTitles::default(),
            with,
        }
    }

    /// The rank of the movie of that name, if it is an answer.
    pub fn rank(
        &mut self,
        interpretations: &[Interpretation],
        name: &str,
    ) -> Result<Option<Rank>, QueryError> {
        let filter = self.filter;
        let found = self.look(name, |titles, _, movie| {
            group(interpretations, filter, titles, &movie).map(|group| rank(group, &movie))
        })?;
        Ok(found.flatten())
    }

    /// A movie of the base, if it is in this group. One that is delta counts there alone.
    pub fn in_base_group(
        &mut self,
        base: &Base<'_>,
        delta: &Delta<'_>,
        movie: u64,
        group: Group,
        interpretations: &[Interpretation],
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        match base.name(movie)? {
            Some(name) if !delta.has(&name)? => self.of_group(&name, group, interpretations),
            _ => Ok(None),
        }
    }

    /// A delta movie, if it is in this group.
    pub fn in_delta_group(
        &mut self,
        (_, name): &DeltaKey,
        group: Group,
        interpretations: &[Interpretation],
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        self.of_group(name, group, interpretations)
    }

    fn of_group(
        &mut self,
        name: &str,
        expected: Group,
        interpretations: &[Interpretation],
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        let filter = self.filter;
        let found = self.look(name, |titles, with, movie| {
            let is_here = group(interpretations, filter, titles, &movie) == Some(expected);
            is_here.then(|| FoundMovie {
                rank: rank(expected, &movie),
                row: with(movie),
            })
        })?;
        Ok(found.flatten())
    }

    /// The first movie of a range of the base that is behind a rank, by votes
    /// and name. It may be an earlier one when votes have changed meanwhile.
    pub fn behind(
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
                    place = self.look(&name, |_, _, movie| {
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

    /// Does something with the row of that name, if there is one.
    fn look<R>(
        &mut self,
        name: &str,
        then: impl FnOnce(&AnalyzedTitles, &mut F, MovieRef<'_>) -> R,
    ) -> Result<Option<R>, QueryError> {
        self.budget.spend(ROW_STEPS)?;
        let mut statement = self.connection.prepare_cached(movies::BY_NAME)?;
        let (titles, with) = (&mut self.titles, &mut self.with);
        Ok(movies::by_name(self.path, &mut statement, name, |movie| {
            titles.analyze(&movie);
            then(titles, with, movie)
        })?)
    }
}
