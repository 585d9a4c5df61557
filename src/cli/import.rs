//! `catalogue import`: imports all movies of a file, or none.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;

use super::flags::Database;
use super::terminal::{safe_stderr, safe_stdout, write_json};
use super::{CliError, log, signals};
use crate::config::limits;
use crate::import::{self, FieldMapping, ImportOptions, ReadMeter, RowError, RowErrorKind};
use crate::store::{Counts, Loader, Stage};

/// Rows between two updates of the progress bar and checks for Ctrl-C.
const ROWS_PER_UPDATE: u64 = 512;

/// Add the movies of a file, or replace those of the same name
///
/// Reads CSV, TSV, JSON (an array or lines), IMDb's title.basics.tsv and
/// MovieLens's movies.csv, plain or gzip. The content decides, not the name.
/// All rows are imported or, when one is refused, none.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file with the movies; - for standard input
    file: PathBuf,
    /// IMDb's title.ratings.tsv, to join to its title.basics.tsv
    #[arg(long, value_name = "FILE")]
    ratings: Option<PathBuf>,
    /// The column that gives a field, like released="Release Date"; without a
    /// column the field stays empty
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    maps: Vec<FieldMapping>,
    /// The column that gives each movie its name [default: the ids of IMDb and
    /// MovieLens, elsewhere title and year]
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,
    /// Text before each name, like ml-
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,
    /// Import only these IMDb title types, like movie,tvMovie [default: all]
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// Skip rows that cannot be imported, instead of stopping at the first
    #[arg(long)]
    skip_bad: bool,
    /// Report the results without changing the catalogue
    #[arg(long)]
    dry_run: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// The results of an import.
#[derive(Debug, Default)]
struct ImportSummary {
    counts: Counts,
    refused: BTreeMap<RowErrorKind, u64>,
    skipped: u64,
}

impl ImportArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let file = if self.file.as_os_str() == "-" {
            PathBuf::from("/dev/stdin")
        } else {
            self.file
        };
        let options = ImportOptions {
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
        let loader = if self.dry_run {
            Loader::dry_run(&self.database.db)?
        } else {
            Loader::begin(&self.database.db)?
        };
        let summary = load(movies, loader, self.skip_bad, &interrupted)?;
        let (mut out, file) = (safe_stdout(), file.display());
        if self.json {
            let summary =
                JsonSummary::new(file.to_string(), format.to_string(), self.dry_run, &summary);
            write_json(&mut io::stdout(), &summary)?;
        } else if self.dry_run {
            writeln!(
                out,
                "dry run of `{file}` ({format}): {summary}; nothing was changed"
            )?;
        } else {
            writeln!(out, "imported `{file}` ({format}): {summary}")?;
        }
        if self.prefix.is_empty() {
            summary.advise();
        }
        Ok(())
    }
}

/// Loads all movies into the catalogue.
fn load(
    mut movies: import::MovieReader,
    mut loader: Loader,
    skip_bad: bool,
    interrupted: &AtomicBool,
) -> Result<ImportSummary, CliError> {
    let meter = movies.meter().clone();
    let progress = ImportProgress::reading(&meter);
    let mut summary = ImportSummary::default();
    for row in 0_u64.. {
        if row.is_multiple_of(ROWS_PER_UPDATE) {
            progress.update(meter.bytes_read(), row);
            if interrupted.load(Ordering::Relaxed) {
                return Err(CliError::Interrupted);
            }
        }
        match movies.next_view() {
            None => break,
            Some(Ok(movie)) => loader.put(&movie)?,
            Some(Err(error)) if skip_bad && !error.ends_the_import() => {
                progress.bar.suspend(|| summary.refuse(&error));
            }
            Some(Err(error)) => return Err(CliError::Refused(error)),
        }
    }
    drop(progress);
    summary.skipped = movies.skipped();
    // Frees the reader's memory before the indexing.
    drop(movies);
    let mut progress = None;
    summary.counts = loader.commit_watched(&mut |reached| {
        let shown = match &progress {
            Some((stage, shown)) if *stage == reached.stage => shown,
            _ => {
                let shown = ImportProgress::from_stage(reached.stage);
                &progress.insert((reached.stage, shown)).1
            }
        };
        shown.update(reached.done, reached.done);
        shown.bar.set_length(reached.all);
        !interrupted.load(Ordering::Relaxed)
    })?;
    Ok(summary)
}

