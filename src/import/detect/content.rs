//! Files that hold no list of movies: how they are recognised, and what to do with them.

use std::sync::Arc;

use super::table::has_title;
use crate::import::columns::spellings::spelling;
use crate::import::errors::ImportError;
use crate::import::formats::{imdb, nfo};

/// Files that begin with known bytes and are not text.
const MAGIC: &[(&[u8], &str, &str)] = &[
    (
        b"SQLite format 3\0",
        "a sqlite database",
        ", export a table as csv first",
    ),
    (b"BZh", "bzip2 data", ", unpack it first: bzip2 -d"),
    (b"7z\xbc\xaf", "a 7z archive", ", unpack it first"),
    (b"Rar!", "a rar archive", ", unpack it first"),
    (
        b"PAR1",
        "a parquet file",
        ", save it as csv or json lines first",
    ),
    (b"%PDF", "a pdf", ""),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Office document",
        ", save it as csv first",
    ),
];

/// Text that contains no list of movies.
const OTHER_TEXT: &[(&str, &str, &str)] = &[
    (
        "<!doctype html",
        "an html page",
        ", save its table as csv first",
    ),
    ("<html", "an html page", ", save its table as csv first"),
    (
        "create table",
        "an sql dump",
        ", export the table as csv first",
    ),
    (
        "insert into",
        "an sql dump",
        ", export the table as csv first",
    ),
    (
        "drop table",
        "an sql dump",
        ", export the table as csv first",
    ),
    ("pragma ", "an sql dump", ", export the table as csv first"),
    (
        "begin transaction",
        "an sql dump",
        ", export the table as csv first",
    ),
    ("-- ", "an sql dump", ", export the table as csv first"),
    ("/*!", "an sql dump", ", export the table as csv first"),
    ("#!", "a script", ""),
];

/// Files of the same publishers that contain no movies: their first columns, their kind, and what
/// to do.
const OTHER_FILES: &[(&[&str], &str, &str)] = &[
    (
        &imdb::RATINGS_HEADER,
        "IMDb's title.ratings.tsv",
        "import title.basics.tsv, and give this file as its ratings",
    ),
    (
        &["titleId", "ordering", "title"],
        "IMDb's title.akas.tsv",
        NO_MOVIES,
    ),
    (
        &["tconst", "ordering", "nconst"],
        "IMDb's title.principals.tsv",
        NO_MOVIES,
    ),
    (
        &["tconst", "directors", "writers"],
        "IMDb's title.crew.tsv",
        NO_MOVIES,
    ),
    (
        &["tconst", "parentTconst"],
        "IMDb's title.episode.tsv",
        NO_MOVIES,
    ),
    (
        &["nconst", "primaryName"],
        "IMDb's name.basics.tsv",
        NO_MOVIES,
    ),
    (
        &["userId", "movieId", "rating"],
        "MovieLens's ratings.csv",
        NO_MOVIELENS,
    ),
    (
        &["userId", "movieId", "tag"],
        "MovieLens's tags.csv",
        NO_MOVIELENS,
    ),
    (
        &["movieId", "imdbId", "tmdbId"],
        "MovieLens's links.csv",
        NO_MOVIELENS,
    ),
];

const NO_MOVIES: &str =
    "a row of it is not a movie, import the folder with it and title.basics.tsv";

const NO_MOVIELENS: &str = "a row of it is not a movie, import movies.csv";

/// The kind of a file that is not text or contains no list of movies.
pub(super) fn not_text(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, what, advice)) = MAGIC.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some((what, advice));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", ", unpack it first: tar -x"));
    }
    let control = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let controls = head.iter().filter(control).count();
    let is_binary =
        head.contains(&0) || (controls > head.len() / 50 && std::str::from_utf8(head).is_err());
    if is_binary {
        return Some(("binary data", ""));
    }
    let start = head.trim_ascii_start();
    let begins_with = |words: &str| {
        let start = start.get(..words.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(words.as_bytes()))
    };
    if start.starts_with(b"<")
        && !nfo::is_nfo(start)
        && !begins_with("<!doctype html")
        && !begins_with("<html")
    {
        return Some(("xml without movies of Kodi or Jellyfin", ""));
    }
    let found = OTHER_TEXT.iter().find(|(words, ..)| begins_with(words));
    found.map(|(_, what, advice)| (*what, *advice))
}

pub(super) fn refuse_other_files(file: &Arc<str>, columns: &[String]) -> Result<(), ImportError> {
    let begins_with = |names: &[&str]| {
        columns.len() >= names.len()
            && names
                .iter()
                .zip(columns)
                .all(|(name, column)| spelling(name) == *column)
    };
    let found = OTHER_FILES.iter().find(|(names, ..)| begins_with(names));
    match found {
        Some((names, what, advice))
            if names.len() < 3 || !has_title(columns) || names.contains(&"ordering") =>
        {
            Err(ImportError::OutOfScope {
                file: Arc::clone(file),
                what,
                advice,
            })
        }
        _ => Ok(()),
    }
}
