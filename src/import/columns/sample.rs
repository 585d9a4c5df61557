//! Facts about the values of a column in the first rows.

use std::collections::HashSet;
use std::fmt;

use crate::import::values::cell::Cell;

/// Facts about the values of a column in the first rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ColumnSample {
    /// Values that are missing.
    pub missing: usize,
    /// Values that are not missing.
    pub present: usize,
    /// Values that occurred before.
    pub repeated: usize,
    /// Values like `tt0000001`.
    pub imdb_ids: usize,
    /// Certificates for an age.
    pub certificates: usize,
    /// The one in the middle of the numbers.
    pub median: f64,
}

/// What a running time without a unit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuntimeUnit {
    /// Minutes, as most files have them.
    #[default]
    Minutes,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl RuntimeUnit {
    /// The unit that the name of the column says, or the running times of the first rows: most
    /// films are between 1,000 seconds and 1,000 minutes long.
    pub(crate) fn find(spelled: &str, sample: ColumnSample) -> RuntimeUnit {
        if spelled.contains("min") {
            RuntimeUnit::Minutes
        } else if spelled.contains("sec") || (1e3..1e5).contains(&sample.median) {
            RuntimeUnit::Seconds
        } else if spelled.ends_with("ms") || sample.median >= 1e5 {
            RuntimeUnit::Milliseconds
        } else {
            RuntimeUnit::Minutes
        }
    }

    /// Minutes of one.
    pub(crate) fn minutes(self) -> f64 {
        match self {
            RuntimeUnit::Minutes => 1.0,
            RuntimeUnit::Seconds => 1.0 / 60.0,
            RuntimeUnit::Milliseconds => 1.0 / 60_000.0,
        }
    }
}

impl fmt::Display for RuntimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RuntimeUnit::Minutes => "minutes",
            RuntimeUnit::Seconds => "seconds",
            RuntimeUnit::Milliseconds => "milliseconds",
        })
    }
}

/// Describes the values of a column in the first rows.
pub(crate) fn describe<'a>(values: impl Iterator<Item = Cell<'a>>) -> ColumnSample {
    let mut sample = ColumnSample::default();
    let (mut seen, mut numbers) = (HashSet::new(), Vec::new());
    for value in values {
        if value.is_null() {
            sample.missing += 1;
            continue;
        }
        sample.present += 1;
        let text = value.date_text();
        let text = text.trim();
        let digits = text.strip_prefix("tt").unwrap_or_default();
        if digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            sample.imdb_ids += 1;
        }
        sample.certificates += usize::from(is_certificate(text));
        numbers.extend(text.parse::<f64>().ok().filter(|number| *number > 0.0));
        if !seen.insert(text.to_owned()) {
            sample.repeated += 1;
        }
    }
    numbers.sort_unstable_by(f64::total_cmp);
    sample.median = numbers.get(numbers.len() / 2).copied().unwrap_or_default();
    sample
}

/// Whether a text is a certificate for an age of America, which `PG-13 - Teens` explains.
fn is_certificate(text: &str) -> bool {
    const CERTIFICATES: [&str; 20] = [
        "G", "PG", "PG-13", "R", "R+", "Rx", "NC-17", "NR", "UR", "X", "GP", "Approved", "Passed",
        "TV-Y", "TV-Y7", "TV-Y7-FV", "TV-G", "TV-PG", "TV-14", "TV-MA",
    ];
    let word = text.split_once(" - ").map_or(text, |(word, _)| word);
    CERTIFICATES.contains(&word)
}
