//! How good the answers of a search are: known films, what people type, and
//! the film that they mean. Used by the tests and by the benchmark.

use std::path::{Path, PathBuf};

use catalogue::import::{self, ImportOptions};
use catalogue::search::{Filter, Query};
use catalogue::store::{self, Loader, ReadTransaction, Reader, Search, Writer, change};

/// What is typed, and the film that is meant: kind, query, title, year.
const QUERIES: &str = include_str!("queries.tsv");
/// Answers that are looked at.
const ROWS: usize = 10;

/// What became of one query.
pub struct Verdict {
    /// What it is a test of.
    pub kind: &'static str,
    /// What was typed.
    pub query: &'static str,
    /// The place of the film that is meant, 1 for the first, if it is among the answers.
    pub place: Option<usize>,
    /// The answers.
    pub answers: Vec<String>,
}

/// How the queries of one kind, or all of them, went.
pub struct Score {
    /// How many there are.
    pub queries: usize,
    /// The mean of one by the place, 0 for a film that was not found.
    pub mean_reciprocal_rank: f64,
    /// How many of the films are among the first three answers.
    pub in_first_three: usize,
}

/// Makes a catalogue of the films in a folder, and asks it everything.
pub fn judge(folder: &Path) -> Vec<Verdict> {
    let database = folder.join("films.db");
    store::create(&database).expect("a new catalogue");
    // Two of the first three movies are among the films once more.
    let seed = change::delete_movies(&["1", "2", "3"]);
    Writer::apply(&database, seed).expect("three movies");
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/search_quality");
    let options = ImportOptions {
        ratings: Some(files.join("title.ratings.tsv")),
        ..ImportOptions::default()
    };
    load(&database, files.join("title.basics.tsv"), &options);
    let mut reader = Reader::open(&database).expect("a catalogue");
    let lines = QUERIES.lines().skip(1);
    lines.map(|line| ask(&mut reader, line)).collect()
}

fn load(database: &Path, file: PathBuf, options: &ImportOptions) {
    let mut loader = Loader::begin(database).expect("a catalogue");
    for movie in import::open(&file, options).expect("a list of films") {
        loader
            .put(&movie.expect("a film").view())
            .expect("room for a film");
    }
    loader.commit().expect("room for all films");
}

fn ask(reader: &mut Reader, line: &'static str) -> Verdict {
    let columns: Vec<&str> = line.split('\t').collect();
    let [kind, query, title, year] = columns[..] else {
        panic!("four columns, not {line:?}");
    };
    let search = Search {
        query: Query::new(query).expect("a short query"),
        filter: Filter::default(),
        after: None,
        rows: ROWS,
    };
    let answers = ReadTransaction::new(reader).find(&search, |movie| {
        let year = movie.released.map(|released| released.year());
        format!("{} {}", movie.title, year.unwrap_or(0))
    });
    let answers = answers.expect("a search that works");
    let meant = format!("{title} {year}");
    let place = answers.iter().position(|answer| *answer == meant);
    Verdict {
        kind,
        query,
        place: place.map(|place| place + 1),
        answers,
    }
}

/// The kinds in the order of the queries.
pub fn kinds(verdicts: &[Verdict]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = verdicts.iter().map(|verdict| verdict.kind).collect();
    kinds.dedup();
    kinds
}

/// The score of those for which `which` holds.
pub fn score(verdicts: &[Verdict], which: impl Fn(&Verdict) -> bool) -> Score {
    let places: Vec<Option<usize>> = verdicts
        .iter()
        .filter(|verdict| which(verdict))
        .map(|verdict| verdict.place)
        .collect();
    let ranks = places.iter().flatten().map(|place| 1.0 / *place as f64);
    Score {
        queries: places.len(),
        mean_reciprocal_rank: ranks.sum::<f64>() / places.len() as f64,
        in_first_three: places.iter().flatten().filter(|place| **place <= 3).count(),
    }
}
