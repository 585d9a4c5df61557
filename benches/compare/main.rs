//! `just bench`: this server beside `redis-server`, the same work in turn.
//!
//! Both have the same rows, and `redis-benchmark` asks both for the same random
//! names. Every figure is the median of ratios from pairs of runs, A B A B …,
//! because a machine's speed drifts and a ratio does not.

mod generator;
mod load;
mod peers;
mod report;

use std::error::Error;
use std::path::Path;

use generator::Generator;
use load::{Found, Load};
use peers::Peer;

/// Rows in both servers.
const ROWS: u64 = 100_000;
/// The seed of the rows.
const SEED: u64 = 1972;
/// Pairs of runs for each line of the table.
const PAIRS: usize = 5;

/// One line of the table: the work, and a pair of results for each turn.
pub struct Line {
    /// What was asked.
    pub load: Load,
    /// Ours and Redis's, run by run.
    pub pairs: Vec<[Found; 2]>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds a flag of its own, and `cargo test --benches` would run this too.
    let flags: Vec<String> = std::env::args().skip(1).collect();
    if !flags.iter().any(|flag| flag == "--bench") {
        println!("run it with `cargo bench --bench compare`");
        return Ok(());
    }
    let quick = flags.iter().any(|flag| flag == "--quick");
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("bench.db");
    let generator = Generator::new(SEED);
    eprintln!("making {ROWS} rows …");
    peers::fill_catalogue(&database, ROWS, &generator)?;
    let sides = [
        Peer::catalogue(&database, &[])?,
        Peer::redis(folder.path())?,
    ];
    peers::fill_redis(&sides[1], ROWS, &generator)?;
    check_that_both_send_the_same(&sides)?;
    let scale = if quick { 1 } else { 4 };
    let mut lines = Vec::new();
    for (connections, pipeline, requests) in [(50, 1, 200_000), (50, 16, 1_600_000)] {
        let load = Load {
            connections,
            pipeline,
            requests: requests * scale / 4,
            names: ROWS,
        };
        lines.push(in_turn(load, &sides)?);
    }
    let table = report::table(&lines);
    print!("{table}");
    if !quick {
        report::write(Path::new("docs/benchmarks.md"), &table, &lines)?;
    }
    Ok(())
}

fn in_turn(load: Load, sides: &[Peer; 2]) -> Result<Line, Box<dyn Error>> {
    let mut pairs = Vec::new();
    for turn in 0..=PAIRS {
        let [ours, redis] = sides;
        let pair = [load.run(ours)?, load.run(redis)?];
        // The first pair warms both sides up.
        if turn > 0 {
            eprintln!(
                "{:>4} connections, pipeline {:>2}: {:>9.0} beside {:>9.0} requests/s",
                load.connections, load.pipeline, pair[0].rate, pair[1].rate
            );
            pairs.push(pair);
        }
    }
    Ok(Line { load, pairs })
}

/// A comparison of different answers would be worth nothing.
fn check_that_both_send_the_same([ours, redis]: &[Peer; 2]) -> Result<(), Box<dyn Error>> {
    let name = format!("tt{:012}", ROWS / 2);
    let login = ["AUTH", peers::USER, peers::PASSWORD];
    let ours = peers::ask(ours, &[&login, &["SEND", &name]])?.pop();
    let redis = peers::ask(redis, &[&["GET", &name]])?.pop();
    if ours == redis {
        Ok(())
    } else {
        Err(format!("{ours:?} is not {redis:?}").into())
    }
}
