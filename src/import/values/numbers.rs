//! Numbers as people write them: running times, ratings and votes.

use std::borrow::Cow;

use super::cell::Cell;
use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::field::Field;

impl Cell<'_> {
    /// Minutes, rounded; 0 says that nobody knows.
    pub fn into_runtime(self) -> Result<Option<u32>, RecordError> {
        let cell = self.known();
        let minutes = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) => decimal(without_unit(text)),
            _ => None,
        };
        match minutes.map(f64::round) {
            Some(0.0) => Ok(None),
            Some(minutes) if (1.0..=f64::from(limits::MAX_RUNTIME_MINUTES)).contains(&minutes) => {
                Ok(Some(minutes as u32))
            }
            _ => Err(RecordError::with_field(
                Field::RuntimeMinutes,
                format!(
                    "runtime_minutes {} is not a number of minutes from 0 to {}",
                    cell.shown(),
                    limits::MAX_RUNTIME_MINUTES
                ),
            )),
        }
    }

    /// A rating; a decimal comma will do.
    pub fn into_rating(self) -> Result<Option<f64>, RecordError> {
        let cell = self.known();
        let rating = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) if text.contains('.') => decimal(text.trim()),
            Cell::Text(text) => decimal(&text.trim().replacen(',', ".", 1)),
            _ => None,
        };
        match rating {
            Some(rating) if (0.0..=limits::MAX_RATING).contains(&rating) => Ok(Some(rating)),
            _ => Err(RecordError::with_field(
                Field::Rating,
                format!("rating {} is not a number from 0 to 10", cell.shown()),
            )),
        }
    }

    /// A number of votes; commas between thousands will do.
    pub fn into_votes(self) -> Result<Option<u32>, RecordError> {
        let cell = self.known();
        let votes = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) => decimal(&without_thousands(text.trim())),
            _ => None,
        };
        match votes {
            Some(votes) if votes.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&votes) => {
                Ok(Some(votes as u32))
            }
            _ => Err(RecordError::with_field(
                Field::Votes,
                format!(
                    "votes {} is not a whole number from 0 to {}",
                    cell.shown(),
                    u32::MAX
                ),
            )),
        }
    }
}

/// A number as people write it: `81`, `81.5`. Neither `inf` nor `1e9`.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        .then(|| text.parse().ok())
        .flatten()
}

/// `142 min` without its unit.
fn without_unit(text: &str) -> &str {
    let text = text.trim();
    ["minutes", "mins", "min"]
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .unwrap_or(text)
        .trim_end()
}

/// `1,234,567` without its commas, if they stand where thousands end.
fn without_thousands(text: &str) -> Cow<'_, str> {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    if !text.contains(',') || first.is_empty() || first.len() > 3 || !groups.all(|g| g.len() == 3) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::from_text(text)
    }

    fn json(text: &str) -> Cell<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (cell, minutes) in [
            (text("142"), Some(142)),
            (text("142.0"), Some(142)),
            (text("142 min"), Some(142)),
            (text("0"), None),
            (text("N/A"), None),
            (json("81.5"), Some(82)),
        ] {
            assert_eq!(cell.clone().into_runtime(), Ok(minutes), "{cell:?}");
        }
        assert_eq!(text("7,5").into_rating(), Ok(Some(7.5)));
        assert_eq!(json("10").into_rating(), Ok(Some(10.0)));
        assert_eq!(text("1,234,567").into_votes(), Ok(Some(1_234_567)));
        assert_eq!(text("12.0").into_votes(), Ok(Some(12)));
        assert_eq!(text("none").into_votes(), Ok(None));
    }

    #[test]
    fn numbers_that_mean_something_else_are_refused() {
        for cell in ["-1", "100001", "2h 22m", "1e3", "inf", "1:30", "..", "-"] {
            assert!(text(cell).into_runtime().is_err(), "{cell:?}");
        }
        for cell in ["PG-13", "10.1", "-1", "8/10", "1,2,3", "nan%", "[]"] {
            assert!(text(cell).into_rating().is_err(), "{cell:?}");
        }
        for cell in ["1.5", "-1", "4294967296", "1,23", ",123", "12k"] {
            assert!(text(cell).into_votes().is_err(), "{cell:?}");
        }
        assert_eq!(
            text("PG-13").into_rating().unwrap_err().reason,
            "rating `PG-13` is not a number from 0 to 10"
        );
        assert!(json("[1]").into_votes().is_err());
    }
}
