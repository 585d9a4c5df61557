//! What can be wrong with a file, and with a row of it.

use std::fmt;
use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::field::Field;
use crate::config::limits;
use crate::movie::MovieError;

/// A row that cannot become a movie, or the place behind which nothing can be read.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{file}:{line}: {reason}")]
pub struct Fault {
    /// The file as it was named.
    pub file: Arc<str>,
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// What to count it under.
    pub kind: FaultKind,
    /// The value, the rule and what to do next.
    pub reason: String,
}

impl Fault {
    /// Whether the rest of the file is lost with this row: no row follows it,
    /// so leaving it out would leave out an unknown number of others.
    pub fn ends_the_import(&self) -> bool {
        self.kind.ends_the_import()
    }
}

impl FaultKind {
    /// As [`Fault::ends_the_import`].
    pub fn ends_the_import(self) -> bool {
        matches!(self, FaultKind::CutOff | FaultKind::Unreadable)
    }
}

/// The kinds of faults, for a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// A value that its field cannot take.
    Field(Field),
    /// More or fewer columns than the header has.
    Columns,
    /// Bytes that are not UTF-8.
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

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::Field(field) => write!(f, "{field}"),
            FaultKind::Columns => f.write_str("number of columns"),
            FaultKind::Encoding => f.write_str("not utf-8"),
            FaultKind::Syntax => f.write_str("not json"),
            FaultKind::TooLong => f.write_str("record too long"),
            FaultKind::CutOff => f.write_str("cut off"),
            FaultKind::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// A fault whose file and line are not known yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub kind: FaultKind,
    pub reason: String,
}

impl Problem {
    pub fn new(kind: FaultKind, reason: impl Into<String>) -> Problem {
        Problem {
            kind,
            reason: reason.into(),
        }
    }

    /// A value that a field cannot take.
    pub fn of(field: Field, reason: impl Into<String>) -> Problem {
        Problem::new(FaultKind::Field(field), reason)
    }

    /// A record with another number of columns than the header.
    pub fn columns(found: usize, expected: usize) -> Problem {
        let cut = if found < expected {
            ", or the file is cut off here"
        } else {
            ""
        };
        Problem::new(
            FaultKind::Columns,
            format!(
                "the row has {found} columns and the header {expected}, a separator may need quotes{cut}"
            ),
        )
    }

    /// Bytes that are not UTF-8, of which `at` is the first.
    pub fn encoding(bytes: &[u8], at: usize, place: &str) -> Problem {
        let byte = bytes.get(at).copied().unwrap_or_default();
        Problem::new(
            FaultKind::Encoding,
            format!(
                "byte 0x{byte:02X} at position {position} of the {place} is not utf-8, convert the \
                 file first: iconv -f latin1 -t utf-8",
                position = at + 1
            ),
        )
    }

    /// A record over the bound.
    pub fn too_long() -> Problem {
        Problem::new(
            FaultKind::TooLong,
            format!(
                "the record is longer than {} bytes",
                limits::MAX_IMPORT_RECORD_BYTES
            ),
        )
    }

    /// The operating system, or the gzip data, gives no more.
    pub fn unreadable(error: &io::Error) -> Problem {
        Problem::new(
            FaultKind::Unreadable,
            format!("nothing can be read behind this line: {error}"),
        )
    }

    pub fn at(self, file: &Arc<str>, line: u64) -> Fault {
        Fault {
            file: Arc::clone(file),
            line,
            kind: self.kind,
            reason: self.reason,
        }
    }
}

impl From<MovieError> for Problem {
    fn from(invalid: MovieError) -> Problem {
        let field = match &invalid {
            MovieError::Empty(what)
            | MovieError::TooLong { what, .. }
            | MovieError::Control { what, .. } => Field::named(what).unwrap_or(Field::Genres),
            MovieError::Released(_) => Field::Released,
            MovieError::Runtime(_) => Field::RuntimeMinutes,
            MovieError::TooManyGenres(_)
            | MovieError::GenreComma(_)
            | MovieError::GenreTwice(_) => Field::Genres,
            MovieError::Rating(_) => Field::Rating,
            MovieError::Id(_) => Field::Name,
        };
        Problem::of(field, invalid.to_string())
    }
}

