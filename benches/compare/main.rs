//! `just bench`: this server next to `redis-server`, with the same work in turn.
//!
//! Both have the same rows, and `redis-benchmark` requests the same random names from
//! both. Every figure is the median of ratios from pairs of runs, A B A B …, because the
//! speed of a machine drifts and a ratio does not.
//!
//! - `just bench` runs everything and writes `docs/benchmarks.md` and its picture; it
//!   needs `redis-server`, the `sqlite3` shell, about 6 GB of memory and of disk, and an
//!   hour.
//! - `just bench --quick` prints the first rows in a minute.
//! - `just bench --search` prints the rows about search, in some minutes; with `--folder
//!   <folder>` the catalogue of many movies stays there for the next time.
//! - `just bench --engines` prints the quality of the answers of `FIND` compared with other search
//!   engines; it needs `node` and `npm`. With `CATALOGUE_TITLES=DIR` the titles are those of IMDb's
//!   files in a folder.
//! - `just bench --import` prints the rows about importing, in half an hour; it needs the
//!   `sqlite3` shell, and with `--folder <folder>` the files stay there.

mod crowd;
mod engines;
mod generator;
mod import;
mod large;
mod load;
mod picture;
mod queries;
mod report;
mod search;
mod tested_server;

#[path = "../../tests/search_quality/judge.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod judge;

use std::error::Error;
use std::path::Path;

use generator::Generator;
use load::{Found, Load};
use report::{Goal, Row};
use tested_server::TestedServer;

/// Rows that fit into the cache.
const FEW: u64 = 100_000;
/// Rows that do not fit.
const MANY: u64 = 10_000_000;
/// The seed of the rows.
const SEED: u64 = 1972;
/// Pairs of runs for each line of the table.
const PAIRS: usize = 5;
/// Pairs of runs for the loads next to Redis, which are short.
const PAIRS_OF_LOADS: usize = 9;

/// The work of the first rows, and the goals for the ratios of rate, CPU time and p99.
const LOADS: [(Load, [Option<f64>; 3]); 3] = [
    (
        Load {
            connections: 50,
            pipeline: 1,
            requests: 200_000,
            names: FEW,
        },
        [Some(1.0), Some(0.9), Some(1.0)],
    ),
    (
        Load {
            connections: 50,
            pipeline: 16,
            requests: 2_000_000,
            names: FEW,
        },
        [Some(1.6), Some(0.6), Some(1.0)],
    ),
    (
        Load {
            connections: 500,
            pipeline: 1,
            requests: 200_000,
            names: FEW,
        },
        [Some(1.0), None, None],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds the flag `--bench`; `cargo test --all-targets` does not.
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    if let [flag, file, database] = flags.as_slice()
        && flag == import::LOAD
    {
        return import::load(Path::new(file), Path::new(database));
    }
    if !has("--bench") {
        println!("run it with `cargo bench --bench compare`");
        return Ok(());
    }
    let folder_given = || {
        let at = flags.iter().position(|given| given == "--folder")?;
        flags.get(at + 1).map(Path::new)
    };
    if has("--search") {
        return search_only(folder_given());
    }
    if has("--engines") {
        print!("{}", search::quality()?);
        return Ok(());
    }
    if has("--import") {
        return import_only(folder_given());
    }
    compare(has("--quick"))
}

/// Measures all rows and writes the page, or prints only the first three.
fn compare(is_quick: bool) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let few = folder.path().join("few.db");
    let generator = Generator::new(SEED);
    tested_server::fill_catalogue(&few, FEW, &generator)?;
    let mut rows = Vec::new();
    {
        let room = ["--max-connections-per-address", "10240"];
        let sides = [
            TestedServer::catalogue(&few, &room)?,
            TestedServer::redis(folder.path())?,
        ];
        tested_server::fill_redis(&sides[1], FEW, &generator)?;
        check_that_both_send_the_same(&sides)?;
        for (load, wanted) in LOADS {
            rows.extend(next_to_redis(load, wanted, &sides)?);
        }
        if is_quick {
            print!("{}", report::table(&rows));
            return Ok(());
        }
        rows.push(crowd::storm(&sides[0], LOADS[0].0)?);
        rows.push(crowd::idle(&sides[0], &sides[1])?);
    }
    let picture_of_few = picture::depths(&few, FEW, &generator)?;
    {
        // Each file is as large as a catalogue, and is removed before the next step.
        let files = tempfile::tempdir()?;
        rows.extend(import::rows(files.path(), MANY, &generator)?);
    }
    let many = folder.path().join("many.db");
    tested_server::fill_catalogue(&many, MANY, &generator)?;
    rows.push(large::next_to_sqlite(&many, MANY)?);
    rows.extend(large::start(&many, &few, MANY)?);
    rows.extend(search::rows(&many, MANY, &generator)?);
    let sides = [
        TestedServer::catalogue(&many, &[])?,
        TestedServer::redis(folder.path())?,
    ];
    tested_server::fill_redis(&sides[1], MANY, &generator)?;
    check_that_both_send_the_same(&sides)?;
    rows.push(large::memory(&sides[0], &sides[1], MANY)?);
    let picture_of_many = picture::throughput(&sides, MANY)?;
    picture::write(
        Path::new("docs/benchmarks.svg"),
        &[(FEW, picture_of_few), (MANY, picture_of_many)],
    )?;
    print!("{}", report::table(&rows));
    let loads = LOADS.map(|(load, _)| load);
    report::write(
        Path::new("docs/benchmarks.md"),
        &rows,
        &loads,
        &format!("{}{}", picture::LINK, search::quality()?),
    )
}

