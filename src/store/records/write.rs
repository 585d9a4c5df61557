//! Writing a full record: the movie, its details, the films of its people, and the episodes of
//! its series. All of it happens in the transaction of the caller.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result};

use super::names::StoredNames;
use crate::movie::{Details, FullMovie, MovieRef};
use crate::store::packed_record::{
    EpisodeLink, Film, IdPrefix, Key, PackedTitle, PersonFields, PersonRecord, TitlePacker,
    TitleText, pack_person, unpack_series,
};
use crate::store::tables::persons::{self, PersonRow, PersonValues};
use crate::store::tables::{details, episodes, imdb_hashes, movies, other_names};

/// Is called for each person whose row changes, with the values before and after.
pub(in crate::store) type PersonChanged<'o> =
    &'o mut dyn FnMut(Key, PersonValues<'_>, PersonValues<'_>) -> Result<()>;

/// Changes the people in the details of movies.
pub(in crate::store) trait PeopleEditor {
    /// The key of a title or person, which gets one if it has none.
    fn key(&mut self, prefix: IdPrefix, name: &str) -> Result<Key>;

    /// Adds a film to a person. Returns the full name of the person, which is the given one if no
    /// other is known.
    fn add_film(
        &mut self,
        person: Key,
        full_name: Option<&str>,
        film: Film,
    ) -> Result<Option<String>>;

    /// Removes a film from a person.
    fn remove_film(&mut self, person: Key, title: Key) -> Result<()>;
}

/// Writes each change of a person at once.
struct DirectEditor<'c, 'o> {
    connection: &'c Connection,
    changed: PersonChanged<'o>,
}

impl PeopleEditor for DirectEditor<'_, '_> {
    fn key(&mut self, prefix: IdPrefix, name: &str) -> Result<Key> {
        other_names::key_or_new(self.connection, prefix, name)
    }

    fn add_film(
        &mut self,
        person: Key,
        full_name: Option<&str>,
        film: Film,
    ) -> Result<Option<String>> {
        let known = persons::full_name(self.connection, person)?;
        let full_name = known.or_else(|| full_name.map(str::to_owned));
        let edit = |films: &mut Vec<Film>| {
            films.retain(|other| other.title != film.title);
            films.push(film);
        };
        let name = full_name.as_deref();
        edit_person(self.connection, person, name, edit, self.changed)?;
        Ok(full_name)
    }

    fn remove_film(&mut self, person: Key, title: Key) -> Result<()> {
        let edit = |films: &mut Vec<Film>| films.retain(|film| film.title != title);
        edit_person(self.connection, person, None, edit, self.changed)
    }
}

/// The fields of a movie that its packed record depends on.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Basis<'a> {
    text: TitleText<'a>,
    votes: Option<u32>,
}

