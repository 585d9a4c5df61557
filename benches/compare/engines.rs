//! Other search engines next to `FIND`: the same titles, and the same queries, kind by kind.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rusqlite::{Connection, Statement};

use crate::judge::{self, ROWS, Verdict};

/// Titles with the label by which a [`judge`] identifies a movie.
const TITLES: &str = "SELECT title || ' ' || coalesce(substr(released, 1, 4), 0), title, \
     coalesce(original_title, ''), coalesce(votes, 0) FROM movie";
/// SQLite's full-text search, with the logarithm of the votes of each movie.
const CREATE_FTS5: &str = "CREATE VIRTUAL TABLE temp.films USING fts5 (title, original, label UNINDEXED, \
     boost UNINDEXED, prefix = '1 2 3 4', tokenize = 'unicode61 remove_diacritics 2')";
const ADD_TO_FTS5: &str =
    "INSERT INTO temp.films (label, title, original, boost) VALUES (?1, ?2, ?3, ?4)";
/// Its best answers. A better `bm25` is a more negative number.
const FIND_FTS5: &str = "SELECT label FROM temp.films WHERE films MATCH ?1 \
     ORDER BY bm25(films) * boost LIMIT ?2";
/// The release of MiniSearch.
const MINISEARCH: &str = "minisearch@7";

/// The verdicts of all engines on some queries, and their times, as a table in Markdown. An engine
/// that is not installed is left out with a message.
pub fn table(database: &Path, folder: &Path, queries: &str) -> Result<String, Box<dyn Error>> {
    let connection = Connection::open(database)?;
    let mut engines = vec![("`FIND`", judge::judge(database, queries))];
    engines.push(("FTS5", fts5(&connection, queries)?));
    match MiniSearch::start(&connection, folder) {
        Ok(mut engine) => engines.push((
            "MiniSearch",
            judge::judge_with(queries, |query| engine.find(query)),
        )),
        Err(error) => eprintln!("MiniSearch is left out: {error}"),
    }
    Ok(side_by_side(&engines))
}

fn side_by_side(engines: &[(&str, Vec<Verdict>)]) -> String {
    let line = |first: &str, cell: &dyn Fn(&[Verdict]) -> String| {
        let cells = engines.iter().map(|(_, verdicts)| cell(verdicts));
        format!("| {first} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let names: Vec<&str> = engines.iter().map(|(name, _)| *name).collect();
    let mut table = format!("| kind | {} |\n| --- |", names.join(" | "));
    table.push_str(&" ---: |".repeat(engines.len()));
    table.push('\n');
    let rank = |verdicts: &[Verdict], which: &dyn Fn(&Verdict) -> bool| {
        format!("{:.3}", judge::score(verdicts, which).mean_reciprocal_rank)
    };
    for kind in judge::kinds(&engines[0].1) {
        table += &line(kind, &|verdicts| {
            rank(verdicts, &|verdict| verdict.kind == kind)
        });
    }
    table += &line("**all**", &|verdicts| rank(verdicts, &|_| true));
    for (name, part) in [("p50, ms", 0.5), ("p99, ms", 0.99)] {
        table += &line(name, &|verdicts| {
            let micros = judge::score(verdicts, |_| true).micros;
            let at = (micros.len() as f64 * part) as usize;
            format!("{:.3}", micros[at] as f64 / 1e3)
        });
    }
    table
}

/// Each word has to be there, and the last one may be a beginning.
fn fts5(connection: &Connection, queries: &str) -> Result<Vec<Verdict>, Box<dyn Error>> {
    connection.execute_batch("DROP TABLE IF EXISTS temp.films")?;
    connection.execute_batch(CREATE_FTS5)?;
    let mut add = connection.prepare(ADD_TO_FTS5)?;
    each_title(connection, |[label, title, original], votes| {
        add.execute((label, title, original, (2.0 + votes as f64).ln()))?;
        Ok(())
    })?;
    let mut find = connection.prepare(FIND_FTS5)?;
    Ok(judge::judge_with(queries, |query| {
        let started = judge::cpu_micros();
        let mut text = String::new();
        for word in query.split(|letter: char| !letter.is_alphanumeric()) {
            if !word.is_empty() {
                let _ = write!(text, "\"{word}\" ");
            }
        }
        let found = labels(&mut find, &format!("{}*", text.trim_end()));
        (found.unwrap_or_default(), judge::cpu_micros() - started)
    }))
}

fn labels(find: &mut Statement<'_>, text: &str) -> rusqlite::Result<Vec<String>> {
    let rows = find.query_map((text, ROWS as i64), |row| row.get(0))?;
    rows.collect()
}

/// MiniSearch in a process of Node.js.
struct MiniSearch {
    process: Child,
    queries: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl MiniSearch {
    /// Installs the package into a folder with `npm`, and indexes all titles.
    fn start(connection: &Connection, folder: &Path) -> Result<MiniSearch, Box<dyn Error>> {
        let prefix = folder.to_string_lossy();
        let installed = Command::new("npm")
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--prefix",
                &prefix,
                MINISEARCH,
            ])
            .status()?;
        if !installed.success() {
            return Err(format!("`npm install {MINISEARCH}` failed").into());
        }
        let titles = folder.join("titles.tsv");
        write_titles(connection, &titles)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compare/minisearch.mjs");
        let mut process = Command::new("node")
            .arg("--max-old-space-size=8192")
            .args([script, folder.to_path_buf(), titles])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let queries = process.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut engine = MiniSearch {
            process,
            queries,
            answers,
        };
        match engine.line() {
            line if line == "ready" => Ok(engine),
            line => Err(format!("MiniSearch said `{line}`").into()),
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.answers.read_line(&mut line);
        line.trim_end_matches('\n').to_owned()
    }

    /// The labels of the answers, and the microseconds.
    fn find(&mut self, query: &str) -> (Vec<String>, u64) {
        if writeln!(self.queries, "{query}").is_err() {
            return (Vec::new(), 0);
        }
        let line = self.line();
        let mut fields = line.split('\t');
        let micros = fields.next().and_then(|micros| micros.parse().ok());
        (fields.map(str::to_owned).collect(), micros.unwrap_or(0))
    }
}

impl Drop for MiniSearch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write_titles(connection: &Connection, file: &PathBuf) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    each_title(connection, |texts, votes| {
        Ok(writeln!(out, "{}\t{votes}", texts.join("\t"))?)
    })?;
    Ok(out.flush()?)
}

/// Calls `each` with the label, the title, the original title and the votes of each movie.
fn each_title(
    connection: &Connection,
    mut each: impl FnMut([String; 3], i64) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut statement = connection.prepare(TITLES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each([row.get(0)?, row.get(1)?, row.get(2)?], row.get(3)?)?;
    }
    Ok(())
}
