//! Movies with details: an import is like one change after the other.

use super::*;
use crate::movie::{DETAIL_FIELDS, Details, FullMovie, MovieRef, PersonRef, SeriesPlace};
use crate::store::records::Records;

/// People with their full names.
const PEOPLE: [(&str, &str); 4] = [
    ("nm0000001", "Ann Lee"),
    ("nm0000002", "Bo Ek"),
    ("Cy Fox", "Cy Fox"),
    ("ann", "Ann"),
];

fn any_details() -> impl Strategy<Value = Details> {
    let people = || prop::collection::btree_set(0..PEOPLE.len(), 0..4);
    let series = prop::option::of((0_u32..3).prop_map(|season| SeriesPlace {
        name: "tt0000001".to_owned(),
        season: Some(season),
        ..SeriesPlace::default()
    }));
    let plot = prop::option::of("[pq]");
    (people(), people(), series, plot).prop_map(|(directors, writers, series, plot)| {
        let person = |place: usize| PersonRef {
            name: PEOPLE[place].0.to_owned(),
            person: Some(PEOPLE[place].1.to_owned()),
            job: None,
        };
        Details {
            directors: directors.into_iter().map(person).collect(),
            writers: writers.into_iter().map(person).collect(),
            series,
            plot,
            ..Details::default()
        }
    })
}

fn any_full_movies() -> impl Strategy<Value = Vec<FullMovie>> {
    let movies = any_movies(60);
    let details = prop::collection::vec(any_details(), 60);
    (movies, details).prop_map(|(movies, details)| {
        let movies = movies.into_iter().zip(details);
        movies
            .map(|(movie, details)| FullMovie::new(movie, details).unwrap())
            .collect()
    })
}

impl Catalogue {
    fn load_full(&self, purpose: Purpose, sizes: Sizes, movies: &[FullMovie]) -> Counts {
        let mut loader = self.loader(purpose, sizes);
        loader.set_details(DETAIL_FIELDS.iter().map(|field| field.name));
        for full in movies {
            let view = full.movie().view();
            loader.put_full(&view, Some(full.details())).unwrap();
        }
        loader.commit().unwrap()
    }

    /// All records without their ids, and the films of each person.
    fn records(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let path = self.path();
        let connection = open::for_reading(&path).unwrap();
        let records = Records::new(&path, &connection);
        let json = |movie: MovieRef<'_>, details: &Details| {
            let movie = movie.to_movie().unwrap().with_id(0).unwrap();
            FullMovie::new(movie, details.clone()).unwrap().to_json()
        };
        let full = self.movies().into_iter();
        let full = full.map(|movie| records.full_movie(&movie.name, json).unwrap().unwrap());
        let name = |movie: MovieRef<'_>| Some(movie.name.to_owned());
        // Films of equal votes are in the order of their keys, which the order of the changes gives.
        let films = PEOPLE.iter().map(|(person, _)| {
            let mut films = records.films_of(&[person], None, 100, name).unwrap();
            films.sort();
            films
        });
        (full.collect(), films.collect())
    }

    #[track_caller]
    fn is_sound(&self) {
        let health = store::check(&self.path(), &mut ProgressObserver::silent()).unwrap();
        assert_eq!(health.faults, []);
    }
}

fn expected_full(movies: &[FullMovie], there: &mut BTreeMap<String, FullMovie>) -> [u64; 3] {
    let mut counts = [0; 3];
    for movie in movies {
        match there.insert(movie.name.clone(), movie.clone()) {
            None => counts[0] += 1,
            Some(before) if before == *movie => counts[2] += 1,
            Some(_) => counts[1] += 1,
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn details_are_written_like_one_change_after_the_other(
        imports in prop::collection::vec((any_full_movies(), any_sizes()), 1..4),
    ) {
        let (imported, changed) = (Catalogue::new(), Catalogue::new());
        let mut there = BTreeMap::new();
        for (movies, sizes) in imports {
            let dry_run = imported.load_full(Purpose::DryRun, sizes, &movies);
            let counts = imported.load_full(Purpose::Import, sizes, &movies);
            for full in &movies {
                changed.apply(Change::PutMovie(Box::new(full.clone())));
            }
            prop_assert_eq!(imported.records(), changed.records());
            let expected = expected_full(&movies, &mut there);
            prop_assert_eq!([counts.added, counts.changed, counts.unchanged], expected);
            prop_assert_eq!(counts, dry_run);
            imported.is_sound();
        }
    }
}

/// With one byte for the people that wait, they are written after each batch.
#[test]
fn people_that_do_not_fit_are_written_before_the_next_batch() {
    let sizes = Sizes {
        chunk: 2_000,
        batch: 300,
        runs: 3,
        people: 1,
    };
    let full = |number: usize, person: usize| {
        let details = Details {
            directors: vec![PersonRef {
                name: PEOPLE[person].0.to_owned(),
                person: Some(PEOPLE[person].1.to_owned()),
                job: None,
            }],
            ..Details::default()
        };
        let movie = movie(&format!("m{number:03}"), "T");
        FullMovie::new(movie, details).unwrap()
    };
    let movies: Vec<FullMovie> = (0..80).rev().map(|n| full(n, n % PEOPLE.len())).collect();
    let catalogue = Catalogue::new();
    let counts = catalogue.load_full(Purpose::Import, sizes, &movies);
    assert_eq!(counts.added, 80);
    let (_, films) = catalogue.records();
    assert!(films.iter().all(|films| films.len() == 20), "{films:?}");
    catalogue.is_sound();
    let again = catalogue.load_full(Purpose::Import, sizes, &movies);
    assert_eq!((again.unchanged, again.changed), (80, 0));
    let moved: Vec<FullMovie> = (0..80).map(|number| full(number, 0)).collect();
    let counts = catalogue.load_full(Purpose::Import, sizes, &moved);
    assert_eq!((counts.unchanged, counts.changed), (20, 60));
    let (_, films) = catalogue.records();
    let films: Vec<usize> = films.iter().map(Vec::len).collect();
    assert_eq!(films, [80, 0, 0, 0]);
    catalogue.is_sound();
}
