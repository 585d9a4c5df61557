//! Checks that details, people and series agree with the movies, and with each other.

use std::hash::{Hash, Hasher};
use std::path::Path;

use rusqlite::{Connection, Row};

use super::names::StoredNames;
use super::read::Records;
use crate::config::limits;
use crate::movie::check_text;
use crate::store::packed_record::{
    EpisodeLink, Film, IdPrefix, Key, PackedTitle, PersonRecord, RecordNames, unpack_series,
};
use crate::store::tables::{details, episodes, other_names, persons};
use crate::store::{ProgressObserver, StoreError};

/// Rows between two reports of the progress.
const ROWS_PER_LOOK: u64 = 512;
const TITLES: &str = "SELECT count(*) FROM title_details";

/// Sums over links in both directions. They are equal when the links are, in any order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    films: u64,
    episodes: u64,
}

impl Sums {
    fn add_film(&mut self, person: Key, film: Film) {
        self.films = self
            .films
            .wrapping_add(hash((person, film.title, film.votes)));
    }

    fn add_episode(&mut self, series: Key, link: EpisodeLink) {
        let hash = hash((series, link.season, link.episode, link.title));
        self.episodes = self.episodes.wrapping_add(hash);
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

struct Audit<'a, 'w> {
    records: Records<'a>,
    path: &'a Path,
    connection: &'a Connection,
    note: &'a mut dyn FnMut(String),
    observer: &'a mut ProgressObserver<'w>,
}

/// Passes every fault to `note`.
///
/// # Errors
/// [`StoreError::Interrupted`], or an error of SQLite.
pub(in crate::store) fn audit(
    path: &Path,
    connection: &Connection,
    note: &mut dyn FnMut(String),
    observer: &mut ProgressObserver<'_>,
) -> Result<(), StoreError> {
    let mut audit = Audit {
        records: Records::new(path, connection),
        path,
        connection,
        note,
        observer,
    };
    let (mut of_titles, mut of_others) = (Sums::default(), Sums::default());
    audit.titles(&mut of_titles)?;
    audit.people(&mut of_others)?;
    audit.series(&mut of_others)?;
    audit.other_names()?;
    if of_titles != of_others {
        audit.find_broken_links()?;
    }
    Ok(())
}

impl<'a> Audit<'a, '_> {
    fn wrap<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::sqlite(self.path, error))
    }

    /// Calls `each` for the rows of a query.
    fn each(
        &mut self,
        sql: &str,
        total: u64,
        mut each: impl FnMut(&mut Self, &Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let connection = self.connection;
        let mut statement = self.wrap(connection.prepare(sql))?;
        let mut rows = self.wrap(statement.query([]))?;
        let mut done = 0;
        while let Some(row) = self.wrap(rows.next())? {
            if total > 0 && u64::is_multiple_of(done, ROWS_PER_LOOK) {
                self.observer.report("records", done, total)?;
            }
            done += 1;
            let result = each(self, row);
            self.wrap(result)?;
        }
        Ok(())
    }

    fn note(&mut self, what: &str, name: &str, fault: impl std::fmt::Display) {
        (self.note)(format!("{what} `{}`: {fault}", name.escape_debug()));
    }

    /// The name of a key; a fault when it has none.
    fn name(&mut self, prefix: IdPrefix, value: i64) -> rusqlite::Result<Option<(Key, String)>> {
        if let Some(key) = Key::from_value(value)
            && let Some(name) = other_names::name(self.connection, prefix, key)?
        {
            return Ok(Some((key, name)));
        }
        let what = prefix.letters();
        (self.note)(format!("the key {value} of `{what}` is that of no name"));
        Ok(None)
    }

    fn titles(&mut self, sums: &mut Sums) -> Result<(), StoreError> {
        let total: i64 = self.wrap(self.connection.query_row(TITLES, [], |row| row.get(0)))?;
        self.each(details::ALL, total.unsigned_abs(), |audit, row| {
            let Some((key, name)) = audit.name(IdPrefix::Title, row.get(0)?)? else {
                return Ok(());
            };
            let read = |movie: crate::movie::MovieRef<'_>| {
                audit.records.details(&movie).map(|_| movie.votes)
            };
            match audit.records.with_movie(&name, read) {
                Ok(None) => audit.note("details of", &name, "there is no such movie"),
                Ok(Some(Err(error))) | Err(error) => audit.note("details of", &name, error),
                Ok(Some(Ok(votes))) => {
                    let packed: Vec<u8> = row.get(1)?;
                    let packed = PackedTitle::new(&packed);
                    let film = Film { title: key, votes };
                    for person in packed.people()? {
                        sums.add_film(person, film);
                    }
                    if let Some((series, season, episode)) = packed.series()? {
                        let title = key;
                        let link = EpisodeLink {
                            season,
                            episode,
                            title,
                        };
                        sums.add_episode(series, link);
                    }
                }
            }
            Ok(())
        })
    }

    fn people(&mut self, sums: &mut Sums) -> Result<(), StoreError> {
        self.each(persons::ALL, 0, |audit, row| {
            let Some((key, name)) = audit.name(IdPrefix::Person, row.get(0)?)? else {
                return Ok(());
            };
            let full_name: Option<String> = row.get(1)?;
            if let Some(full_name) = full_name
                && let Err(error) = check_text("person", &full_name, limits::MAX_TITLE_BYTES)
            {
                audit.note("person", &name, error);
            }
            let record: Vec<u8> = row.get(2)?;
            let films = PersonRecord::new(&record).and_then(|record| {
                let known_for = record.fields.known_for.clone();
                Ok((record.all_films()?, known_for))
            });
            match films {
                Err(error) => audit.note("person", &name, error),
                Ok((films, known_for)) => {
                    let titles = films.iter().map(|film| film.title).chain(known_for);
                    if let Err(error) = audit.names(titles) {
                        audit.note("person", &name, error);
                    }
                    films.into_iter().for_each(|film| sums.add_film(key, film));
                }
            }
            Ok(())
        })
    }

    /// Every title has a name.
    fn names(&self, mut titles: impl Iterator<Item = Key>) -> rusqlite::Result<()> {
        let mut names = StoredNames(self.connection);
        titles.try_for_each(|title| match title.other() {
            None => Ok(()),
            Some(_) => names.name(IdPrefix::Title, title).map(drop),
        })
    }

    fn series(&mut self, sums: &mut Sums) -> Result<(), StoreError> {
        self.each(episodes::ALL, 0, |audit, row| {
            let Some((key, name)) = audit.name(IdPrefix::Title, row.get(0)?)? else {
                return Ok(());
            };
            let packed: Vec<u8> = row.get(1)?;
            match unpack_series(&packed) {
                Err(error) => audit.note("series", &name, error),
                Ok(links) => {
                    if let Err(error) = audit.names(links.iter().map(|link| link.title)) {
                        audit.note("series", &name, error);
                    }
                    let links = links.into_iter();
                    links.for_each(|link| sums.add_episode(key, link));
                }
            }
            Ok(())
        })
    }

    fn other_names(&mut self) -> Result<(), StoreError> {
        self.each(other_names::ALL, 0, |audit, row| {
            let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
            if id < 0 {
                audit.note("other name", &name, format!("its id {id} is below 0"));
            }
            if let Err(error) = check_text("name", &name, limits::MAX_NAME_BYTES) {
                audit.note("other name", &name, error);
            }
            Ok(())
        })
    }

    /// Finds the links that one direction has and the other has not.
    fn find_broken_links(&mut self) -> Result<(), StoreError> {
        self.each(persons::ALL, 0, |audit, row| {
            match audit.name(IdPrefix::Person, row.get(0)?)? {
                Some((key, name)) => audit.compare_films(key, &name, &row.get::<_, Vec<u8>>(2)?),
                None => Ok(()),
            }
        })?;
        self.each(details::ALL, 0, |audit, row| {
            match audit.name(IdPrefix::Title, row.get(0)?)? {
                Some((key, name)) => audit.compare_title(key, &name, &row.get::<_, Vec<u8>>(1)?),
                None => Ok(()),
            }
        })?;
        self.each(episodes::ALL, 0, |audit, row| {
            match audit.name(IdPrefix::Title, row.get(0)?)? {
                Some((key, name)) => audit.compare_series(key, &name, &row.get::<_, Vec<u8>>(1)?),
                None => Ok(()),
            }
        })
    }

    /// The films of a person name the person. A record that cannot be read was noted before.
    fn compare_films(&mut self, key: Key, name: &str, record: &[u8]) -> rusqlite::Result<()> {
        let films = PersonRecord::new(record).and_then(|record| record.all_films());
        for film in films.unwrap_or_default() {
            let title = self.title(film.title)?;
            let packed = details::get(self.connection, film.title)?;
            let people = PackedTitle::new(&packed).people().unwrap_or_default();
            let votes = self.records.with_movie(&title, |movie| movie.votes);
            let is_named = people.binary_search(&key).is_ok();
            if !is_named || votes.ok().flatten() != Some(film.votes) {
                let fault = format!("the film `{}` says otherwise", title.escape_debug());
                self.note("person", name, fault);
            }
        }
        Ok(())
    }

    /// The people of a title have it among their films, and its series among its episodes.
    fn compare_title(&mut self, title: Key, name: &str, packed: &[u8]) -> rusqlite::Result<()> {
        let packed = PackedTitle::new(packed);
        for person in packed.people().unwrap_or_default() {
            let row = persons::get(self.connection, person)?;
            let films = row.map_or(Ok(Vec::new()), |row| {
                PersonRecord::new(&row.record).and_then(|record| record.all_films())
            });
            if !films.is_ok_and(|films| films.iter().any(|film| film.title == title)) {
                let person = StoredNames(self.connection).name(IdPrefix::Person, person)?;
                let fault = format!("the films of `{}` lack it", person.escape_debug());
                self.note("details of", name, fault);
            }
        }
        let Some((series, season, episode)) = packed.series().unwrap_or_default() else {
            return Ok(());
        };
        let link = EpisodeLink {
            season,
            episode,
            title,
        };
        let packed = episodes::get(self.connection, series)?;
        let links = packed.map_or(Ok(Vec::new()), |packed| unpack_series(&packed));
        if !links.is_ok_and(|links| links.contains(&link)) {
            self.note("details of", name, "the episodes of its series lack it");
        }
        Ok(())
    }

    /// The episodes of a series belong to it.
    fn compare_series(&mut self, series: Key, name: &str, packed: &[u8]) -> rusqlite::Result<()> {
        for link in unpack_series(packed).unwrap_or_default() {
            let packed = details::get(self.connection, link.title)?;
            let place = PackedTitle::new(&packed).series().unwrap_or_default();
            if place != Some((series, link.season, link.episode)) {
                let title = self.title(link.title)?;
                let fault = format!("the episode `{}` says otherwise", title.escape_debug());
                self.note("series", name, fault);
            }
        }
        Ok(())
    }

    fn title(&self, key: Key) -> rusqlite::Result<String> {
        StoredNames(self.connection).name(IdPrefix::Title, key)
    }
}
