//! Joins the rows of a file to movies of the catalogue by title and year.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::CliError;
use crate::cli::terminal::safe_stderr;
use crate::config::limits;
use crate::import::{ImportedMovie, title_key};
use crate::movie::{Details, Movie, MovieRef};
use crate::store::{ReadTransaction, Reader, StoreError};

/// If several movies have the title and year, the one with this many times the votes of the next is
/// chosen.
const CLEAR_MAJORITY: u64 = 10;

/// Rows that wait to be joined.
#[derive(Default)]
pub(super) struct TitleMatcher {
    rows: Vec<(Movie, Option<Box<Details>>)>,
    /// The rows of a title.
    by_title: HashMap<String, Vec<usize>>,
}

/// The movies of the catalogue that fit a row.
#[derive(Clone, Default)]
struct Candidates {
    best: Option<(String, u64)>,
    second_votes: Option<u64>,
    count: u64,
}

/// How many rows were joined.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MatchCounts {
    pub joined: u64,
    pub not_joined: u64,
}

impl TitleMatcher {
    /// Takes a row.
    ///
    /// # Errors
    /// More rows than [`limits::MAX_MATCHED_ROWS`].
    pub fn add(&mut self, row: ImportedMovie<'_>) -> Result<(), CliError> {
        if self.rows.len() >= limits::MAX_MATCHED_ROWS {
            return Err(CliError::TooManyRowsToMatch);
        }
        let movie = row.movie.to_movie();
        let movie = movie.expect("every row is checked where it is read");
        let place = self.rows.len();
        self.by_title
            .entry(title_key(&movie.title))
            .or_default()
            .push(place);
        self.rows.push((movie, row.details.cloned().map(Box::new)));
        Ok(())
    }

    /// Gives every row with the name of its movie, or with its own name where it is
    /// not joined, and lists the latter.
    ///
    /// # Errors
    /// A catalogue that cannot be read, or an interruption.
    pub fn join(
        self,
        catalogue: &Path,
        interrupted: &AtomicBool,
        mut put: impl FnMut(ImportedMovie<'_>) -> Result<(), CliError>,
    ) -> Result<MatchCounts, CliError> {
        let candidates = self.candidates(catalogue, interrupted)?;
        let mut counts = MatchCounts::default();
        for ((row, details), candidates) in self.rows.into_iter().zip(candidates) {
            let details = details.as_deref();
            if let Some(name) = candidates.clear() {
                counts.joined += 1;
                let movie = MovieRef { name, ..row.view() };
                put(ImportedMovie { movie, details })?;
                continue;
            }
            if counts.not_joined < limits::MAX_REPORTED_FAULTS as u64 {
                // Standard error may be closed. The count is printed at the end.
                let _ = writeln!(safe_stderr(), "{}", candidates.refusal(&row));
            }
            counts.not_joined += 1;
            let movie = row.view();
            put(ImportedMovie { movie, details })?;
        }
        Ok(counts)
    }

    /// For each row the movies that fit it, in one pass over the catalogue.
    fn candidates(
        &self,
        catalogue: &Path,
        interrupted: &AtomicBool,
    ) -> Result<Vec<Candidates>, CliError> {
        let mut all = vec![Candidates::default(); self.rows.len()];
        let mut reader = Reader::open(catalogue)?;
        ReadTransaction::new(&mut reader).all(|movie| {
            if interrupted.load(Ordering::Relaxed) {
                return Err(StoreError::Interrupted);
            }
            let title = title_key(movie.title);
            let original = movie.original_title.map(title_key);
            let year = movie.released.map(|released| released.year());
            let titles = [
                Some(&title),
                original.as_ref().filter(|other| **other != title),
            ];
            for place in titles
                .into_iter()
                .flatten()
                .filter_map(|key| self.by_title.get(key))
                .flatten()
            {
                let wanted = self.rows[*place].0.released.map(|released| released.year());
                if wanted.is_none() || year == wanted {
                    all[*place].add(movie.name, movie.votes.unwrap_or(0).into());
                }
            }
            Ok(())
        })?;
        Ok(all)
    }
}

impl Candidates {
    fn add(&mut self, name: &str, votes: u64) {
        self.count += 1;
        match &self.best {
            Some((_, best)) if votes <= *best => {
                self.second_votes = self.second_votes.max(Some(votes));
            }
            before => {
                self.second_votes = before
                    .as_ref()
                    .map(|(_, votes)| *votes)
                    .max(self.second_votes);
                self.best = Some((name.to_owned(), votes));
            }
        }
    }

    /// The name of the movie, if it is clear which one is meant.
    fn clear(&self) -> Option<&str> {
        let (name, votes) = self.best.as_ref()?;
        let is_clear = match self.second_votes {
            None => true,
            Some(second) => *votes >= CLEAR_MAJORITY && *votes >= second * CLEAR_MAJORITY,
        };
        is_clear.then_some(name)
    }

    fn refusal(&self, row: &Movie) -> String {
        let year = row
            .released
            .map(|released| format!(" ({})", released.year()));
        let title = row.title.escape_debug();
        match self.count {
            0 => format!(
                "`{title}`{}: not joined, the catalogue has no such title",
                year.unwrap_or_default()
            ),
            count => format!(
                "`{title}`{}: not joined, {count} movies of the catalogue have that title",
                year.unwrap_or_default()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movie_is_meant_when_it_is_alone_or_known_by_far() {
        let chosen = |votes: &[u64]| {
            let mut candidates = Candidates::default();
            for (place, votes) in votes.iter().enumerate() {
                candidates.add(&place.to_string(), *votes);
            }
            candidates.clear().map(str::to_owned)
        };
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[0]).as_deref(), Some("0"));
        assert_eq!(chosen(&[0, 0]), None);
        assert_eq!(chosen(&[5, 100]).as_deref(), Some("1"));
        assert_eq!(chosen(&[100, 5, 11]), None);
        assert_eq!(chosen(&[1, 2000, 3, 150]).as_deref(), Some("1"));
    }
}
