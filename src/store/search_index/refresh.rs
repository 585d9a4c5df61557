//! Bringing the index up to date at the end of an import.

use std::path::Path;

use rusqlite::Connection;

use super::budget::QueryError;
use super::delta;
use super::delta_writer::DeltaWriter;
use super::lifecycle::{MOVIES_PER_DELTA_MOVIE, count_delta, is_indexed};
use super::rebuild::{self, Progress, Watch};
use crate::config::limits;
use crate::movie::View;
use crate::search::level;
use crate::store::tables::movies;

/// How many movies are indexed anew in the time in which one is made delta.
const REBUILT_PER_DELTA_MOVIE: u64 = 25;
/// Movies between two looks at the progress.
const MOVIES_PER_LOOK: usize = 512;

/// What an import has changed, for the index.
///
/// [`Refresh::added`] or [`Refresh::replaced`] is told of every movie, in any
/// order, and then, before the transaction is committed, [`Refresh::finish`]
/// does what is less work: it makes these movies delta, or it indexes all anew.
#[derive(Debug, Default)]
pub(in crate::store) struct Refresh {
    names: Vec<String>,
    /// Whether there were too many to remember.
    is_much: bool,
}

impl Refresh {
    /// There is a new movie.
    pub fn added(&mut self, name: &str) {
        if self.names.len() == limits::MAX_NAMES_REFRESHED {
            self.is_much = true;
            self.names = Vec::new();
        }
        if !self.is_much {
            self.names.push(name.to_owned());
        }
    }

    /// A movie has taken the place of another of its name. What the index does
    /// not tell apart, above all a few votes more, costs nothing.
    pub fn replaced(
        &mut self,
        connection: &Connection,
        old: &View<'_>,
        new: &View<'_>,
    ) -> Result<(), QueryError> {
        let is_same = !tells_apart(old, new)
            && (old.votes == new.votes || !delta::is_in_delta(connection, new.name)?);
        if !is_same {
            self.added(new.name);
        }
        Ok(())
    }

    /// Brings the index up to date, in the transaction that is open.
    pub fn finish(
        mut self,
        connection: &Connection,
        folder: &Path,
        watch: &mut Watch<'_>,
    ) -> Result<(), QueryError> {
        let movies: i64 = connection.query_row(movies::COUNT, [], |row| row.get(0))?;
        let movies = movies.unsigned_abs();
        let changed = self.names.len() as u64;
        let delta = changed + count_delta(connection)?;
        let is_much = self.is_much
            || changed * REBUILT_PER_DELTA_MOVIE > movies
            || changed > 0 && delta * MOVIES_PER_DELTA_MOVIE > movies;
        if is_much || !is_indexed(connection)? {
            // NameCollector of the greatest length take half as much memory as the indexing.
            drop(self);
            return rebuild::rebuild(connection, folder, watch);
        }
        // One that was put twice stands here twice.
        self.names.sort_unstable();
        self.names.dedup();
        let mut statement = connection.prepare(movies::BY_NAME)?;
        let mut many = DeltaWriter::new(connection);
        for (done, name) in self.names.iter().enumerate() {
            if done % MOVIES_PER_LOOK == 0 {
                let all = self.names.len();
                watch(Progress { done, all })?;
            }
            match movies::by_name(folder, &mut statement, name, |movie| many.put(&movie))? {
                Some(put) => put?,
                None => many.delete(name)?,
            }
        }
        Ok(many.finish()?)
    }
}

/// Whether the index has other entries for one than for the other.
fn tells_apart(one: &View<'_>, other: &View<'_>) -> bool {
    let year = |movie: &View<'_>| movie.released.map(|released| released.year());
    let stars = |movie: &View<'_>| movie.rating.map(f64::trunc);
    let level = |movie: &View<'_>| level(movie.votes.unwrap_or(0));
    (one.title, one.original_title) != (other.title, other.original_title)
        || (year(one), stars(one), level(one)) != (year(other), stars(other), level(other))
        || !one.genres.iter().eq(other.genres.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_are_remembered_and_no_more() {
        let mut refresh = Refresh::default();
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
