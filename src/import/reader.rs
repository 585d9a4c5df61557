//! Opens a file and reads its movies.

use std::fmt;
use std::path::Path;

use super::columns::layout::Layout;
use super::columns::mapping::ColumnMapping;
use super::columns::sample::RuntimeUnit;
use super::detect::{self, Detected, Hints};
use super::errors::{ImportError, RowError, RowErrorKind};
use super::field::Field;
use super::file_format::FileFormat;
use super::formats::imdb::Imdb;
use super::formats::nfo::{self, Nfo};
use super::formats::rows::{
    BuiltRows, ImportedMovie, MovieRows, RecordSource, RowNotes, date_order,
};
use super::formats::titles_list::TitleList;
use super::formats::{delimited, json};
use super::options::ImportOptions;
use super::row::{DateOrderRule, RowBuilder, TitleStyle, ValueRules};
use super::source::{ReadMeter, SourceFile, encoding, raw_bytes};
use super::values::titles;
use crate::config::limits;
use crate::movie::{DETAIL_FIELDS, Movie};

/// The movies of a file, in its order. Movies of an export keep their id; the
/// store gives an id to all others.
///
/// As an iterator it returns owned movies; [`MovieReader::next_view`] lends the same rows without
/// an allocation for each. A row that cannot become a movie is a [`RowError`], and the next row
/// follows. After an error that [ends the import](RowError::ends_the_import) nothing follows.
pub struct MovieReader {
    rows: Box<dyn MovieRows>,
    detected: DetectedFile,
    meter: ReadMeter,
    /// Guesses the encoding of the file, once a row is in another one.
    guess: Option<Box<dyn FnOnce() -> Option<&'static str> + Send>>,
    guessed: Option<&'static str>,
    ended: bool,
}

/// The detected format and columns of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectedFile {
    /// The format.
    pub format: FileFormat,
    /// The name of a layout that is known, such as an export of Letterboxd.
    pub layout: Option<&'static str>,
    /// The name of the encoding.
    pub encoding: &'static str,
    /// The columns of each field that has any, the best first.
    pub columns: Vec<(Field, Vec<String>)>,
    /// The column of the name; `None` when names are made from titles.
    pub key: Option<String>,
    /// Other columns that could be the name.
    pub other_keys: Vec<String>,
    /// Lines before the header.
    pub skipped_lines: u64,
    /// The columns that are not read.
    pub unread: Vec<String>,
    /// Whether the file itself names its columns.
    pub has_header: bool,
    /// Whether the file is an export of full records.
    pub is_export: bool,
    /// What a running time without a unit counts.
    pub runtime_unit: RuntimeUnit,
}

impl DetectedFile {
    fn new(source: &SourceFile, format: FileFormat) -> DetectedFile {
        DetectedFile {
            format,
            layout: None,
            encoding: source.encoding.name(),
            columns: Vec::new(),
            key: None,
            other_keys: Vec::new(),
            skipped_lines: 0,
            unread: Vec::new(),
            has_header: false,
            is_export: false,
            runtime_unit: RuntimeUnit::Minutes,
        }
    }

    /// The details for which the file has columns.
    pub fn details(&self) -> impl Iterator<Item = Field> {
        let fields = self.columns.iter().map(|(field, _)| *field);
        fields.filter(|field| field.is_detail())
    }

    /// The names of all details in the file.
    pub fn detail_names(&self) -> impl Iterator<Item = &'static str> {
        let all = DETAIL_FIELDS.iter().map(|field| field.name);
        let all = all.filter(|_| self.is_export);
        all.chain(
            self.details()
                .filter(|_| !self.is_export)
                .map(Field::as_str),
        )
    }

    fn with_layout(mut self, layout: &Layout, columns: &[&str]) -> DetectedFile {
        self.layout = layout.known.map(|known| known.name);
        self.key = layout.key().map(str::to_owned);
        self.other_keys = layout.other_keys.clone();
        self.runtime_unit = layout.runtime_unit;
        let named = |(field, places): (Field, Vec<usize>)| {
            let names = places.iter().map(|place| columns[*place].to_owned());
            (field, names.collect())
        };
        let fed = layout.fed(columns);
        let is_read = |place: &usize| fed.iter().any(|(_, places)| places.contains(place));
        let unread = (0..columns.len()).filter(|place| !is_read(place));
        let unread = unread.take(limits::MAX_LISTED_COLUMNS);
        self.unread = unread.map(|place| columns[place].to_owned()).collect();
        self.columns = fed.into_iter().map(named).collect();
        self
    }
}

