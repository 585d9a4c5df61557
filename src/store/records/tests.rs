//! Written records are read back, and every change updates people and series.

use std::path::Path;

use rusqlite::Connection;

use super::*;
use crate::movie::{
    Aka, CastMember, Details, EpisodeRef, Fields, FullMovie, Movie, PersonRef, SeasonCount,
    SeriesPlace,
};
use crate::store::{StoreError, schema};

struct Catalogue(Connection);

impl Catalogue {
    fn new() -> Catalogue {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::to_latest(Path::new("memory"), &mut connection).unwrap();
        Catalogue(connection)
    }

    fn records(&self) -> Records<'_> {
        Records::new(Path::new("memory"), &self.0)
    }

    fn put(&self, movie: &FullMovie) {
        put(&self.0, movie, &mut |_, _, _| Ok(())).unwrap();
    }

    fn full(&self, name: &str) -> FullMovie {
        let make = |movie: crate::movie::MovieRef<'_>, details: &Details| {
            FullMovie::new(movie.to_movie().unwrap(), details.clone()).unwrap()
        };
        self.records().full_movie(name, make).unwrap().unwrap()
    }

    fn films(&self, people: &[&str]) -> Vec<String> {
        let name = |movie: crate::movie::MovieRef<'_>| Some(movie.name.to_owned());
        self.records().films_of(people, None, 10, name).unwrap()
    }

    fn episodes(&self, season: Option<u32>, after: Option<&str>, rows: usize) -> Vec<String> {
        let page = EpisodePage {
            series: "tt0000001".into(),
            season,
            after: after.map(str::to_owned),
            rows,
        };
        let name = |episode: EpisodeRef<'_>| episode.movie.name.to_owned();
        self.records().episodes(&page, name).unwrap().unwrap()
    }

    fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.0.query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn movie(name: &str, votes: Option<u32>, details: Details) -> FullMovie {
    let fields = Fields {
        name: name.into(),
        title: format!("The {name}"),
        votes,
        ..Fields::default()
    };
    FullMovie::new(Movie::new(fields).unwrap(), details).unwrap()
}

/// An episode of a series, with another title and with that person in its cast, for tests of other
/// modules.
pub(in crate::store) fn full_movie(
    name: &str,
    series: &str,
    person: &str,
    votes: u32,
) -> FullMovie {
    let details = Details {
        kind: Some("tvEpisode".into()),
        akas: vec![Aka {
            title: format!("Le {name}"),
            region: Some("FR".into()),
            ..Aka::default()
        }],
        series: Some(SeriesPlace {
            name: series.into(),
            title: None,
            season: Some(1),
            episode: Some(votes % 10),
        }),
        ..cast(&[(person, Some("Ann Kite")), ("nm0000008", None)])
    };
    movie(name, Some(votes), details)
}

fn cast(people: &[(&str, Option<&str>)]) -> Details {
    let member = |(name, person): &(&str, Option<&str>)| CastMember {
        name: (*name).into(),
        person: person.map(str::to_owned),
        category: Some("actor".into()),
        characters: vec!["Self".into()],
    };
    Details {
        cast: people.iter().map(member).collect(),
        ..Details::default()
    }
}

fn episode(name: &str, season: Option<u32>, number: Option<u32>) -> FullMovie {
    let series = SeriesPlace {
        name: "tt0000001".into(),
        title: None,
        season,
        episode: number,
    };
    let details = Details {
        series: Some(series),
        ..Details::default()
    };
    movie(name, None, details)
}

#[test]
fn a_record_with_names_of_any_form_comes_back() {
    let catalogue = Catalogue::new();
    for votes in [None, Some(7)] {
        for name in ["tt0068646", "solaris", "1", "nm0000001", "a b:c"] {
            let details = cast(&[("nm0000008", Some("Marlon Brando")), ("al", Some("Al"))]);
            let mut full = movie(name, votes, details);
            catalogue.put(&full);
            let (movie, details) = full.into_parts();
            let id = catalogue.full(name).id;
            full = FullMovie::new(movie.with_id(id).unwrap(), details).unwrap();
            assert_eq!(catalogue.full(name), full);
        }
    }
    assert_eq!(catalogue.films(&["al"]).len(), 5);
    let person = catalogue.records().person("al").unwrap().unwrap();
    assert_eq!((person.person.as_deref(), person.credits), (Some("Al"), 5));
    assert_eq!(catalogue.records().person("nobody").unwrap(), None);
    assert_eq!(catalogue.records().person("nm0000009").unwrap(), None);
}

