//! Running times, ratings and votes in the spellings that files use.

use std::borrow::Cow;

use super::cell::Cell;
use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::field::Field;

impl Cell<'_> {
    /// Minutes, rounded; a number without a unit counts `unit` minutes. 0 means unknown, and so
    /// does a number of seasons.
    pub fn into_runtime(self, unit: f64) -> Result<Option<u32>, RecordError> {
        if let Some(minutes) = digits(&self).filter(|_| unit == 1.0)
            && (1..=limits::MAX_RUNTIME_MINUTES).contains(&minutes)
        {
            return Ok(Some(minutes));
        }
        let cell = self.known();
        let minutes = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64().map(|number| number * unit),
            Cell::Text(text) if is_seasons(text) => return Ok(None),
            Cell::Text(text) => minutes(&text.trim().to_lowercase(), unit),
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
                    "runtime_minutes {} is not a running time of at most {} minutes, write it like \
                     142 or 2h 22m",
                    cell.shown(),
                    limits::MAX_RUNTIME_MINUTES
                ),
            )),
        }
    }

    /// A rating out of `scale`, as one out of 10. A value that states its own scale,
    /// such as `4/5`, `81%` or `★★★★☆`, keeps that scale.
    pub fn into_rating(self, scale: f64) -> Result<Option<f64>, RecordError> {
        let cell = self.known();
        let rating = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64().map(|rating| (rating, scale)),
            Cell::Text(text) => rating(text.trim(), scale),
            _ => None,
        };
        match rating {
            Some((rating, scale)) if (0.0..=scale).contains(&rating) => {
                Ok(Some(out_of_ten(rating, scale)))
            }
            _ => Err(RecordError::with_field(
                Field::Rating,
                format!("rating {} is not a number from 0 to {scale}", cell.shown()),
            )),
        }
    }

    /// A number of votes.
    pub fn into_votes(self) -> Result<Option<u32>, RecordError> {
        if let Some(votes) = digits(&self) {
            return Ok(Some(votes));
        }
        let cell = self.known();
        let votes = match &cell {
            Cell::Missing => return Ok(None),
            Cell::Number(number) => number.as_f64(),
            Cell::Text(text) => count(text.trim()),
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

/// The number of a text of a few digits, which nearly all numbers are.
fn digits(cell: &Cell<'_>) -> Option<u32> {
    let Cell::Text(text) = cell else { return None };
    let is_digits =
        |text: &&[u8]| (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let digits = Some(text.as_bytes()).filter(is_digits)?;
    Some(
        digits
            .iter()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')),
    )
}

/// The rating of 10, exact where it is given out of 10.
fn out_of_ten(rating: f64, scale: f64) -> f64 {
    if scale == limits::MAX_RATING {
        return rating;
    }
    // Two decimals hide the rounding errors of the division.
    (rating * limits::MAX_RATING / scale * 100.0).round() / 100.0
}

fn rating(text: &str, scale: f64) -> Option<(f64, f64)> {
    if let Some(rating) = decimal(text) {
        return Some((rating, scale));
    }
    if let Some(stars) = stars(text) {
        return Some((stars, 5.0));
    }
    if let Some(percent) = text.strip_suffix('%') {
        return Some((fraction(percent.trim_end())?, 100.0));
    }
    if let Some((rating, scale)) = text.split_once('/').or_else(|| text.split_once(" out of ")) {
        let scale = fraction(scale.trim())?;
        return (scale > 0.0).then_some((fraction(rating.trim())?, scale));
    }
    Some((fraction(text)?, scale))
}

/// Five stars: `★★★½` is 3.5.
fn stars(text: &str) -> Option<f64> {
    let mut count = 0.0;
    for character in text.chars() {
        count += match character {
            '★' | '⭐' => 1.0,
            '½' | '⯨' => 0.5,
            '☆' | '\u{fe0f}' => 0.0,
            _ => return None,
        };
    }
    (!text.is_empty()).then_some(count)
}

/// A number with a decimal point or a decimal comma.
fn fraction(text: &str) -> Option<f64> {
    if text.contains('.') || !text.contains(',') {
        decimal(text)
    } else {
        decimal(&text.replacen(',', ".", 1))
    }
}

/// Digits with at most one decimal point and a sign. Neither `inf` nor `1e9`.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    (!digits.is_empty() && digits.bytes().all(is_number))
        .then(|| text.parse().ok())
        .flatten()
}

/// A whole number: `1,234,567`, `1.234.567`, `1 234 567`, `1'234`, `1.2M`, `12K`,
/// `1e3`, `(2.9M)`, `1,234 votes`.
fn count(text: &str) -> Option<f64> {
    let inside = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text)
        .trim();
    let number = [" votes", " vote", " ratings"]
        .iter()
        .find_map(|unit| inside.strip_suffix(unit))
        .unwrap_or(inside);
    let unit = match number.chars().last()?.to_ascii_lowercase() {
        'k' => 1e3,
        'm' => 1e6,
        'b' => 1e9,
        _ => 1.0,
    };
    if unit > 1.0 {
        let short = number[..number.len() - 1].trim_end();
        return Some((fraction(short)? * unit).round());
    }
    if let Some((digits, exponent)) = number.split_once(['e', 'E']) {
        let exponent: i32 = exponent
            .parse()
            .ok()
            .filter(|power| (0..=9).contains(power))?;
        return Some((decimal(digits)? * 10_f64.powi(exponent)).round());
    }
    decimal(&without_thousands(number))
}

/// `1,234,567` without its separators, if they stand between groups of three.
fn without_thousands(text: &str) -> Cow<'_, str> {
    let is_separator = |c: char| {
        matches!(
            c,
            ',' | '.' | ' ' | '\'' | '’' | '_' | '\u{a0}' | '\u{202f}' | '\u{2009}'
        )
    };
    let Some(separator) = text.chars().find(|c| is_separator(*c)) else {
        return Cow::Borrowed(text);
    };
    let digits = text.strip_prefix('+').unwrap_or(text);
    let mut groups = digits.split(separator);
    let first = groups.next().unwrap_or_default();
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    let is_start = (1..=3).contains(&first.len()) && !first.starts_with('0');
    if !is_start || !groups.all(is_group) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(digits.replace(separator, ""))
}

