//! `catalogue import` of IMDb's files together.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;

use super::ImportArgs;
use crate::cli::progress::on_stderr;
use crate::cli::terminal::{safe_stderr, safe_stdout, write_json};
use crate::cli::{CliError, signals};
use crate::config::limits;
use crate::import::RowError;
use crate::import::imdb::{
    Faults, ImdbCounts, ImdbError, ImdbFile, ImdbFiles, ImdbImport, ImdbOptions, ImdbProgress,
    RecordTarget,
};
use crate::store::{LoadCounts, RecordLoader, RowCounts};

const NOT_FOR_IMDB: &str = "IMDb's files have known columns and ids, leave --map, --key, --prefix, \
     --merge, --match-titles, --dates, --rating-scale, --encoding, --skip-lines and --columns out";

impl ImportArgs {
    /// IMDb's files, if these are some that are imported together.
    pub(super) fn imdb_files(&self) -> Result<Option<ImdbFiles>, CliError> {
        let paths: Vec<PathBuf> = self.files.iter().chain(&self.ratings).cloned().collect();
        let is_one_file = self.files.len() == 1 && !self.files[0].is_dir();
        if is_one_file || paths.iter().any(|path| path.as_os_str() == "-") {
            return Ok(None);
        }
        let Some(files) = ImdbFiles::find(&paths)? else {
            return Ok(None);
        };
        let is_plain = self.maps.is_empty()
            && self.columns.is_empty()
            && self.prefix.is_empty()
            && self.skip_lines == 0
            && !(self.merge || self.match_titles)
            && (self.key.is_none() && self.encoding.is_none())
            && (self.dates.is_none() && self.rating_scale.is_none());
        if is_plain {
            Ok(Some(files))
        } else {
            Err(CliError::Usage(NOT_FOR_IMDB))
        }
    }

    /// Imports them.
    pub(super) fn run_imdb(&self, files: ImdbFiles) -> Result<(), CliError> {
        let options = ImdbOptions {
            without: self.without.clone(),
            types: self.types.clone(),
            min_votes: self.min_votes,
            lenient: self.lenient,
        };
        signals::outlive_large_files()?;
        let interrupted = signals::watch()?;
        let folder = crate::store::folder_of(&self.database.db);
        let mut import = ImdbImport::new(files, options, folder)?;
        let summary = loop {
            match self.attempt(&import, &interrupted) {
                Err(ImdbError::NotInOrder(file)) if import.sort(file) => {
                    // Standard error may be closed.
                    let _ = writeln!(
                        safe_stderr(),
                        "{file} is not in the order of its ids, sorting it"
                    );
                }
                outcome => break outcome?,
            }
        };
        let named: Vec<String> = self
            .files
            .iter()
            .map(|path| format!("`{}`", path.display()))
            .collect();
        if self.json {
            write_json(&mut io::stdout(), &summary)?;
            return Ok(());
        }
        let (verb, end) = if self.dry_run {
            ("dry run of", "nothing was changed\n")
        } else {
            ("imported", "")
        };
        write!(
            safe_stdout(),
            "{verb} {}: {summary}\n{end}",
            named.join(", ")
        )?;
        Ok(())
    }

