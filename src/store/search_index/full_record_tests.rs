//! Searches for fields that only full records have, in both segments of the index.

use std::path::Path;

use tempfile::TempDir;

use super::{Search, SearchOrder};
use crate::movie::{Aka, CastMember, Details, Fields, FullMovie, Movie, SeriesPlace};
use crate::search::Query;
use crate::store::{
    self, Change, ChangeRequest, ProgressObserver, ReadTransaction, Reader, StoreError, Writer,
};

fn movie(name: &str, title: &str, year: &str, votes: u32, details: Details) -> FullMovie {
    let fields = Fields {
        name: name.to_owned(),
        title: title.to_owned(),
        released: Some(year.parse().unwrap()),
        votes: Some(votes),
        rating: Some(f64::from(votes % 10)),
        ..Fields::default()
    };
    FullMovie::new(Movie::new(fields).unwrap(), details).unwrap()
}

fn aka(title: &str, region: &str, kinds: &[&str]) -> Aka {
    Aka {
        title: title.to_owned(),
        region: Some(region.to_owned()),
        types: kinds.iter().map(|&kind| kind.to_owned()).collect(),
        ..Aka::default()
    }
}

fn of_kind(kind: &str) -> Details {
    Details {
        kind: Some(kind.to_owned()),
        ..Details::default()
    }
}

fn with_cast(details: Details, people: &[&str]) -> Details {
    let member = |&name: &&str| CastMember {
        name: name.to_owned(),
        ..CastMember::default()
    };
    Details {
        cast: people.iter().map(member).collect(),
        ..details
    }
}

fn movies() -> Vec<FullMovie> {
    let godfather = Details {
        akas: vec![
            aka("Kum", "TR", &["alternative"]),
            aka("Le Parrain", "FR", &["imdbDisplay"]),
            aka("Le parrain, premi\u{e8}re partie", "FR", &["video"]),
            aka(
                "\u{30b4}\u{30c3}\u{30c9}\u{30d5}\u{30a1}\u{30fc}\u{30b6}\u{30fc}",
                "JP",
                &[],
            ),
        ],
        ..of_kind("movie")
    };
    vec![
        movie(
            "tt0000001",
            "The Godfather",
            "1972",
            2_000_003,
            with_cast(godfather, &["nm0000001", "nm0000002"]),
        ),
        movie(
            "tt0000002",
            "Heat",
            "1995",
            700_005,
            with_cast(of_kind("movie"), &["nm0000001", "nm0000003"]),
        ),
        movie(
            "tt0000003",
            "Heat of the Night",
            "1967",
            800_007,
            with_cast(of_kind("movie"), &["nm0000002"]),
        ),
        movie(
            "tt0000004",
            "Parrain Brothers",
            "2001",
            1_500_001,
            of_kind("movie"),
        ),
        movie("tt0000005", "Pilot", "2008", 6_000, of_kind("tvEpisode")),
        movie("tt0000006", "Pilot", "1999", 5_000, of_kind("movie")),
        movie(
            "tt0000007",
            "Heat After Dark",
            "2003",
            900_001,
            Details {
                adult: Some(true),
                ..of_kind("video")
            },
        ),
        movie(
            "own name",
            "Another Heat",
            "2010",
            100,
            with_cast(of_kind("short"), &["nm0000001"]),
        ),
    ]
}

fn put(database: &Path, movies: Vec<FullMovie>) {
    let (writer, thread) = Writer::open(database).unwrap();
    for movie in movies {
        let request = ChangeRequest::from_operator(Change::PutMovie(Box::new(movie)));
        writer.submit(request).unwrap().wait().unwrap();
    }
    drop(writer);
    thread.join().unwrap();
}

/// Runs the test with all movies in the delta, and then in the base.
fn in_both_segments(test: impl Fn(&Path)) {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let database = folder.path().join("full.db");
    store::create(&database).unwrap();
    put(&database, movies());
    test(&database);
    store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
    test(&database);
}

