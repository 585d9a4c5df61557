//! `LIST`: a page of the movies that a filter admits, in the order of their names.
//!
//! When the filter admits many movies, the rows are read in order and filtered. When it admits few,
//! the posting lists of its terms are read, and their first names are taken.

use std::collections::BinaryHeap;
use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError, ROW_STEPS};
use super::corpus::Corpus;
use super::delta::Delta;
use super::segment::Segment;
use crate::movie::MovieRef;
use crate::search::{Cursor, Filter, Intersection};
use crate::store::StoreError;
use crate::store::tables::movies;

/// The cost of reading the next row in order.
const NEXT_ROW_STEPS: u64 = 300;
/// The cost of a movie of a list and its name.
const NAME_STEPS: u64 = 50;
/// Names that are collected beyond the page, because a row may not confirm some.
const SPARE_NAMES: usize = 64;
/// How many times more names are collected when the rows did not confirm enough.
const MORE: usize = 8;

/// A request for a page of `LIST`.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The filter.
    pub filter: Filter,
    /// The page begins after this name, which need not exist.
    pub after: Option<String>,
    /// The maximum number of movies of the page.
    pub rows: usize,
}

/// The movies of a page, each as `with` makes it, in at most `steps` steps.
pub(in crate::store) fn list<T>(
    path: &Path,
    connection: &Connection,
    listing: &Listing,
    steps: u64,
    with: impl FnMut(MovieRef<'_>) -> T,
) -> Result<Vec<T>, StoreError> {
    let mut lister = Lister {
        path,
        connection,
        listing,
        with,
    };
    lister.page(steps).map_err(|error| error.about(path))
}

struct Lister<'c, F> {
    path: &'c Path,
    connection: &'c Connection,
    listing: &'c Listing,
    with: F,
}

impl<T, F: FnMut(MovieRef<'_>) -> T> Lister<'_, F> {
    fn page(&mut self, steps: u64) -> Result<Vec<T>, QueryError> {
        let Listing { filter, rows, .. } = self.listing;
        if filter.is_empty() {
            return self.in_order(&Budget::new(u64::MAX));
        }
        let budget = Budget::new(steps);
        let (base, delta) = (
            Base::open(Corpus::Movies, self.connection, &budget)?,
            Delta::open(Corpus::Movies, self.connection, &budget)?,
        );
        let mut in_lists = base.movies();
        for range in filter.terms() {
            in_lists = in_lists.min(base.within(&range)?.size());
        }
        let rows_apart = base.movies() / in_lists.max(1) + 1;
        let steps_in_order = rows_apart * *rows as u64 * NEXT_ROW_STEPS;
        let steps_by_lists = in_lists * NAME_STEPS;
        if steps_in_order < steps_by_lists {
            // The admitted movies may all have later names. Then the lists are read after all.
            match self.in_order(&Budget::new(steps_by_lists.min(steps))) {
                Err(QueryError::TooMuchWork) => {}
                page => return page,
            }
        }
        let mut most = rows + SPARE_NAMES;
        loop {
            let mut names = SmallestNames::new(most);
            self.names(&base, &budget, &mut names, |movie| base.name(*movie))?;
            self.names(&delta, &budget, &mut names, |(_, name)| {
                Ok(Some(name.clone()))
            })?;
            let is_cut = names.is_cut;
            let page = self.rows(names.sorted(), &budget)?;
            if page.len() == *rows || !is_cut {
                return Ok(page);
            }
            most *= MORE;
        }
    }

    /// Reads the movies in the order of their names.
    fn in_order(&mut self, budget: &Budget) -> Result<Vec<T>, QueryError> {
        let mut page = Vec::new();
        let after = self.listing.after.as_deref().unwrap_or("");
        let mut statement = self.connection.prepare_cached(movies::FROM)?;
        let mut rows = statement.query([after])?;
        while page.len() < self.listing.rows
            && let Some(row) = rows.next()?
        {
            budget.spend(NEXT_ROW_STEPS)?;
            let movie = movies::view(self.path, row)?;
            if self.listing.filter.admits(&movie) {
                page.push((self.with)(movie));
            }
        }
        Ok(page)
    }

    /// Collects the names of the movies of a segment.
    fn names<P: Segment>(
        &self,
        part: &P,
        budget: &Budget,
        names: &mut SmallestNames,
        name: impl Fn(&P::Movie) -> Result<Option<String>, QueryError>,
    ) -> Result<(), QueryError> {
        let ranges = self.listing.filter.terms();
        let lists: Vec<_> = ranges
            .iter()
            .map(|range| part.within(range))
            .collect::<Result<_, _>>()?;
        let mut matcher = Intersection::new(lists, None, None, None);
        let mut from = part.start(u8::MAX);
        while let Some(found) = matcher.seek(&from)? {
            budget.spend(NAME_STEPS)?;
            from = P::next(&found.movie);
            if let Some(name) = name(&found.movie)?
                && Some(&name) > self.listing.after.as_ref()
            {
                names.add(name);
            }
        }
        Ok(())
    }

    /// The admitted rows of these names, at most a page.
    fn rows(&mut self, names: Vec<String>, budget: &Budget) -> Result<Vec<T>, QueryError> {
        let mut page = Vec::new();
        let mut statement = self.connection.prepare_cached(movies::BY_NAME)?;
        for name in names {
            if page.len() == self.listing.rows {
                break;
            }
            budget.spend(ROW_STEPS)?;
            let with = &mut self.with;
            let row = movies::by_name(self.path, &mut statement, &name, |movie| {
                self.listing.filter.admits(&movie).then(|| with(movie))
            })?;
            page.extend(row.flatten());
        }
        Ok(page)
    }
}

/// Keeps the smallest of many names.
struct SmallestNames {
    most: usize,
    names: BinaryHeap<String>,
    is_cut: bool,
}

impl SmallestNames {
    fn new(most: usize) -> SmallestNames {
        SmallestNames {
            most,
            names: BinaryHeap::new(),
            is_cut: false,
        }
    }

    fn add(&mut self, name: String) {
        if self.names.len() == self.most {
            self.is_cut = true;
            if self.names.peek().is_some_and(|last| *last < name) {
                return;
            }
            self.names.pop();
        }
        self.names.push(name);
    }

    fn sorted(self) -> Vec<String> {
        let mut names = self.names.into_sorted_vec();
        names.dedup();
        names
    }
}
