//! `catalogue import`: the movies of a file, all of them or none.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, Database, interrupt, log};
use crate::import::{self, Fault, FaultKind, Mapping, Meter, Options};
use crate::limits;
use crate::store::{Loader, Progress, Put, StoreError};

/// Rows between two looks at the progress and at Ctrl-C.
const ROWS_PER_LOOK: u64 = 512;

/// Adds the movies of a file, or replaces those of the same name
///
/// Reads CSV, TSV, JSON (an array or lines), IMDb's title.basics.tsv and
/// MovieLens's movies.csv, plain or gzip, and tells them apart by their content.
/// Either all rows are imported or, when one is refused, none.
#[derive(Debug, Args)]
pub struct Import {
    /// The file with the movies
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
    /// Leave out rows that cannot be taken, instead of stopping at the first
    #[arg(long)]
    skip_bad: bool,
    /// Do everything but keep the result
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: Database,
}

/// What became of the rows.
#[derive(Debug, Default)]
struct Tally {
    added: u64,
    replaced: u64,
    refused: BTreeMap<FaultKind, u64>,
}

impl Import {
    pub(super) fn run(self) -> Result<(), CliError> {
        let file = self.file.display().to_string();
        let options = Options {
            ratings: self.ratings,
            maps: self.maps,
            key: self.key,
            prefix: self.prefix,
        };
        log::to_stderr();
        let interrupted = interrupt::watch()?;
        let movies = import::open(&self.file, &options)?;
        let format = movies.format();
        let mut loader = Loader::begin(&self.database.db)?;
        let progress = progress_bar(movies.meter());
        let tally = load(movies, &mut loader, &progress, self.skip_bad, &interrupted);
        progress.finish_and_clear();
        let tally = tally?;
        let mut out = io::stdout();
        if self.dry_run {
            writeln!(
                out,
                "dry run of `{file}` ({format}): {tally}; nothing was changed"
            )?;
        } else {
            index(&mut loader, &interrupted)?;
            loader.commit()?;
            writeln!(out, "imported `{file}` ({format}): {tally}")?;
        }
        Ok(())
    }
}

/// Puts all movies into the transaction.
fn load(
    movies: import::Import,
    loader: &mut Loader,
    progress: &ProgressBar,
    skip_bad: bool,
    interrupted: &AtomicBool,
) -> Result<Tally, CliError> {
    let meter = movies.meter().clone();
    let mut tally = Tally::default();
    for (row, movie) in (0_u64..).zip(movies) {
        if row.is_multiple_of(ROWS_PER_LOOK) {
            progress.set_position(meter.bytes_read());
            if interrupted.load(Ordering::Relaxed) {
                return Err(CliError::Interrupted);
            }
        }
        match movie {
            Ok(movie) => match loader.put(&movie)? {
                Put::Added => tally.added += 1,
                Put::Replaced => tally.replaced += 1,
            },
            Err(fault) if skip_bad && !fault.ends_the_import() => {
                progress.suspend(|| tally.refuse(&fault));
            }
            Err(fault) => return Err(CliError::Refused(fault)),
        }
    }
    Ok(tally)
}

/// Brings the search index up to date.
fn index(loader: &mut Loader, interrupted: &AtomicBool) -> Result<(), StoreError> {
    let style = ProgressStyle::with_template("indexing for search {bar:40} {percent:>3}%");
    let bar = ProgressBar::no_length().with_style(style.expect("the template is well formed"));
    let watched = loader.index(&mut |Progress { done, all }| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        match interrupted.load(Ordering::Relaxed) {
            true => Err(StoreError::Interrupted),
            false => Ok(()),
        }
    });
    bar.finish_and_clear();
    watched
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

    fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (added, replaced, refused) = (self.added, self.replaced, self.refused());
        write!(f, "{added} added, {replaced} replaced, {refused} refused")?;
        for (place, (kind, count)) in self.refused.iter().enumerate() {
            let before = if place == 0 { " (" } else { ", " };
            write!(f, "{before}{kind}: {count}")?;
        }
        f.write_str(if refused == 0 { "" } else { ")" })
    }
}

/// Bytes read out of all bytes, on a terminal alone.
fn progress_bar(meter: &Meter) -> ProgressBar {
    let template = match meter.bytes_total() {
        Some(_) => "{bar:40} {percent:>3}%  {binary_bytes_per_sec}  {eta} left",
        None => "{spinner} {binary_bytes}  {binary_bytes_per_sec}",
    };
    let style =
        ProgressStyle::with_template(template).expect("the templates above are well formed");
    let bar = match meter.bytes_total() {
        Some(bytes) => ProgressBar::new(bytes),
        None => ProgressBar::no_length(),
    };
    bar.with_style(style)
}
