//! Updates the index at the end of an import.

use std::path::Path;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError};
use super::corpus::Corpus;
use super::delta;
use super::delta_writer::DeltaWriter;
use super::lifecycle::{MOVIES_PER_DELTA_MOVIE, count_delta, is_indexed};
use super::people;
use super::rebuild::{self, INDEXING};
use crate::config::limits;
use crate::movie::MovieRef;
use crate::search::level;
use crate::store::ProgressObserver;
use crate::store::packed_record::Key;
use crate::store::tables::counters;

/// How many movies a rebuild indexes in the time in which one is written to the delta.
const REBUILT_PER_DELTA_MOVIE: u64 = 25;
/// Movies between two calls of the progress callback.
const MOVIES_PER_LOOK: usize = 512;

/// Collects the changes of an import for the index of a corpus.
///
/// The import calls [`Refresh::added`] or [`Refresh::replaced`] for every movie, in any order, and
/// [`Refresh::finish`] before the commit. `finish` chooses the faster way: it writes the movies to
/// the delta, or it rebuilds the index.
#[derive(Debug)]
pub(in crate::store) struct Refresh {
    corpus: Corpus,
    names: Vec<String>,
    /// Whether there were more changes than names are collected.
    is_much: bool,
}

impl Refresh {
    /// No changes yet.
    pub fn new(corpus: Corpus) -> Refresh {
        Refresh {
            corpus,
            names: Vec::new(),
            is_much: false,
        }
    }

    /// Adds a person with a changed row.
    pub fn person(&mut self, key: Key) {
        if !self.is_much {
            self.added(&people::name_of(key));
        }
    }

    /// Notes a new movie.
    pub fn added(&mut self, name: &str) {
        if self.names.len() == limits::MAX_NAMES_REFRESHED {
            self.is_much = true;
            self.names = Vec::new();
        }
        if !self.is_much {
            self.names.push(name.to_owned());
        }
    }

    /// Notes a replaced movie. A change that leaves the index as it is, such as a few votes more, is
    /// ignored.
    pub fn replaced(
        &mut self,
        connection: &Connection,
        old: &MovieRef<'_>,
        new: &MovieRef<'_>,
    ) -> Result<(), QueryError> {
        let is_same = !tells_apart(old, new)
            && (old.votes == new.votes
                || !delta::is_in_delta(connection, self.corpus.sql(), new.name)?);
        if !is_same {
            self.added(new.name);
        }
        Ok(())
    }

    /// Updates the index in the open transaction.
    pub fn finish(
        mut self,
        connection: &Connection,
        folder: &Path,
        observer: &mut ProgressObserver<'_>,
    ) -> Result<(), QueryError> {
        let corpus = self.corpus;
        let movies = match corpus {
            Corpus::Movies => connection.query_row(counters::MOVIES, [], |row| row.get(0))?,
            // Counting people would take as long as reading them.
            Corpus::People => {
                Base::open(corpus, connection, &Budget::new(u64::MAX))?.movies() as i64
            }
        };
        let movies = movies.unsigned_abs();
        let changed = self.names.len() as u64;
        let delta = changed + count_delta(corpus, connection)?;
        let is_much = self.is_much
            || changed * REBUILT_PER_DELTA_MOVIE > movies
            || changed > 0 && delta * MOVIES_PER_DELTA_MOVIE > movies;
        if is_much || !is_indexed(corpus, connection)? {
            // Names of the greatest length take half of the memory that the rebuild needs.
            drop(self);
            return rebuild::rebuild(corpus, connection, folder, observer);
        }
        // A movie that was put twice is in the list twice.
        self.names.sort_unstable();
        self.names.dedup();
        let mut many = DeltaWriter::new(corpus, connection);
        for (done, name) in self.names.iter().enumerate() {
            if done % MOVIES_PER_LOOK == 0 {
                let all = self.names.len() as u64;
                observer.report(INDEXING, done as u64, all)?;
            }
            match corpus.row(folder, connection, name, |movie| many.put(&movie))? {
                Some(put) => put?,
                None => many.delete(name)?,
            }
        }
        Ok(many.finish()?)
    }
}

/// Whether the index entries of the two differ.
fn tells_apart(one: &MovieRef<'_>, other: &MovieRef<'_>) -> bool {
    let year = |movie: &MovieRef<'_>| movie.released.map(|released| released.year());
    let stars = |movie: &MovieRef<'_>| movie.rating.map(f64::trunc);
    let level = |movie: &MovieRef<'_>| level(movie.votes.unwrap_or(0));
    (one.title, one.original_title) != (other.title, other.original_title)
        || (year(one), stars(one), level(one)) != (year(other), stars(other), level(other))
        || !one.genres.iter().eq(other.genres.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_are_remembered_and_no_more() {
        let mut refresh = Refresh::new(Corpus::Movies);
        for _ in 0..limits::MAX_NAMES_REFRESHED {
            refresh.added("m");
        }
        assert!(!refresh.is_much);
        refresh.added("m");
        assert!(refresh.is_much && refresh.names.is_empty());
        refresh.added("m");
        assert!(refresh.names.is_empty());
    }
}