/// A value as it stands in a message: in backticks, on one line, not too long.
pub(super) fn quoted(value: &str) -> String {
    const MAX_SHOWN: usize = 60;
    let mut shown: String = value.chars().take(MAX_SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    let mut text = String::from("`");
    for character in shown.chars() {
        match character {
            '\'' | '"' => text.push(character),
            other => text.extend(other.escape_debug()),
        }
    }
    text.push('`');
    text
}

/// Why an import cannot even begin. Nothing was changed.
#[derive(Debug, Error)]
pub enum ImportError {
    /// No such file, no permission, or gzip data that breaks at once.
    #[error("cannot read `{file}`: {error}")]
    Read {
        /// The file as it was named.
        file: Arc<str>,
        /// What the operating system says.
        error: io::Error,
    },
    /// A directory.
    #[error("`{0}` is a directory, give one of the files in it")]
    Directory(Arc<str>),
    /// No bytes, or only white space.
    #[error("`{0}` is empty, an import needs at least a line that names the columns")]
    Empty(Arc<str>),
    /// Bytes that are no text.
    #[error("`{file}` is {what}, not a text file with movies{hint}")]
    NotText {
        /// The file as it was named.
        file: Arc<str>,
        /// What it looks like.
        what: &'static str,
        /// What to do, behind a comma.
        hint: &'static str,
    },
    /// A known file that holds no movies.
    #[error("`{file}` is {what}: {hint}")]
    OutOfScope {
        /// The file as it was named.
        file: Arc<str>,
        /// Which file it is.
        what: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// `--ratings` with a file that is not `title.ratings.tsv`.
    #[error(
        "`{0}` is not IMDb's title.ratings.tsv, its first line has to be tconst, averageRating and numVotes"
    )]
    NotRatings(Arc<str>),
    /// `--ratings` beside a file that is not `title.basics.tsv`.
    #[error("--ratings goes with IMDb's title.basics.tsv alone, `{0}` is {1}; leave --ratings out")]
    RatingsWithout(Arc<str>, super::Format),
    /// `--ratings` beside `--map` or `--key`.
    #[error("--ratings cannot go with --map or --key, IMDb's files name their columns themselves")]
    RatingsWithMap,
    /// `--types` beside a file that is not `title.basics.tsv`.
    #[error("--types goes with IMDb's title.basics.tsv alone, `{0}` is {1}; leave --types out")]
    TypesWithout(Arc<str>, super::Format),
    /// `--types` beside `--map` or `--key`.
    #[error("--types cannot go with --map or --key, IMDb's files name their columns themselves")]
    TypesWithMap,
    /// A type that IMDb does not have.
    #[error(
        "{0} is no type of IMDb's titles, the types are {types}",
        types = super::imdb::TITLE_TYPES.join(", ")
    )]
    UnknownType(String),
    /// No column gives the title.
    #[error("no column of `{file}` is a title, name it with --map title=COLUMN; {columns}{hint}")]
    NoTitle {
        /// The file as it was named.
        file: Arc<str>,
        /// The columns it has, in words.
        columns: String,
        /// What else may be wrong.
        hint: &'static str,
    },
    /// `--map` or `--key` names a column that is not there.
    #[error("`{file}` has no column {column}; {columns}")]
    UnknownColumn {
        /// The file as it was named.
        file: Arc<str>,
        /// The column asked for, in backticks.
        column: String,
        /// The columns it has, in words.
        columns: String,
    },
    /// Two `--map`, or `--map name=…` and `--key`, for the same field.
    #[error("{0} is mapped twice, give each field one column")]
    MappedTwice(Field),
    /// A prefix that no name may begin with.
    #[error("--prefix {0}")]
    Prefix(String),
    /// The first line, or the first record, is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ImportError {
    /// Whether the command line contradicts itself, whatever the file is.
    pub fn is_wrong_usage(&self) -> bool {
        matches!(
            self,
            ImportError::MappedTwice(_)
                | ImportError::RatingsWithMap
                | ImportError::TypesWithMap
                | ImportError::UnknownType(_)
                | ImportError::Prefix(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_file_line_and_reason() {
        let fault = Problem::of(Field::Title, "title is missing").at(&Arc::from("a.csv"), 7);
        assert_eq!(fault.to_string(), "a.csv:7: title is missing");
        assert!(!fault.ends_the_import());
        let last = Problem::new(FaultKind::CutOff, "cut").at(&Arc::from("a.csv"), 7);
        assert!(last.ends_the_import());
    }

    #[test]
    fn a_long_value_is_shown_in_part_and_on_one_line() {
        assert_eq!(quoted("it's \"a\"\n\u{1b}"), r#"`it's "a"\n\u{1b}`"#);
        let long = quoted(&"é".repeat(100));
        assert_eq!(long.chars().count(), 63, "{long}");
        assert!(long.ends_with("…`"));
    }

    #[test]
    fn an_invalid_movie_is_counted_under_its_field() {
        for (invalid, field) in [
            (MovieError::Empty("name"), Field::Name),
            (MovieError::Empty("genre"), Field::Genres),
            (MovieError::Rating(11.0), Field::Rating),
            (MovieError::Runtime(0), Field::RuntimeMinutes),
        ] {
            assert_eq!(Problem::from(invalid).kind, FaultKind::Field(field));
        }
    }
}