/// Prints only the rows about importing.
fn import_only(kept: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let made = tempfile::tempdir()?;
    let generator = Generator::new(SEED);
    let rows = import::rows(kept.unwrap_or(made.path()), MANY, &generator)?;
    print!("{}", report::table(&rows));
    Ok(())
}

/// Prints only the rows about search.
fn search_only(kept: Option<&Path>) -> Result<(), Box<dyn Error>> {
    print!("{}", search::quality()?);
    let made = tempfile::tempdir()?;
    let many = kept.unwrap_or(made.path()).join("many.db");
    let generator = Generator::new(SEED);
    if !many.exists() {
        tested_server::fill_catalogue(&many, MANY, &generator)?;
    }
    print!(
        "\n{}",
        report::table(&search::rows(&many, MANY, &generator)?)
    );
    Ok(())
}

/// The name of the row with this number.
fn name(number: u64) -> String {
    format!("tt{number:012}")
}

/// The three metrics of one load.
fn next_to_redis(
    load: Load,
    wanted: [Option<f64>; 3],
    sides: &[TestedServer; 2],
) -> Result<Vec<Row>, Box<dyn Error>> {
    let pairs = in_turn(load, sides)?;
    let work = format!(
        "`SEND` of random names out of {}, {} connections, pipeline {}, next to Redis's `GET`",
        load.names, load.connections, load.pipeline
    );
    let row = |figure: &str, wanted: Option<Goal>, value: fn(&Found) -> f64| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|pair| [value(&pair[0]), value(&pair[1])])
            .collect();
        wanted.map(|wanted| Row::of_pairs(&work, figure, &pairs, wanted))
    };
    let [rate, cpu, p99] = wanted;
    let rows = [
        row("requests per second", rate.map(Goal::AtLeast), |found| {
            found.rate
        }),
        row(
            "the server's CPU time per request, µs",
            cpu.map(Goal::AtMost),
            |found| found.cpu_us,
        ),
        row("p99, ms", p99.map(Goal::AtMost), |found| found.p99_ms),
    ];
    Ok(rows.into_iter().flatten().collect())
}

/// Our figures and Redis's, pair by pair.
fn in_turn(
    load: Load,
    [ours, redis]: &[TestedServer; 2],
) -> Result<Vec<[Found; 2]>, Box<dyn Error>> {
    let mut pairs = Vec::new();
    // Often enough that every row is in the cache. Redis has all rows in memory from the
    // start.
    let warm_up = Load {
        pipeline: 16,
        requests: 12 * load.names,
        ..load
    };
    for side in [ours, redis] {
        warm_up.run(side)?;
    }
    for _ in 0..PAIRS_OF_LOADS {
        let pair = [load.run(ours)?, load.run(redis)?];
        eprintln!(
            "{:>3} connections, pipeline {:>2}: {:>9.0} next to {:>9.0} requests/s",
            load.connections, load.pipeline, pair[0].rate, pair[1].rate
        );
        pairs.push(pair);
    }
    Ok(pairs)
}

/// Different answers would make the comparison worthless.
fn check_that_both_send_the_same([ours, redis]: &[TestedServer; 2]) -> Result<(), Box<dyn Error>> {
    let name = name(FEW / 2);
    let ours = tested_server::ask(ours, &[&tested_server::LOGIN, &["SEND", &name]])?.pop();
    let redis = tested_server::ask(redis, &[&["GET", &name]])?.pop();
    if ours == redis {
        Ok(())
    } else {
        Err(format!("{ours:?} is not {redis:?}").into())
    }
}