/// The names of the answers, each with the other title that matches and the title that is shown.
fn find(database: &Path, search: &Search) -> Result<Vec<String>, StoreError> {
    let mut reader = Reader::open(database).unwrap();
    ReadTransaction::new(&mut reader).find_matches(search, |movie, found| {
        let titles = [found.matched, found.shown].into_iter().flatten();
        let titles: Vec<&str> = [movie.name].into_iter().chain(titles).collect();
        titles.join(" = ")
    })
}

fn search(text: &str, change: impl FnOnce(&mut Search)) -> Search {
    let mut search = Search::new(Query::new(text).unwrap(), 10);
    change(&mut search);
    search
}

#[test]
fn a_movie_is_found_by_each_of_its_titles() {
    in_both_segments(|database| {
        let first = |text: &str| {
            let found = find(database, &search(text, |_| ())).unwrap();
            found.into_iter().next().unwrap_or_default()
        };
        // Whole other titles precede longer titles that are as well known, and beginnings do not.
        assert_eq!(first("le parrain"), "tt0000001 = Le Parrain");
        assert_eq!(first("PARRAIN"), "tt0000001 = Le Parrain");
        assert_eq!(first("parrai"), "tt0000004");
        assert_eq!(first("kum"), "tt0000001 = Kum");
        assert_eq!(
            first("premiere partie"),
            "tt0000001 = Le parrain, premi\u{e8}re partie"
        );
        assert_eq!(
            first("\u{30b4}\u{30c3}\u{30c9}"),
            "tt0000001 = \u{30b4}\u{30c3}\u{30c9}\u{30d5}\u{30a1}\u{30fc}\u{30b6}\u{30fc}"
        );
        assert_eq!(first("the godfather"), "tt0000001");
    });
}

#[test]
fn the_title_of_a_region_is_shown() {
    in_both_segments(|database| {
        let shown = |region: &str| {
            find(
                database,
                &search("godfather", |search| {
                    search.region = Some(region.to_owned())
                }),
            )
        };
        assert_eq!(shown("fr").unwrap()[0], "tt0000001 = Le Parrain");
        assert_eq!(shown("DE").unwrap()[0], "tt0000001");
    });
}

#[test]
fn types_people_and_films_for_adults_are_filters() {
    in_both_segments(|database| {
        let found = |text: &str, change: &dyn Fn(&mut Search)| {
            find(database, &search(text, |search| change(search))).unwrap()
        };
        // An episode comes after a movie of equal rank, unless its type is asked for.
        assert_eq!(found("pilot", &|_| ()), ["tt0000006", "tt0000005"]);
        let of_type = |kind: &str| {
            let kind = Some(kind.to_lowercase());
            found("pilot", &move |search| search.filter.kind = kind.clone())
        };
        assert_eq!(of_type("tvEpisode"), ["tt0000005"]);
        assert_eq!(of_type("tvSeries"), [""; 0]);
        let with_adult = found("heat after dark", &|search| search.filter.with_adult = true);
        assert_eq!(with_adult[0], "tt0000007");
        assert!(!found("heat after dark", &|_| ()).contains(&"tt0000007".to_owned()));
        let of_people = |text: &str, people: &[&str]| {
            let people: Vec<String> = people.iter().map(|&name| name.to_owned()).collect();
            found(text, &move |search| search.filter.people = people.clone())
        };
        assert_eq!(
            of_people("", &["nm0000001"]),
            ["tt0000001", "tt0000002", "own name"]
        );
        assert_eq!(of_people("", &["nm0000002", "nm0000001"]), ["tt0000001"]);
        assert_eq!(of_people("heat", &["nm0000001"]), ["tt0000002", "own name"]);
        // Spelling is corrected when nothing is found.
        assert_eq!(of_people("heta", &["nm0000003"]), ["tt0000002"]);
        assert_eq!(of_people("", &["nm0000009"]), [""; 0]);
    });
}