#[test]
fn films_follow_votes_people_and_deletions() {
    let catalogue = Catalogue::new();
    let both = || cast(&[("nm0000008", Some("Marlon Brando")), ("al", None)]);
    catalogue.put(&movie("a", Some(10), both()));
    catalogue.put(&movie("b", Some(99), both()));
    catalogue.put(&movie("c", None, cast(&[("al", Some("Al"))])));
    assert_eq!(catalogue.films(&["al"]), ["b", "a", "c"]);
    assert_eq!(catalogue.films(&["nm0000008", "al"]), ["b", "a"]);
    assert_eq!(catalogue.films(&["nm0000008", "nobody"]), [""; 0]);
    assert_eq!(
        catalogue.full("c").details().cast[0].person.as_deref(),
        Some("Al")
    );
    // A person has one full name.
    catalogue.put(&movie("d", Some(50), cast(&[("al", Some("Another Al"))])));
    assert_eq!(
        catalogue.full("d").details().cast[0].person.as_deref(),
        Some("Al")
    );
    assert_eq!(catalogue.films(&["al"]), ["b", "d", "a", "c"]);
    // Without the person, and with other votes.
    catalogue.put(&movie("b", Some(99), cast(&[("nm0000008", None)])));
    catalogue.put(&movie("a", Some(60), both()));
    assert_eq!(catalogue.films(&["al"]), ["a", "d", "c"]);
    let after = |after: &str| {
        let name = |movie: crate::movie::MovieRef<'_>| Some(movie.name.to_owned());
        catalogue.records().films_of(&["al"], Some(after), 1, name)
    };
    assert_eq!(after("a").unwrap(), ["d"]);
    assert!(matches!(after("b"), Err(StoreError::NotAnAnswer(_))));
    for name in ["a", "b", "c", "d"] {
        assert!(delete(&catalogue.0, name, &mut |_, _, _| Ok(())).unwrap());
        assert!(!delete(&catalogue.0, name, &mut |_, _, _| Ok(())).unwrap());
    }
    for table in ["movie", "title_details", "person", "series"] {
        assert_eq!(catalogue.rows(table), 0, "{table}");
    }
}

#[test]
fn a_plain_change_keeps_the_details() {
    let catalogue = Catalogue::new();
    let mut details = cast(&[("al", Some("Al"))]);
    details.akas = vec![crate::movie::Aka {
        title: "The a".into(),
        region: Some("US".into()),
        ..Default::default()
    }];
    catalogue.put(&movie("a", Some(10), details.clone()));
    catalogue.put(&movie("b", Some(20), cast(&[("al", None)])));
    let old = catalogue.full("a");
    let fields = Fields {
        title: "Renamed".into(),
        votes: None,
        ..old.movie().clone().into_fields()
    };
    let new = Movie::new(fields).unwrap();
    crate::store::tables::movies::put(&catalogue.0, &new).unwrap();
    movie_changed(
        &catalogue.0,
        &old.view(),
        &new.view(),
        &mut |_, _, _| Ok(()),
    )
    .unwrap();
    assert_eq!(catalogue.full("a").details(), &details);
    assert_eq!(catalogue.films(&["al"]), ["b", "a"]);
}

#[test]
fn episodes_are_in_order_and_follow_every_change() {
    let catalogue = Catalogue::new();
    catalogue.put(&movie("tt0000001", None, Details::default()));
    assert_eq!(catalogue.episodes(None, None, 10), [""; 0]);
    for (name, season, number) in [
        ("x", None, None),
        ("c", Some(2), Some(1)),
        ("b", Some(1), Some(2)),
        ("a", Some(1), Some(1)),
        ("d", Some(1), None),
    ] {
        catalogue.put(&episode(name, season, number));
    }
    assert_eq!(
        catalogue.episodes(None, None, 10),
        ["a", "b", "d", "c", "x"]
    );
    assert_eq!(catalogue.episodes(Some(1), None, 2), ["a", "b"]);
    assert_eq!(catalogue.episodes(Some(1), Some("b"), 2), ["d"]);
    assert_eq!(catalogue.episodes(None, Some("b"), 2), ["d", "c"]);
    let count = |season, episodes| SeasonCount { season, episodes };
    assert_eq!(
        catalogue.full("tt0000001").details().seasons,
        Some(vec![count(Some(1), 3), count(Some(2), 1), count(None, 1)])
    );
    let place = catalogue.full("a").into_parts().1.series.unwrap();
    assert_eq!(place.title.as_deref(), Some("The tt0000001"));
    catalogue.put(&episode("a", Some(2), Some(9)));
    catalogue.put(&movie("b", None, cast(&[("al", None)])));
    assert!(delete(&catalogue.0, "c", &mut |_, _, _| Ok(())).unwrap());
    assert_eq!(catalogue.episodes(None, None, 10), ["d", "a", "x"]);
    for name in ["a", "d", "x"] {
        assert!(delete(&catalogue.0, name, &mut |_, _, _| Ok(())).unwrap());
    }
    assert_eq!(catalogue.full("tt0000001").details().seasons, None);
    assert_eq!(catalogue.rows("series"), 0);
}

#[test]
fn a_damaged_record_is_an_error() {
    let catalogue = Catalogue::new();
    let directors = vec![PersonRef {
        name: "al".into(),
        ..PersonRef::default()
    }];
    let details = Details {
        directors,
        ..Details::default()
    };
    catalogue.put(&movie("a", None, details));
    let damage = "UPDATE title_details SET details = substr(details, 1, length(details) - 1)";
    catalogue.0.execute(damage, []).unwrap();
    let read = catalogue.records().full_movie("a", |_, _| ());
    let Err(StoreError::DamagedRow(_, reason)) = read else {
        panic!("{read:?}");
    };
    assert!(reason.contains("packed record is damaged"), "{reason}");
    catalogue
        .0
        .execute("UPDATE person SET record = x'0102'", [])
        .unwrap();
    assert!(catalogue.records().person("al").is_err());
}
