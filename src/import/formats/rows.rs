//! Rows are lent one at a time, so that the largest files need no allocation for
//! each row.

use crate::import::errors::RowError;
use crate::movie::{Movie, MovieRef};

/// The rows of one file.
pub(crate) trait MovieRows: Send {
    /// The next valid movie, lent until the following call.
    fn next(&mut self) -> Option<Result<MovieRef<'_>, RowError>>;

    /// Rows that were skipped so far because their type was not asked for.
    fn skipped(&self) -> u64 {
        0
    }
}

/// Rows of a format that allocates a movie for each.
pub(crate) struct OwnedRows<I> {
    movies: I,
    last: Option<Movie>,
}

impl<I: Iterator<Item = Result<Movie, RowError>>> OwnedRows<I> {
    pub fn new(movies: I) -> OwnedRows<I> {
        OwnedRows { movies, last: None }
    }
}

impl<I: Iterator<Item = Result<Movie, RowError>> + Send> MovieRows for OwnedRows<I> {
    fn next(&mut self) -> Option<Result<MovieRef<'_>, RowError>> {
        let movie = self.movies.next()?;
        Some(movie.map(|movie| self.last.insert(movie).view()))
    }
}
