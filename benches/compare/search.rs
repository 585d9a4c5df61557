//! Search in a catalogue of many movies: speed, size and quality.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use catalogue::search::Query;
use catalogue::store::{self, Change, ChangeRequest, ReadTransaction, Reader, Search, Writer};
use rusqlite::Connection;

use crate::PAIRS;
use crate::engines;
use crate::generator::Generator;
use crate::judge;
use crate::queries::{self, ROWS};
use crate::report::{Goal, Row};
use crate::tested_server::TestedServer;

/// Concurrent connections.
const CONNECTIONS: usize = 50;
/// The number of changes, and the most that wait at the same time.
const CHANGES: u64 = 5_000;
const CHANGES_AT_ONCE: usize = 200;
/// A movie that no query finds, with a title of usual length.
const CHANGED_FROM: u64 = 1_000_000_000;

/// All rows about search, for a catalogue that is full.
pub fn rows(
    database: &Path,
    movies: u64,
    generator: &Generator,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = times(database, movies, generator)?;
    rows.push(size(database, movies, generator)?);
    rows.push(changes(database, movies, generator)?);
    rows.push(indexing(database, movies)?);
    Ok(rows)
}

/// The times of single searches, and the rate of many, next to the rate without a server.
fn times(database: &Path, movies: u64, generator: &Generator) -> Result<Vec<Row>, Box<dyn Error>> {
    let server = TestedServer::catalogue(database, &[])?;
    let mut reader = Reader::open(database)?;
    reader.map_file()?;
    let (mut p50, mut p99, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..=PAIRS {
        let queries = queries::mix(generator, movies, turn as u64);
        let times_ms = queries::one_by_one(&server, &queries)?;
        let at = |part: f64| times_ms[(times_ms.len() as f64 * part) as usize];
        let rate = [
            queries::all_at_once(&server, &queries, CONNECTIONS)?,
            in_process(&mut reader, &queries)?,
        ];
        eprintln!(
            "FIND in {movies} movies: p50 {:.3} ms, p99 {:.3} ms, {:>6.0} next to {:>6.0} a second",
            at(0.5),
            at(0.99),
            rate[0],
            rate[1]
        );
        if turn > 0 {
            p50.push([at(0.5), 0.5]);
            p99.push([at(0.99), 5.0]);
            rates.push(rate);
        }
    }
    let mix = format!(
        "`FIND` in {movies} movies, {} queries of five kinds, {ROWS} rows each",
        queries::QUERIES
    );
    let (one, all) = (
        format!("{mix}, one connection"),
        format!("{mix}, {CONNECTIONS} connections, next to the same searches in-process"),
    );
    Ok(vec![
        Row::of_pairs(&one, "p50, ms, relative to 0.5 ms", &p50, Goal::AtMost(1.0)),
        Row::of_pairs(&one, "p99, ms, relative to 5 ms", &p99, Goal::AtMost(1.0)),
        Row::of_pairs(&all, "queries per second", &rates, Goal::AtLeast(0.7)),
    ])
}

/// Searches per second on one thread, with the rows as they would be sent.
fn in_process(reader: &mut Reader, queries: &[String]) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    let mut bytes = 0;
    for query in queries {
        let search = Search::new(Query::new(query)?, ROWS);
        let rows = ReadTransaction::new(&mut *reader).find(&search, |movie| movie.to_postcard())?;
        bytes += rows.iter().map(Vec::len).sum::<usize>();
    }
    assert!(bytes > queries.len(), "something was found");
    Ok(queries.len() as f64 / started.elapsed().as_secs_f64())
}

/// The size of the file next to that of IMDb's table of the same movies.
fn size(database: &Path, movies: u64, generator: &Generator) -> Result<Row, Box<dyn Error>> {
    let ours = std::fs::metadata(database)?.len();
    let table: u64 = (0..movies)
        .map(|number| line_bytes(generator, number))
        .sum();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let work =
        format!("the file with all indexes, {movies} movies, next to the same as title.basics.tsv");
    Ok(Row::of_pairs(
        &work,
        "MiB",
        &[[mib(ours), mib(table)]],
        Goal::AtMost(2.5),
    ))
}

