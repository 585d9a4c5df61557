//! `catalogue import`: imports all movies of a file, or none.

mod imdb;
mod matching;
mod preview;
mod progress;
mod summary;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use self::matching::TitleMatcher;
use self::preview::Preview;
use self::progress::ImportProgress;
use self::summary::{ImportSummary, JsonSummary};
use super::flags::Database;
use super::progress::on_stderr;
use super::terminal::{safe_stdout, write_json};
use super::{CliError, log, signals};
use crate::import::imdb::ImdbPart;
use crate::import::{self, DateOrder, FieldMapping, ImportOptions, ImportedMovie, MovieReader};
use crate::store::Loader;

/// Rows between two updates of the progress bar and checks for Ctrl-C.
const ROWS_PER_UPDATE: u64 = 512;

const ONE_FILE: &str = "several files can be imported together only when they are IMDb's, import \
     other files one by one";
const ONLY_FOR_IMDB: &str = "--without and --min-votes belong to a folder with IMDb's files, or to \
     several of these files";

/// Add the movies of a file, or replace those of the same name
///
/// Reads CSV and its variants, JSON, IMDb's and MovieLens's files, exports of Letterboxd, Trakt and
/// IMDb, lists of titles, and folders of .nfo files, plain or compressed. The format is recognised
/// by the content. Either all rows are imported or none: a row that is refused stops the import.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file with the movies, or a folder of .nfo files or of IMDb's files; - is standard input.
    /// Only IMDb's files can be given together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// IMDb's title.ratings.tsv, to join to its title.basics.tsv
    #[arg(long, value_name = "FILE")]
    ratings: Option<PathBuf>,
    /// The column of a field, like released="Release Date"; without a column the field stays empty
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    maps: Vec<FieldMapping>,
    /// The column of the names of the movies [default: a column of ids; without one, title and
    /// year]
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
    /// Leave out a part of IMDb: akas (other titles), people, or episodes
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    without: Vec<ImdbPart>,
    /// Import only titles of IMDb with at least this number of votes
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    min_votes: u32,
    /// Set values that cannot be read to unknown; a title or name that cannot be read is still
    /// refused
    #[arg(long)]
    lenient: bool,
    /// Skip rows that cannot be imported, instead of stopping at the first
    #[arg(long)]
    skip_bad: bool,
    /// Keep the known values of a movie that are missing or unknown in the file
    #[arg(long)]
    merge: bool,
    /// Join rows to movies of the same title and year, and list the other rows
    #[arg(long)]
    match_titles: bool,
    /// Whether 12/06/1998 is in June or in December: day-first or month-first
    /// [default: decided by the dates of the file]
    #[arg(long, value_name = "ORDER")]
    dates: Option<DateOrder>,
    /// The highest rating, like 5 or 100 [default: 10]
    #[arg(long, value_name = "NUMBER")]
    rating_scale: Option<f64>,
    /// The encoding of the text, like windows-1252, shift_jis or gbk [default: UTF-8, or that of a
    /// byte order mark]
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// The number of lines before the header that are skipped
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    skip_lines: u64,
    /// The columns of a file without a header, like title,year,-,rating
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Report the results without changing the catalogue
    #[arg(long)]
    dry_run: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl ImportArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        log::to_stderr();
        if let Some(files) = self.imdb_files()? {
            return self.run_imdb(files);
        }
        let file = match self.files.as_slice() {
            [file] if file.as_os_str() == "-" => PathBuf::from("/dev/stdin"),
            [file] => file.clone(),
            _ => return Err(CliError::Usage(ONE_FILE)),
        };
        if !self.without.is_empty() || self.min_votes > 0 {
            return Err(CliError::Usage(ONLY_FOR_IMDB));
        }
        let options = self.options();
        signals::outlive_large_files()?;
        let interrupted = signals::watch()?;
        let movies = import::open(&file, &options)?;
        let detected = movies.detected().clone();
        let loader = if self.dry_run {
            Loader::dry_run(&self.database.db)?
        } else {
            Loader::begin(&self.database.db)?
        };
        let mut loader = loader.with_merge(self.merge);
        loader.set_details(detected.detail_names());
        let load = Load {
            skip_bad: self.skip_bad,
            interrupted: &interrupted,
            preview: Preview::new(self.dry_run),
            matcher: self.match_titles.then(TitleMatcher::default),
            catalogue: &self.database.db,
            // With `--types`, an import may have no movie. Other imports must have one.
            may_be_empty: !self.types.is_empty(),
        };
        let (summary, preview) = load.run(movies, loader, &file)?;
        let mut out = safe_stdout();
        if self.json {
            let summary = JsonSummary::new(&file, &detected, &preview, &summary);
            write_json(&mut io::stdout(), &summary)?;
        } else if self.dry_run {
            preview.print(&mut out, &detected)?;
            writeln!(
                out,
                "dry run of `{}` ({detected}): {summary}; nothing was changed",
                file.display()
            )?;
        } else {
            writeln!(out, "imported `{}` ({detected}): {summary}", file.display())?;
        }
        summary.advise(&detected, !self.prefix.is_empty(), self.key.is_some());
        Ok(())
    }

    fn options(&self) -> ImportOptions {
        ImportOptions {
            ratings: self.ratings.clone(),
            maps: self.maps.clone(),
            key: self.key.clone(),
            prefix: self.prefix.clone(),
            types: self.types.clone(),
            lenient: self.lenient,
            dates: self.dates,
            rating_scale: self.rating_scale,
            encoding: self.encoding.clone(),
            skip_lines: self.skip_lines,
            columns: self.columns.clone(),
        }
    }
}

