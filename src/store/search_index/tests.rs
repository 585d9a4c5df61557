//! Compares the index with a search that reads every movie.

use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Listing, Search};
use crate::config::limits;
use crate::movie::{Fields, Movie, Released};
use crate::search::{AnalyzedTitles, CandidateMovie, Filter, Query, TitleExtras, best_match, rank};
use crate::store::{
    self, Change, ChangeRequest, Loader, ProgressObserver, ReadTransaction, Reader, StoreError,
    Writer,
};

struct Catalogue {
    folder: TempDir,
    movies: Vec<Movie>,
}

impl Catalogue {
    /// Without the seed's movies.
    fn empty() -> Catalogue {
        let folder = tempfile::tempdir().unwrap();
        let mut catalogue = Catalogue {
            folder,
            movies: Vec::new(),
        };
        store::create(&catalogue.path()).unwrap();
        catalogue.change(&[], &["1", "2", "3"]);
        catalogue
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sae.db")
    }

    /// Imports movies in one go.
    fn load(&mut self, movies: &[Movie]) {
        let mut loader = Loader::begin(&self.path()).unwrap();
        for movie in movies {
            loader.put(&movie.view()).unwrap();
            self.note(movie);
        }
        loader.commit().unwrap();
    }

    fn change(&mut self, put: &[Movie], delete: &[&str]) {
        let (writer, thread) = Writer::open(&self.path()).unwrap();
        let puts = put
            .iter()
            .map(|movie| Change::PutMovie(Box::new(movie.clone().into())));
        let names = delete.iter().map(|&name| name.to_owned()).collect();
        let requests = puts
            .chain([Change::DeleteMovies { names }])
            .map(ChangeRequest::from_operator);
        let receipts: Vec<_> = requests.map(|request| writer.submit(request)).collect();
        for receipt in receipts {
            receipt.unwrap().wait().unwrap();
        }
        drop(writer);
        thread.join().unwrap();
        put.iter().for_each(|movie| self.note(movie));
        self.movies
            .retain(|movie| !delete.contains(&movie.name.as_str()));
    }

    fn note(&mut self, movie: &Movie) {
        self.movies.retain(|known| known.name != movie.name);
        self.movies.push(movie.clone());
    }

    /// The faults that the audit finds.
    fn faults(&self) -> Vec<String> {
        let connection = store::open::for_reading(&self.path()).unwrap();
        let (mut faults, movies) = (Vec::new(), self.movies.len() as u64);
        let mut fault = |fault| faults.push(fault);
        super::audit(
            &self.path(),
            &connection,
            movies,
            &mut fault,
            &mut ProgressObserver::silent(),
        )
        .unwrap();
        faults
    }

    /// The names of all answers, page by page.
    fn found(&self, query: &Query, filter: &Filter, rows: usize) -> Vec<String> {
        let mut reader = Reader::open(&self.path()).unwrap();
        let mut names: Vec<String> = Vec::new();
        loop {
            let search = Search {
                filter: filter.clone(),
                after: names.last().cloned(),
                ..Search::new(query.clone(), rows)
            };
            let page =
                ReadTransaction::new(&mut reader).find(&search, |movie| movie.name.to_owned());
            let page = page.unwrap();
            assert!(page.len() <= rows && names.len() <= self.movies.len());
            if page.is_empty() {
                return names;
            }
            names.extend(page);
        }
    }

    fn expected(&self, query: &Query, filter: &Filter) -> Vec<String> {
        let connection = store::open::for_reading(&self.path()).unwrap();
        let search = Search {
            filter: filter.clone(),
            ..Search::new(query.clone(), 1)
        };
        let interpretations =
            super::query::interpretations(&self.path(), &connection, &search).unwrap();
        let mut titles = AnalyzedTitles::default();
        let mut ranks: Vec<_> = self
            .movies
            .iter()
            .filter_map(|movie| {
                let view = movie.view();
                titles.analyze(&view);
                let closed = query.is_closed();
                let candidate = CandidateMovie {
                    titles: &titles,
                    movie: view,
                    extras: TitleExtras::default(),
                };
                let found = best_match(&interpretations, closed, filter, candidate)?;
                Some(rank(found.score, &view))
            })
            .collect();
        ranks.sort();
        ranks.into_iter().map(|rank| rank.name).collect()
    }

    fn listed(&self, filter: &Filter, rows: usize) -> Vec<String> {
        let mut reader = Reader::open(&self.path()).unwrap();
        let mut names: Vec<String> = Vec::new();
        loop {
            let listing = Listing {
                filter: filter.clone(),
                after: names.last().cloned(),
                rows,
            };
            let page =
                ReadTransaction::new(&mut reader).list(&listing, |movie| movie.name.to_owned());
            let page = page.unwrap();
            assert!(page.len() <= rows && names.len() <= self.movies.len());
            if page.is_empty() {
                return names;
            }
            names.extend(page);
        }
    }

