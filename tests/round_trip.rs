//! An exported catalogue that is imported again is the same catalogue: random movies in
//! every format, identical in every field and id.

use std::fs;
use std::path::Path;

use catalogue::config::limits;
use catalogue::movie::{Fields, Movie, Released};
use catalogue::store::{Loader, ReadTransaction, Reader, StoreError};
use proptest::prelude::*;

use crate::support::{Cli, Folder};

/// Text that is valid in a field, with many characters that are special in a format.
fn any_text(most: usize) -> impl Strategy<Value = String> {
    let character = any::<char>().prop_filter("printable", |character| !character.is_control());
    let known = [
        " ",
        "  ",
        "\"",
        "'",
        ",",
        ";",
        "|",
        "\\",
        r"\N",
        "N/A",
        "null",
        "NaN",
        "[",
        "{",
        "#",
        "tt1",
        "-0",
        "(no genres listed)",
        "The",
        "\u{feff}",
        "\u{a0}",
        "\u{2028}",
        "é",
        "e\u{301}",
        "🎬",
    ];
    let piece = prop_oneof![
        3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => character.prop_map(String::from),
        2 => "[a-zA-Z0-9]{1,6}",
    ];
    prop::collection::vec(piece, 1..most).prop_map(|pieces| pieces.concat())
}

fn any_released() -> impl Strategy<Value = Released> {
    (
        1_u16..=9999,
        prop::option::of((1_u8..=12, prop::option::of(1_u8..=28))),
    )
        .prop_map(|(year, rest)| {
            let (month, day) = rest.map_or((None, None), |(month, day)| (Some(month), day));
            Released::new(year, month, day).unwrap()
        })
}

fn any_genres() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any_text(3), 0..4).prop_map(|mut genres| {
        genres
            .iter_mut()
            .for_each(|genre| genre.retain(|c| c != ','));
        genres.retain(|genre| (1..=limits::MAX_GENRE_BYTES).contains(&genre.len()));
        genres.sort();
        genres.dedup();
        genres
    })
}

fn any_movie() -> impl Strategy<Value = Movie> {
    let rating = prop_oneof![
        (0_u8..=100).prop_map(|tenths| f64::from(tenths) / 10.0),
        0.0..=limits::MAX_RATING,
    ];
    let texts = (
        any_text(4),
        any_text(6),
        prop::option::of(any_text(6)),
        any_genres(),
    );
    let numbers = (
        1_u64..100_000,
        prop::option::of(any_released()),
        prop::option::of(1..=limits::MAX_RUNTIME_MINUTES),
        prop::option::of(rating),
        prop::option::of(any::<u32>()),
        any::<bool>(),
    );
    (texts, numbers).prop_map(|(texts, numbers)| {
        let (name, title, original_title, genres) = texts;
        let (id, released, runtime_minutes, rating, votes, same_title) = numbers;
        Movie::new(Fields {
            id,
            name,
            original_title: if same_title {
                Some(title.clone())
            } else {
                original_title
            },
            title,
            released,
            runtime_minutes,
            genres,
            rating,
            votes,
        })
        .unwrap()
    })
}

/// Each name and each id occurs once.
fn any_movies() -> impl Strategy<Value = Vec<Movie>> {
    prop::collection::vec(any_movie(), 1..30).prop_map(|mut movies| {
        movies.sort_by(|one, other| one.name.cmp(&other.name));
        movies.dedup_by(|one, other| one.name == other.name);
        movies.sort_by_key(|movie| movie.id);
        movies.dedup_by_key(|movie| movie.id);
        movies
    })
}

fn movies(database: &Path) -> Vec<Movie> {
    let mut reader = Reader::open(database).unwrap();
    let mut movies = Vec::new();
    let all = ReadTransaction::new(&mut reader).all(|movie| {
        movies.push(movie.to_movie().unwrap());
        Ok::<_, StoreError>(())
    });
    all.unwrap();
    movies
}

/// The number of movies, and the id that the next one gets.
fn counters(folder: &Folder) -> (i64, i64) {
    let sql = "SELECT movies, next_movie_id FROM counters";
    let sqlite = folder.sqlite();
    sqlite
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn an_export_that_is_imported_is_the_same_catalogue(expected in any_movies()) {
        static EMPTY: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let empty = EMPTY.get_or_init(|| {
            let folder = Folder::empty();
            let hint = "add the first account with `catalogue adduser admin`";
            Cli::new(["init", "--empty"])
                .stdout(format!("created `sae.db` with 0 movies, {hint}\n"))
                .run(&folder);
            fs::read(folder.db()).unwrap()
        });
        let folder = Folder::with_files(&[("sae.db", empty)]);
        let mut loader = Loader::begin(&folder.db()).unwrap();
        for movie in &expected {
            loader.put(&movie.view()).unwrap();
        }
        loader.commit().unwrap();
        let before = movies(&folder.db());
        prop_assert_eq!(before.len(), expected.len());
        prop_assert!(before.iter().all(|movie| expected.contains(movie)), "{:?}", before);
        for file in ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.gz"] {
            let export = Cli::new(["export", file]).output(&folder);
            prop_assert!(export.status.success(), "{:?}", export);
            let other = Folder::with_files(&[("sae.db", empty)]);
            let file = folder.path().join(file);
            let import = Cli::new(["import".as_ref(), file.as_os_str()]).output(&other);
            prop_assert!(import.status.success(), "{:?}", import);
            prop_assert_eq!(&movies(&other.db()), &before, "{:?}", file);
            prop_assert_eq!(counters(&other), counters(&folder));
        }
    }
}
