//! The costs of a catalogue with many rows: look-ups far beyond the cache, memory, and
//! the time until the first answer.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

use crate::generator::Random;
use crate::load::{Load, median};
use crate::report::{Goal, Row};
use crate::tested_server::{self, TestedServer};
use crate::{PAIRS, name};

/// Look-ups of one run.
const LOOKUPS: u64 = 1_000_000;

/// Uniform look-ups through the server, next to the same look-ups without it.
pub fn next_to_sqlite(database: &Path, rows: u64) -> Result<Row, Box<dyn Error>> {
    let server = TestedServer::catalogue(database, &["--workers", "1"])?;
    let load = Load {
        connections: 50,
        pipeline: 16,
        requests: LOOKUPS,
        names: rows,
    };
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut pairs = Vec::new();
    for turn in 0..=PAIRS {
        let pair = [
            load.run(&server)?.rate,
            in_process(&connection, rows, turn as u64)?,
        ];
        eprintln!(
            "uniform over {rows} rows: {:>9.0} next to {:>9.0} look-ups/s",
            pair[0], pair[1]
        );
        if turn > 0 {
            pairs.push(pair);
        }
    }
    Ok(Row::of_pairs(
        &format!(
            "uniform `SEND` over {rows} movies, pipeline 16, one worker, next to one prepared statement in-process"
        ),
        "look-ups per second",
        &pairs,
        Goal::AtLeast(0.8),
    ))
}

/// One prepared statement on one read-only connection; look-ups per second.
fn in_process(connection: &Connection, rows: u64, seed: u64) -> rusqlite::Result<f64> {
    let mut statement = connection.prepare("SELECT * FROM movie WHERE name = ?1")?;
    let mut random = Random::new(seed);
    let mut seen = 0;
    let started = Instant::now();
    for _ in 0..LOOKUPS {
        let mut found = statement.query([name(random.below(rows))])?;
        if let Some(row) = found.next()? {
            for column in 0..9 {
                seen +=
                    usize::from(row.get_ref(column)?.data_type() != rusqlite::types::Type::Null);
            }
        }
    }
    assert!(seen as u64 > LOOKUPS, "every name was found");
    Ok(LOOKUPS as f64 / started.elapsed().as_secs_f64())
}

/// Anonymous memory after uniform look-ups have filled every cache.
pub fn memory(ours: &TestedServer, redis: &TestedServer, rows: u64) -> Result<Row, Box<dyn Error>> {
    let load = Load {
        connections: 50,
        pipeline: 16,
        requests: LOOKUPS,
        names: rows,
    };
    load.run(ours)?;
    let memory =
        |server: &TestedServer| server.memory_kib("RssAnon").map(|kib| kib as f64 / 1024.0);
    let pair = [memory(ours)?, memory(redis)?];
    let work = format!("serving {rows} movies, next to Redis with the same rows");
    Ok(Row::of_pairs(
        &work,
        "RssAnon, MiB",
        &[pair],
        Goal::AtMost(0.05),
    ))
}

/// The time from starting the program to the answer of the first `SEND`, login included,
/// with many rows and with few.
pub fn start(many: &Path, few: &Path, rows: u64) -> Result<[Row; 2], Box<dyn Error>> {
    let mut pairs = Vec::new();
    for _ in 0..PAIRS * 2 {
        let once = |database: &Path| -> Result<f64, Box<dyn Error>> {
            let started = Instant::now();
            let server = TestedServer::catalogue(database, &[])?;
            tested_server::ask(&server, &[&tested_server::LOGIN, &["SEND", &name(1)]])?;
            Ok(started.elapsed().as_secs_f64() * 1000.0)
        };
        pairs.push([once(many)?, once(few)?]);
    }
    let work = format!("from `serve` to the first answer, {rows} movies");
    let limit: Vec<_> = pairs.iter().map(|pair| [pair[0], 50.0]).collect();
    eprintln!(
        "first answer after {:.1} ms",
        median(pairs.iter().map(|pair| pair[0]))
    );
    Ok([
        Row::of_pairs(&work, "ms, relative to 50 ms", &limit, Goal::AtMost(1.0)),
        Row::of_pairs(
            &work,
            "ms, relative to a catalogue of few",
            &pairs,
            Goal::AtMost(1.1),
        ),
    ])
}
