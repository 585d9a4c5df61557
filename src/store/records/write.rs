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
use crate::store::tables::{details, episodes, movies, other_names};

/// Is called for each person whose row changes, with the values before and after.
pub(in crate::store) type PersonChanged<'o> =
    &'o mut dyn FnMut(Key, PersonValues<'_>, PersonValues<'_>) -> Result<()>;

/// The fields of a movie that its packed record depends on.
#[derive(Clone, Copy, Debug)]
struct Basis<'a> {
    text: TitleText<'a>,
    votes: Option<u32>,
}

impl<'a> Basis<'a> {
    fn new(movie: &MovieRef<'a>) -> Basis<'a> {
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
    let Some(key) = key else { return Ok(()) };
    let old = details::get(connection, key)?;
    if old.is_empty() && full.details().is_empty() {
        return Ok(());
    }
    let basis = Basis::new(&movie.view());
    let details = full.details().clone();
    write(connection, key, &old, basis, details, changed).map(drop)
}

/// The effect of a change on the details of a movie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct DetailsChange {
    /// Whether they differ.
    pub is_changed: bool,
    /// The number of fields that had a value before and have none any more.
    pub forgotten: u64,
}

/// Changes the details of a stored movie: all known fields, and the unknown ones in `replaces`.
/// A dry run writes nothing.
pub(in crate::store) fn put_details(
    connection: &Connection,
    name: &str,
    new: Details,
    replaces: impl Fn(&'static str) -> bool,
    is_dry_run: bool,
    changed: PersonChanged<'_>,
) -> Result<DetailsChange> {
    let key = other_names::key(connection, IdPrefix::Title, name)?;
    let packed = key.map_or(Ok(Vec::new()), |key| details::get(connection, key))?;
    if packed.is_empty() && new.is_empty() {
        return Ok(DetailsChange::default());
    }
    let mut statement = connection.prepare_cached(movies::TEXTS)?;
    let mut rows = statement.query([name])?;
    let Some(row) = rows.next()? else {
        // A dry run does not write new movies.
        return Ok(DetailsChange::default());
    };
    let basis = Basis {
        text: TitleText {
            title: row.get_ref(0)?.as_str()?,
            original_title: row.get_ref(1)?.as_str_or_null()?,
        },
        votes: row.get(2)?,
    };
    let stored = match packed.as_slice() {
        [] => Details::default(),
        packed => PackedTitle::new(packed).unpack(basis.text, &mut StoredNames(connection))?,
    };
    let mut details = stored.clone();
    let mut change = DetailsChange {
        is_changed: false,
        forgotten: details.update(new, replaces),
    };
    if is_dry_run {
        change.is_changed = details != stored;
        return Ok(change);
    }
    let key = other_names::key_or_new(connection, IdPrefix::Title, name)?;
    change.is_changed = write(connection, key, &packed, basis, details, changed)?;
    Ok(change)
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
    write(connection, key, &packed, after, details, changed).map(drop)
}

/// Deletes the movie of that name with its details. Returns whether there was one.
pub(in crate::store) fn delete(
    connection: &Connection,
    name: &str,
    changed: PersonChanged<'_>,
) -> Result<bool> {
    if let Some(key) = other_names::key(connection, IdPrefix::Title, name)? {
        let old = details::get(connection, key)?;
        if !old.is_empty() {
            let old = PackedTitle::new(&old);
            for person in old.people()? {
                remove_film(connection, person, key, changed)?;
            }
            link_series(connection, key, old, PackedTitle::new(&[]))?;
            details::put(connection, key, &[])?;
        }
    }
    movies::delete(connection, name)
}

/// Replaces the details of a title, of which the packed ones were `old`. Returns whether they
/// differ.
fn write(
    connection: &Connection,
    key: Key,
    old: &[u8],
    basis: Basis<'_>,
    mut details: Details,
    changed: PersonChanged<'_>,
) -> Result<bool> {
    let film = Film {
        title: key,
        votes: basis.votes,
    };
    add_films(connection, film, &mut details, changed)?;
    let mut packer = TitlePacker::default();
    let new = packer.pack(
        basis.text,
        &details,
        basis.votes.is_some(),
        |prefix, name| other_names::key_or_new(connection, prefix, name),
    )?;
    let (packed, before) = (PackedTitle::new(new), PackedTitle::new(old));
    let people = packed.people()?;
    for person in before.people()? {
        if people.binary_search(&person).is_err() {
            remove_film(connection, person, key, changed)?;
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
fn add_films(
    connection: &Connection,
    film: Film,
    details: &mut Details,
    changed: PersonChanged<'_>,
) -> Result<()> {
    let mut given: BTreeMap<String, Option<String>> = BTreeMap::new();
    details.for_each_person(|name, person| {
        let full = given.entry(name.clone()).or_default();
        if full.is_none() {
            full.clone_from(person);
        }
    });
    for (name, full) in &mut given {
        let key = other_names::key_or_new(connection, IdPrefix::Person, name)?;
        let row = persons::get(connection, key)?;
        let known = row.as_ref().and_then(|row| row.person.clone());
        let is_named = known.is_some() || full.is_none();
        if known.is_some() {
            *full = known;
        }
        let old = row.as_ref().map_or((None, &[][..]), PersonRow::values);
        let edit = |films: &mut Vec<Film>| {
            if is_named && films.contains(&film) {
                return false;
            }
            films.retain(|other| other.title != film.title);
            films.push(film);
            true
        };
        edit_person(connection, key, old, full.as_deref(), edit, changed)?;
    }
    details.for_each_person(|name, person| {
        if let Some(full) = given.get(name) {
            person.clone_from(full);
        }
    });
    Ok(())
}

fn remove_film(
    connection: &Connection,
    person: Key,
    title: Key,
    changed: PersonChanged<'_>,
) -> Result<()> {
    let Some(row) = persons::get(connection, person)? else {
        return Ok(());
    };
    let edit = |films: &mut Vec<Film>| {
        let before = films.len();
        films.retain(|film| film.title != title);
        films.len() < before
    };
    let full_name = row.person.as_deref();
    edit_person(connection, person, row.values(), full_name, edit, changed)
}

/// Changes the films of a person, whose record is empty when the person is new. A person without
/// films and fields is deleted.
fn edit_person(
    connection: &Connection,
    key: Key,
    old: PersonValues<'_>,
    full_name: Option<&str>,
    edit: impl FnOnce(&mut Vec<Film>) -> bool,
    changed: PersonChanged<'_>,
) -> Result<()> {
    let (_, record) = old;
    let (fields, mut films) = match record {
        [] => Default::default(),
        record => {
            let record = PersonRecord::new(record)?;
            let films = record.all_films()?;
            (record.fields, films)
        }
    };
    if !edit(&mut films) {
        return Ok(());
    }
    let labels = fields.labels();
    let parts = fields.parts(&labels);
    if films.is_empty() && fields == PersonFields::default() {
        persons::delete(connection, key)?;
        return changed(key, old, (None, &[]));
    }
    let mut packed = Vec::with_capacity(record.len() + 16);
    pack_person(&parts, &mut films, &mut packed);
    persons::put(connection, key, full_name, &packed)?;
    changed(key, old, (full_name, &packed))
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
