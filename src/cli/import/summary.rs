//! The results of an import, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::matching::MatchCounts;
use super::preview::Preview;
use crate::cli::terminal::safe_stderr;
use crate::config::limits;
use crate::import::{DetectedFile, Field, RowError, RowErrorKind, RowNotes, RuntimeUnit};
use crate::store::Counts;

/// The results of an import.
#[derive(Debug, Default)]
pub(super) struct ImportSummary {
    pub counts: Counts,
    /// Skipped rows by kind of error.
    refused: BTreeMap<RowErrorKind, u64>,
    /// Rows of other types than requested.
    pub skipped: u64,
    /// Values left unknown by field.
    pub dropped: BTreeMap<Field, u64>,
    /// Rows joined by title, with `--match-titles`.
    pub matched: Option<MatchCounts>,
    /// Values reported one by one.
    reported: usize,
}

impl ImportSummary {
    /// Counts a row that was skipped, and reports the first of them.
    pub fn refuse(&mut self, error: &RowError) {
        let before = self.refused();
        *self.refused.entry(error.kind).or_default() += 1;
        let most = limits::MAX_REPORTED_FAULTS as u64;
        // Standard error may be closed. The count is printed at the end.
        let _ = match before {
            before if before < most => writeln!(safe_stderr(), "{error}"),
            before if before == most => {
                writeln!(
                    safe_stderr(),
                    "further rows that are refused are only counted"
                )
            }
            _ => Ok(()),
        };
    }

    /// Reports values that were left unknown.
    pub fn report_dropped(&mut self, notes: &mut RowNotes) {
        for error in notes.unreported.drain(..) {
            self.reported += 1;
            // Standard error may be closed. The count is printed at the end.
            let _ = writeln!(safe_stderr(), "{error}; left unknown");
        }
    }

    /// Takes the counts of a file that was read.
    pub fn finish(&mut self, notes: &RowNotes) {
        self.skipped = notes.skipped;
        self.dropped = notes.dropped.clone();
        if self.dropped.values().sum::<u64>() > self.reported as u64 {
            let _ = writeln!(
                safe_stderr(),
                "further values that are left unknown are only counted"
            );
        }
    }

    /// Advice after an import that may be a mistake.
    pub fn advise(&self, detected: &DetectedFile, has_prefix: bool, has_key: bool) {
        let mut advice = Vec::new();
        if !has_prefix && self.counts.retitled > 0 {
            let movies = counted(self.counts.retitled, "movie gets", "movies get");
            advice.push(format!(
                "{movies} another title; where two sources use the same names, --prefix keeps them \
                 apart"
            ));
        }
        if let (Some(key), Some(other)) = (&detected.key, detected.other_keys.first())
            && !has_key
        {
            advice.push(format!(
                "`{key}` gives the names; --key {} takes another column",
                quoted_for_shell(other)
            ));
        }
        if detected.runtime_unit != RuntimeUnit::Minutes {
            advice.push(format!(
                "running times without a unit are read as {}",
                detected.runtime_unit
            ));
        }
        for line in advice {
            // Standard error may be closed.
            let _ = writeln!(safe_stderr(), "{line}");
        }
    }

    pub fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// A column as an argument.
fn quoted_for_shell(column: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if column.chars().all(is_plain) {
        return column.to_owned();
    }
    format!("'{}'", column.replace('\'', "'\\''"))
}

/// The output of --json.
#[derive(Serialize)]
pub(super) struct JsonSummary {
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
    /// Rows with title types that an option left out.
    left_out: u64,
    /// Values left unknown by field.
    dropped: BTreeMap<String, u64>,
    /// Values of the catalogue that the file replaced with unknown ones.
    forgotten: u64,
    /// Rows joined by title, and rows that were not; `null` without --match-titles.
    joined: Option<u64>,
    not_joined: Option<u64>,
    /// The encoding, key and columns that were detected.
    encoding: &'static str,
    key: Option<String>,
    columns: BTreeMap<String, Vec<String>>,
}

impl JsonSummary {
    pub fn new(
        file: &Path,
        detected: &DetectedFile,
        preview: &Preview,
        summary: &ImportSummary,
    ) -> JsonSummary {
        let Counts {
            added,
            changed,
            unchanged,
            retitled,
            forgotten,
        } = summary.counts;
        let named = |counts: &BTreeMap<_, u64>| by_name(counts.iter());
        let columns = detected.columns.iter();
        JsonSummary {
            file: file.display().to_string(),
            format: detected.to_string(),
            dry_run: preview.is_dry_run(),
            added,
            changed,
            unchanged,
            retitled,
            refused: summary.refused(),
            faults: by_name(summary.refused.iter()),
            left_out: summary.skipped,
            dropped: named(&summary.dropped),
            forgotten,
            joined: summary.matched.map(|counts| counts.joined),
            not_joined: summary.matched.map(|counts| counts.not_joined),
            encoding: detected.encoding,
            key: detected.key.clone(),
            columns: columns
                .map(|(field, columns)| (field.to_string(), columns.clone()))
                .collect(),
        }
    }
}

fn by_name<'a, K: ToString + 'a>(
    counts: impl Iterator<Item = (&'a K, &'a u64)>,
) -> BTreeMap<String, u64> {
    counts
        .map(|(name, count)| (name.to_string(), *count))
        .collect()
}

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            added,
            changed,
            unchanged,
            retitled: _,
            forgotten,
        } = self.counts;
        let refused = self.refused();
        write!(
            f,
            "{added} added, {changed} changed, {unchanged} unchanged, {refused} refused"
        )?;
        write_kinds(f, &self.refused)?;
        if self.skipped > 0 {
            write!(f, ", {} of other types left out", self.skipped)?;
        }
        if let Some(MatchCounts { joined, not_joined }) = self.matched {
            write!(f, ", {joined} joined by title, {not_joined} not joined")?;
        }
        let dropped: u64 = self.dropped.values().sum();
        if dropped > 0 {
            let values = counted(dropped, "value", "values");
            write!(f, ", {values} left unknown")?;
            write_kinds(f, &self.dropped)?;
        }
        if forgotten > 0 {
            let values = counted(forgotten, "known value", "known values");
            write!(f, ", {values} replaced with unknown, --merge keeps them")?;
        }
        Ok(())
    }
}

/// ` (title: 2, rating: 1)`, or nothing.
fn write_kinds<K: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    kinds: &BTreeMap<K, u64>,
) -> fmt::Result {
    for (place, (kind, count)) in kinds.iter().enumerate() {
        let before = if place == 0 { " (" } else { ", " };
        write!(f, "{before}{kind}: {count}")?;
    }
    f.write_str(if kinds.is_empty() { "" } else { ")" })
}
