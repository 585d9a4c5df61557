//! The records of an import of IMDb's files, and the interface of their target.

use std::sync::Arc;

use super::blocks::HashChunks;
use super::ids::ImdbKey;
use super::key_set::KeySet;
use super::names::PeopleNames;
use super::title_rows::TitleRows;
use crate::config::limits;
use crate::import::formats::ratings::Ratings;
use crate::movie::MovieRef;
use crate::store::StoreError;

/// The place of an episode in its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpisodePlace {
    /// The series.
    pub series: ImdbKey,
    /// The season.
    pub season: Option<u32>,
    /// The number within the season.
    pub episode: Option<u32>,
}

/// One title with the values of all files.
#[derive(Clone, Copy)]
pub struct ImdbTitle<'a> {
    /// The id.
    pub key: ImdbKey,
    /// The plain fields.
    pub movie: MovieRef<'a>,
    /// IMDb's type.
    pub kind: Option<&'a str>,
    /// Whether it is for adults alone.
    pub adult: Option<bool>,
    /// The year in which a series ended.
    pub ended: Option<u32>,
    /// The place of an episode.
    pub series: Option<EpisodePlace>,
    /// Its other titles and credits.
    pub rows: &'a TitleRows,
    /// The names of its people, where they are to be written next to it.
    pub names: Option<&'a PeopleNames>,
}

/// A person with the values of all files.
#[derive(Clone, Copy, Debug)]
pub struct ImdbPerson<'a> {
    /// The id.
    pub key: ImdbKey,
    /// The full name.
    pub name: Option<&'a str>,
    /// The year of birth.
    pub born: Option<u32>,
    /// The year of death.
    pub died: Option<u32>,
    /// Separated by commas.
    pub professions: &'a str,
    /// The best known titles, as far as they are imported.
    pub known_for: &'a [ImdbKey],
    /// Titles with their votes, in the order of the titles, each once.
    pub films: &'a [(ImdbKey, Option<u32>)],
}

/// The titles that were imported.
#[derive(Clone)]
pub struct TakenTitles {
    pub(super) titles: Arc<KeySet>,
    pub(super) ratings: Arc<Ratings>,
}

impl TakenTitles {
    /// The votes of a title that was imported; `None` for another one.
    pub fn votes(&self, number: u64) -> Option<Option<u32>> {
        let number = u32::try_from(number)
            .ok()
            .filter(|number| *number <= limits::MAX_IMDB_ID)?;
        let is_taken = self.titles.contains(ImdbKey::from_number(number));
        is_taken.then(|| self.ratings.of_number(number).1)
    }
}

/// The number of imported records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImdbCounts {
    /// Titles.
    pub titles: u64,
    /// Their other titles.
    pub akas: u64,
    /// Credits of titles.
    pub credits: u64,
    /// Titles that are episodes.
    pub episodes: u64,
    /// People.
    pub people: u64,
}

/// The records that hashes are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// Titles.
    Titles,
    /// People.
    People,
}

/// The hashes that the last import stored.
#[derive(Debug, Default)]
pub struct StoredHashes {
    /// Those of titles.
    pub titles: HashChunks,
    /// Those of people.
    pub people: HashChunks,
}

/// Takes the records of the files: titles in the order of their ids, then series in the order of
/// theirs, then people.
pub trait ImdbTarget {
    /// Calls `each` with each title that the target has already. Its rating is kept if the files
    /// have none.
    ///
    /// # Errors
    /// They could not be read.
    fn stored_titles(&self, each: &mut dyn FnMut(&MovieRef<'_>)) -> Result<(), StoreError>;

    /// The hashes of an import with this signature, before the first title. Without a signature
    /// the hashes of earlier imports are removed.
    ///
    /// # Errors
    /// They could not be read.
    fn stored_hashes(&mut self, _signature: Option<u64>) -> Result<StoredHashes, StoreError> {
        Ok(StoredHashes::default())
    }

    /// Stores a row of hashes, or removes it when it is empty.
    ///
    /// # Errors
    /// It could not be written.
    fn store_hashes(
        &mut self,
        _kind: HashKind,
        _first: ImdbKey,
        _hashes: &[u8],
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Reports titles and people that are as the last import left them.
    fn unchanged(&mut self, _titles: u64, _people: u64) {}

    /// Takes a title.
    ///
    /// # Errors
    /// It could not be written.
    fn title(&mut self, title: &ImdbTitle<'_>) -> Result<(), StoreError>;

    /// Reports the titles that it got, and their ratings, after the last title.
    ///
    /// # Errors
    /// One of them could not be written.
    fn titles_end(&mut self, taken: TakenTitles) -> Result<(), StoreError>;

    /// Takes the episodes of a series.
    ///
    /// # Errors
    /// They could not be written.
    fn series(
        &mut self,
        series: ImdbKey,
        episodes: &[(ImdbKey, EpisodePlace)],
    ) -> Result<(), StoreError>;

    /// Takes a person.
    ///
    /// # Errors
    /// It could not be written.
    fn person(&mut self, person: &ImdbPerson<'_>) -> Result<(), StoreError>;
}
