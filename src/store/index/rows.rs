//! The rows of the movies that an index names. What a row does not bear out is no answer.

use std::cmp::Reverse;
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, ROW_STEPS, Trouble};
use super::fresh::{Fresh, Key};
use crate::movie::View;
use crate::search::{Filter, Group, Rank, Reading, Titles, group, rank};
use crate::store::tables::movies;

/// Movies without a row that a binary search steps over.
const MISSING_ROWS: u64 = 64;

/// The rows of movies, as one search looks at them.
pub(super) struct Rows<'c, F> {
    path: &'c Path,
    connection: &'c Connection,
    budget: &'c Budget,
    filter: &'c Filter,
    titles: Titles,
    /// Makes of a movie what is asked for.
    with: F,
}

/// A movie that was looked up and belongs where it was found.
pub(super) struct Found<T> {
    /// Its place.
    pub rank: Rank,
    /// What was asked for.
    pub row: T,
}

impl<'c, T, F: FnMut(View<'_>) -> T> Rows<'c, F> {
    pub fn new(
        path: &'c Path,
        connection: &'c Connection,
        budget: &'c Budget,
        filter: &'c Filter,
        with: F,
    ) -> Rows<'c, F> {
        Rows {
            path,
            connection,
            budget,
            filter,
            titles: Titles::default(),
            with,
        }
    }

    /// The rank of the movie of that name, if it is an answer.
    pub fn rank(&mut self, readings: &[Reading], name: &str) -> Result<Option<Rank>, Trouble> {
        let filter = self.filter;
        let found = self.look(name, |titles, _, movie| {
            group(readings, filter, titles, &movie).map(|group| rank(group, &movie))
        })?;
        Ok(found.flatten())
    }

    /// A movie of the base, if it is in this group. One that is fresh counts there alone.
    pub fn of_base(
        &mut self,
        base: &Base<'_>,
        fresh: &Fresh<'_>,
        movie: u64,
        group: Group,
        readings: &[Reading],
    ) -> Result<Option<Found<T>>, Trouble> {
        match base.name(movie)? {
            Some(name) if !fresh.has(&name)? => self.of_group(&name, group, readings),
            _ => Ok(None),
        }
    }

    /// A fresh movie, if it is in this group.
    pub fn of_fresh(
        &mut self,
        (_, name): &Key,
        group: Group,
        readings: &[Reading],
    ) -> Result<Option<Found<T>>, Trouble> {
        self.of_group(name, group, readings)
    }

    fn of_group(
        &mut self,
        name: &str,
        expected: Group,
        readings: &[Reading],
    ) -> Result<Option<Found<T>>, Trouble> {
        let filter = self.filter;
        let found = self.look(name, |titles, with, movie| {
            let is_here = group(readings, filter, titles, &movie) == Some(expected);
            is_here.then(|| Found {
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
    ) -> Result<u64, Trouble> {
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
        Ok(low
            .saturating_sub(super::SMALL_GROUP as u64)
            .max(range.start))
    }

    /// Does something with the row of that name, if there is one.
    fn look<R>(
        &mut self,
        name: &str,
        then: impl FnOnce(&Titles, &mut F, View<'_>) -> R,
    ) -> Result<Option<R>, Trouble> {
        self.budget.spend(ROW_STEPS)?;
        let mut statement = self.connection.prepare_cached(movies::BY_NAME)?;
        let (titles, with) = (&mut self.titles, &mut self.with);
        Ok(movies::by_name(self.path, &mut statement, name, |movie| {
            titles.fold(&movie);
            then(titles, with, movie)
        })?)
    }
}
