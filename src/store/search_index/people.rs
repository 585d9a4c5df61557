//! The entry of a person in the index: a full name, the fame, and a text for the key.

use rusqlite::Connection;

use crate::movie::{Genres, MovieRef};
use crate::store::packed_record::{IdPrefix, Key, PersonRecord};
use crate::store::tables::persons::{self, PersonRow};

/// The number of films for the fame of a person without votes in the best known films.
const BEST_FILMS: usize = 4;
/// The first letter of the text for a key of `other_name`. It sorts after all digits.
const OTHER: char = 'o';

/// The fame of a person: the number of votes of the films for which the person is known, plus one
/// for each film. If these films have no votes, the four films with the most votes are used. `None`
/// for a person without films, also without films in `known_for`. The index has no such people.
///
/// It depends only on the row of the person, so the index changes only if the row changes.
pub(super) fn fame(record: &[u8]) -> Option<u32> {
    let record = PersonRecord::new(record).ok()?;
    let known_for = &record.fields.known_for;
    let credits = record.credits();
    if credits == 0 && known_for.is_empty() {
        return None;
    }
    let (mut of_known, mut of_best, mut found) = (0_u64, 0_u64, 0);
    for (place, film) in record.films().map_while(Result::ok).enumerate() {
        let Some(votes) = film.votes else { break };
        if place < BEST_FILMS {
            of_best += u64::from(votes);
        }
        if known_for.contains(&film.title) {
            of_known += u64::from(votes);
            found += 1;
        }
        if place + 1 >= BEST_FILMS && found == known_for.len() {
            break;
        }
    }
    let votes = if of_known > 0 { of_known } else { of_best };
    Some(u32::try_from(votes.saturating_add(credits)).unwrap_or(u32::MAX))
}

/// The text for a key. Texts have the same order as their keys.
pub(super) fn name_of(key: Key) -> String {
    match key.other() {
        Some(id) => format!("{OTHER}{id:011x}"),
        None => format!("{:07}", key.reference()),
    }
}

/// The key of a text.
pub(super) fn key_of(name: &str) -> Option<Key> {
    match name.strip_prefix(OTHER) {
        Some(id) => Key::from_other(u64::from_str_radix(id, 16).ok()?),
        None => Key::from_imdb(
            IdPrefix::Person,
            &format!("{}{name}", IdPrefix::Person.letters()),
        ),
    }
}

/// The person as an entry with that text.
pub(super) fn as_movie<'r>(name: &'r str, person: &'r str, fame: u32) -> MovieRef<'r> {
    MovieRef {
        id: 0,
        name,
        title: person,
        original_title: None,
        released: None,
        runtime_minutes: None,
        genres: Genres::Joined(""),
        rating: None,
        votes: Some(fame),
    }
}

/// Calls `then` with the person of that text, if the index has one.
pub(super) fn row<R>(
    connection: &Connection,
    name: &str,
    then: impl FnOnce(MovieRef<'_>) -> R,
) -> rusqlite::Result<Option<R>> {
    let Some(key) = key_of(name) else {
        return Ok(None);
    };
    let Some(PersonRow { person, record }) = persons::get(connection, key)? else {
        return Ok(None);
    };
    let person = person.as_deref();
    Ok(person
        .zip(fame(&record))
        .map(|(person, fame)| then(as_movie(name, person, fame))))
}

/// A callback for each person of the index, in the order of the texts.
type EachPerson<'e, E> = &'e mut dyn FnMut(MovieRef<'_>) -> Result<(), E>;

/// Calls `each` for each person of the index.
pub(super) fn all<E: From<rusqlite::Error>>(
    connection: &Connection,
    each: EachPerson<'_, E>,
) -> Result<(), E> {
    let mut statement = connection.prepare(persons::ALL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (Some(key), Ok(Some(person)), Ok(record)) = (
            Key::from_value(row.get(0)?),
            row.get_ref(1)?.as_str_or_null(),
            row.get_ref(2)?.as_blob(),
        ) else {
            continue;
        };
        if let Some(fame) = fame(record) {
            each(as_movie(&name_of(key), person, fame))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::packed_record::{Film, PersonParts, pack_person};

    fn packed(known_for: &[u64], films: &[(u64, Option<u32>)]) -> Vec<u8> {
        let key = |number: u64| Key::from_reference(number).unwrap();
        let known_for: Vec<Key> = known_for.iter().map(|number| key(*number)).collect();
        let film = |&(number, votes)| Film {
            title: key(number),
            votes,
        };
        let mut films = films.iter().map(film).collect();
        let parts = PersonParts {
            known_for: &known_for,
            ..PersonParts::default()
        };
        let mut record = Vec::new();
        pack_person(&parts, &mut films, &mut record);
        record
    }

    #[test]
    fn fame_is_the_votes_of_what_a_person_is_known_for() {
        let films = [
            (1, Some(5)),
            (2, Some(100)),
            (3, None),
            (4, Some(50)),
            (5, Some(7)),
            (6, Some(9)),
        ];
        assert_eq!(fame(&packed(&[1, 4], &films)), Some(55 + 6));
        assert_eq!(fame(&packed(&[3, 8], &films)), Some(166 + 6));
        assert_eq!(fame(&packed(&[], &films)), Some(166 + 6));
        assert_eq!(fame(&packed(&[], &[(1, None)])), Some(1));
        assert_eq!(fame(&packed(&[1], &[])), Some(0));
        assert_eq!(fame(&packed(&[], &[])), None);
        let most = Some(u32::MAX);
        assert_eq!(fame(&packed(&[], &[(1, most), (2, most)])), most);
        assert_eq!(fame(b"no record"), None);
    }

    #[test]
    fn texts_sort_as_keys_do() {
        let imdb = |name: &str| Key::from_imdb(IdPrefix::Person, name).unwrap();
        let mut keys = vec![
            imdb("nm0000008"),
            imdb("nm9999999"),
            imdb("nm10000000"),
            imdb("nm1000001"),
            Key::from_other(1).unwrap(),
            Key::from_other(500).unwrap(),
        ];
        keys.sort();
        let names: Vec<String> = keys.iter().map(|key| name_of(*key)).collect();
        assert!(names.is_sorted(), "{names:?}");
        let back: Vec<Option<Key>> = names.iter().map(|name| key_of(name)).collect();
        assert_eq!(back, keys.into_iter().map(Some).collect::<Vec<_>>());
        for wrong in ["", "o", "oz", "8", "nm0000008"] {
            assert_eq!(key_of(wrong), None, "{wrong}");
        }
    }
}
