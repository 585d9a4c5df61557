//! `catalogue import`: the movies of a file, all of them or none.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{CliError, Database, log, signals};
use crate::config::limits;
use crate::import::{self, Fault, FaultKind, Mapping, Meter, Options};
use crate::store::{Counts, Loader, Stage};

/// Rows between two looks at the progress and at Ctrl-C.
const ROWS_PER_LOOK: u64 = 512;

/// Adds the movies of a file, or replaces those of the same name
///
/// Reads CSV, TSV, JSON (an array or lines), IMDb's title.basics.tsv and
/// MovieLens's movies.csv, plain or gzip, and tells them apart by their content.
/// Either all rows are imported or, when one is refused, none.
#[derive(Debug, Args)]
pub struct Import {
    /// The file with the movies; - for standard input
    file: PathBuf,
    /// IMDb's title.ratings.tsv, to go with its title.basics.tsv
    #[arg(long, value_name = "FILE")]
    ratings: Option<PathBuf>,
    /// The column that gives a field, like released="Release Date"; nothing
    /// behind the = leaves the field empty
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    maps: Vec<Mapping>,
    /// The column that gives each movie its name [default: the ids of IMDb and
    /// MovieLens, elsewhere title and year]
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,
    /// What goes before each name, like ml-
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,
    /// Take these types of IMDb's titles alone, like movie,tvMovie [default: all]
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// Leave out rows that cannot be taken, instead of stopping at the first
    #[arg(long)]
    skip_bad: bool,
    /// Report what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What became of the rows.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    refused: BTreeMap<FaultKind, u64>,
    passed_over: u64,
}

impl Import {
    pub(super) fn run(self) -> Result<(), CliError> {
        let file = match self.file.as_os_str() == "-" {
            true => PathBuf::from("/dev/stdin"),
            false => self.file,
        };
        let options = Options {
            ratings: self.ratings,
            maps: self.maps,
            key: self.key,
            prefix: self.prefix.clone(),
            types: self.types,
        };
        log::to_stderr();
        signals::outlive_large_files()?;
        let interrupted = signals::watch()?;
        let movies = import::open(&file, &options)?;
        let format = movies.format();
        let loader = match self.dry_run {
            true => Loader::rehearse(&self.database.db)?,
            false => Loader::begin(&self.database.db)?,
        };
        let tally = load(movies, loader, self.skip_bad, &interrupted)?;
        let (mut out, file) = (io::stdout(), file.display());
        if self.json {
            let summary = Summary::of(file.to_string(), format.to_string(), self.dry_run, &tally);
            serde_json::to_writer(&mut out, &summary).map_err(io::Error::from)?;
            writeln!(out)?;
        } else if self.dry_run {
            writeln!(
                out,
                "dry run of `{file}` ({format}): {tally}; nothing was changed"
            )?;
        } else {
            writeln!(out, "imported `{file}` ({format}): {tally}")?;
        }
        if self.prefix.is_empty() {
            tally.advise();
        }
        Ok(())
    }
}

/// Puts all movies into the catalogue.
fn load(
    mut movies: import::Import,
    mut loader: Loader,
    skip_bad: bool,
    interrupted: &AtomicBool,
) -> Result<Tally, CliError> {
    let meter = movies.meter().clone();
    let progress = Progress::reading(&meter);
    let mut tally = Tally::default();
    for row in 0_u64.. {
        if row.is_multiple_of(ROWS_PER_LOOK) {
            progress.at(meter.bytes_read(), row);
            if interrupted.load(Ordering::Relaxed) {
                return Err(CliError::Interrupted);
            }
        }
        match movies.next_view() {
            None => break,
            Some(Ok(movie)) => loader.put(&movie)?,
            Some(Err(fault)) if skip_bad && !fault.ends_the_import() => {
                progress.bar.suspend(|| tally.refuse(&fault));
            }
            Some(Err(fault)) => return Err(CliError::Refused(fault)),
        }
    }
    drop(progress);
    tally.passed_over = movies.passed_over();
    // What was remembered of the file makes room for the indexing.
    drop(movies);
    let mut progress = None;
    tally.counts = loader.commit_watched(&mut |reached| {
        let shown = match &progress {
            Some((stage, shown)) if *stage == reached.stage => shown,
            _ => {
                let shown = Progress::of(reached.stage);
                &progress.insert((reached.stage, shown)).1
            }
        };
        shown.at(reached.done, reached.done);
        shown.bar.set_length(reached.all);
        !interrupted.load(Ordering::Relaxed)
    })?;
    Ok(tally)
}

