//! Rows as an import gives them: lent, one at a time, so that the largest files
//! need no memory of their own for each row.

use super::fault::Fault;
use crate::movie::{Movie, View};

/// The rows of one file.
pub(super) trait Rows: Send {
    /// The next row that is to become a movie, valid, until the one behind it is asked for.
    fn next(&mut self) -> Option<Result<View<'_>, Fault>>;

    /// Rows that were passed over until now because nobody wants them.
    fn passed_over(&self) -> u64 {
        0
    }
}

/// Rows of a format that makes a movie of each.
pub(super) struct Owned<I> {
    movies: I,
    last: Option<Movie>,
}

impl<I: Iterator<Item = Result<Movie, Fault>>> Owned<I> {
    pub fn new(movies: I) -> Owned<I> {
        Owned { movies, last: None }
    }
}

impl<I: Iterator<Item = Result<Movie, Fault>> + Send> Rows for Owned<I> {
    fn next(&mut self) -> Option<Result<View<'_>, Fault>> {
        let movie = self.movies.next()?;
        Some(movie.map(|movie| self.last.insert(movie).view()))
    }
}
