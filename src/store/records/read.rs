//! Reading full records, people, films and episodes.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::Connection;

use super::names::StoredNames;
use crate::movie::{Details, EpisodeRef, MovieLink, MovieRef, Person, SeasonCount};
use crate::store::StoreError;
use crate::store::packed_record::{
    Film, IdPrefix, Key, PackedTitle, PersonRecord, RecordNames, TitleText, seasons, unpack_series,
};
use crate::store::tables::persons::{self, PersonRow};
use crate::store::tables::{self, movies, other_names};

/// A request for episodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpisodePage {
    /// The name of the series.
    pub series: String,
    /// Episodes of this season alone.
    pub season: Option<u32>,
    /// Episodes after this one.
    pub after: Option<String>,
    /// The maximum number of episodes.
    pub rows: usize,
}

/// The tables, with the path for errors.
#[derive(Clone, Copy)]
pub(in crate::store) struct Records<'c> {
    path: &'c Path,
    connection: &'c Connection,
}

impl<'c> Records<'c> {
    /// The records of an open catalogue.
    pub fn new(path: &'c Path, connection: &'c Connection) -> Records<'c> {
        Records { path, connection }
    }

    fn wrap<T>(self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::sqlite(self.path, error))
    }

    fn key(self, prefix: IdPrefix, name: &str) -> Result<Option<Key>, StoreError> {
        self.wrap(other_names::key(self.connection, prefix, name))
    }

    /// Calls `with` with the movie of that name.
    pub fn with_movie<T>(
        self,
        name: &str,
        with: impl FnOnce(MovieRef<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.wrap(self.connection.prepare_cached(movies::BY_NAME))?;
        movies::by_name(self.path, &mut statement, name, with)
    }

    /// Calls `with` with the movie of that name and its details.
    pub fn full_movie<T>(
        self,
        name: &str,
        with: impl FnOnce(MovieRef<'_>, &Details) -> T,
    ) -> Result<Option<T>, StoreError> {
        let full = self.with_movie(name, |movie| {
            let details = self.details(&movie)?;
            Ok(with(movie, &details))
        })?;
        full.transpose()
    }

    /// Calls `each` with every movie and its details, in the order of their names.
    pub fn all<E: From<StoreError>>(
        self,
        each: &mut dyn FnMut(MovieRef<'_>, &Details) -> Result<(), E>,
    ) -> Result<(), E> {
        let has_details = self.wrap(
            (self.connection.prepare_cached(tables::details::ANY))
                .and_then(|mut statement| statement.exists([])),
        )?;
        let mut statement = self.wrap(self.connection.prepare_cached(movies::ALL))?;
        let mut rows = self.wrap(statement.query([]))?;
        let none = Details::default();
        while let Some(row) = self.wrap(rows.next())? {
            let movie = movies::view(self.path, row)?;
            if has_details {
                each(movie, &self.details(&movie)?)?;
            } else {
                each(movie, &none)?;
            }
        }
        Ok(())
    }

    pub fn details(self, movie: &MovieRef<'_>) -> Result<Details, StoreError> {
        let Some(key) = self.key(IdPrefix::Title, movie.name)? else {
            return Ok(Details::default());
        };
        let packed = self.wrap(tables::details::get(self.connection, key))?;
        let text = TitleText {
            title: movie.title,
            original_title: movie.original_title,
        };
        let unpacked = PackedTitle::new(&packed).unpack(text, &mut StoredNames(self.connection));
        let mut details = self.wrap(unpacked)?;
        details.seasons = self.seasons(key)?;
        details.check().map_err(|reason| StoreError::InvalidRow {
            name: movie.name.to_owned(),
            reason,
        })?;
        Ok(details)
    }

    fn seasons(self, series: Key) -> Result<Option<Vec<SeasonCount>>, StoreError> {
        let packed = self.wrap(tables::episodes::get(self.connection, series))?;
        let seasons = packed.map(|packed| seasons(&packed)).transpose();
        self.wrap(seasons.map_err(rusqlite::Error::from))
    }

    fn title_name(self, key: Key) -> Result<String, StoreError> {
        self.wrap(StoredNames(self.connection).name(IdPrefix::Title, key))
    }

    pub fn person(self, name: &str) -> Result<Option<Person>, StoreError> {
        match self.key(IdPrefix::Person, name)? {
            Some(key) => self.person_of(key, name),
            None => Ok(None),
        }
    }

    /// The person with that key.
    pub fn person_of_key(self, key: Key) -> Result<Option<Person>, StoreError> {
        let name = StoredNames(self.connection).name(IdPrefix::Person, key);
        self.person_of(key, &self.wrap(name)?)
    }

    fn person_of(self, key: Key, name: &str) -> Result<Option<Person>, StoreError> {
        let row = self.wrap(persons::get(self.connection, key))?;
        let Some(PersonRow { person, record }) = row else {
            return Ok(None);
        };
        let record = self.wrap(PersonRecord::new(&record).map_err(rusqlite::Error::from))?;
        let credits = record.credits();
        let fields = record.fields;
        let mut known_for = Vec::with_capacity(fields.known_for.len());
        for key in fields.known_for {
            let name = self.title_name(key)?;
            // A movie that is not in the catalogue is left out.
            if let Some(title) = self.with_movie(&name, |movie| movie.title.to_owned())? {
                known_for.push(MovieLink { name, title });
            }
        }
        Ok(Some(Person {
            name: name.to_owned(),
            person,
            born: fields.born,
            died: fields.died,
            professions: fields.professions,
            known_for,
            credits,
        }))
    }

    fn person_row(self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        let Some(key) = self.key(IdPrefix::Person, name)? else {
            return Ok(None);
        };
        self.wrap(persons::get(self.connection, key))
    }

    /// The movies that name all of these people, rated ones first by descending votes, after the
    /// movie `after` where one is given. `with` makes at most `limit` answers of them, and skips a
    /// movie by returning `None`.
    pub fn films_of<T>(
        self,
        people: &[&str],
        after: Option<&str>,
        limit: usize,
        mut with: impl FnMut(MovieRef<'_>) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut answers = Vec::new();
        let mut films = self.common_films(people)?;
        if let Some(after) = after {
            let key = self.key(IdPrefix::Title, after)?;
            let place = films.iter().position(|film| Some(film.title) == key);
            let place = place.ok_or_else(|| StoreError::NotAnAnswer(after.to_owned()))?;
            films.drain(..=place);
        }
        for film in films {
            if answers.len() == limit {
                break;
            }
            let name = self.title_name(film.title)?;
            answers.extend(self.with_movie(&name, &mut with)?.flatten());
        }
        Ok(answers)
    }

    /// The votes and names of the movies that name all of these people, those with the most votes
    /// first.
    pub fn film_names(self, people: &[&str]) -> Result<Vec<(u32, String)>, StoreError> {
        let films = self.common_films(people)?.into_iter();
        let names = films.map(|film| Ok((film.votes.unwrap_or(0), self.title_name(film.title)?)));
        names.collect()
    }

    /// The votes and names of at most this number of movies that name a person, in the order of
    /// [`Records::film_names`].
    pub fn best_films(self, person: Key, most: usize) -> Result<Vec<(u32, String)>, StoreError> {
        let row = self.wrap(persons::get(self.connection, person))?;
        let Some(PersonRow { record, .. }) = row else {
            return Ok(Vec::new());
        };
        let record = self.wrap(PersonRecord::new(&record).map_err(rusqlite::Error::from))?;
        let films = record.films().map_while(Result::ok).take(most);
        let names = films.map(|film| Ok((film.votes.unwrap_or(0), self.title_name(film.title)?)));
        names.collect()
    }

    /// The movies that name all of these people, in the order of the shortest list.
    fn common_films(self, people: &[&str]) -> Result<Vec<Film>, StoreError> {
        let mut lists = Vec::with_capacity(people.len());
        for name in people {
            let Some(PersonRow { record, .. }) = self.person_row(name)? else {
                return Ok(Vec::new());
            };
            let films = PersonRecord::new(&record).and_then(|record| record.all_films());
            lists.push(self.wrap(films.map_err(rusqlite::Error::from))?);
        }
        lists.sort_by_key(Vec::len);
        let mut lists = lists.into_iter();
        let mut films = lists.next().unwrap_or_default();
        for other in lists {
            let other: HashSet<Key> = other.into_iter().map(|film| film.title).collect();
            films.retain(|film| other.contains(&film.title));
        }
        Ok(films)
    }

    /// Episodes of a series, or of one season of it, in their order, after the episode `after`
    /// where one is given. `None` when there is no movie of that name and no episode.
    pub fn episodes<T>(
        self,
        page: &EpisodePage,
        mut with: impl FnMut(EpisodeRef<'_>) -> T,
    ) -> Result<Option<Vec<T>>, StoreError> {
        let key = self.key(IdPrefix::Title, &page.series)?;
        let packed = match key {
            Some(key) => self.wrap(tables::episodes::get(self.connection, key))?,
            None => None,
        };
        let Some(packed) = packed else {
            let is_there = self.with_movie(&page.series, |_| ())?.is_some();
            return Ok(is_there.then(Vec::new));
        };
        let links = self.wrap(unpack_series(&packed).map_err(rusqlite::Error::from))?;
        let is_wanted = |number: Option<u32>| page.season.is_none() || number == page.season;
        let mut links = links.into_iter().filter(|link| is_wanted(link.season));
        if let Some(after) = &page.after {
            let key = self.key(IdPrefix::Title, after)?;
            links
                .find(|link| Some(link.title) == key)
                .ok_or_else(|| StoreError::NotAnAnswer(after.clone()))?;
        }
        let mut answers = Vec::new();
        for link in links {
            if answers.len() == page.rows {
                break;
            }
            let name = self.title_name(link.title)?;
            let answer = |movie: MovieRef<'_>| {
                with(EpisodeRef {
                    season: link.season,
                    episode: link.episode,
                    movie,
                })
            };
            answers.extend(self.with_movie(&name, answer)?);
        }
        Ok(Some(answers))
    }
}