    fn expected_list(&self, filter: &Filter) -> Vec<String> {
        let admitted = self
            .movies
            .iter()
            .filter(|movie| filter.admits(&movie.view()));
        let mut names: Vec<_> = admitted.map(|movie| movie.name.clone()).collect();
        names.sort();
        names
    }
}

const WORDS: [&str; 14] = [
    "the",
    "a",
    "alien",
    "aliens",
    "alienation",
    "Ali",
    "II",
    "2",
    "1979",
    "Été",
    "l'été",
    "七人",
    "x-men",
    "&",
];

prop_compose! {
    fn text()(words in proptest::collection::vec(0..WORDS.len(), 1..4)) -> String {
        words.into_iter().map(|word| WORDS[word]).collect::<Vec<_>>().join(" ")
    }
}

prop_compose! {
    fn movie()(
        name in 0..40,
        title in text(),
        original_title in proptest::option::of(text()),
        year in proptest::option::of(1978_u16..1981),
        genre in proptest::option::of(prop_oneof![Just("War"), Just("Sci-Fi")]),
        rating in proptest::option::of(prop_oneof![Just(6.9), Just(7.0), Just(7.5)]),
        votes in proptest::option::of(prop_oneof![0_u32..4, 1000_u32..1004, 2000_u32..2100]),
    ) -> Movie {
        Movie::new(Fields {
            name: format!("m{name}"),
            title,
            original_title,
            released: year.and_then(|year| Released::new(year, None, None)),
            genres: genre.into_iter().map(str::to_owned).collect(),
            rating,
            votes,
            ..Fields::default()
        })
        .unwrap()
    }
}

prop_compose! {
    fn query()(text in text(), letters in 1_usize..12) -> Query {
        Query::new(&text.chars().take(letters).collect::<String>()).unwrap()
    }
}

