//! What a catalogue of many rows costs: look-ups far beyond the cache, memory,
//! and the time until the first answer.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

use crate::generator::Random;
use crate::load::{Load, median};
use crate::peers::{self, Peer};
use crate::report::{Row, Wanted};
use crate::{PAIRS, name};

/// Look-ups of one run.
const LOOKUPS: u64 = 1_000_000;

/// Uniform look-ups through the server beside the same ones without it.
pub fn beside_sqlite(database: &Path, rows: u64) -> Result<Row, Box<dyn Error>> {
    let server = Peer::catalogue(database, &["--workers", "1"])?;
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
            "uniform over {rows} rows: {:>9.0} beside {:>9.0} look-ups/s",
            pair[0], pair[1]
        );
        if turn > 0 {
            pairs.push(pair);
        }
    }
    Ok(Row::of_pairs(
        &format!(
            "uniform `SEND` over {rows} movies, pipeline 16, one worker, beside one prepared statement in-process"
        ),
        "look-ups per second",
        &pairs,
        Wanted::AtLeast(0.8),
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

/// Memory that no file backs, after uniform look-ups have filled every cache.
pub fn memory(ours: &Peer, redis: &Peer, rows: u64) -> Result<Row, Box<dyn Error>> {
    let load = Load {
        connections: 50,
        pipeline: 16,
        requests: LOOKUPS,
        names: rows,
    };
    load.run(ours)?;
    let memory = |peer: &Peer| peer.memory_kib("RssAnon").map(|kib| kib as f64 / 1024.0);
    let pair = [memory(ours)?, memory(redis)?];
    let work = format!("serving {rows} movies, beside Redis with the same rows");
    Ok(Row::of_pairs(
        &work,
        "RssAnon, MiB",
        &[pair],
        Wanted::AtMost(0.05),
    ))
}

/// From starting the program to the answer of the first `SEND`, the login
/// included, with many rows and with few.
pub fn start(many: &Path, few: &Path, rows: u64) -> Result<[Row; 2], Box<dyn Error>> {
    let mut pairs = Vec::new();
    for _ in 0..PAIRS * 2 {
        let once = |database: &Path| -> Result<f64, Box<dyn Error>> {
            let started = Instant::now();
            let server = Peer::catalogue(database, &[])?;
            peers::ask(&server, &[&peers::LOGIN, &["SEND", &name(1)]])?;
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
        Row::of_pairs(&work, "ms, beside 50 ms", &limit, Wanted::AtMost(1.0)),
        Row::of_pairs(
            &work,
            "ms, beside a catalogue of few",
            &pairs,
            Wanted::AtMost(1.1),
        ),
    ])
}