    fn attempt(
        &self,
        import: &ImdbImport,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<ImdbSummary, ImdbError> {
        let mut loader = if self.dry_run {
            RecordLoader::dry_run(&self.database.db, import.parts())?
        } else {
            RecordLoader::new(&self.database.db, import.parts())?
        };
        let bars = FileBars::default();
        let mut reported = 0;
        let mut report = |error: &RowError| {
            if reported < limits::MAX_REPORTED_FAULTS {
                // Standard error may be closed. The count is printed at the end.
                bars.all.suspend(|| {
                    let _ = writeln!(safe_stderr(), "{error}");
                });
            }
            reported += 1;
        };
        let mut faults = Faults::new(self.skip_bad, &mut report);
        let mut shown = bars.clone();
        let mut observe = |progress: &ImdbProgress| {
            shown.update(progress);
            !interrupted.load(Ordering::Relaxed)
        };
        let taken = import.run(
            &mut RecordTarget::new(&mut loader),
            &mut faults,
            &mut observe,
        )?;
        bars.all.clear().ok();
        let mut summary = ImdbSummary::new(taken, &faults);
        summary.dry_run = self.dry_run;
        let mut observer = on_stderr(Arc::clone(interrupted));
        summary.take(loader.commit_observed(&mut observer)?);
        Ok(summary)
    }
}

/// A progress bar for each file, with the time left.
#[derive(Clone, Default)]
struct FileBars {
    all: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl FileBars {
    fn update(&mut self, progress: &ImdbProgress) {
        for (file, meter) in &progress[self.bars.len().min(progress.len())..] {
            let template = "{msg:16} {bar:30} {percent:>3}%  {binary_bytes_per_sec}  {eta} left";
            let style =
                ProgressStyle::with_template(template).expect("the template is well formed");
            let bar = ProgressBar::new(meter.bytes_total().unwrap_or_default());
            self.bars.push(
                self.all
                    .add(bar.with_style(style).with_message(file.name())),
            );
        }
        for (bar, (_, meter)) in self.bars.iter().zip(progress) {
            bar.set_position(meter.bytes_read());
        }
    }
}

/// The results of an import, for people and for programs.
#[derive(Debug, Default, Serialize)]
struct ImdbSummary {
    dry_run: bool,
    titles: Written,
    people: Written,
    other_titles: u64,
    credits: u64,
    episodes: u64,
    /// Rows that were refused, by file and kind.
    refused: Kinds,
    /// Rows that had no place, by file and reason.
    left_out: Kinds,
    /// Values left unknown, by field.
    dropped: BTreeMap<String, u64>,
}

type Kinds = BTreeMap<ImdbFile, BTreeMap<String, u64>>;

/// The results for the rows of one kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Written {
    added: u64,
    changed: u64,
    unchanged: u64,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written {
            added,
            changed,
            unchanged,
        } = self;
        write!(f, "{added} added, {changed} changed, {unchanged} unchanged")
    }
}

/// Counts by file and kind.
fn kinds<'c, K: fmt::Display + 'c>(
    counts: impl Iterator<Item = (&'c (ImdbFile, K), &'c u64)>,
) -> Kinds {
    let mut kinds = Kinds::new();
    for ((file, kind), count) in counts {
        kinds
            .entry(*file)
            .or_default()
            .insert(kind.to_string(), *count);
    }
    kinds
}

impl ImdbSummary {
    fn new(taken: ImdbCounts, faults: &Faults<'_>) -> ImdbSummary {
        let dropped = faults.notes.dropped.iter();
        ImdbSummary {
            other_titles: taken.akas,
            credits: taken.credits,
            episodes: taken.episodes,
            refused: kinds(faults.refused.iter()),
            left_out: kinds(faults.issues().iter()),
            dropped: dropped
                .map(|(field, count)| (field.to_string(), *count))
                .collect(),
            ..ImdbSummary::default()
        }
    }

    fn take(&mut self, counts: LoadCounts) {
        let LoadCounts { titles, people, .. } = counts;
        self.titles = Written {
            added: titles.added,
            changed: titles.changed,
            unchanged: titles.unchanged,
        };
        let RowCounts {
            added,
            changed,
            unchanged,
        } = people;
        self.people = Written {
            added,
            changed,
            unchanged,
        };
    }
}

impl fmt::Display for ImdbSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} titles", self.titles)?;
        write!(f, "\npeople: {}", self.people)?;
        let (akas, credits, episodes) = (self.other_titles, self.credits, self.episodes);
        write!(
            f,
            "\nwith {akas} other titles, {credits} credits, {episodes} episodes"
        )?;
        for (what, kinds) in [("refused", &self.refused), ("left out", &self.left_out)] {
            for (file, counts) in kinds {
                let counts: Vec<String> = counts
                    .iter()
                    .map(|(kind, count)| format!("{kind}: {count}"))
                    .collect();
                write!(f, "\n{what} of {file}: {}", counts.join(", "))?;
            }
        }
        if !self.dropped.is_empty() {
            f.write_str("\nvalues left unknown:")?;
            for (place, (field, count)) in self.dropped.iter().enumerate() {
                f.write_str(if place == 0 { " " } else { ", " })?;
                write!(f, "{field}: {count}")?;
            }
        }
        Ok(())
    }
}
