//! Counts the rows that are not imported, by file and kind, so that none is lost silently.

use std::collections::BTreeMap;
use std::fmt;

use super::file::ImdbFile;
use crate::import::errors::{RowError, RowErrorKind};
use crate::import::formats::rows::RowNotes;

/// The reason why a row contradicts the other files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowIssue {
    /// Its title is not in title.basics.
    UnknownTitle,
    /// Its person is not in name.basics. The credit is kept, without a name.
    UnknownPerson,
    /// Its series is not in title.basics. The episode is kept.
    UnknownSeries,
    /// The same title or person was in the file before.
    Repeated,
    /// Its title has a type that an option left out, or too few votes.
    NotWanted,
    /// Its title was refused.
    TitleRefused,
    /// The title has the maximum number of such rows.
    TooMany,
    /// A value of it cannot be read, and is left unknown.
    Unreadable,
    /// It has no text.
    Empty,
    /// A text of it is longer than such a text may be.
    TooLong,
}

impl fmt::Display for RowIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RowIssue::UnknownTitle => "unknown title",
            RowIssue::UnknownPerson => "unknown person",
            RowIssue::UnknownSeries => "unknown series",
            RowIssue::Repeated => "repeated",
            RowIssue::NotWanted => "not asked for",
            RowIssue::TitleRefused => "title refused",
            RowIssue::TooMany => "too many",
            RowIssue::Unreadable => "value not readable",
            RowIssue::Empty => "without text",
            RowIssue::TooLong => "value too long",
        })
    }
}

/// The rows of all files that could not be read, or had no place.
pub struct Faults<'r> {
    /// Whether reading continues after a row that cannot be read.
    skip_bad: bool,
    report: &'r mut dyn FnMut(&RowError),
    /// Rows that were refused, by file and kind.
    pub refused: BTreeMap<(ImdbFile, RowErrorKind), u64>,
    issues: BTreeMap<(ImdbFile, RowIssue), u64>,
    /// Values that were left unknown.
    pub notes: RowNotes,
    count: u64,
}

impl<'r> Faults<'r> {
    /// `report` gets each row that is refused.
    pub fn new(skip_bad: bool, report: &'r mut dyn FnMut(&RowError)) -> Faults<'r> {
        Faults {
            skip_bad,
            report,
            refused: BTreeMap::new(),
            issues: BTreeMap::new(),
            notes: RowNotes::default(),
            count: 0,
        }
    }

    /// The number of all of these so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Counts a row that was refused.
    ///
    /// # Errors
    /// The same error, when the import ends with it.
    pub(super) fn refuse(&mut self, file: ImdbFile, error: RowError) -> Result<(), RowError> {
        if !self.skip_bad || error.ends_the_import() {
            return Err(error);
        }
        self.count += 1;
        *self.refused.entry((file, error.kind)).or_default() += 1;
        (self.report)(&error);
        Ok(())
    }

    /// Whether reading continues after a row that cannot be read.
    pub(super) fn skips_bad(&self) -> bool {
        self.skip_bad
    }

    /// Counts a value that was left unknown.
    pub(super) fn leave_unknown(&mut self, error: RowError) {
        self.count += 1;
        self.notes.drop_value(error);
    }

    /// Counts rows that had no place.
    pub(super) fn note(&mut self, file: ImdbFile, why: RowIssue, rows: u64) {
        if rows > 0 {
            self.count += rows;
            *self.issues.entry((file, why)).or_default() += rows;
        }
    }

    /// Rows that had no place, by file and reason.
    pub fn issues(&self) -> &BTreeMap<(ImdbFile, RowIssue), u64> {
        &self.issues
    }
}