impl<'a> Basis<'a> {
    pub fn new(movie: &MovieRef<'a>) -> Basis<'a> {
        Basis {
            text: TitleText {
                title: movie.title,
                original_title: movie.original_title,
            },
            votes: movie.votes,
        }
    }
}

/// Adds the movie with its details, or replaces the one of its name, which keeps its id.
pub(in crate::store) fn put(
    connection: &Connection,
    full: &FullMovie,
    changed: PersonChanged<'_>,
) -> Result<()> {
    let movie = full.movie();
    let key = if full.details().is_empty() {
        other_names::key(connection, IdPrefix::Title, &movie.name)?
    } else {
        Some(other_names::key_or_new(
            connection,
            IdPrefix::Title,
            &movie.name,
        )?)
    };
    movies::put(connection, movie)?;
    if let Some(key) = key {
        imdb_hashes::forget(connection, IdPrefix::Title, key)?;
    }
    let Some(key) = key else { return Ok(()) };
    let old = details::get(connection, key)?;
    if old.is_empty() && full.details().is_empty() {
        return Ok(());
    }
    let basis = Basis::new(&movie.view());
    let details = full.details().clone();
    let mut people = DirectEditor {
        connection,
        changed,
    };
    write_details(connection, key, &old, basis, details, &mut people).map(drop)
}

/// The details of a movie.
#[derive(Debug, Default)]
pub(in crate::store) struct StoredDetails {
    /// The key of the movie, if it has one.
    pub key: Option<Key>,
    pub packed: Vec<u8>,
    pub details: Details,
}

impl StoredDetails {
    /// The details of a movie with these titles. Without titles, those of the stored movie of this
    /// name are read; there are no details if there is no such movie.
    pub fn read(
        connection: &Connection,
        name: &str,
        text: Option<TitleText<'_>>,
    ) -> Result<StoredDetails> {
        let key = other_names::key(connection, IdPrefix::Title, name)?;
        let packed = key.map_or(Ok(Vec::new()), |key| details::get(connection, key))?;
        let mut stored = StoredDetails {
            key,
            packed,
            details: Details::default(),
        };
        if stored.packed.is_empty() {
            return Ok(stored);
        }
        if let Some(text) = text {
            stored.unpack(connection, text)?;
            return Ok(stored);
        }
        let mut statement = connection.prepare_cached(movies::TEXTS)?;
        let mut rows = statement.query([name])?;
        if let Some(row) = rows.next()? {
            let text = TitleText {
                title: row.get_ref(0)?.as_str()?,
                original_title: row.get_ref(1)?.as_str_or_null()?,
            };
            stored.unpack(connection, text)?;
        }
        Ok(stored)
    }