#[test]
fn answers_are_sorted_and_pages_continue_after_a_movie() {
    in_both_segments(|database| {
        let pages = |order: SearchOrder| {
            let mut names: Vec<String> = Vec::new();
            loop {
                let page = search("heat", |search| {
                    search.order = order;
                    search.rows = 1;
                    search.after = names.last().cloned();
                });
                let page = find(database, &page).unwrap();
                if page.is_empty() {
                    return names;
                }
                names.extend(page);
            }
        };
        let (heat, night, another) = ("tt0000002", "tt0000003", "own name");
        assert_eq!(pages(SearchOrder::Relevance), [heat, night, another]);
        assert_eq!(pages(SearchOrder::Votes), [night, heat, another]);
        assert_eq!(pages(SearchOrder::Rating), [night, heat, another]);
        assert_eq!(pages(SearchOrder::Year), [another, heat, night]);
        assert_eq!(pages(SearchOrder::Title), [another, heat, night]);
        let lost = search("heat", |search| {
            search.order = SearchOrder::Votes;
            search.after = Some("tt0000001".to_owned());
        });
        assert!(matches!(
            find(database, &lost),
            Err(StoreError::NotAnAnswer(_))
        ));
    });
}

/// A word that many titles have, next to the title of a series, does not take the work that finds
/// the film.
#[test]
fn a_frequent_word_is_left_out_next_to_the_title_of_a_series() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("full.db");
    store::create(&database).unwrap();
    let found = |text: &str| find(&database, &search(text, |_| ())).unwrap();
    let mut movies: Vec<_> = (0..1_500)
        .map(|number| {
            let (name, title) = (format!("m{number}"), format!("Movie of {number}"));
            movie(&name, &title, "2000", 10 + number, of_kind("movie"))
        })
        .collect();
    let episode = Details {
        series: Some(SeriesPlace {
            name: "series".to_owned(),
            season: Some(1),
            episode: Some(1),
            title: None,
        }),
        ..of_kind("tvEpisode")
    };
    movies.extend([
        movie("fargo", "Fargo", "1996", 600_000, of_kind("movie")),
        movie("series", "Fargo", "2014", 300_000, of_kind("tvSeries")),
        movie("pilot", "Pilot", "2014", 100, episode),
    ]);
    put(&database, movies);
    for indexed in [false, true] {
        if indexed {
            store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
        }
        for text in [
            "fargo movie",
            "fargo mov",
            "fargo m",
            "the movie fargo",
            "fargo movie of",
        ] {
            let found = found(text);
            assert!(
                found.starts_with(&["fargo".to_owned(), "series".to_owned()]),
                "{text}, {indexed}: {found:?}"
            );
        }
        assert!(found("fargo pilot").contains(&"pilot".to_owned()));
    }
}

/// A word that titles have is replaced by a similar one before words are left out, if no title has
/// all words.
#[test]
fn a_known_word_can_be_a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("full.db");
    store::create(&database).unwrap();
    let found = |text: &str| find(&database, &search(text, |_| ())).unwrap();
    let plain =
        |name: &str, title: &str, votes| movie(name, title, "2000", votes, Details::default());
    put(
        &database,
        vec![
            plain("psycho", "American Psycho", 500_000),
            plain("beauty", "American Beauty", 900_000),
            plain("psyco", "Psyco in Prague", 10),
            plain("mission", "Mission: Impossible", 400_000),
            plain("only", "The Mission", 450_000),
            plain("lo", "Lo imposible", 300_000),
            plain("none", "The Imposible Mission", 0),
        ],
    );
    store::reindex(&database, &mut ProgressObserver::silent()).unwrap();
    assert_eq!(found("american psyco")[0], "psycho");
    assert_eq!(found("mission imposible")[0], "mission");
    assert_eq!(found("mision imposible")[0], "mission");
}
