//! Searches for people, in both segments of their index.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{PeopleSearch, Search};
use crate::config::limits;
use crate::movie::{CastMember, Details, Fields, FullMovie, Movie};
use crate::search::Query;
use crate::store::packed_record::{IdPrefix, Key};
use crate::store::{
    self, Change, ChangeRequest, ProgressObserver, ReadTransaction, Reader, StoreError, Writer,
};

fn film(name: &str, votes: Option<u32>, cast: &[(&str, &str)]) -> FullMovie {
    film_with_title(name, "Film", votes, cast)
}

fn film_with_title(
    name: &str,
    title: &str,
    votes: Option<u32>,
    cast: &[(&str, &str)],
) -> FullMovie {
    let fields = Fields {
        name: name.to_owned(),
        title: title.to_owned(),
        votes,
        ..Fields::default()
    };
    let member = |&(name, person): &(&str, &str)| CastMember {
        name: name.to_owned(),
        person: Some(person.to_owned()),
        ..CastMember::default()
    };
    let details = Details {
        cast: cast.iter().map(member).collect(),
        ..Details::default()
    };
    FullMovie::new(Movie::new(fields).unwrap(), details).unwrap()
}

fn change(database: &Path, changes: impl IntoIterator<Item = Change>) {
    let (writer, thread) = Writer::open(database).unwrap();
    for change in changes {
        let request = ChangeRequest::from_operator(change);
        writer.submit(request).unwrap().wait().unwrap();
    }
    drop(writer);
    thread.join().unwrap();
}

fn put(film: FullMovie) -> Change {
    Change::PutMovie(Box::new(film))
}

fn delete(name: &str) -> Change {
    Change::DeleteMovies {
        names: vec![name.to_owned()],
    }
}

fn people(database: &Path, search: &PeopleSearch) -> Result<Vec<String>, StoreError> {
    let mut reader = Reader::open(database).unwrap();
    let people = ReadTransaction::new(&mut reader).people(search)?;
    Ok(people.into_iter().map(|person| person.name).collect())
}

fn search(text: &str, after: Option<&str>, rows: usize) -> PeopleSearch {
    PeopleSearch {
        query: Query::new(text).unwrap(),
        after: after.map(str::to_owned),
        rows,
    }
}

fn faults(database: &Path) -> Vec<String> {
    let connection = store::open::for_reading(database).unwrap();
    let mut faults = Vec::new();
    let mut silent = ProgressObserver::silent();
    let movies = crate::store::tables::counters::movies(database, &connection).unwrap();
    let mut fault = |fault| faults.push(fault);
    super::audit(database, &connection, movies, &mut fault, &mut silent).unwrap();
    faults
}

fn new_catalogue() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("people.db");
    store::create(&database).unwrap();
    (folder, database)
}

/// Runs the test with all people in the delta, and then in the base.
fn in_both_segments(test: impl Fn(&Path)) {
    let (_folder, database) = new_catalogue();
    let films = [
        film(
            "heat",
            Some(700_000),
            &[
                ("nm0000199", "Al Pacino"),
                ("nm0000134", "Robert De Niro"),
                ("nm0000174", "Val Kilmer"),
            ],
        ),
        film(
            "godfather",
            Some(2_000_000),
            &[("nm0000199", "Al Pacino"), ("nm0000008", "Marlon Brando")],
        ),
        film(
            "little",
            Some(40),
            &[
                ("nm7", "Al Pacino Junior"),
                ("ren\u{e9}e", "Ren\u{e9}e Zellweger"),
                ("nm8", "Alan Brandt"),
            ],
        ),
        film(
            "unknown",
            None,
            &[("nm0000009", "Al Pacino"), ("nm8", "Alan Brandt")],
        ),
    ];
    change(&database, films.into_iter().map(put));
    test(&database);
    assert_eq!(faults(&database), [""; 0]);
    store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
    test(&database);
    assert_eq!(faults(&database), [""; 0]);
}

#[test]
fn people_are_found_while_their_names_are_typed() {
    in_both_segments(|database| {
        let found = |text: &str| people(database, &search(text, None, 10)).unwrap();
        assert_eq!(found("al paci"), ["nm0000199", "nm7", "nm0000009"]);
        // The whole name precedes a longer one.
        assert_eq!(found("AL PACINO"), ["nm0000199", "nm0000009", "nm7"]);
        assert_eq!(found("pacino al")[0], "nm0000199");
        assert_eq!(found("renee zell"), ["ren\u{e9}e"]);
        assert_eq!(found("Ren\u{c9}e"), ["ren\u{e9}e"]);
        assert_eq!(found("brand"), ["nm0000008", "nm8"]);
        // Typing errors.
        assert_eq!(found("al pachino")[0], "nm0000199");
        assert_eq!(found("brnado"), ["nm0000008"]);
        assert_eq!(found("zelweger"), ["ren\u{e9}e"]);
        assert_eq!(found("unknown"), [""; 0]);
        assert_eq!(found(""), [""; 0]);
        // Titles of films are not names.
        assert_eq!(found("film"), [""; 0]);
    });
}

