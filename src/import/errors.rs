//! Errors of a file and of its rows.

use std::fmt;
use std::io;
use std::sync::Arc;

use catalogue_protocol::QuotedValue;
use thiserror::Error;

use super::field::Field;
use super::file_format::FileFormat;
use super::imdb::ImdbFile;
use crate::config::limits;
use crate::movie::MovieError;

/// A row that cannot become a movie, or the place after which nothing can be read.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{file}:{line}: {reason}")]
pub struct RowError {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// The kind under which the error is counted.
    pub kind: RowErrorKind,
    /// The value and the rule.
    pub reason: String,
    /// The encoding that the file is likely in, where it is not UTF-8.
    pub guessed_encoding: Option<&'static str>,
}

impl RowError {
    /// Whether the rest of the file is lost with this row. Skipping the row would
    /// skip an unknown number of others.
    pub fn ends_the_import(&self) -> bool {
        self.kind.ends_the_import()
    }
}

impl RowErrorKind {
    /// As [`RowError::ends_the_import`].
    pub fn ends_the_import(self) -> bool {
        matches!(self, RowErrorKind::CutOff | RowErrorKind::Unreadable)
    }
}

/// Kinds of row errors, for a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowErrorKind {
    /// A value that its field does not accept.
    Field(Field),
    /// A value of a column of IMDb's that is no field of a movie.
    Column(&'static str),
    /// A date that may be day or month first.
    DateOrder,
    /// More or fewer columns than the header has.
    Columns,
    /// Text after a closing quote.
    Quotes,
    /// Bytes that the encoding of the file does not have.
    Encoding,
    /// Text that is not JSON, or JSON that is not an object.
    Syntax,
    /// A record above [`limits::MAX_IMPORT_RECORD_BYTES`].
    TooLong,
    /// The file ends inside a record.
    CutOff,
    /// The rest of the file cannot be read.
    Unreadable,
}

impl fmt::Display for RowErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowErrorKind::Field(field) => write!(f, "{field}"),
            RowErrorKind::Column(column) => f.write_str(column),
            RowErrorKind::DateOrder => f.write_str("released"),
            RowErrorKind::Columns => f.write_str("number of columns"),
            RowErrorKind::Quotes => f.write_str("quotes"),
            RowErrorKind::Encoding => f.write_str("encoding"),
            RowErrorKind::Syntax => f.write_str("not json"),
            RowErrorKind::TooLong => f.write_str("record too long"),
            RowErrorKind::CutOff => f.write_str("cut off"),
            RowErrorKind::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// A row error whose file and line are not known yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RecordError {
    pub kind: RowErrorKind,
    pub reason: String,
    /// Whether the record has fewer columns than the header.
    is_short: bool,
}

impl RecordError {
    pub fn new(kind: RowErrorKind, reason: impl Into<String>) -> RecordError {
        RecordError {
            kind,
            reason: reason.into(),
            is_short: false,
        }
    }

    /// A value that its field does not accept.
    pub fn with_field(field: Field, reason: impl Into<String>) -> RecordError {
        RecordError::new(RowErrorKind::Field(field), reason)
    }

    /// A record with another number of columns than the header.
    pub fn from_column_count(found: usize, expected: usize) -> RecordError {
        let is_short = found < expected;
        let cut = if is_short {
            ", or the file is cut off here"
        } else {
            ""
        };
        let reason = format!(
            "the row has {found} columns and the header {expected}, a separator may need quotes{cut}"
        );
        RecordError {
            is_short,
            ..RecordError::new(RowErrorKind::Columns, reason)
        }
    }

    /// The same error of a record after which there may be no line end. If it is short, too, the
    /// file is cut off.
    pub fn with_line_end(mut self, is_terminated: bool) -> RecordError {
        if self.is_short && !is_terminated {
            self.kind = RowErrorKind::CutOff;
        }
        self
    }

