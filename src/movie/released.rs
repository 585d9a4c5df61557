//! A date of reduced precision.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidMovie;

/// When a movie was released: a year, a month of a year, or a day, in the
/// reduced precision of ISO 8601 (`1972`, `1972-03`, `1972-03-24`). Years run
/// from 1 to 9999. Both encodings carry it as that text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
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
}

/// The days of a month of the Gregorian calendar; 0 for a month that is none.
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
    type Err = InvalidMovie;

    fn from_str(text: &str) -> Result<Released, InvalidMovie> {
        parse(text).ok_or_else(|| InvalidMovie::Released(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Released> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts
        .next()
        .map(|part| number(part, 2))
        .map_or(Some(None), |n| n.map(Some))?;
    let day = parts
        .next()
        .map(|part| number(part, 2))
        .map_or(Some(None), |n| n.map(Some))?;
    if parts.next().is_some() {
        return None;
    }
    Released::new(year, month.map(|n| n as u8), day.map(|n| n as u8))
}

/// Exactly `digits` decimal digits as a number.
fn number(text: &str, digits: usize) -> Option<u16> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.month, self.day) {
            (0, _) => write!(f, "{:04}", self.year),
            (month, 0) => write!(f, "{:04}-{month:02}", self.year),
            (month, day) => write!(f, "{:04}-{month:02}-{day:02}", self.year),
        }
    }
}

impl TryFrom<String> for Released {
    type Error = InvalidMovie;

    fn try_from(text: String) -> Result<Released, InvalidMovie> {
        text.parse()
    }
}

impl From<Released> for String {
    fn from(released: Released) -> String {
        released.to_string()
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
            assert_eq!(text.parse::<Released>().unwrap().to_string(), text);
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
                Err(InvalidMovie::Released(text.to_owned())),
                "{text:?}"
            );
        }
    }
}
