//! Compares imports with a simple model that takes one movie after the other.

mod details;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;

use super::Counts;
use super::journal::Journal;
use super::loader::{Loader, Sizes};
use super::write::Purpose;
use crate::config::limits;
use crate::movie::{Fields, Movie};
use crate::store::{
    self, Change, ChangeRequest, Progress, ProgressObserver, ReadTransaction, Reader, StoreError,
    Writer, open,
};

/// An observer that cancels the work.
fn cancelled() -> ProgressObserver<'static> {
    ProgressObserver::new(Arc::new(AtomicBool::new(true)), |_| {})
}

/// A catalogue of a test's own.
struct Catalogue(TempDir);

impl Catalogue {
    /// Without a movie.
    fn new() -> Catalogue {
        let catalogue = Catalogue(TempDir::new().unwrap());
        store::create(&catalogue.path()).unwrap();
        let names = ["1", "2", "3"].map(str::to_owned).to_vec();
        catalogue.apply(Change::DeleteMovies { names });
        catalogue
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("sae.db")
    }

    fn apply(&self, change: Change) {
        Writer::apply(&self.path(), ChangeRequest::from_operator(change)).unwrap();
    }

    fn loader(&self, purpose: Purpose, sizes: Sizes) -> Loader {
        let connection = match purpose {
            Purpose::DryRun => open::for_reading(&self.path()),
            _ => open::for_writing(&self.path()),
        };
        Loader::with(&self.path(), connection.unwrap(), purpose, sizes).unwrap()
    }

    fn load(&self, purpose: Purpose, sizes: Sizes, movies: &[Movie]) -> Counts {
        let mut loader = self.loader(purpose, sizes);
        for movie in movies {
            loader.put(&movie.view()).unwrap();
        }
        loader.commit().unwrap()
    }

    /// All movies, in the order of their names.
    fn movies(&self) -> Vec<Movie> {
        let mut reader = Reader::open(&self.path()).unwrap();
        let mut movies = Vec::new();
        ReadTransaction::new(&mut reader)
            .all::<StoreError>(|movie| {
                movies.push(movie.to_movie().unwrap());
                Ok(())
            })
            .unwrap();
        assert_eq!(
            ReadTransaction::new(&mut reader).count().unwrap(),
            movies.len() as u64
        );
        movies
    }

    fn journal_mode(&self) -> String {
        let sqlite = rusqlite::Connection::open(self.path()).unwrap();
        sqlite
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap()
    }
}

fn movie(name: &str, title: &str) -> Movie {
    Movie::new(Fields {
        name: name.to_owned(),
        title: title.to_owned(),
        ..Fields::default()
    })
    .unwrap()
}

/// Movies with few names and few fields, so that many are met again.
fn any_movies(most: usize) -> impl Strategy<Value = Vec<Movie>> {
    let name = prop_oneof!["tt00[0-9]{2}", "[a-c]{1,2}"];
    let fields = (
        name,
        "[TU]",
        prop::option::of(1_u32..3),
        prop::option::of(Just("1999-01".parse().unwrap())),
        prop::option::of(Just(7.5)),
        0_usize..3,
    );
    let movie = fields.prop_map(|(name, title, number, released, rating, genres)| {
        Movie::new(Fields {
            id: 0,
            name,
            original_title: number.map(|number| format!("{title} {number}")),
            title,
            released,
            runtime_minutes: number,
            genres: ["War", "Drama"].map(str::to_owned)[..genres].to_vec(),
            rating,
            votes: number,
        })
        .unwrap()
    });
    let movies = prop::collection::vec(movie, 0..most);
    // In order from the beginning, at the beginning alone, or not at all.
    (movies, 0_usize..3, any::<prop::sample::Index>()).prop_map(|(mut movies, order, until)| {
        let sorted = match order {
            0 => 0,
            1 if !movies.is_empty() => until.index(movies.len()),
            _ => movies.len(),
        };
        movies[..sorted].sort_by(|one, other| one.name.cmp(&other.name));
        movies
    })
}

fn any_sizes() -> impl Strategy<Value = Sizes> {
    let sizes = (1_usize..2_000, 1_usize..500, 2_usize..4, 1_usize..3_000);
    sizes.prop_map(|(chunk, batch, runs, people)| Sizes {
        chunk,
        batch,
        runs,
        people,
    })
}