impl fmt::Display for DetectedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layout {
            Some(layout) => f.write_str(layout),
            None => self.format.fmt(f),
        }
    }
}

/// Opens a file or a folder of `.nfo` files, detects its format from its content and
/// maps its columns to fields.
///
/// # Errors
/// Any [`ImportError`].
pub fn open(path: &Path, options: &ImportOptions) -> Result<MovieReader, ImportError> {
    let mapping = ColumnMapping::new(&options.maps, options.key.as_deref())?;
    options.check()?;
    if path.is_dir()
        && let Some(nfo) = Nfo::from_folder(path)?
    {
        return Ok(MovieReader::from_folder(nfo, options));
    }
    let mut meter = ReadMeter::new();
    let mut source = SourceFile::open(path, options.encoding()?, &mut meter)?;
    let hints = Hints {
        skip_lines: options.skip_lines,
        columns: &options.columns,
        is_mapped: !mapping.is_empty(),
    };
    let detected = detect::detect(&source.file, &source.head, hints)?;
    let is_fast = detected.format == FileFormat::Imdb && mapping.is_empty();
    check_imdb_options(options, &mapping, detected.format, &source)?;
    if detected.columns.is_some() && options.columns.is_empty() {
        source = decode_known_list(path, source, options, &mut meter)?;
    }
    let guess = encoding_guess(path, &source);
    let (rows, detected) = if is_fast {
        let ratings = match &options.ratings {
            None => None,
            Some(path) => Some(open_ratings(path, &mut meter)?),
        };
        let mut file = DetectedFile::new(&source, FileFormat::Imdb);
        file.key = Some("tconst".to_owned());
        let rows: Box<dyn MovieRows> = Box::new(Imdb::new(source, ratings, options)?);
        (rows, file)
    } else {
        match built_rows(path, source, detected, mapping, options) {
            Ok(built) => built,
            Err(ImportError::Row(mut error)) if error.kind == RowErrorKind::Encoding => {
                error.guessed_encoding = guess();
                return Err(error.into());
            }
            Err(error) => return Err(error),
        }
    };
    Ok(MovieReader {
        rows,
        detected,
        meter,
        guess: Some(guess),
        guessed: None,
        ended: false,
    })
}

/// Ratings and title types belong to IMDb's files without a column mapping.
fn check_imdb_options(
    options: &ImportOptions,
    mapping: &ColumnMapping,
    format: FileFormat,
    source: &SourceFile,
) -> Result<(), ImportError> {
    let file = || source.file.clone();
    let is_imdb = format == FileFormat::Imdb;
    if options.ratings.is_some() && !is_imdb {
        return Err(ImportError::RatingsWithout(file(), format));
    }
    if options.ratings.is_some() && !mapping.is_empty() {
        return Err(ImportError::RatingsWithMap);
    }
    if !options.types.is_empty() && !is_imdb {
        return Err(ImportError::TypesWithout(file(), format));
    }
    if !options.types.is_empty() && !mapping.is_empty() {
        return Err(ImportError::TypesWithMap);
    }
    Ok(())
}

fn open_ratings(path: &Path, meter: &mut ReadMeter) -> Result<SourceFile, ImportError> {
    let source = SourceFile::open(path, None, meter)?;
    if !detect::is_ratings(&source.head) {
        return Err(ImportError::NotRatings(source.file));
    }
    Ok(source)
}