    /// Bytes that are not in the encoding of the file, of which `at` is the first.
    pub fn from_encoding(bytes: &[u8], at: usize, place: &str) -> RecordError {
        let byte = bytes.get(at).copied().unwrap_or_default();
        RecordError::new(
            RowErrorKind::Encoding,
            format!(
                "byte 0x{byte:02X} at position {position} of the {place} is not in the encoding of \
                 the file",
                position = at + 1
            ),
        )
    }

    /// A record above the limit.
    pub fn too_long() -> RecordError {
        RecordError::new(
            RowErrorKind::TooLong,
            format!(
                "the record is longer than {} bytes",
                limits::MAX_IMPORT_RECORD_BYTES
            ),
        )
    }

    /// An error of the operating system or of the compressed data.
    pub fn from_io(error: &io::Error) -> RecordError {
        RecordError::new(
            RowErrorKind::Unreadable,
            format!("nothing can be read after this line: {error}"),
        )
    }

    /// The error with its place.
    pub fn located(self, file: &Arc<str>, line: u64) -> RowError {
        RowError {
            file: Arc::clone(file),
            line,
            kind: self.kind,
            reason: self.reason,
            guessed_encoding: None,
        }
    }
}

impl From<MovieError> for RecordError {
    fn from(invalid: MovieError) -> RecordError {
        let field = match &invalid {
            MovieError::Empty(what)
            | MovieError::TooLong { what, .. }
            | MovieError::Control { what, .. } => Field::from_name(what).unwrap_or(Field::Genres),
            MovieError::Released(_) => Field::Released,
            MovieError::Runtime(_) => Field::RuntimeMinutes,
            MovieError::TooManyGenres(_)
            | MovieError::GenreComma(_)
            | MovieError::GenreTwice(_) => Field::Genres,
            MovieError::Rating(_) => Field::Rating,
            MovieError::Id(_)
            | MovieError::TooMany { .. }
            | MovieError::Address { .. }
            | MovieError::Bool { .. }
            | MovieError::NotPlain(_) => Field::Name,
        };
        RecordError::with_field(field, invalid.to_string())
    }
}

/// A value for a message, in backticks.
pub(super) fn quoted(value: &str) -> String {
    format!("`{}`", QuotedValue(value))
}