impl Tally {
    /// Counts a row that was left out, and reports the first ones.
    fn refuse(&mut self, fault: &Fault) {
        let before = self.refused();
        *self.refused.entry(fault.kind).or_default() += 1;
        let most = limits::MAX_REPORTED_FAULTS as u64;
        // Standard error may be closed; the count is still given at the end.
        let _ = match before {
            before if before < most => writeln!(io::stderr(), "{fault}"),
            before if before == most => {
                writeln!(
                    io::stderr(),
                    "further rows that are refused are only counted"
                )
            }
            _ => Ok(()),
        };
    }

    /// Two sources that number their movies from 1 on replace each other's.
    fn advise(&self) {
        let movies = match self.counts.retitled {
            0 => return,
            1 => "1 movie gets".to_owned(),
            more => format!("{more} movies get"),
        };
        // Standard error may be closed; it is done all the same.
        let _ = writeln!(
            io::stderr(),
            "{movies} another title; where two sources use the same names, --prefix \
             keeps them apart"
        );
    }

    fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}

/// What --json prints.
#[derive(Serialize)]
struct Summary {
    file: String,
    format: String,
    dry_run: bool,
    added: u64,
    changed: u64,
    unchanged: u64,
    retitled: u64,
    refused: u64,
    /// How many of the refused rows had which fault.
    faults: BTreeMap<String, u64>,
    /// Rows of types that were not asked for.
    left_out: u64,
}

impl Summary {
    fn of(file: String, format: String, dry_run: bool, tally: &Tally) -> Summary {
        let faults = tally.refused.iter();
        Summary {
            file,
            format,
            dry_run,
            added: tally.counts.added,
            changed: tally.counts.changed,
            unchanged: tally.counts.unchanged,
            retitled: tally.counts.retitled,
            refused: tally.refused(),
            faults: faults
                .map(|(kind, &count)| (kind.to_string(), count))
                .collect(),
            left_out: tally.passed_over,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts {
            added,
            changed,
            unchanged,
            retitled: _,
        } = self.counts;
        let refused = self.refused();
        write!(
            f,
            "{added} added, {changed} changed, {unchanged} unchanged, {refused} refused"
        )?;
        for (place, (kind, count)) in self.refused.iter().enumerate() {
            let before = if place == 0 { " (" } else { ", " };
            write!(f, "{before}{kind}: {count}")?;
        }
        f.write_str(if refused == 0 { "" } else { ")" })?;
        match self.passed_over {
            0 => Ok(()),
            passed_over => write!(f, ", {passed_over} of other types left out"),
        }
    }
}

/// A bar on a terminal, and nothing elsewhere. It vanishes when it is dropped.
struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    /// Bytes read out of all bytes.
    fn reading(meter: &Meter) -> Progress {
        let template = match meter.bytes_total() {
            Some(_) => "{bar:30} {percent:>3}%  {msg}  {binary_bytes_per_sec}  {eta} left",
            None => "{spinner} {binary_bytes}  {msg}  {binary_bytes_per_sec}",
        };
        Progress::with(template, meter.bytes_total())
    }

    /// Movies out of all movies, once the file is read.
    fn of(stage: Stage) -> Progress {
        let template = match stage {
            Stage::Writing => "writing {bar:30} {percent:>3}%  {msg}  {eta} left",
            Stage::Indexing => "indexing for search {bar:30} {percent:>3}%  {msg}  {eta} left",
        };
        Progress::with(template, Some(0))
    }

    fn with(template: &str, length: Option<u64>) -> Progress {
        let style =
            ProgressStyle::with_template(template).expect("the templates above are well formed");
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::no_length(),
        };
        Progress {
            bar: bar.with_style(style),
            began: Instant::now(),
        }
    }

    /// Shows a position, and how many rows there are a second.
    fn at(&self, position: u64, rows: u64) {
        if !self.bar.is_hidden() {
            let rate = rows as f64 / self.began.elapsed().as_secs_f64().max(0.001);
            let rate = HumanCount(rate as u64);
            self.bar
                .set_message(format!("{} rows, {rate}/s", HumanCount(rows)));
        }
        self.bar.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
