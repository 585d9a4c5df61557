//! Writes the details of imported movies, after the movies.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use hashbrown::HashSet;
use rusqlite::Connection;

use super::compare::{Counts, Plan};
use super::details_spool::SpooledDetails;
use super::packed::Batch;
use crate::store::packed_record::Key;
use crate::store::records;
use crate::store::search_index::QueryError;
use crate::store::tables::persons::PersonValues;
use crate::store::{StoreError, records::DetailsChange};

/// Movies with unchanged plain fields: hashes of their names. If the details of such a movie
/// change, it counts as changed.
#[derive(Default)]
pub(super) struct SameMovies {
    names: HashSet<u64>,
    hasher: RandomState,
}

impl SameMovies {
    /// Adds the movies of a batch that are neither added nor changed.
    pub fn note(&mut self, batch: &Batch, plan: &Plan) {
        for place in 0..batch.len() {
            if plan.is_same(place) {
                self.names.insert(self.hasher.hash_one(batch.name(place)));
            }
        }
    }

    /// Counts a movie whose details were written.
    fn count(&mut self, name: &str, change: DetailsChange, counts: &mut Counts) {
        counts.forgotten += change.forgotten;
        let is_first = change.is_changed
            && self.names.remove(&self.hasher.hash_one(name.as_bytes()))
            && counts.unchanged > 0;
        if is_first {
            counts.unchanged -= 1;
            counts.changed += 1;
        }
    }
}

/// How details are stored.
pub(super) struct DetailsLoad<'l> {
    pub path: &'l Path,
    pub connection: &'l Connection,
    /// The details for which the file has columns.
    pub fields: Vec<&'static str>,
    /// Whether a movie keeps the details that are unknown in the file.
    pub merges: bool,
    pub is_dry_run: bool,
}

impl DetailsLoad<'_> {
    /// Stores all details. `changed` is called with the name of each movie whose details differ.
    pub fn run(
        &self,
        mut spooled: SpooledDetails,
        same: &mut SameMovies,
        counts: &mut Counts,
        mut changed: impl FnMut(&str),
        mut changed_person: impl FnMut(Key, PersonValues<'_>, PersonValues<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), QueryError> {
        let failed =
            |error: std::io::Error| StoreError::Unwritten(self.path.into(), error.to_string());
        let replaces = |name: &str| !self.merges && self.fields.contains(&name);
        while let Some((name, details)) = spooled.next().map_err(failed)? {
            let (connection, is_dry_run) = (self.connection, self.is_dry_run);
            let change = records::put_details(
                connection,
                &name,
                details,
                replaces,
                is_dry_run,
                &mut changed_person,
            )?;
            same.count(&name, change, counts);
            if change.is_changed {
                changed(&name);
            }
        }
        Ok(())
    }
}