/// `2 Seasons`: not a running time, and not a mistake.
fn is_seasons(text: &str) -> bool {
    let words = text.trim().to_ascii_lowercase();
    words
        .strip_suffix('s')
        .unwrap_or(&words)
        .strip_suffix("season")
        .is_some_and(|count| decimal(count.trim()).is_some())
}

/// A running time in lower case: `142`, `142 min`, `2h 22m`, `2:22`, `pt2h22m`.
fn minutes(text: &str, unit: f64) -> Option<f64> {
    // `1,420` is no fraction.
    if let Some(number) = fraction(&without_thousands(text)) {
        return Some(number * unit);
    }
    if let Some(clock) = clock(text) {
        return Some(clock);
    }
    let whole = text.find(" per ep").map_or(text, |end| &text[..end]);
    let mut rest = whole.strip_prefix("pt").unwrap_or(whole).trim_start();
    let mut total = 0.0;
    let mut smallest = f64::INFINITY;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .unwrap_or(rest.len());
        let number = fraction(&rest[..digits])?;
        let after = rest[digits..].trim_start();
        let letters = after
            .find(|c: char| !c.is_alphabetic() && !matches!(c, '\'' | '’' | '′'))
            .unwrap_or(after.len());
        let unit = match &after[..letters] {
            // `2h 22` ends without its unit.
            "" if smallest == 60.0 => 1.0,
            unit => minutes_of_unit(unit)?,
        };
        // Hours, then minutes, then seconds, each once.
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        total += number * unit;
        rest = after[letters..].trim_start_matches(['.', ',', ' ', '\u{a0}']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    smallest.is_finite().then_some(total)
}

fn minutes_of_unit(unit: &str) -> Option<f64> {
    match unit {
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunden" | "stunde" | "hora" | "horas"
        | "heure" | "heures" => Some(60.0),
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "'"
        | "’" | "′" => Some(1.0),
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1.0 / 60.0),
        _ => None,
    }
}