/// The old lists of MovieLens are in Latin-1, and the newer ones in UTF-8: their
/// bytes decide.
fn decode_known_list(
    path: &Path,
    source: SourceFile,
    options: &ImportOptions,
    meter: &mut ReadMeter,
) -> Result<SourceFile, ImportError> {
    if options.encoding.is_some() || !source.is_regular {
        return Ok(source);
    }
    let bytes = raw_bytes(path, limits::ENCODING_SAMPLE_BYTES * 4).unwrap_or_default();
    let is_utf8 = match std::str::from_utf8(&bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if is_utf8 {
        return Ok(source);
    }
    *meter = ReadMeter::new();
    SourceFile::open(path, Some(encoding_rs::WINDOWS_1252), meter)
}

/// Guesses the encoding of a file that is not UTF-8, from its bytes.
fn encoding_guess(
    path: &Path,
    source: &SourceFile,
) -> Box<dyn FnOnce() -> Option<&'static str> + Send> {
    let path = source.is_regular.then(|| path.to_owned());
    let head = source.head.clone();
    let is_utf8 = source.encoding == encoding_rs::UTF_8;
    Box::new(move || {
        let bytes = path.and_then(|path| raw_bytes(&path, limits::ENCODING_SAMPLE_BYTES).ok());
        is_utf8.then(|| encoding::guess(&bytes.unwrap_or(head)).name())
    })
}

/// The records of a file, and its detected format.
struct Opened {
    source: Box<dyn RecordSource>,
    file: DetectedFile,
    rules: ValueRules,
}

fn built_rows(
    path: &Path,
    source: SourceFile,
    detected: Detected,
    mapping: ColumnMapping,
    options: &ImportOptions,
) -> Result<(Box<dyn MovieRows>, DetectedFile), ImportError> {
    let again = if source.is_regular {
        Err((path.to_owned(), source.encoding))
    } else {
        Ok(source.head_alone())
    };
    let Opened {
        source,
        file,
        mut rules,
    } = open_records(source, &detected, &mapping, options)?;
    let options = options.clone();
    let prefix = options.prefix.clone();
    rules.date_order = match options.dates {
        Some(order) => DateOrderRule::Decided(Some(order)),
        None => DateOrderRule::WholeFile(Box::new(move || {
            let source = again.or_else(|(path, encoding)| {
                SourceFile::open(&path, Some(encoding), &mut ReadMeter::new())
            });
            let opened = open_records(source.ok()?, &detected, &mapping, &options).ok()?;
            date_order(opened.source)
        })),
    };
    let builder = RowBuilder::new(&prefix, rules);
    Ok((Box::new(BuiltRows::new(source, builder)), file))
}

/// Opens the records of any format but IMDb's.
fn open_records(
    source: SourceFile,
    detected: &Detected,
    mapping: &ColumnMapping,
    options: &ImportOptions,
) -> Result<Opened, ImportError> {
    let mut file = DetectedFile::new(&source, detected.format);
    let mut rules = ValueRules {
        lenient: options.lenient,
        ..ValueRules::default()
    };
    let records: Box<dyn RecordSource> = match detected.format {
        FileFormat::TitleList => {
            rules.title_style = TitleStyle::WithYear;
            Box::new(TitleList::new(source, detected.dialect.skip_lines))
        }
        FileFormat::Xml | FileFormat::NfoFolder => {
            (rules.keyed, rules.may_lack_key) = (true, true);
            file.columns = nfo::columns();
            Box::new(Nfo::from_file(source))
        }
        FileFormat::Imdb | FileFormat::Delimited(_) => {
            let columns = detected.columns.as_deref();
            let fitted = delimited::fit(&source, detected.dialect, columns, mapping)?;
            let names: Vec<&str> = fitted.columns.iter().map(String::as_str).collect();
            file = file.with_layout(&fitted.layout, &names);
            file.skipped_lines = detected.dialect.skip_lines;
            file.has_header = columns.is_none();
            rules.verbatim = fitted.verbatim;
            fit_rules(&mut rules, &fitted.layout, &fitted.titles);
            let dialect = detected.dialect;
            Box::new(delimited::Delimited::new(
                source, dialect, columns, &fitted,
            )?)
        }
        _ => {
            let fitted = json::fit(source, detected.format, mapping)?;
            let names: Vec<&str> = fitted.columns.iter().map(String::as_str).collect();
            file = file.with_layout(&fitted.layout, &names);
            rules.verbatim = fitted.verbatim;
            file.is_export = fitted.verbatim;
            fit_rules(&mut rules, &fitted.layout, &fitted.titles);
            Box::new(fitted.source)
        }
    };
    if let Some(scale) = options.rating_scale {
        rules.rating_scale = scale;
    }
    if !rules.verbatim {
        rules.details = file.details().collect();
        rules.has_details = !rules.details.is_empty();
        // Further keys of JSON may follow after the first objects.
        let has_columns = matches!(
            detected.format,
            FileFormat::Imdb | FileFormat::Delimited(_) | FileFormat::TitleList
        );
        if !has_columns {
            let all = Field::ALL.into_iter();
            rules.details = all.filter(|field| field.is_detail()).collect();
        }
    }
    Ok(Opened {
        source: records,
        file,
        rules,
    })
}