/// The name of a person alone finds the movies of the person, after movies with the name in their
/// titles that are as well known.
#[test]
fn a_name_alone_finds_the_movies_of_the_person() {
    let (_folder, database) = new_catalogue();
    let named = |name: &str, title: &str, votes: u32, people: &[(&str, &str)]| {
        let (movie, details) = film(name, Some(votes), people).into_parts();
        let fields = Fields {
            title: title.to_owned(),
            ..movie.into_fields()
        };
        put(FullMovie::new(Movie::new(fields).unwrap(), details).unwrap())
    };
    let pacino = ("nm0000199", "Al Pacino");
    change(
        &database,
        [
            named("heat", "Heat", 700_000, &[pacino]),
            named("scarface", "Scarface", 800_000, &[pacino]),
            named("other", "Other", 900_000, &[("nm0000001", "Alan Pacey")]),
            named("about", "Al Pacino at Work", 50, &[]),
        ],
    );
    let find = |text: &str| -> Vec<String> {
        let search = Search::new(Query::new(text).unwrap(), 10);
        let mut reader = Reader::open(&database).unwrap();
        let found = ReadTransaction::new(&mut reader)
            .find_matches(&search, |movie, _| movie.name.to_owned());
        found.unwrap()
    };
    for indexed in [false, true] {
        if indexed {
            store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
        }
        for text in ["al pacino", "pacino", "al paci", "Al Pacino "] {
            assert_eq!(find(text), ["scarface", "heat", "about"], "{text}");
        }
        assert_eq!(find("pac"), ["about"]);
    }
}

#[test]
fn only_the_last_word_next_to_a_person_may_be_the_beginning_of_a_longer_one() {
    let (_folder, database) = new_catalogue();
    let cast = [("nm0000199", "Al Pacino")];
    let films = [("heat", "Heat", 700_000), ("heather", "Heather", 900_000)];
    let films = films.map(|(name, title, votes)| film_with_title(name, title, Some(votes), &cast));
    change(&database, films.map(put));
    let found = |text: &str| {
        let mut reader = Reader::open(&database).unwrap();
        let search = Search::new(Query::new(text).unwrap(), 10);
        ReadTransaction::new(&mut reader)
            .find(&search, |movie| movie.name.to_owned())
            .unwrap()
    };
    for _ in ["in the delta", "in the base"] {
        assert_eq!(found("heat pacino"), ["heat"]);
        assert_eq!(found("heat paci"), ["heat"]);
        assert_eq!(found("pacino heat"), ["heat", "heather"]);
        assert_eq!(found("pacino heath"), ["heather"]);
        store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
    }
}

#[test]
fn pages_of_people_continue_after_a_person() {
    in_both_segments(|database| {
        let after = |name| people(database, &search("al pacino", Some(name), 1));
        assert_eq!(after("nm0000199").unwrap(), ["nm0000009"]);
        assert_eq!(after("nm0000009").unwrap(), ["nm7"]);
        assert_eq!(after("nm7").unwrap(), [""; 0]);
        for wrong in ["nm0000008", "nm1234567", "none"] {
            let error = after(wrong);
            assert!(
                matches!(&error, Err(StoreError::NotAnAnswer(name)) if name == wrong),
                "{error:?}"
            );
        }
    });
}

#[test]
fn a_change_of_a_film_changes_its_people() {
    let (_folder, database) = new_catalogue();
    let found = |text: &str| people(&database, &search(text, None, 10)).unwrap();
    let cast = [("a", "Ann Lee"), ("b", "Ann Lees")];
    change(
        &database,
        [
            put(film("1", Some(10), &cast)),
            put(film("2", Some(9_000), &cast[1..])),
        ],
    );
    assert_eq!(found("ann l"), ["b", "a"]);
    store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
    // More votes of a film.
    change(&database, [put(film("1", Some(900_000), &cast[..1]))]);
    assert_eq!(found("ann l"), ["a", "b"]);
    // Another name is the person's own only while no film has given one.
    change(&database, [put(film("2", Some(9_000), &[("b", "Bob")]))]);
    assert_eq!(found("ann lees"), ["b"]);
    change(
        &database,
        [delete("2"), put(film("3", None, &[("b", "Bob")]))],
    );
    assert_eq!(
        (found("ann"), found("bob")),
        (vec!["a".to_owned()], vec!["b".to_owned()])
    );
    change(&database, [delete("1"), delete("3")]);
    assert_eq!((found("ann"), found("bob")), (vec![], vec![]));
    assert_eq!(faults(&database), [""; 0]);
}