prop_compose! {
    fn filter()(
        years in proptest::option::weighted(0.3, prop_oneof![Just((1979, 1979)), Just((1900, 1979))]),
        genre in proptest::option::weighted(0.3, Just("scifi".to_owned())),
        min_rating in proptest::option::weighted(0.3, prop_oneof![Just(7.0), Just(7.2)]),
    ) -> Filter {
        Filter { years, genre, min_rating, ..Filter::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// After any imports, changes and removals, the answers of all pages are those of a search that
    /// reads every movie, in the same order.
    #[test]
    fn it_answers_as_if_it_looked_at_every_movie(
        loaded in proptest::collection::vec(movie(), 0..60),
        again in proptest::collection::vec(movie(), 0..4),
        changed in proptest::collection::vec(movie(), 0..20),
        removed in proptest::collection::vec(0..40, 0..6),
        queries in proptest::collection::vec((query(), filter(), 1_usize..8), 12),
    ) {
        let mut catalogue = Catalogue::empty();
        catalogue.load(&loaded);
        let removed: Vec<String> = removed.iter().map(|name| format!("m{name}")).collect();
        let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
        catalogue.change(&changed, &removed);
        catalogue.load(&again);
        for (query, filter, rows) in queries {
            let expected = catalogue.expected(&query, &filter);
            if !expected.is_empty() {
                prop_assert_eq!(catalogue.found(&query, &filter, rows), expected, "{:?}", query);
            }
            let expected = catalogue.expected_list(&filter);
            prop_assert_eq!(catalogue.listed(&filter, rows), expected);
        }
        prop_assert_eq!(catalogue.faults(), [""; 0]);
    }
}

/// Lists of several pieces, prefixes with lists of their own, and groups that are too large to be
/// sorted again.
#[test]
fn a_larger_catalogue_is_answered_alike() {
    let movie = |number: u32| {
        let common = ["night", "nightly"][number as usize % 2];
        let title = match number % 5 {
            0 => format!("{common} w{:03}", number % 700),
            1 => format!("w{:03} of the {common}", number % 700),
            2 => common.to_owned(),
            _ => format!("The {common} {}", number % 30),
        };
        Movie::new(Fields {
            name: format!("m{number:05}"),
            title,
            released: Released::new(1950 + (number % 60) as u16, None, None),
            genres: vec![["Drama", "War"][number as usize / 7 % 2].to_owned()],
            votes: (!number.is_multiple_of(3)).then_some(number * 7919 % 5000),
            ..Fields::default()
        })
        .unwrap()
    };
    let mut catalogue = Catalogue::empty();
    let all: Vec<Movie> = (0..4_000).map(movie).collect();
    catalogue.load(&all);
    let changed: Vec<Movie> = (0..40).map(|n| movie(n * 83 + 5)).collect();
    catalogue.change(&changed, &["m00010", "m00011", "m00012"]);
    let drama = Filter {
        genre: Some("drama".to_owned()),
        years: Some((1950, 1960)),
        ..Filter::default()
    };
    for (text, rows) in [
        ("night", 500),
        ("nigh", 333),
        ("w", 200),
        ("w0", 50),
        ("w00", 7),
        ("w123", 3),
        ("the night", 250),
        ("night w", 100),
        ("night 7", 20),
        ("of the nightly w10", 5),
        ("nightly 1975", 9),
    ] {
        let query = Query::new(text).unwrap();
        for filter in [Filter::default(), drama.clone()] {
            let found = catalogue.found(&query, &filter, rows);
            assert_eq!(found, catalogue.expected(&query, &filter), "{text}");
        }
    }
    assert_eq!(
        catalogue.listed(&drama, 13),
        catalogue.expected_list(&drama)
    );
    assert_eq!(catalogue.faults(), [""; 0]);
}

#[test]
fn work_has_a_bound() {
    let mut catalogue = Catalogue::empty();
    let movies: Vec<Movie> = (0..50)
        .map(|number| {
            Movie::new(Fields {
                name: format!("m{number}"),
                title: format!("night {number}"),
                ..Fields::default()
            })
            .unwrap()
        })
        .collect();
    catalogue.load(&movies);
    let connection = store::open::for_reading(&catalogue.path()).unwrap();
    let find = |steps| {
        let search = Search::new(Query::new("night").unwrap(), 10);
        super::find(
            &catalogue.path(),
            &connection,
            &Default::default(),
            &search,
            steps,
            |_, _| (),
        )
    };
    assert_eq!(find(1_000_000).unwrap().len(), 10);
    assert!(matches!(find(10_000), Err(StoreError::TooMuchWork)));
    let list = |steps| {
        let listing = Listing {
            filter: Filter {
                min_rating: Some(5.0),
                ..Filter::default()
            },
            after: None,
            rows: 10,
        };
        super::list(&catalogue.path(), &connection, &listing, steps, |_| ())
    };
    assert_eq!(list(1_000_000).unwrap().len(), 0);
    assert!(matches!(list(10), Err(StoreError::TooMuchWork)));
}

/// A movie with that title, and nothing else.
fn titled(name: &str, title: &str) -> Movie {
    Movie::new(Fields {
        name: name.to_owned(),
        title: title.to_owned(),
        ..Fields::default()
    })
    .unwrap()
}

#[test]
fn what_other_programs_did_is_no_answer_and_is_indexed_on_request() {
    let mut catalogue = Catalogue::empty();
    catalogue.load(&[
        titled("a", "Heat"),
        titled("b", "Heat"),
        titled("c", "Heat"),
    ]);
    let sqlite = rusqlite::Connection::open(catalogue.path()).unwrap();
    let change = "DELETE FROM movie WHERE name = 'a'; \
         UPDATE movie SET title = 'Alien' WHERE name = 'b'; \
         INSERT INTO movie (name, id, title, genres, votes) VALUES ('d', 9, 'Heat', '', -1);";
    sqlite.execute_batch(change).unwrap();
    let found = |text: &str| catalogue.found(&Query::new(text).unwrap(), &Filter::default(), 10);
    assert_eq!(found("heat"), ["c"]);
    sqlite
        .execute("DELETE FROM movie WHERE name = 'd'", [])
        .unwrap();
    sqlite.execute("DELETE FROM search_state", []).unwrap();
    store::migrate(&catalogue.path()).unwrap();
    assert_eq!(found("alien"), ["b"]);
    // Damaged lists are ignored, and no search fails.
    sqlite
        .execute_batch(
            "UPDATE search_list SET postings = x'ffff'; UPDATE search_name SET names = x'01ff'",
        )
        .unwrap();
    assert_eq!(found("alien"), [""; 0]);
}

#[test]
fn a_server_tidies_up_when_much_is_fresh() {
    let catalogue = Catalogue::empty();
    let path = catalogue.path();
    let sqlite = rusqlite::Connection::open(&path).unwrap();
    let delta = || -> i64 {
        let count = "SELECT count(*) FROM fresh_title";
        sqlite.query_row(count, [], |row| row.get(0)).unwrap()
    };
    let add = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
         INSERT INTO fresh_title (name, rank, terms) SELECT 'x' || i, 0, '{}' FROM n";
    let most = limits::MIN_DELTA_TO_COMPACT as i64;
    sqlite.execute(add, [most - 1]).unwrap();
    store::compact(&path).unwrap();
    assert_eq!(delta(), most - 1);
    sqlite
        .execute(
            "INSERT INTO fresh_title (name, rank, terms) VALUES ('one more', 0, '{}')",
            [],
        )
        .unwrap();
    store::compact(&path).unwrap();
    assert_eq!(delta(), 0);
}