/// The import cannot begin. Nothing was changed.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file does not exist, is not readable, or its compressed data is damaged.
    #[error("cannot read `{file}`: {error}")]
    Read {
        /// The file as the caller named it.
        file: Arc<str>,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The path is a directory.
    #[error("`{0}` is a directory, give one of the files in it")]
    Directory(Arc<str>),
    /// The file has no bytes, or only white space.
    #[error("`{0}` is empty, an import needs at least a line that names the columns")]
    Empty(Arc<str>),
    /// The file is not text.
    #[error("`{file}` is {what}, not a text file with movies{advice}")]
    NotText {
        /// The file as the caller named it.
        file: Arc<str>,
        /// The kind of the file.
        what: &'static str,
        /// The advice, after a comma.
        advice: &'static str,
    },
    /// A known file that holds no movies.
    #[error("`{file}` is {what}: {advice}")]
    OutOfScope {
        /// The file as the caller named it.
        file: Arc<str>,
        /// The kind of the file.
        what: &'static str,
        /// The advice.
        advice: &'static str,
    },
    /// The ratings file is not `title.ratings.tsv`.
    #[error(
        "`{0}` is not IMDb's title.ratings.tsv, its first line has to be tconst, averageRating and numVotes"
    )]
    NotRatings(Arc<str>),
    /// A ratings file for a format other than `title.basics.tsv`.
    #[error("a ratings file belongs to IMDb's title.basics.tsv, `{0}` is {1}")]
    RatingsWithout(Arc<str>, FileFormat),
    /// A ratings file together with a column mapping.
    #[error("a ratings file and a column mapping exclude each other, IMDb's columns are known")]
    RatingsWithMap,
    /// Title types for a format other than `title.basics.tsv`.
    #[error("title types belong to IMDb's title.basics.tsv, `{0}` is {1}")]
    TypesWithout(Arc<str>, FileFormat),
    /// Title types together with a column mapping.
    #[error("title types and a column mapping exclude each other, IMDb's columns are known")]
    TypesWithMap,
    /// IMDb has no such title type.
    #[error("{name} is not a title type of IMDb, the types are {known}")]
    UnknownType {
        /// The type, in backticks.
        name: String,
        /// The types that exist.
        known: String,
    },
    /// The first line of a file of IMDb's is another one.
    #[error("`{file}` is not IMDb's {named}, its first line has to name {columns}")]
    NotAsNamed {
        /// The file as the caller named it.
        file: Arc<str>,
        /// The file that it should be.
        named: ImdbFile,
        /// The columns of that file.
        columns: String,
    },
    /// Two files of one kind.
    #[error("`{one}` and `{other}` are both {file}, give one of them")]
    TwoOfImdb {
        /// The first file.
        one: Arc<str>,
        /// The second file.
        other: Arc<str>,
        /// The kind of both files.
        file: ImdbFile,
    },
    /// Several files, of which one is not a file of IMDb.
    #[error("`{0}` is none of IMDb's seven files, import other files one by one")]
    NotImdb(Arc<str>),
    /// None of the files has the titles.
    #[error("title.basics is missing, the other files of IMDb only add to it")]
    NoBasics,
    /// A number of votes is required, and no file has them.
    #[error("--min-votes needs title.ratings, which has the votes")]
    NoRatings,
    /// The catalogue has more ratings than are kept in memory, and the files have none.
    #[error(
        "the catalogue has more than {max} ratings, import title.ratings together with these files",
        max = limits::MAX_IMPORT_RATINGS
    )]
    TooManyRatings,
    /// No column has the title.
    #[error("no column of `{file}` is a title; {columns}")]
    NoTitle {
        /// The file as the caller named it.
        file: Arc<str>,
        /// The columns it has, in words.
        columns: String,
    },
    /// The column mapping names a column that the file does not have.
    #[error("`{file}` has no column {column}; {columns}")]
    UnknownColumn {
        /// The file as the caller named it.
        file: Arc<str>,
        /// The requested column, in backticks.
        column: String,
        /// The columns it has, in words.
        columns: String,
    },
    /// Two columns for one field.
    #[error("{0} is mapped twice, give each field one column")]
    MappedTwice(Field),
    /// No encoding has this label.
    #[error("{0} is not an encoding, use a label like utf-16le, windows-1252, shift_jis or gbk")]
    UnknownEncoding(String),
    /// The best rating is not a positive number.
    #[error("a rating cannot be out of {0}, give the highest rating, like 5 or 100")]
    RatingScale(f64),
    /// No name may begin with this prefix.
    #[error("the prefix {0}")]
    Prefix(String),
    /// The first line, or the first record, cannot be read.
    #[error(transparent)]
    Row(#[from] RowError),
}

impl ImportError {
    /// Whether the options contradict each other, whatever the file is.
    pub fn is_wrong_usage(&self) -> bool {
        matches!(
            self,
            ImportError::MappedTwice(_)
                | ImportError::RatingsWithMap
                | ImportError::TypesWithMap
                | ImportError::UnknownType { .. }
                | ImportError::Prefix(_)
                | ImportError::UnknownEncoding(_)
                | ImportError::RatingScale(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_file_line_and_reason() {
        let error = RecordError::with_field(Field::Title, "title is missing")
            .located(&Arc::from("a.csv"), 7);
        assert_eq!(error.to_string(), "a.csv:7: title is missing");
        assert!(!error.ends_the_import());
        let last = RecordError::new(RowErrorKind::CutOff, "cut").located(&Arc::from("a.csv"), 7);
        assert!(last.ends_the_import());
    }

    #[test]
    fn an_invalid_movie_is_counted_under_its_field() {
        for (invalid, field) in [
            (MovieError::Empty("name"), Field::Name),
            (MovieError::Empty("genre"), Field::Genres),
            (MovieError::Rating(11.0), Field::Rating),
            (MovieError::Runtime(0), Field::RuntimeMinutes),
        ] {
            assert_eq!(RecordError::from(invalid).kind, RowErrorKind::Field(field));
        }
    }
}
