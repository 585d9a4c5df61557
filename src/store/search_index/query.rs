//! Answering a search, one page at a time.

use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError};
use super::delta::Delta;
use super::page::{PageBuilder, PageEnd};
use super::row_lookup::RowLookup;
use super::segment::SMALL_GROUP;
use crate::movie::MovieRef;
use crate::search::{Filter, Interpretation, Query, Rank};
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
    with: impl FnMut(MovieRef<'_>) -> T,
) -> Result<Vec<T>, StoreError> {
    if search.query.is_empty() && search.filter.is_empty() {
        return Ok(Vec::new());
    }
    let budget = Budget::new(steps);
    let run = || {
        let index = Index {
            base: Base::open(connection, &budget)?,
            delta: Delta::open(connection, &budget)?,
            search,
        };
        let rows = RowLookup::new(path, connection, &budget, &search.filter, with);
        index.answer(rows)
    };
    run().map_err(|error: QueryError| error.about(path))
}

/// Both parts of the index, and what is looked for in them.
struct Index<'c> {
    base: Base<'c>,
    delta: Delta<'c>,
    search: &'c Search,
}

impl Index<'_> {
    fn answer<T>(
        &self,
        mut rows: RowLookup<'_, impl FnMut(MovieRef<'_>) -> T>,
    ) -> Result<Vec<T>, QueryError> {
        let query = &self.search.query;
        let interpretations = query.interpretations();
        let Some(name) = &self.search.after else {
            let found = self.page(&mut rows, &interpretations, None)?;
            if !found.is_empty() || query.is_empty() {
                return Ok(found);
            }
            return self.page(&mut rows, &self.corrected()?, None);
        };
        // A page goes on with what the one before it had understood.
        if let Some(after) = rows.rank(&interpretations, name)? {
            return self.page(&mut rows, &interpretations, Some(after));
        }
        let corrected = self.corrected()?;
        match rows.rank(&corrected, name)? {
            Some(after) => self.page(&mut rows, &corrected, Some(after)),
            None => Err(StoreError::NotAnAnswer(name.clone()).into()),
        }
    }

    /// What may have been meant, when nothing has what was typed.
    fn corrected(&self) -> Result<Vec<Interpretation>, QueryError> {
        self.search.query.corrected(|from| {
            let words = [self.base.first_word(from)?, self.delta.first_word(from)?];
            Ok(words.into_iter().flatten().min())
        })
    }

    fn page<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>) -> T>,
        interpretations: &[Interpretation],
        after: Option<Rank>,
    ) -> Result<Vec<T>, QueryError> {
        if interpretations.is_empty() {
            return Ok(Vec::new());
        }
        let mut portion = self.search.rows.max(SMALL_GROUP) + 1;
        loop {
            let mut page = PageBuilder {
                base: &self.base,
                delta: &self.delta,
                rows,
                interpretations,
                filter: &self.search.filter,
                after: after.as_ref(),
                most: self.search.rows,
                portion,
                found: Vec::new(),
            };
            match page.fill()? {
                PageEnd::Done => return Ok(page.found),
                PageEnd::TooFew => portion *= MORE,
            }
        }
    }
}
