//! Judges the answers of searches, with queries as users type them and the film that each means.
//! The tests and the benchmarks use it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use catalogue::import::{self, ImportOptions};
use catalogue::search::Query;
use catalogue::store::{
    self, Change, ChangeRequest, Loader, ReadTransaction, Reader, Search, Writer,
};

/// The queries for tuning: kind, query, title and year of the film that is meant.
pub const QUERIES: &str = include_str!("queries.tsv");
/// The queries that are never used for tuning.
pub const HELD_OUT: &str = include_str!("held_out.tsv");
/// Answers that are looked at.
pub const ROWS: usize = 10;

/// The result of one query.
pub struct Verdict {
    /// The kind of the query.
    pub kind: String,
    /// The query.
    pub query: String,
    /// The film that is meant: title and year.
    pub title: String,
    /// The place of that film among the answers, 1 for the first.
    pub place: Option<usize>,
    /// The answers.
    pub answers: Vec<String>,
    /// The processor's time to answer, in microseconds.
    pub micros: u64,
}

/// The result of several queries.
pub struct Score {
    /// How many queries.
    pub queries: usize,
    /// The mean of one by the place, 0 for a film that was not found.
    pub mean_reciprocal_rank: f64,
    /// How many of the films are the first answer.
    pub first: usize,
    /// How many of the films are among the first three answers.
    pub in_first_three: usize,
    /// How many queries had no answer at all.
    pub empty: usize,
    /// The processor's times to answer in microseconds, sorted.
    pub micros: Vec<u64>,
}

/// Creates a catalogue of the titles in `titles`, or of the project's own list.
pub fn load_titles(database: &Path, titles: Option<&Path>) {
    store::create(database).expect("a new catalogue");
    // Two of the seed's movies are in the list a second time.
    let names = ["1", "2", "3"].map(str::to_owned).to_vec();
    let delete = ChangeRequest::from_operator(Change::DeleteMovies { names });
    Writer::apply(database, delete).expect("three movies");
    let (basics, ratings) = match titles {
        Some(folder) => (
            folder.join("title.basics.tsv.gz"),
            folder.join("title.ratings.tsv.gz"),
        ),
        None => {
            let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/search_quality");
            (
                files.join("title.basics.tsv"),
                files.join("title.ratings.tsv"),
            )
        }
    };
    let options = ImportOptions {
        ratings: Some(ratings),
        ..ImportOptions::default()
    };
    load(database, basics, &options);
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

/// Asks every query of a text whose first line is a header.
pub fn judge(database: &Path, queries: &str) -> Vec<Verdict> {
    let mut reader = Reader::open(database).expect("a catalogue");
    reader.map_file().expect("a catalogue");
    judge_with(queries, |query| {
        let started = cpu_micros();
        let answers = find(&mut reader, query);
        (answers, cpu_micros() - started)
    })
}

/// The processor's time of this thread, in microseconds.
pub fn cpu_micros() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1_000
}

/// Judges the answers of `ask`, which returns titles with their years, and the microseconds.
pub fn judge_with(queries: &str, mut ask: impl FnMut(&str) -> (Vec<String>, u64)) -> Vec<Verdict> {
    let judge = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [kind, query, title, year] = columns[..] else {
            panic!("four columns, not {line:?}");
        };
        let (answers, micros) = ask(query);
        let meant = format!("{title} {year}");
        let place = answers.iter().position(|answer| *answer == meant);
        Verdict {
            kind: kind.to_owned(),
            query: query.to_owned(),
            title: meant,
            place: place.map(|place| place + 1),
            answers,
            micros,
        }
    };
    queries.lines().skip(1).map(judge).collect()
}

fn find(reader: &mut Reader, query: &str) -> Vec<String> {
    let search = Search::new(Query::new(query).expect("a short query"), ROWS);
    let answers = ReadTransaction::new(reader).find(&search, |movie| {
        let year = movie.released.map(|released| released.year());
        format!("{} {}", movie.title, year.unwrap_or(0))
    });
    answers.expect("a search that works")
}

/// The kinds in the order of the queries.
pub fn kinds(verdicts: &[Verdict]) -> Vec<&str> {
    let mut kinds: Vec<&str> = Vec::new();
    for verdict in verdicts {
        if !kinds.contains(&verdict.kind.as_str()) {
            kinds.push(&verdict.kind);
        }
    }
    kinds
}

/// The score of the verdicts that `which` selects.
pub fn score(verdicts: &[Verdict], which: impl Fn(&Verdict) -> bool) -> Score {
    let chosen: Vec<&Verdict> = verdicts.iter().filter(|verdict| which(verdict)).collect();
    let places = || chosen.iter().filter_map(|verdict| verdict.place);
    let mut micros: Vec<u64> = chosen.iter().map(|verdict| verdict.micros).collect();
    micros.sort_unstable();
    let ranks: f64 = places().map(|place| 1.0 / place as f64).sum();
    Score {
        queries: chosen.len(),
        mean_reciprocal_rank: ranks / chosen.len() as f64,
        first: places().filter(|place| *place == 1).count(),
        in_first_three: places().filter(|place| *place <= 3).count(),
        empty: chosen
            .iter()
            .filter(|verdict| verdict.answers.is_empty())
            .count(),
        micros,
    }
}

/// The scores of each kind and of all, as a table in Markdown.
pub fn table(verdicts: &[Verdict]) -> String {
    let mut table = String::from(
        "| kind | queries | mean reciprocal rank | first | in the first three | empty | p50, ms | p99, ms |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut line = |kind: &str, score: &Score| {
        let at = |part: f64| score.micros[(score.micros.len() as f64 * part) as usize] as f64 / 1e3;
        let _ = writeln!(
            table,
            "| {kind} | {} | {:.3} | {} | {} | {} | {:.3} | {:.3} |",
            score.queries,
            score.mean_reciprocal_rank,
            score.first,
            score.in_first_three,
            score.empty,
            at(0.5),
            at(0.99)
        );
    };
    for kind in kinds(verdicts) {
        line(kind, &score(verdicts, |verdict| verdict.kind == kind));
    }
    line("all", &score(verdicts, |_| true));
    table
}
