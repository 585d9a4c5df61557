//! People of imported movies, until their rows are written.
//!
//! The row of a person has all movies of this person. A row is read and written once for many
//! movies, and in the order of the keys.

use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, Result};

use crate::store::packed_record::{Film, IdPrefix, Key};
use crate::store::records::{self, PeopleEditor, PersonChanged};
use crate::store::tables::{other_names, persons};

/// Collects changes of people up to a number of bytes.
pub(super) struct PeopleBuffer<'c> {
    connection: &'c Connection,
    /// Keys of names that are no ids of IMDb.
    keys: HashMap<String, Key>,
    people: HashMap<Key, PendingPerson>,
    bytes: usize,
    most: usize,
}

/// A person whose row is not up to date.
#[derive(Default)]
struct PendingPerson {
    full_name: Option<String>,
    /// The titles whose links change, in the order of the changes, with the new link.
    links: Vec<(Key, Option<Film>)>,
}

/// The memory of an entry of a table, in addition to its texts.
const ENTRY_BYTES: usize = 2 * (size_of::<Key>() + size_of::<PendingPerson>());
/// The memory of a link, in a list that has grown.
const LINK_BYTES: usize = 2 * size_of::<(Key, Option<Film>)>();

impl<'c> PeopleBuffer<'c> {
    pub fn new(connection: &'c Connection, most: usize) -> PeopleBuffer<'c> {
        PeopleBuffer {
            connection,
            keys: HashMap::new(),
            people: HashMap::new(),
            bytes: 0,
            most,
        }
    }

    /// Whether it has to be written.
    pub fn is_full(&self) -> bool {
        self.bytes >= self.most
    }

    /// Writes the rows of all people, and frees the memory.
    pub fn flush(&mut self, changed: PersonChanged<'_>) -> Result<()> {
        self.bytes = 0;
        self.keys = HashMap::new();
        let mut people: Vec<(Key, PendingPerson)> =
            std::mem::take(&mut self.people).into_iter().collect();
        people.sort_unstable_by_key(|(key, _)| *key);
        for (key, person) in people {
            let titles: HashSet<Key> = person.links.iter().map(|(title, _)| *title).collect();
            let edit = |films: &mut Vec<Film>| {
                films.retain(|film| !titles.contains(&film.title));
                films.extend(person.last_links());
            };
            let full_name = person.full_name.as_deref();
            records::edit_person(self.connection, key, full_name, edit, changed)?;
        }
        Ok(())
    }

    /// The person, who is read if nothing is known yet.
    fn person(&mut self, key: Key) -> Result<&mut PendingPerson> {
        self.bytes += LINK_BYTES;
        if !self.people.contains_key(&key) {
            let full_name = persons::full_name(self.connection, key)?;
            self.bytes += ENTRY_BYTES + full_name.as_ref().map_or(0, String::len);
            let person = PendingPerson {
                full_name,
                links: Vec::new(),
            };
            self.people.insert(key, person);
        }
        Ok(self.people.entry(key).or_default())
    }
}

impl PendingPerson {
    /// The films that are in the list after all changes.
    fn last_links(&self) -> impl Iterator<Item = Film> {
        let mut seen = HashSet::new();
        let newest_first = self.links.iter().rev();
        let last = newest_first.filter(move |(title, _)| seen.insert(*title));
        last.filter_map(|(_, film)| *film)
    }
}

impl PeopleEditor for PeopleBuffer<'_> {
    fn key(&mut self, prefix: IdPrefix, name: &str) -> Result<Key> {
        if let Some(key) = Key::from_imdb(prefix, name) {
            return Ok(key);
        }
        if let Some(key) = self.keys.get(name) {
            return Ok(*key);
        }
        let key = other_names::key_or_new(self.connection, prefix, name)?;
        self.bytes += name.len() + 2 * size_of::<(String, Key)>();
        self.keys.insert(name.to_owned(), key);
        Ok(key)
    }

    fn add_film(
        &mut self,
        person: Key,
        full_name: Option<&str>,
        film: Film,
    ) -> Result<Option<String>> {
        let person = self.person(person)?;
        person.links.push((film.title, Some(film)));
        if person.full_name.is_none() {
            person.full_name = full_name.map(str::to_owned);
        }
        Ok(person.full_name.clone())
    }

    fn remove_film(&mut self, person: Key, title: Key) -> Result<()> {
        self.person(person)?.links.push((title, None));
        Ok(())
    }
}