/// One movie after the other, by their names. Gives what became of them.
fn expected(movies: &[Movie], there: &mut BTreeMap<String, Movie>) -> Counts {
    let mut counts = Counts::default();
    for movie in movies {
        match there.insert(movie.name.clone(), movie.clone()) {
            None => counts.added += 1,
            Some(before) if before == *movie => counts.unchanged += 1,
            Some(before) => {
                counts.changed += 1;
                counts.retitled += u64::from(before.title != movie.title);
                counts.forgotten += forgotten(&before, movie);
            }
        }
    }
    counts
}

fn forgotten(before: &Movie, after: &Movie) -> u64 {
    let known = |movie: &Movie| {
        [
            movie.released.is_some(),
            movie.runtime_minutes.is_some(),
            !movie.genres.is_empty(),
            movie.rating.is_some(),
            movie.votes.is_some(),
        ]
    };
    let pairs = known(before).into_iter().zip(known(after));
    pairs.filter(|pair| *pair == (true, false)).count() as u64
}

fn without_ids(movies: Vec<Movie>) -> Vec<Movie> {
    let without_id = |movie: Movie| movie.with_id(0).unwrap();
    movies.into_iter().map(without_id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_import_is_like_one_movie_after_the_other(
        imports in prop::collection::vec((any_movies(90), any_sizes()), 1..4),
    ) {
        let catalogue = Catalogue::new();
        let mut there = BTreeMap::new();
        for (movies, sizes) in imports {
            let before = catalogue.movies();
            let dry_run = catalogue.load(Purpose::DryRun, sizes, &movies);
            prop_assert_eq!(catalogue.movies(), before.clone());
            let counts = catalogue.load(Purpose::Import, sizes, &movies);
            prop_assert_eq!(counts, expected(&movies, &mut there));
            prop_assert_eq!(counts, dry_run);
            let after = catalogue.movies();
            let ids: BTreeMap<String, u64> =
                after.iter().map(|movie| (movie.name.clone(), movie.id)).collect();
            for movie in before {
                prop_assert_eq!(ids[&movie.name], movie.id);
            }
            let mut ids: Vec<u64> = ids.into_values().collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), after.len());
            let expected: Vec<Movie> = there.values().cloned().collect();
            prop_assert_eq!(without_ids(after), expected);
        }
        prop_assert_eq!(catalogue.journal_mode(), "wal");
    }
}

