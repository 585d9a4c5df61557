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

/// Text that contains no list of movies: how it begins, its kind, and what to do.
const OTHER_TEXT: &[(&[&str], &str, &str)] = &[
    (
        &["<!doctype html", "<html"],
        "an html page",
        ", save its table as csv first",
    ),
    (
        &[
            "create table",
            "insert into",
            "drop table",
            "pragma ",
            "begin transaction",
            "-- ",
            "/*!",
        ],
        "an sql dump",
        ", export the table as csv first",
    ),
    (&["#!"], "a script", ""),
    (&["-----begin "], "a key or a certificate", ""),
    (
        &["404: not found", "404 not found"],
        "an error message of a web server",
        ", fetch the file again",
    ),
];

/// Files of the same publishers that contain no movies.
struct OtherFiles {
    advice: &'static str,
    /// The first columns and the name of each file.
    files: &'static [(&'static [&'static str], &'static str)],
}

const OTHER_FILES: [OtherFiles; 3] = [
    OtherFiles {
        advice: "import title.basics.tsv, and give this file as its ratings",
        files: &[(&imdb::RATINGS_HEADER, "IMDb's title.ratings.tsv")],
    },
    OtherFiles {
        advice: "a row of it is not a movie, import the folder with it and title.basics.tsv",
        files: &[
            (&["titleId", "ordering", "title"], "IMDb's title.akas.tsv"),
            (
                &["tconst", "ordering", "nconst"],
                "IMDb's title.principals.tsv",
            ),
            (&["tconst", "directors", "writers"], "IMDb's title.crew.tsv"),
            (&["tconst", "parentTconst"], "IMDb's title.episode.tsv"),
            (&["nconst", "primaryName"], "IMDb's name.basics.tsv"),
        ],
    },
    OtherFiles {
        advice: "a row of it is not a movie, import movies.csv",
        files: &[
            (&["userId", "movieId", "rating"], "MovieLens's ratings.csv"),
            (&["userId", "movieId", "tag"], "MovieLens's tags.csv"),
            (&["movieId", "imdbId", "tmdbId"], "MovieLens's links.csv"),
        ],
    },
];

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
    let mut others = OTHER_TEXT.iter();
    let found = others.find(|(starts, ..)| starts.iter().any(|start| begins_with(start)));
    let is_xml = start.starts_with(b"<") && !nfo::is_nfo(start);
    match found {
        Some((_, what, advice)) => Some((what, advice)),
        None => is_xml.then_some(("xml without movies of Kodi or Jellyfin", "")),
    }
}

pub(super) fn refuse_other_files(file: &Arc<str>, columns: &[String]) -> Result<(), ImportError> {
    let begins_with = |names: &[&str]| {
        let spelled = names.iter().map(|name| spelling(name));
        spelled.eq(columns.iter().take(names.len()).cloned())
    };
    let is_other = |names: &[&str]| {
        let is_sure = names.len() < 3 || names.contains(&"ordering");
        begins_with(names) && (is_sure || !has_title(columns))
    };
    for OtherFiles { advice, files } in &OTHER_FILES {
        if let Some((_, what)) = files.iter().find(|(names, _)| is_other(names)) {
            return Err(ImportError::OutOfScope {
                file: Arc::clone(file),
                what,
                advice,
            });
        }
    }
    Ok(())
}
