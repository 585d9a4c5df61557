//! Answering a search, one page at a time.

use std::path::Path;

use rusqlite::Connection;

use super::SMALL_GROUP;
use super::base::Base;
use super::budget::{Budget, Trouble};
use super::fresh::Fresh;
use super::page::{End, Page};
use super::rows::Rows;
use crate::movie::View;
use crate::search::{Filter, Query, Rank, Reading};
use crate::store::StoreError;

/// How many times more movies of a group are looked for when too many of them
/// turned out to be no answer.
const MORE: usize = 8;

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    /// What was typed.
    pub query: Query,
    /// Which movies are wanted at all.
    pub filter: Filter,
    /// The name of the movie behind which the page begins.
    pub after: Option<String>,
    /// The most movies of the page.
    pub rows: usize,
}

/// The movies of a page, each as `T`, for at most so many steps.
pub(in crate::store) fn find<T>(
    path: &Path,
    connection: &Connection,
    search: &Search,
    steps: u64,
    with: impl FnMut(View<'_>) -> T,
) -> Result<Vec<T>, StoreError> {
    if search.query.is_empty() && search.filter.is_empty() {
        return Ok(Vec::new());
    }
    let budget = Budget::new(steps);
    let run = || {
        let index = Index {
            base: Base::open(connection, &budget)?,
            fresh: Fresh::open(connection, &budget)?,
            search,
        };
        let rows = Rows::new(path, connection, &budget, &search.filter, with);
        index.answer(rows)
    };
    run().map_err(|trouble: Trouble| trouble.about(path))
}

/// Both parts of the index, and what is looked for in them.
struct Index<'c> {
    base: Base<'c>,
    fresh: Fresh<'c>,
    search: &'c Search,
}

impl Index<'_> {
    fn answer<T>(&self, mut rows: Rows<'_, impl FnMut(View<'_>) -> T>) -> Result<Vec<T>, Trouble> {
        let query = &self.search.query;
        let readings = query.readings();
        let Some(name) = &self.search.after else {
            let found = self.page(&mut rows, &readings, None)?;
            if !found.is_empty() || query.is_empty() {
                return Ok(found);
            }
            return self.page(&mut rows, &self.corrected()?, None);
        };
        // A page goes on with what the one before it had understood.
        if let Some(after) = rows.rank(&readings, name)? {
            return self.page(&mut rows, &readings, Some(after));
        }
        let corrected = self.corrected()?;
        match rows.rank(&corrected, name)? {
            Some(after) => self.page(&mut rows, &corrected, Some(after)),
            None => Err(StoreError::NotAnAnswer(name.clone()).into()),
        }
    }

    /// What may have been meant, when nothing has what was typed.
    fn corrected(&self) -> Result<Vec<Reading>, Trouble> {
        self.search.query.corrected(|from| {
            let words = [self.base.first_word(from)?, self.fresh.first_word(from)?];
            Ok(words.into_iter().flatten().min())
        })
    }

    fn page<T>(
        &self,
        rows: &mut Rows<'_, impl FnMut(View<'_>) -> T>,
        readings: &[Reading],
        after: Option<Rank>,
    ) -> Result<Vec<T>, Trouble> {
        if readings.is_empty() {
            return Ok(Vec::new());
        }
        let mut portion = self.search.rows.max(SMALL_GROUP) + 1;
        loop {
            let mut page = Page {
                base: &self.base,
                fresh: &self.fresh,
                rows,
                readings,
                filter: &self.search.filter,
                after: after.as_ref(),
                most: self.search.rows,
                portion,
                found: Vec::new(),
            };
            match page.fill()? {
                End::Done => return Ok(page.found),
                End::TooFew => portion *= MORE,
            }
        }
    }
}
