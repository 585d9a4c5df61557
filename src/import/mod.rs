//! Reads the files that people have movies in, one row at a time. No SQL here:
//! what comes out are movies, which the store takes.

mod cell;
mod cell_json;
mod dates;
mod delimited;
mod elements;
mod fault;
mod field;
mod genres;
mod imdb;
mod inflate;
mod json;
mod layout;
mod lines;
mod movielens;
mod names;
mod numbers;
mod ratings;
mod recognise;
mod records;
mod row;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod titles;

use std::path::{Path, PathBuf};

pub use delimited::EXPORT_HEADER;
pub use fault::{Fault, FaultKind, ImportError};
pub use field::Field;
pub use layout::Mapping;
pub use recognise::Format;
pub use source::Meter;

use crate::config::limits;
use crate::movie::{Movie, View};
use layout::Wishes;
use rows::{Owned, Rows};
use source::Source;

/// What is asked of an import beside its file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// IMDb's `title.ratings.tsv`, to go with its `title.basics.tsv`.
    pub ratings: Option<PathBuf>,
    /// Which columns feed which fields, where their names do not say it.
    pub maps: Vec<Mapping>,
    /// The column that gives the name.
    pub key: Option<String>,
    /// What goes before every name.
    pub prefix: String,
    /// The types of IMDb's titles that are wanted; all when there are none.
    pub types: Vec<String>,
}

/// The movies of a file, in its order. Only those of an export have an id; to
/// the others the store gives one.
///
/// It is an iterator of movies; [`Import::next_view`] gives the same rows
/// without taking memory for each. A row that cannot become a movie is a [`Fault`], and the next row follows.
/// After a fault that [ends the import](Fault::ends_the_import) nothing follows.
pub struct Import {
    rows: Box<dyn Rows>,
    format: Format,
    meter: Meter,
    ended: bool,
}

/// Opens a file, recognises it by its content and fits its columns to the fields.
///
/// # Errors
/// What keeps the import from beginning: see [`ImportError`].
pub fn open(path: &Path, options: &Options) -> Result<Import, ImportError> {
    let wishes = Wishes::new(&options.maps, options.key.as_deref())?;
    check_prefix(&options.prefix)?;
    let prefix = options.prefix.as_str();
    let mut meter = Meter::new();
    let source = Source::open(path, &mut meter)?;
    let file = source.file.clone();
    let format = recognise::recognise(&file, &source.head)?;
    let ratings = match &options.ratings {
        None => None,
        Some(_) if format != Format::Imdb => {
            return Err(ImportError::RatingsWithout(file, format));
        }
        Some(_) if !wishes.is_empty() => return Err(ImportError::RatingsWithMap),
        Some(path) => Some(open_ratings(path, &mut meter)?),
    };
    if !options.types.is_empty() {
        check_types(&options.types)?;
        match format {
            Format::Imdb if wishes.is_empty() => {}
            Format::Imdb => return Err(ImportError::TypesWithMap),
            _ => return Err(ImportError::TypesWithout(file, format)),
        }
    }
    let rows: Box<dyn Rows> = match format {
        Format::Imdb if wishes.is_empty() => {
            Box::new(imdb::Imdb::new(source, ratings, prefix, &options.types)?)
        }
        Format::MovieLens if wishes.is_empty() => {
            let records = records::Records::new(&file, source.into_input(), b',', true);
            Box::new(Owned::new(movielens::MovieLens::new(records, prefix)?))
        }
        Format::Imdb | Format::MovieLens | Format::Delimited(_) => {
            let (delimiter, quotes) = match format {
                Format::Imdb => (b'\t', false),
                Format::Delimited(delimiter) => (delimiter, true),
                _ => (b',', true),
            };
            let records = records::Records::new(&file, source.into_input(), delimiter, quotes);
            let movies = delimited::Delimited::new(records, &wishes, prefix)?;
            Box::new(Owned::new(movies))
        }
        Format::JsonLines | Format::JsonArray | Format::JsonObjects => {
            let objects = json::Objects::new(source.into_input(), format);
            Box::new(Owned::new(json::Json::new(
                objects, &file, &wishes, prefix,
            )?))
        }
    };
    Ok(Import {
        rows,
        format,
        meter,
        ended: false,
    })
}

fn check_prefix(prefix: &str) -> Result<(), ImportError> {
    if prefix.len() > limits::MAX_IMPORT_PREFIX_BYTES {
        return Err(ImportError::Prefix(format!(
            "has {} bytes, at most {} are allowed",
            prefix.len(),
            limits::MAX_IMPORT_PREFIX_BYTES
        )));
    }
    if prefix.chars().any(char::is_control) {
        let prefix = fault::quoted(prefix);
        return Err(ImportError::Prefix(format!(
            "{prefix} holds a control character"
        )));
    }
    Ok(())
}

fn check_types(types: &[String]) -> Result<(), ImportError> {
    let unknown = |wanted: &&String| !imdb::TITLE_TYPES.contains(&wanted.as_str());
    match types.iter().find(unknown) {
        Some(unknown) => Err(ImportError::UnknownType(fault::quoted(unknown))),
        None => Ok(()),
    }
}

fn open_ratings(path: &Path, meter: &mut Meter) -> Result<Source, ImportError> {
    let source = Source::open(path, meter)?;
    match recognise::is_ratings(&source.head) {
        true => Ok(source),
        false => Err(ImportError::NotRatings(source.file)),
    }
}

impl Import {
    /// What the file was recognised as.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How far the reading is; a clone of it may watch from another thread.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Rows that were left out until now because their type was not asked for.
    pub fn passed_over(&self) -> u64 {
        self.rows.passed_over()
    }

    /// The next movie, lent until the one behind it is asked for.
    pub fn next_view(&mut self) -> Option<Result<View<'_>, Fault>> {
        if self.ended {
            return None;
        }
        let next = self.rows.next();
        self.ended = match &next {
            None => true,
            Some(Err(fault)) => fault.ends_the_import(),
            Some(Ok(_)) => false,
        };
        next
    }
}

impl Iterator for Import {
    type Item = Result<Movie, Fault>;

    fn next(&mut self) -> Option<Result<Movie, Fault>> {
        let row = self.next_view()?;
        Some(row.map(|view| {
            view.to_movie()
                .expect("every row is checked where it is read")
        }))
    }
}