/// Names that are far apart in a large catalogue are looked up one by one.
#[test]
fn few_movies_are_found_among_many() {
    let catalogue = Catalogue::new();
    let number = |number: usize| movie(&format!("tt{number:07}"), "Old");
    let many: Vec<Movie> = (0..2_000).map(number).collect();
    catalogue.load(Purpose::Import, Sizes::default(), &many);
    let few: Vec<Movie> = (0..2_000)
        .step_by(limits::LOAD_ROWS_PASSED - 3)
        .chain((0..2_000).step_by(limits::LOAD_ROWS_PASSED * 2))
        .map(|number| movie(&format!("tt{number:07}"), "New"))
        .collect();
    let mut names: Vec<&str> = few.iter().map(|movie| movie.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let counts = catalogue.load(Purpose::Import, Sizes::default(), &few);
    assert_eq!(counts.changed, names.len() as u64);
    assert_eq!(counts.unchanged, (few.len() - names.len()) as u64);
    let new = catalogue
        .movies()
        .into_iter()
        .filter(|movie| movie.title == "New");
    assert_eq!(new.count(), names.len());
}

#[test]
fn an_import_alone_with_few_movies_uses_a_rollback_journal() {
    let catalogue = Catalogue::new();
    let alone = open::for_writing(&catalogue.path()).unwrap();
    let choose = |movies| Journal::choose(&alone, movies).unwrap();
    assert!(matches!(choose(limits::FEW_MOVIES + 1), Journal::Log));
    let chosen = choose(limits::FEW_MOVIES);
    assert!(matches!(chosen, Journal::Rollback));
    assert_eq!(catalogue.journal_mode(), "delete");
    let synchronous = alone.pragma_query_value(None, "synchronous", |row| row.get(0));
    assert_eq!(synchronous, Ok(3), "not EXTRA");
    chosen.tidy(&alone).unwrap();
    assert_eq!(catalogue.journal_mode(), "wal");
    let reader = Reader::open(&catalogue.path()).unwrap();
    assert!(matches!(choose(0), Journal::Log));
    drop(reader);
    assert!(matches!(choose(0), Journal::Rollback));
}

/// Given up at every stage, whatever the journal, an import leaves no trace, and
/// the next one has the catalogue for itself again.
#[test]
fn an_import_that_is_given_up_leaves_everything_as_it_was() {
    let catalogue = Catalogue::new();
    catalogue.load(Purpose::Import, Sizes::default(), &[movie("a", "Heat")]);
    let before = catalogue.movies();
    let sizes = Sizes {
        chunk: 1_000,
        batch: 100,
        runs: 2,
        ..Sizes::default()
    };
    for with_reader in [false, true] {
        let _reader = with_reader.then(|| Reader::open(&catalogue.path()).unwrap());
        for order in [1, -1] {
            let begin = || {
                let mut loader = catalogue.loader(Purpose::Import, sizes);
                for number in 0..200 {
                    let name = format!("m{:03}", 500 + order * number);
                    loader.put(&movie(&name, "Heathers").view()).unwrap();
                }
                loader
            };
            drop(begin());
            assert_eq!(catalogue.movies(), before);
            let given_up = begin().commit_observed(&mut cancelled());
            assert!(matches!(given_up, Err(StoreError::Interrupted)));
            assert_eq!(catalogue.movies(), before);
            let loader = begin();
            // As if it had been cancelled just before the indexing.
            loader.shared().stop.store(true, Ordering::Relaxed);
            let given_up = loader.commit();
            assert!(matches!(given_up, Err(StoreError::Interrupted)));
            assert_eq!(catalogue.movies(), before);
        }
    }
    let mut reached = Vec::new();
    let mut loader = catalogue.loader(Purpose::Import, sizes);
    loader.put(&movie("b", "Heathers").view()).unwrap();
    let mut observer = ProgressObserver::new(Arc::default(), |progress| reached.push(progress));
    let observed = loader.commit_observed(&mut observer);
    drop(observer);
    assert_eq!(observed.unwrap().added, 1);
    let first = Progress {
        work: "writing",
        done: 0,
        all: 1,
    };
    assert_eq!(reached[0], first);
}

#[test]
fn without_an_index_nothing_is_found_until_the_catalogue_is_opened() {
    use crate::search::Query;
    let catalogue = Catalogue::new();
    let movies = [movie("a", "Heat"), movie("b", "Heathers")];
    catalogue.load(Purpose::Import, Sizes::default(), &movies[..1]);
    catalogue.load(Purpose::ImportWithoutIndex, Sizes::default(), &movies);
    let found = || {
        let mut reader = Reader::open(&catalogue.path()).unwrap();
        let search = store::Search::new(Query::new("heat").unwrap(), 10);
        let mut names = Vec::new();
        ReadTransaction::new(&mut reader)
            .find(&search, |movie| names.push(movie.name.to_owned()))
            .unwrap();
        names
    };
    assert_eq!(found(), [""; 0]);
    drop(Writer::open(&catalogue.path()).unwrap());
    assert_eq!(found(), ["a", "b"]);
}

#[test]
fn ids_of_a_file_are_kept_where_they_are_free() {
    let catalogue = Catalogue::new();
    let with_id = |name, id| movie(name, "T").with_id(id).unwrap();
    let ids = |catalogue: &Catalogue| -> Vec<(String, u64)> {
        let movies = catalogue.movies().into_iter();
        movies.map(|movie| (movie.name.clone(), movie.id)).collect()
    };
    let exported = [with_id("c", 2), with_id("a", 70_000), with_id("b", 70_000)];
    catalogue.load(Purpose::Import, Sizes::default(), &exported);
    let named = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs
            .iter()
            .map(|(name, id)| ((*name).to_owned(), *id))
            .collect()
    };
    // The next id of the catalogue was 4.
    assert_eq!(ids(&catalogue), named(&[("a", 70_000), ("b", 4), ("c", 2)]));
    let more = [with_id("a", 9), with_id("d", 9), with_id("e", 80_000)];
    catalogue.load(Purpose::Import, Sizes::default(), &more);
    assert_eq!(
        ids(&catalogue),
        named(&[
            ("a", 70_000),
            ("b", 4),
            ("c", 2),
            ("d", 70_001),
            ("e", 80_000)
        ])
    );
    catalogue.apply(Change::PutMovie(Box::new(movie("f", "T").into())));
    assert_eq!(ids(&catalogue)[5], ("f".to_owned(), 80_001));
}