impl ImportSummary {
    /// Counts a row that was skipped, and reports the first of them.
    fn refuse(&mut self, error: &RowError) {
        let before = self.refused();
        *self.refused.entry(error.kind).or_default() += 1;
        let most = limits::MAX_REPORTED_FAULTS as u64;
        // Standard error may be closed. The count is printed at the end.
        let _ = match before {
            before if before < most => writeln!(safe_stderr(), "{error}"),
            before if before == most => {
                writeln!(
                    io::stderr(),
                    "further rows that are refused are only counted"
                )
            }
            _ => Ok(()),
        };
    }

    /// Two sources that number their movies from 1 replace each other's movies.
    fn advise(&self) {
        let movies = match self.counts.retitled {
            0 => return,
            1 => "1 movie gets".to_owned(),
            more => format!("{more} movies get"),
        };
        // Standard error may be closed.
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

/// The output of --json.
#[derive(Serialize)]
struct JsonSummary {
    file: String,
    format: String,
    dry_run: bool,
    added: u64,
    changed: u64,
    unchanged: u64,
    retitled: u64,
    refused: u64,
    /// The refused rows by kind of error.
    faults: BTreeMap<String, u64>,
    /// Rows with title types that were not asked for.
    left_out: u64,
}

impl JsonSummary {
    fn new(file: String, format: String, dry_run: bool, summary: &ImportSummary) -> JsonSummary {
        let faults = summary.refused.iter();
        JsonSummary {
            file,
            format,
            dry_run,
            added: summary.counts.added,
            changed: summary.counts.changed,
            unchanged: summary.counts.unchanged,
            retitled: summary.counts.retitled,
            refused: summary.refused(),
            faults: faults
                .map(|(kind, &count)| (kind.to_string(), count))
                .collect(),
            left_out: summary.skipped,
        }
    }
}

impl std::fmt::Display for ImportSummary {
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
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} of other types left out"),
        }
    }
}

/// A progress bar on a terminal, until it is dropped.
struct ImportProgress {
    bar: ProgressBar,
    began: Instant,
}

impl ImportProgress {
    /// Bytes read out of all bytes.
    fn reading(meter: &ReadMeter) -> ImportProgress {
        let template = match meter.bytes_total() {
            Some(_) => "{bar:30} {percent:>3}%  {msg}  {binary_bytes_per_sec}  {eta} left",
            None => "{spinner} {binary_bytes}  {msg}  {binary_bytes_per_sec}",
        };
        ImportProgress::with_template(template, meter.bytes_total())
    }

    /// Movies out of all movies, after the file was read.
    fn from_stage(stage: Stage) -> ImportProgress {
        let template = match stage {
            Stage::Writing => "writing {bar:30} {percent:>3}%  {msg}  {eta} left",
            Stage::Indexing => "indexing for search {bar:30} {percent:>3}%  {msg}  {eta} left",
        };
        ImportProgress::with_template(template, Some(0))
    }

    fn with_template(template: &str, length: Option<u64>) -> ImportProgress {
        let style =
            ProgressStyle::with_template(template).expect("the templates above are well formed");
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::no_length(),
        };
        ImportProgress {
            bar: bar.with_style(style),
            began: Instant::now(),
        }
    }

    /// Shows the position and the rows per second.
    fn update(&self, position: u64, rows: u64) {
        if !self.bar.is_hidden() {
            let rate = rows as f64 / self.began.elapsed().as_secs_f64().max(0.001);
            let rate = HumanCount(rate as u64);
            self.bar
                .set_message(format!("{} rows, {rate}/s", HumanCount(rows)));
        }
        self.bar.set_position(position);
    }
}

impl Drop for ImportProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