/// Films of some people, with and without votes.
type Films = Vec<(u8, Option<u32>, Vec<u8>)>;

fn films() -> impl Strategy<Value = Films> {
    let votes = proptest::option::of(0_u32..5_000);
    let cast = proptest::collection::vec(0_u8..40, 0..6);
    proptest::collection::vec((0_u8..30, votes, cast), 0..40)
}

fn named(number: u8) -> (String, String) {
    let first = ["Ann", "Anna", "Annabel", "Lee"][usize::from(number) % 4];
    let last = ["Lee", "Leeds", "Ann"][usize::from(number) % 3];
    let name = if number.is_multiple_of(5) {
        format!("person {number}")
    } else {
        format!("nm{number:07}")
    };
    (name, format!("{first} {last}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// After any puts and deletes before and after a rebuild, the index agrees with the rows. The
    /// pages contain each person with the words once, in the order of one long page.
    #[test]
    fn the_index_of_people_follows_their_films(
        (before, after) in (films(), films()),
        deleted in proptest::collection::vec(0_u8..30, 0..10),
        rows in 1_usize..5,
    ) {
        let (_folder, database) = new_catalogue();
        let puts = |films: &Films| -> Vec<Change> {
            let put = |(number, votes, cast): &(u8, Option<u32>, Vec<u8>)| {
                let cast: BTreeMap<u8, (String, String)> =
                    cast.iter().map(|number| (*number, named(*number))).collect();
                let cast: Vec<_> =
                    cast.values().map(|(name, person)| (name.as_str(), person.as_str())).collect();
                put(film(&format!("f{number}"), *votes, &cast))
            };
            films.iter().map(put).collect()
        };
        change(&database, puts(&before));
        store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
        change(&database, puts(&after));
        change(&database, deleted.iter().map(|number| delete(&format!("f{number}"))));
        prop_assert_eq!(faults(&database), [""; 0]);
        for text in ["ann", "le", "ann lee", "lee ann"] {
            let all = people(&database, &search(text, None, 100)).unwrap();
            let mut paged: Vec<String> = Vec::new();
            loop {
                let last = paged.last().map(String::as_str);
                let page = people(&database, &search(text, last, rows)).unwrap();
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
                prop_assert!(paged.len() <= all.len());
            }
            prop_assert_eq!(paged, all);
        }
    }
}

/// In a catalogue of many people, those of little fame are found by their full names only.
#[test]
fn people_of_little_fame_are_found_by_their_full_names() {
    let (_folder, database) = new_catalogue();
    let cast = [("nm0000199", "Al Pacino"), ("nm0000198", "Al Pacino")];
    let films = [
        film("known", Some(90), &cast[..1]),
        film("unknown", None, &cast[1..]),
    ];
    change(&database, films.map(put));
    let fill = |people: u64| {
        let mut sqlite = rusqlite::Connection::open(&database).unwrap();
        let transaction = sqlite.transaction().unwrap();
        let sql = "INSERT OR REPLACE INTO person SELECT ?1, 'Ann Kite', record FROM person \
             WHERE key = ?2";
        let key = |number: u64| {
            let name = format!("nm{number:07}");
            Key::from_imdb(IdPrefix::Person, &name).unwrap().value()
        };
        for number in 0..people {
            let keys = [key(1_000_000 + number), key(199)];
            transaction
                .prepare_cached(sql)
                .unwrap()
                .execute(keys)
                .unwrap();
        }
        transaction.commit().unwrap();
        store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
    };
    let found = |text: &str| people(&database, &search(text, None, 3)).unwrap();
    let both = ["nm0000199", "nm0000198"];
    fill(10);
    assert_eq!(found("pacino"), both);
    fill(limits::MAX_PEOPLE_WITH_WORDS);
    assert_eq!(found("al pacino"), both);
    assert_eq!(found("pacino"), both[..1]);
    assert_eq!(found("al pac"), both[..1]);
    assert_eq!(faults(&database), [""; 0]);
}
