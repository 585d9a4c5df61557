//! A date of reduced precision.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use super::MovieError;

/// The date of release of a movie: a year, a month of a year, or a day, in the reduced precision of
/// ISO 8601 (`1972`, `1972-03`, `1972-03-24`). Years run from 1 to 9999. Both encodings contain
/// this text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Released {
    year: u16,
    /// 1 to 12, or 0 when only the year is known.
    month: u8,
    /// 1 to 31, or 0 when no day is known.
    day: u8,
}

impl Released {
    /// A date from its parts; `None` when there is no such day.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Released> {
        let known = (1..=9999).contains(&year)
            && match (month, day) {
                (None, None) => true,
                (Some(month), None) => (1..=12).contains(&month),
                (Some(month), Some(day)) => (1..=days_in_month(year, month)).contains(&day),
                (None, Some(_)) => false,
            };
        known.then(|| Released {
            year,
            month: month.unwrap_or(0),
            day: day.unwrap_or(0),
        })
    }

    /// The year alone, 1 to 9999.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month and the day, each 0 when it is not known.
    pub fn month_and_day(self) -> (u8, u8) {
        (self.month, self.day)
    }

    /// Its text, written into memory of the caller, because rows are encoded often.
    pub fn as_text(self, text: &mut [u8; Released::TEXT_BYTES]) -> &str {
        let mut length = 4;
        digits(self.year, &mut text[..4]);
        for (part, at) in [(self.month, 4), (self.day, 7)] {
            if part > 0 {
                text[at] = b'-';
                digits(part.into(), &mut text[at + 1..at + 3]);
                length = at + 3;
            }
        }
        std::str::from_utf8(&text[..length]).unwrap_or_default()
    }

    /// The length of the longest text.
    pub const TEXT_BYTES: usize = 10;
}

/// The days of a month of the Gregorian calendar; 0 for an invalid month.
fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(400) => 29,
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) => 29,
        2 => 28,
        _ => 0,
    }
}

impl FromStr for Released {
    type Err = MovieError;

    fn from_str(text: &str) -> Result<Released, MovieError> {
        parse(text).ok_or_else(|| MovieError::Released(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Released> {
    let bytes = text.as_bytes();
    let (year, month, day) = match bytes.len() {
        4 => (bytes, None, None),
        7 if bytes[4] == b'-' => (&bytes[..4], Some(&bytes[5..]), None),
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            (&bytes[..4], Some(&bytes[5..7]), Some(&bytes[8..]))
        }
        _ => return None,
    };
    let part = |part: Option<&[u8]>| match part {
        None => Some(None),
        Some(digits) => number(digits).map(|number| Some(number as u8)),
    };
    Released::new(number(year)?, part(month)?, part(day)?)
}

/// At most four decimal digits as a number.
fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u16::from(digit - b'0'))
    })
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_text(&mut [0; Released::TEXT_BYTES]))
    }
}

impl TryFrom<String> for Released {
    type Error = MovieError;

    fn try_from(text: String) -> Result<Released, MovieError> {
        text.parse()
    }
}

impl Serialize for Released {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_text(&mut [0; Released::TEXT_BYTES]))
    }
}

/// Fills `out` with the last digits of `number`.
fn digits(mut number: u16, out: &mut [u8]) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_precisions_round_trip() {
        for text in [
            "1972",
            "1972-03",
            "1972-03-24",
            "0001",
            "9999-12-31",
            "2000-02-29",
        ] {
            let released: Released = text.parse().unwrap();
            assert_eq!(released.to_string(), text);
            assert_eq!(
                serde_json::to_string(&released).unwrap(),
                format!("\"{text}\"")
            );
        }
    }

    #[test]
    fn what_is_no_date_is_refused_and_named() {
        for text in [
            "",
            "72",
            "0000",
            "1972-3",
            "1972-13",
            "1972-00",
            "1972-02-30",
            "1900-02-29",
            "1972-03-24T00:00",
            "1972-03-24-01",
            "+197",
            "١٩٧٢",
            "1972-",
            "1972--1",
        ] {
            assert_eq!(
                text.parse::<Released>(),
                Err(MovieError::Released(text.to_owned())),
                "{text:?}"
            );
        }
    }
}
