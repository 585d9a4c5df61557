//! Many movies in one transaction, for an import.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::index::{Refresh, Trouble, Watch};
use super::{StoreError, movies, open};
use crate::movie::Movie;

/// What became of one movie of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// There was none of that name.
    Added,
    /// It took the place of the one of that name, and its id.
    Replaced,
}

/// An import under way: one transaction, in which nobody else can write.
/// Readers see the catalogue as it was until [`Loader::commit`]; dropping the
/// loader before leaves it so.
pub struct Loader {
    path: PathBuf,
    connection: Connection,
    added: i64,
    next_id: i64,
    /// What of the index is to be brought up to date; nothing once it is.
    refresh: Option<Refresh>,
}

impl Loader {
    /// Opens the catalogue, brings it to the level of this program and begins.
    ///
    /// # Errors
    /// A file that is missing, foreign, damaged, newer, locked or not writable.
    pub fn begin(path: &Path) -> Result<Loader, StoreError> {
        open::migrate(path)?;
        let connection = open::for_writing(path)?;
        let begin = || {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            connection.query_row(movies::NEXT_ID, [], |row| row.get(0))
        };
        let next_id = begin().map_err(|error| StoreError::sqlite(path, error))?;
        Ok(Loader {
            path: path.to_path_buf(),
            connection,
            added: 0,
            next_id,
            refresh: Some(Refresh::default()),
        })
    }

    /// Adds the movie, or replaces the one of that name.
    ///
    /// # Errors
    /// What SQLite says; the import cannot go on.
    pub fn put(&mut self, movie: &Movie) -> Result<Put, StoreError> {
        let mut values = movies::values(movie);
        values.push(Value::Integer(self.next_id));
        let refresh = self.refresh.get_or_insert_default();
        let mut put = |values: &[Value]| -> Result<Put, Trouble> {
            let mut add = self.connection.prepare_cached(movies::LOAD)?;
            if add.execute(params_from_iter(values))? == 1 {
                refresh.added(&movie.name);
                return Ok(Put::Added);
            }
            let mut old = self.connection.prepare_cached(movies::BY_NAME)?;
            movies::by_name(&self.path, &mut old, &movie.name, |old| {
                refresh.replaced(&self.connection, &old, &movie.view())
            })?
            .transpose()?;
            let mut replace = self.connection.prepare_cached(movies::REPLACE)?;
            replace.execute(params_from_iter(&values[..values.len() - 1]))?;
            Ok(Put::Replaced)
        };
        let put = put(&values).map_err(|trouble| trouble.about(&self.path))?;
        if put == Put::Added {
            self.added += 1;
            self.next_id += 1;
        }
        Ok(put)
    }

    /// Brings the search index up to date with what was put until now: either
    /// movie by movie or, when there were many, all of it. `watch` is told how
    /// far it is, and may end it by an error.
    ///
    /// # Errors
    /// That error, or what SQLite says; the import cannot go on.
    pub fn index(&mut self, watch: &mut Watch<'_>) -> Result<(), StoreError> {
        let Some(refresh) = self.refresh.take() else {
            return Ok(());
        };
        let folder = open::folder_of(&self.path);
        self.connection
            .execute(movies::COUNT_LOADED, [self.added, self.next_id])
            .map_err(|error| StoreError::sqlite(&self.path, error))?;
        self.added = 0;
        refresh
            .finish(&self.connection, folder, watch)
            .map_err(|trouble| trouble.about(&self.path))
    }

    /// Makes the import durable and visible, after [`Loader::index`].
    ///
    /// # Errors
    /// What SQLite says; then nothing of the import is in the catalogue.
    pub fn commit(mut self) -> Result<(), StoreError> {
        self.index(&mut |_| Ok(()))?;
        self.connection
            .execute_batch("COMMIT")
            .map_err(|error| StoreError::sqlite(&self.path, error))
    }
}