/// Loads all movies of a file into the catalogue.
struct Load<'i> {
    skip_bad: bool,
    interrupted: &'i Arc<AtomicBool>,
    preview: Preview,
    /// Rows that are joined by their titles, if they are.
    matcher: Option<TitleMatcher>,
    catalogue: &'i Path,
    may_be_empty: bool,
}

impl Load<'_> {
    fn run(
        mut self,
        mut movies: MovieReader,
        mut loader: Loader,
        file: &Path,
    ) -> Result<(ImportSummary, Preview), CliError> {
        let mut summary = ImportSummary::default();
        self.read(&mut movies, &mut loader, &mut summary)?;
        summary.finish(movies.notes());
        // Frees the reader's memory before the indexing.
        drop(movies);
        if self.preview.movies == 0 && !self.may_be_empty {
            return Err(CliError::NothingImported {
                file: file.display().to_string(),
                refused: summary.refused(),
            });
        }
        if let Some(matcher) = self.matcher.take() {
            let put = |row: ImportedMovie<'_>| Ok(loader.put_full(&row.movie, row.details)?);
            summary.matched = Some(matcher.join(self.catalogue, self.interrupted, put)?);
        }
        let mut observer = on_stderr(Arc::clone(self.interrupted));
        summary.counts = loader.commit_observed(&mut observer)?;
        Ok((summary, self.preview))
    }

    /// Passes every movie of the file to the loader.
    fn read(
        &mut self,
        movies: &mut MovieReader,
        loader: &mut Loader,
        summary: &mut ImportSummary,
    ) -> Result<(), CliError> {
        let meter = movies.meter().clone();
        let progress = ImportProgress::reading(&meter);
        for row in 0_u64.. {
            if row.is_multiple_of(ROWS_PER_UPDATE) {
                progress.update(meter.bytes_read(), row);
                if self.interrupted.load(Ordering::Relaxed) {
                    return Err(CliError::Interrupted);
                }
            }
            match movies.next_view() {
                None => break,
                Some(Ok(row)) => {
                    self.preview.add(row);
                    match &mut self.matcher {
                        None => loader.put_full(&row.movie, row.details)?,
                        Some(matcher) => matcher.add(row)?,
                    }
                }
                Some(Err(error)) if self.skip_bad && !error.ends_the_import() => {
                    progress.bar.suspend(|| summary.refuse(&error));
                }
                Some(Err(error)) => return Err(CliError::Refused(error)),
            }
            if !movies.notes().unreported.is_empty() {
                progress
                    .bar
                    .suspend(|| summary.report_dropped(movies.notes()));
            }
        }
        Ok(())
    }
}