/// The length of a movie's line in `title.basics.tsv`, which has no votes.
fn line_bytes(generator: &Generator, number: u64) -> u64 {
    let movie = generator.movie(number);
    let original = movie.original_title.as_ref().unwrap_or(&movie.title);
    let year = movie.released.map(|released| released.year());
    let minutes = movie.runtime_minutes.map(|minutes| minutes.to_string());
    let line = format!(
        "{}\tmovie\t{}\t{original}\t0\t{}\t\\N\t{}\t{}\n",
        movie.name,
        movie.title,
        year.unwrap_or(0),
        minutes.as_deref().unwrap_or("\\N"),
        movie.genres.join(",")
    );
    line.len() as u64
}

/// Changes to a movie and the index together, committed as the server commits them.
fn changes(database: &Path, movies: u64, generator: &Generator) -> Result<Row, Box<dyn Error>> {
    let mut pairs = Vec::new();
    let (writer, thread) = Writer::open(database)?;
    for turn in 0..PAIRS as u64 {
        let started = Instant::now();
        let mut waiting = std::collections::VecDeque::new();
        for number in 0..CHANGES {
            let movie = generator.movie(CHANGED_FROM + turn * CHANGES + number);
            let change = Change::PutMovie(Box::new(movie.into()));
            waiting.push_back(writer.submit(ChangeRequest::from_operator(change))?);
            if waiting.len() == CHANGES_AT_ONCE {
                waiting
                    .pop_front()
                    .map(|receipt| receipt.wait())
                    .transpose()?;
            }
        }
        for receipt in waiting {
            receipt.wait()?;
        }
        let each_ms = started.elapsed().as_secs_f64() * 1000.0 / CHANGES as f64;
        eprintln!("a change takes {each_ms:.3} ms");
        pairs.push([each_ms, 1.0]);
    }
    drop(writer);
    thread.join().map_err(|_| "the writer panicked")?;
    let work =
        format!("adding to {movies} movies and their index, {CHANGES_AT_ONCE} changes waiting");
    Ok(Row::of_pairs(
        &work,
        "ms per durable change, relative to 1 ms",
        &pairs,
        Goal::AtMost(1.0),
    ))
}

/// Rebuilding the index, next to SQLite's own full-text search with a comparable index:
/// no positions, no texts, prefixes of one to four letters.
fn indexing(database: &Path, movies: u64) -> Result<Row, Box<dyn Error>> {
    const FTS5: &str = "CREATE VIRTUAL TABLE temp.other USING fts5 (title, content = '', \
         detail = none, columnsize = 0, prefix = '1 2 3 4'); \
         INSERT INTO temp.other (rowid, title) \
         SELECT id, title || ' ' || coalesce(original_title, '') FROM movie;";
    let started = Instant::now();
    Connection::open(database)?.execute_batch("DELETE FROM search_state")?;
    store::migrate(database)?;
    let ours = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let connection = Connection::open(database)?;
    connection.execute_batch(FTS5)?;
    let theirs = started.elapsed().as_secs_f64();
    eprintln!("indexing takes {ours:.1} s next to {theirs:.1} s");
    let work =
        format!("indexing {movies} movies for search, next to SQLite's FTS5 over the titles");
    Ok(Row::of_pairs(
        &work,
        "seconds",
        &[[ours, theirs]],
        Goal::AtMost(1.0),
    ))
}

/// The quality of the answers next to those of other engines, as tables in Markdown.
pub fn quality() -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("films.db");
    let titles = std::env::var_os("CATALOGUE_TITLES").map(PathBuf::from);
    judge::load_titles(&database, titles.as_deref());
    let tuned = engines::table(&database, folder.path(), judge::QUERIES)?;
    let held_out = engines::table(&database, folder.path(), judge::HELD_OUT)?;
    Ok(format!(
        "\n## How good the answers of `FIND` are\n\n\
         Queries as people type them, each with the film that is meant, in `tests/search_quality/`. The mean\n\
         reciprocal rank is the mean of 1 for a film that is the first answer, ½ for the second, and so on.\n\
         Other engines have the same titles: SQLite's FTS5 with all words, the last one as a beginning, and\n\
         `bm25` times the logarithm of the votes; MiniSearch with prefixes, `fuzzy: 0.2`, all words and\n\
         otherwise any word, and the logarithm of the votes. Times are the processor's.\n\n\
         {tuned}\nThe same for queries that nothing was tuned for:\n\n{held_out}"
    ))
}