/// Sets how values are read, by the layout and by the first titles.
fn fit_rules(rules: &mut ValueRules, layout: &Layout, titles: &[String]) {
    rules.keyed = layout.key().is_some();
    rules.is_key_doubtful = layout.is_key_doubtful;
    rules.runtime_unit = layout.runtime_unit.minutes();
    if let Some(known) = layout.known {
        rules.rating_scale = known.rating_scale.unwrap_or(rules.rating_scale);
        rules.is_title_unique = known.is_title_unique;
        rules.lenient |= known.is_lenient;
    }
    let known = titles.iter().filter(|title| !title.is_empty()).count();
    let with_year = titles
        .iter()
        .filter(|title| titles::split_year(titles::clean(title).as_ref()).is_some())
        .count();
    let is_movielens = layout.key().is_some_and(|key| {
        key.eq_ignore_ascii_case("movieid") || key.eq_ignore_ascii_case("movie_id")
    });
    if is_movielens && with_year > 0 {
        rules.title_style = TitleStyle::MovieLens;
    } else if with_year > 0 && with_year * 2 >= known {
        rules.title_style = TitleStyle::WithYear;
    }
}

impl MovieReader {
    fn from_folder(nfo: Nfo, options: &ImportOptions) -> MovieReader {
        let rules = ValueRules {
            lenient: options.lenient,
            keyed: true,
            may_lack_key: true,
            rating_scale: options.rating_scale.unwrap_or(limits::MAX_RATING),
            date_order: DateOrderRule::Decided(options.dates),
            details: nfo::columns()
                .into_iter()
                .map(|(field, _)| field)
                .filter(|field| field.is_detail())
                .collect(),
            has_details: true,
            ..ValueRules::default()
        };
        let builder = RowBuilder::new(&options.prefix, rules);
        MovieReader {
            rows: Box::new(BuiltRows::new(nfo, builder)),
            detected: DetectedFile {
                format: FileFormat::NfoFolder,
                layout: None,
                encoding: encoding_rs::UTF_8.name(),
                columns: nfo::columns(),
                key: Some("uniqueid".to_owned()),
                other_keys: Vec::new(),
                skipped_lines: 0,
                unread: Vec::new(),
                has_header: false,
                is_export: false,
                runtime_unit: RuntimeUnit::Minutes,
            },
            meter: ReadMeter::default(),
            guess: None,
            guessed: None,
            ended: false,
        }
    }

    /// The detected format and columns of the file.
    pub fn detected(&self) -> &DetectedFile {
        &self.detected
    }

    /// The progress of reading. A clone may be read from another thread.
    pub fn meter(&self) -> &ReadMeter {
        &self.meter
    }

    /// The notes on the rows so far: skipped rows, and values left unknown.
    pub fn notes(&mut self) -> &mut RowNotes {
        self.rows.notes()
    }

    /// The next movie, lent until the following call.
    pub fn next_view(&mut self) -> Option<Result<ImportedMovie<'_>, RowError>> {
        if self.ended {
            return None;
        }
        let next = match self.rows.next() {
            Some(Err(mut error)) => {
                self.ended = error.ends_the_import();
                if error.kind == RowErrorKind::Encoding {
                    if let Some(guess) = self.guess.take() {
                        self.guessed = guess();
                    }
                    error.guessed_encoding = self.guessed;
                }
                return Some(Err(error));
            }
            next => next,
        };
        self.ended = next.is_none();
        next
    }
}

impl Iterator for MovieReader {
    type Item = Result<Movie, RowError>;

    fn next(&mut self) -> Option<Result<Movie, RowError>> {
        let row = self.next_view()?;
        Some(row.map(|row| {
            row.movie
                .to_movie()
                .expect("every row is checked where it is read")
        }))
    }
}
