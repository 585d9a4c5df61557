//! Tests of searches for people by their names, and for movies by words of a person with words of
//! the title or the year.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use catalogue::movie::{CastMember, Details, FullMovie};
use catalogue::search::Query;
use catalogue::store::{PeopleSearch, ProgressObserver, ReadTransaction, Reader, reindex};

use super::full_records::{movies, put};
use super::judge::{self, QUERIES, ROWS, Verdict};

/// Title, year, and people, separated by semicolons.
const CREDITS: &str = include_str!("credits.tsv");
/// Kind of the query, query, and expected person.
const PEOPLE: &str = include_str!("people.tsv");
/// Query, and the title and year of the expected movie.
const MIXED: &str = include_str!("mixed.tsv");
/// People of little-known movies, with the first name of one person and the last name of another.
const MADE_UP_PER_MOVIE: usize = 3;

/// Movies with fewer votes are little known.
const LITTLE_KNOWN: u32 = 100_000;

fn rows<const COLUMNS: usize>(
    table: &'static str,
) -> impl Iterator<Item = [&'static str; COLUMNS]> {
    table.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        columns.try_into().expect("all columns")
    })
}

/// Adds the people to the movies of the catalogue.
fn put_people(database: &Path) {
    let known: BTreeMap<String, Vec<&str>> = rows(CREDITS)
        .map(|[title, year, people]| (format!("{title} {year}"), people.split(';').collect()))
        .collect();
    let people: BTreeSet<&str> = known.values().flatten().copied().collect();
    let people: Vec<&str> = people.into_iter().collect();
    let part = |number: usize, is_last: bool| {
        let name = people[number % people.len()];
        let (first, last) = name.split_once(' ').unwrap_or((name, "Lee"));
        if is_last { last } else { first }
    };
    let member = |name: String, person: &str| CastMember {
        name,
        person: Some(person.to_owned()),
        ..CastMember::default()
    };
    let mut movies: Vec<_> = movies(database).into_iter().collect();
    movies.sort_by(|one, other| one.0.cmp(&other.0));
    let with_people = movies
        .into_iter()
        .enumerate()
        .map(|(number, (label, movie))| {
            let mut cast = Vec::new();
            let is_little_known = movie.votes.is_none_or(|votes| votes < LITTLE_KNOWN);
            for person in known.get(&label).into_iter().flatten() {
                let key = people.binary_search(person).expect("a person of the list");
                cast.push(member(format!("nm{key:07}"), person));
            }
            for place in number * MADE_UP_PER_MOVIE..(number + 1) * MADE_UP_PER_MOVIE {
                let name = format!("{} {}", part(place * 7, false), part(place * 13 + 5, true));
                // A second person with the name of a listed person would be a correct answer too.
                if is_little_known && !people.contains(&name.as_str()) {
                    cast.push(member(format!("made up {place}"), &name));
                }
            }
            let details = Details {
                cast,
                ..Details::default()
            };
            FullMovie::new(movie, details).expect("a movie with people")
        });
    put(database, with_people.collect());
}

/// The full names of the people that a query finds.
fn people(reader: &mut Reader, query: &str) -> Vec<String> {
    let search = PeopleSearch {
        query: Query::new(query).expect("a short query"),
        after: None,
        rows: ROWS,
    };
    let people = ReadTransaction::new(reader).people(&search);
    let people = people.expect("a search that works").into_iter();
    people
        .map(|person| format!("{} ", person.person.unwrap_or_default()))
        .collect()
}

#[test]
fn people_and_their_movies_are_found() {
    let (_folder, database) = super::catalogue();
    let without_people = judge::judge(&database, QUERIES);
    put_people(&database);
    reindex(&database, &mut ProgressObserver::silent()).unwrap();

    let queries =
        rows(PEOPLE).map(|[kind, query, person]| format!("{kind}\t{query}\t{person}\t\n"));
    let queries = format!("kind\tquery\tperson\tyear\n{}", queries.collect::<String>());
    let mut reader = Reader::open(&database).unwrap();
    let found = judge::judge_with(&queries, |query| {
        let started = judge::cpu_micros();
        let answers = people(&mut reader, query);
        (answers, judge::cpu_micros() - started)
    });
    super::print(&found);
    assert!(found.len() >= 100);
    let score = judge::score(&found, |_| true);
    assert!(
        score.first as f64 >= 0.97 * found.len() as f64,
        "{}",
        score.first
    );

    let queries =
        rows(MIXED).map(|[query, title, year]| format!("mixed\t{query}\t{title}\t{year}\n"));
    let queries = format!("kind\tquery\ttitle\tyear\n{}", queries.collect::<String>());
    let mixed = judge::judge(&database, &queries);
    super::print(&mixed);
    assert!(mixed.len() >= 50);
    let score = judge::score(&mixed, |_| true);
    assert!(
        score.first as f64 >= 0.95 * mixed.len() as f64,
        "{}",
        score.first
    );

    // Queries for titles find the same movies as before.
    let with_people = judge::judge(&database, QUERIES);
    let place = |verdict: &Verdict| verdict.place.unwrap_or(usize::MAX);
    for (before, after) in without_people.iter().zip(&with_people) {
        assert!(
            place(after) <= place(before),
            "`{}`: {:?} and then {:?}",
            before.query,
            before.answers,
            after.answers
        );
    }
}
