//! Opens a file and gives its movies.

use std::path::Path;

use super::columns::layout::ColumnMapping;
use super::detect;
use super::errors::{ImportError, RowError};
use super::file_format::FileFormat;
use super::formats::delimited::Delimited;
use super::formats::imdb::Imdb;
use super::formats::json::{Json, Objects};
use super::formats::movielens::MovieLens;
use super::formats::records::RecordReader;
use super::formats::rows::{MovieRows, OwnedRows};
use super::options::ImportOptions;
use super::source::{ReadMeter, SourceFile};
use crate::movie::{Movie, MovieRef};

/// The movies of a file, in its order. Movies of an export keep their id; the
/// store gives an id to all others.
///
/// As an iterator it gives owned movies; [`MovieReader::next_view`] lends the same
/// rows without an allocation for each. A row that cannot become a movie is a
/// [`RowError`], and the next row follows. After an error that
/// [ends the import](RowError::ends_the_import) nothing follows.
pub struct MovieReader {
    rows: Box<dyn MovieRows>,
    format: FileFormat,
    meter: ReadMeter,
    ended: bool,
}

/// Opens a file, detects its format from its content and maps its columns to fields.
///
/// # Errors
/// Any [`ImportError`].
pub fn open(path: &Path, options: &ImportOptions) -> Result<MovieReader, ImportError> {
    let mapping = ColumnMapping::new(&options.maps, options.key.as_deref())?;
    options.check()?;
    let mut meter = ReadMeter::new();
    let source = SourceFile::open(path, &mut meter)?;
    let format = detect::detect(&source.file, &source.head)?;
    check_imdb_options(options, &mapping, format, &source)?;
    let ratings = match &options.ratings {
        None => None,
        Some(path) => Some(open_ratings(path, &mut meter)?),
    };
    Ok(MovieReader {
        rows: rows(source, ratings, format, &mapping, options)?,
        format,
        meter,
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
    let source = SourceFile::open(path, meter)?;
    if !detect::is_ratings(&source.head) {
        return Err(ImportError::NotRatings(source.file));
    }
    Ok(source)
}

fn rows(
    source: SourceFile,
    ratings: Option<SourceFile>,
    format: FileFormat,
    mapping: &ColumnMapping,
    options: &ImportOptions,
) -> Result<Box<dyn MovieRows>, ImportError> {
    let prefix = options.prefix.as_str();
    let file = source.file.clone();
    Ok(match format {
        FileFormat::Imdb if mapping.is_empty() => {
            Box::new(Imdb::new(source, ratings, prefix, &options.types)?)
        }
        FileFormat::MovieLens if mapping.is_empty() => {
            let records = RecordReader::new(&file, source.into_input(), b',', true);
            Box::new(OwnedRows::new(MovieLens::new(records, prefix)?))
        }
        FileFormat::Imdb | FileFormat::MovieLens | FileFormat::Delimited(_) => {
            let (delimiter, quotes) = match format {
                FileFormat::Imdb => (b'\t', false),
                FileFormat::Delimited(delimiter) => (delimiter, true),
                _ => (b',', true),
            };
            let records = RecordReader::new(&file, source.into_input(), delimiter, quotes);
            Box::new(OwnedRows::new(Delimited::new(records, mapping, prefix)?))
        }
        FileFormat::JsonLines | FileFormat::JsonArray | FileFormat::JsonObjects => {
            let objects = Objects::new(source.into_input(), format);
            Box::new(OwnedRows::new(Json::new(objects, &file, mapping, prefix)?))
        }
    })
}

impl MovieReader {
    /// The format that was detected.
    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// The progress of reading. A clone may be read from another thread.
    pub fn meter(&self) -> &ReadMeter {
        &self.meter
    }

    /// Rows that were skipped so far because their title type was not asked for.
    pub fn skipped(&self) -> u64 {
        self.rows.skipped()
    }

    /// The next movie, lent until the following call.
    pub fn next_view(&mut self) -> Option<Result<MovieRef<'_>, RowError>> {
        if self.ended {
            return None;
        }
        let next = self.rows.next();
        self.ended = match &next {
            None => true,
            Some(Err(error)) => error.ends_the_import(),
            Some(Ok(_)) => false,
        };
        next
    }
}

impl Iterator for MovieReader {
    type Item = Result<Movie, RowError>;

    fn next(&mut self) -> Option<Result<Movie, RowError>> {
        let row = self.next_view()?;
        Some(row.map(|view| {
            view.to_movie()
                .expect("every row is checked where it is read")
        }))
    }
}