    fn unpack(&mut self, connection: &Connection, text: TitleText<'_>) -> Result<()> {
        let packed = PackedTitle::new(&self.packed);
        self.details = packed.unpack(text, &mut StoredNames(connection))?;
        Ok(())
    }
}

/// Replaces the full names of people with the stored ones.
pub(in crate::store) fn use_stored_names(
    connection: &Connection,
    details: &mut Details,
) -> Result<()> {
    let mut failed = None;
    details.for_each_person(|name, full_name| {
        let stored = || {
            let key = other_names::key(connection, IdPrefix::Person, name)?;
            key.map_or(Ok(None), |key| persons::full_name(connection, key))
        };
        match stored() {
            Ok(None) => {}
            Ok(stored) => *full_name = stored,
            Err(error) => failed = Some(error),
        }
    });
    failed.map_or(Ok(()), Err)
}

/// Brings the details of a movie up to date whose plain fields were written already: they refer
/// to its titles, and the films of its people have its votes.
pub(in crate::store) fn movie_changed(
    connection: &Connection,
    old: &MovieRef<'_>,
    new: &MovieRef<'_>,
    changed: PersonChanged<'_>,
) -> Result<()> {
    let [before, after] = [old, new].map(Basis::new);
    let is_same = (before.text.title, before.text.original_title, before.votes)
        == (after.text.title, after.text.original_title, after.votes);
    if is_same {
        return Ok(());
    }
    let Some(key) = other_names::key(connection, IdPrefix::Title, new.name)? else {
        return Ok(());
    };
    let packed = details::get(connection, key)?;
    if packed.is_empty() {
        return Ok(());
    }
    let details = PackedTitle::new(&packed).unpack(before.text, &mut StoredNames(connection))?;
    let mut people = DirectEditor {
        connection,
        changed,
    };
    write_details(connection, key, &packed, after, details, &mut people).map(drop)
}

/// Deletes the movie of that name with its details. Returns whether there was one.
pub(in crate::store) fn delete(
    connection: &Connection,
    name: &str,
    changed: PersonChanged<'_>,
) -> Result<bool> {
    if let Some(key) = other_names::key(connection, IdPrefix::Title, name)? {
        imdb_hashes::forget(connection, IdPrefix::Title, key)?;
        let old = details::get(connection, key)?;
        if !old.is_empty() {
            let old = PackedTitle::new(&old);
            let mut people = DirectEditor {
                connection,
                changed,
            };
            for person in old.people()? {
                people.remove_film(person, key)?;
            }
            link_series(connection, key, old, PackedTitle::new(&[]))?;
            details::put(connection, key, &[])?;
        }
    }
    movies::delete(connection, name)
}

/// Replaces the details of a title, of which the packed ones were `old`. Returns whether they
/// differ.
pub(in crate::store) fn write_details(
    connection: &Connection,
    key: Key,
    old: &[u8],
    basis: Basis<'_>,
    mut details: Details,
    people: &mut impl PeopleEditor,
) -> Result<bool> {
    let film = Film {
        title: key,
        votes: basis.votes,
    };
    add_films(film, &mut details, people)?;
    let mut packer = TitlePacker::default();
    let has_votes = basis.votes.is_some();
    let new = packer.pack(basis.text, &details, has_votes, |prefix, name| {
        people.key(prefix, name)
    })?;
    let (packed, before) = (PackedTitle::new(new), PackedTitle::new(old));
    let credited = packed.people()?;
    for person in before.people()? {
        if credited.binary_search(&person).is_err() {
            people.remove_film(person, key)?;
        }
    }
    link_series(connection, key, before, packed)?;
    if new != old {
        details::put(connection, key, new)?;
    }
    Ok(new != old)
}

/// Adds the film to each of its people, and adds people that are missing. The full name of a
/// stored person replaces the one in the details.
fn add_films(film: Film, details: &mut Details, people: &mut impl PeopleEditor) -> Result<()> {
    let mut given: BTreeMap<String, Option<String>> = BTreeMap::new();
    details.for_each_person(|name, person| {
        let full = given.entry(name.clone()).or_default();
        if full.is_none() {
            full.clone_from(person);
        }
    });
    for (name, full) in &mut given {
        let key = people.key(IdPrefix::Person, name)?;
        *full = people.add_film(key, full.as_deref(), film)?;
    }
    details.for_each_person(|name, person| {
        if let Some(full) = given.get(name) {
            person.clone_from(full);
        }
    });
    Ok(())
}

/// Changes the films of a person, who gets the full name if none is known. A person without films
/// and fields is deleted.
pub(in crate::store) fn edit_person(
    connection: &Connection,
    key: Key,
    full_name: Option<&str>,
    edit: impl FnOnce(&mut Vec<Film>),
    changed: PersonChanged<'_>,
) -> Result<()> {
    let row = persons::get(connection, key)?;
    let old = row.as_ref().map_or((None, &[][..]), PersonRow::values);
    let (stored_name, record) = old;
    let (fields, mut films) = match record {
        [] => Default::default(),
        record => {
            let record = PersonRecord::new(record)?;
            let films = record.all_films()?;
            (record.fields, films)
        }
    };
    edit(&mut films);
    if films.is_empty() && fields == PersonFields::default() {
        if row.is_none() {
            return Ok(());
        }
        persons::delete(connection, key)?;
        imdb_hashes::forget(connection, IdPrefix::Person, key)?;
        return changed(key, old, (None, &[]));
    }
    let labels = fields.labels();
    let parts = fields.parts(&labels);
    let mut packed = Vec::with_capacity(record.len() + 16);
    pack_person(&parts, &mut films, &mut packed);
    let new = (stored_name.or(full_name), packed.as_slice());
    if new != old {
        persons::put(connection, key, new.0, &packed)?;
        changed(key, old, new)?;
    }
    Ok(())
}

/// Moves an episode from the series that it belonged to into the one that it belongs to.
fn link_series(
    connection: &Connection,
    title: Key,
    old: PackedTitle<'_>,
    new: PackedTitle<'_>,
) -> Result<()> {
    let (old, new) = (old.series()?, new.series()?);
    if old == new {
        return Ok(());
    }
    let keys = [old, new].map(|series| series.map(|(key, ..)| key));
    let mut keys: Vec<Key> = keys.into_iter().flatten().collect();
    keys.dedup();
    for key in keys {
        let packed = episodes::get(connection, key)?;
        let mut links = packed.map_or(Ok(Vec::new()), |packed| unpack_series(&packed))?;
        links.retain(|link| link.title != title);
        if let Some((series, season, episode)) = new
            && series == key
        {
            links.push(EpisodeLink {
                season,
                episode,
                title,
            });
        }
        episodes::put(connection, key, &mut links)?;
    }
    Ok(())
}