/// `2:22` as hours and minutes, `2:22:30` with seconds.
fn clock(text: &str) -> Option<f64> {
    let mut parts = [0_u32; 3];
    let mut count = 0;
    for part in text.split(':') {
        let is_part = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        *parts.get_mut(count)? = is_part.then(|| part.parse().ok()).flatten()?;
        count += 1;
    }
    let [hours, minutes, seconds] = parts;
    (count >= 2 && minutes < 60 && seconds < 60)
        .then(|| f64::from(hours * 60 + minutes) + f64::from(seconds) / 60.0)
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
    fn running_times_are_read_in_every_spelling() {
        for (written, expected) in [
            ("142", Some(142)),
            ("142.0", Some(142)),
            ("142 min", Some(142)),
            ("142min.", Some(142)),
            ("142 Minutes", Some(142)),
            ("2h 22m", Some(142)),
            ("2 h 22 min", Some(142)),
            ("2 hrs. 22 mins.", Some(142)),
            ("2 hours and 22 minutes", Some(142)),
            ("2h22", Some(142)),
            ("1h", Some(60)),
            ("45m", Some(45)),
            ("1.5h", Some(90)),
            ("PT2H22M", Some(142)),
            ("PT8520S", Some(142)),
            ("2:22", Some(142)),
            ("1,420", Some(1420)),
            ("1.420", Some(1420)),
            ("90′", Some(90)),
            ("24 min. per ep.", Some(24)),
            ("02:22:00", Some(142)),
            ("0", None),
            ("N/A", None),
            ("2 Seasons", None),
            ("1 Season", None),
        ] {
            assert_eq!(text(written).into_runtime(1.0), Ok(expected), "{written:?}");
        }
        assert_eq!(json("81.5").into_runtime(1.0), Ok(Some(82)));
        for cell in [
            "-1",
            "100001",
            "1e3",
            "inf",
            "1:75",
            "..",
            "22m 2h",
            "2h 2h",
            "h",
            "2x",
            "1:2:3:4",
            "9 parsecs",
        ] {
            assert!(text(cell).into_runtime(1.0).is_err(), "{cell:?}");
        }
    }

    #[test]
    fn ratings_are_read_with_their_scale() {
        for (written, scale, expected) in [
            ("7,5", 10.0, 7.5),
            ("10", 10.0, 10.0),
            ("8.1/10", 10.0, 8.1),
            ("8.1 / 10", 5.0, 8.1),
            ("4.5/5", 10.0, 9.0),
            ("4.5", 5.0, 9.0),
            ("81%", 10.0, 8.1),
            ("81", 100.0, 8.1),
            ("★★★★☆", 10.0, 8.0),
            ("★★★½", 10.0, 7.0),
            ("3 out of 4", 10.0, 7.5),
        ] {
            assert_eq!(
                text(written).into_rating(scale),
                Ok(Some(expected)),
                "{written:?}"
            );
        }
        assert_eq!(text("Not rated").into_rating(10.0), Ok(None));
        assert_eq!(json("4.5").into_rating(5.0), Ok(Some(9.0)));
        for cell in [
            "PG-13", "10.1", "-1", "11/10", "1,2,3", "nan%", "[1]", "/", "5/0", "1e1",
        ] {
            assert!(text(cell).into_rating(10.0).is_err(), "{cell:?}");
        }
        assert_eq!(
            text("PG-13").into_rating(10.0).unwrap_err().reason,
            "rating `PG-13` is not a number from 0 to 10"
        );
    }

    #[test]
    fn votes_are_read_in_every_spelling() {
        for (written, expected) in [
            ("1,234,567", 1_234_567),
            ("1,234", 1_234),
            ("1.234.567", 1_234_567),
            ("1 234 567", 1_234_567),
            ("1\u{a0}234\u{a0}567", 1_234_567),
            ("1\u{202f}234", 1_234),
            ("1'234", 1_234),
            ("1.2M", 1_200_000),
            ("(2.9M)", 2_900_000),
            ("12K", 12_000),
            ("2.3k", 2_300),
            ("+100", 100),
            ("1e3", 1_000),
            ("12.0", 12),
            ("812 votes", 812),
        ] {
            assert_eq!(
                text(written).into_votes(),
                Ok(Some(expected)),
                "{written:?}"
            );
        }
        assert_eq!(text("none").into_votes(), Ok(None));
        for cell in [
            "1.5",
            "-1",
            "4294967296",
            "1,23",
            ",123",
            "k",
            "1e99",
            "0.123",
            "1,234.567.8",
            "many",
        ] {
            assert!(text(cell).into_votes().is_err(), "{cell:?}");
        }
        assert!(json("[1]").into_votes().is_err());
        assert!(json("1.234").into_votes().is_err());
    }
}
