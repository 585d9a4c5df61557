//! Small files of every format through [`open`].

mod delimited;
mod details;
mod dialects;
mod forms;
mod forms_text;
mod imdb;
mod json;
mod long_values;
mod properties;
mod record_limits;
mod refusals;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::config::limits;
use crate::movie::Movie;

/// A directory with the files of one test.
struct Files(tempfile::TempDir);

/// The result of an import.
#[derive(Debug, PartialEq)]
struct Outcome {
    movies: Vec<String>,
    errors: Vec<String>,
}

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The error of a file that cannot be opened, without the directory.
    fn refused(&self, path: &Path, options: &ImportOptions) -> String {
        let error = open(path, options).err().expect("the file was opened");
        self.shorten(&error.to_string())
    }

    fn shorten(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }

    fn import(&self, path: &Path, options: &ImportOptions) -> Outcome {
        let mut outcome = Outcome {
            movies: Vec::new(),
            errors: Vec::new(),
        };
        for row in open(path, options).unwrap() {
            match row {
                Ok(movie) => outcome.movies.push(line(&movie)),
                Err(error) => outcome.errors.push(self.shorten(&error.to_string())),
            }
        }
        outcome
    }
}

/// A movie on one line: name, then what is known.
fn line(movie: &Movie) -> String {
    let mut line = format!("{} | {}", movie.name, movie.title);
    if let Some(original) = &movie.original_title {
        line += &format!(" / {original}");
    }
    if let Some(released) = movie.released {
        line += &format!(" | {released}");
    }
    if let Some(minutes) = movie.runtime_minutes {
        line += &format!(" | {minutes} min");
    }
    if !movie.genres.is_empty() {
        line += &format!(" | {}", movie.genres.join("+"));
    }
    match (movie.rating, movie.votes) {
        (Some(rating), Some(votes)) => line += &format!(" | {rating} of {votes}"),
        (Some(rating), None) => line += &format!(" | {rating}"),
        (None, Some(votes)) => line += &format!(" | of {votes}"),
        (None, None) => {}
    }
    line
}

#[track_caller]
fn check(
    name: &str,
    text: impl AsRef<[u8]>,
    options: &ImportOptions,
    movies: &[&str],
    errors: &[&str],
) {
    let files = Files::new();
    let path = files.write(name, text);
    let outcome = files.import(&path, options);
    assert_eq!(outcome.movies, movies);
    assert_eq!(outcome.errors, errors);
}

fn maps(maps: &[&str]) -> ImportOptions {
    ImportOptions {
        maps: maps.iter().map(|map| map.parse().unwrap()).collect(),
        ..ImportOptions::default()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const TITLES: &str = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n\
    tt0000901\tshort\tThe Kite\tLe cerf-volant\t0\t1899\t\\N\t2\tDocumentary,Short\n\
    tt0000902\tmovie\t\"Hail\" and Farewell\t\"Hail\" and Farewell\t0\t\\N\t\\N\t\\N\t\\N\n\
    tt0000903\tmovie\tEndless\tEndless\t0\t2011\t2012\t9999999\tDrama,Drama\n";

const GROSS: &str = r#"[
    {"Title": "Kite Girls", "US Gross": 1, "Release Date": "Jun 12 1998", "Running Time min": null, "Major Genre": "Thriller/Suspense", "IMDB Rating": 6.1, "IMDB Votes": 1071},
    {"Title": 1812, "US Gross": null, "Release Date": "Nov 09 1972", "Running Time min": 141, "Major Genre": null, "IMDB Rating": 7, "IMDB Votes": 4099},
    {"Title": null, "US Gross": 3, "Release Date": "Nov 03 2006"},
    {"Title": "Kite  Girls", "Release Date": "Jan 01 1998"},
    7,
    {"Title": "Far", "Release Date": "Dec 31 2046"}
]
"#;
