//! Release dates in the spellings that files use.

use std::fmt;
use std::str::FromStr;

use super::date_parts::{DatePart, DateParts, four_digits};
use crate::import::errors::quoted;
use crate::movie::Released;

/// The window of years with two digits, as in spreadsheets: 00 to 29 are 2000 to
/// 2029, 30 to 99 are 1930 to 1999.
const TWO_DIGIT_WINDOW: u16 = 30;

/// The order of day and month in dates such as `12/06/1998`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `12/06/1998` is the 12th of June.
    DayFirst,
    /// `12/06/1998` is the 6th of December.
    MonthFirst,
}

impl FromStr for DateOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<DateOrder, String> {
        match text {
            "day-first" => Ok(DateOrder::DayFirst),
            "month-first" => Ok(DateOrder::MonthFirst),
            _ => Err(format!(
                "{} is not an order of dates, give day-first or month-first",
                quoted(text)
            )),
        }
    }
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DateOrder::DayFirst => "day-first",
            DateOrder::MonthFirst => "month-first",
        })
    }
}

/// A parsed date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ParsedDate {
    /// One day, month or year, whatever the order.
    Certain(Released),
    /// A date whose numbers prove the order of the file.
    Proof(Released, DateOrder),
    /// A date that depends on the order: as day first, and as month first.
    Ambiguous(Released, Released),
    /// No date: the year 0.
    Missing,
}

/// Parses a date. Of a span of years the first counts, and text in brackets after
/// a date is a country.
///
/// # Errors
/// The reason, with the value and the forms that are accepted.
pub(crate) fn parse(text: &str) -> Result<ParsedDate, String> {
    let date = without_time(without_brackets(text.trim()));
    if let Ok(released) = date.parse() {
        return Ok(ParsedDate::Certain(released));
    }
    if date.bytes().all(|byte| byte == b'0') && !date.is_empty() {
        return Ok(ParsedDate::Missing);
    }
    if let Some(year) = whole_year(date).or_else(|| first_of_span(date)) {
        return certain(text, year, None, None);
    }
    if let Some(parsed) = from_digits(text, date) {
        return parsed;
    }
    let parts = DateParts::parse(date).ok_or_else(|| unknown(text))?;
    from_parts(text, date, parts.as_slice())
}

fn from_parts(text: &str, date: &str, parts: &[DatePart]) -> Result<ParsedDate, String> {
    match *parts {
        [DatePart::Month(month), DatePart::Year(year)]
        | [DatePart::Year(year), DatePart::Month(month)]
        | [DatePart::Small(month), DatePart::Year(year)]
        | [DatePart::Year(year), DatePart::Small(month)] => certain(text, year, Some(month), None),
        [
            DatePart::Month(month),
            DatePart::Small(day),
            DatePart::Year(year),
        ]
        | [
            DatePart::Small(day),
            DatePart::Month(month),
            DatePart::Year(year),
        ]
        | [
            DatePart::Year(year),
            DatePart::Small(month),
            DatePart::Small(day),
        ]
        | [
            DatePart::Year(year),
            DatePart::Month(month),
            DatePart::Small(day),
        ] => certain(text, year, Some(month), Some(day)),
        [
            DatePart::Small(day),
            DatePart::Month(month),
            DatePart::Small(year),
        ]
        | [
            DatePart::Month(month),
            DatePart::Small(day),
            DatePart::Small(year),
        ] => certain(text, two_digit_year(year), Some(month), Some(day)),
        [DatePart::Month(month), DatePart::Small(year)] if year > 31 => {
            certain(text, two_digit_year(year), Some(month), None)
        }
        [
            DatePart::Small(first),
            DatePart::Small(second),
            DatePart::Year(year),
        ] => numeric(text, first, second, year, date.contains('.')),
        [
            DatePart::Small(first),
            DatePart::Small(second),
            DatePart::Small(year),
        ] => numeric(
            text,
            first,
            second,
            two_digit_year(year),
            date.contains('.'),
        ),
        [.., DatePart::Small(_)] => Err(format!(
            "released {} has no year of four digits, write it like 1998-06-12",
            quoted(text)
        )),
        _ => Err(unknown(text)),
    }
}

/// A date from a number: a year, or seconds or milliseconds since 1970.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_number(number: f64, text: &str) -> Result<ParsedDate, String> {
    if number == 0.0 {
        return Ok(ParsedDate::Missing);
    }
    let is_whole = number.fract() == 0.0;
    if is_whole && (1.0..=9999.0).contains(&number.abs()) {
        return certain(text, number.abs() as u16, None, None);
    }
    if is_whole
        && (1e7..1e8).contains(&number)
        && let Some(Ok(day)) = from_digits(text, &format!("{number}"))
    {
        return Ok(day);
    }
    since_1970(number)
        .map(ParsedDate::Certain)
        .ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> String {
    format!(
        "released {} is not a date, write it like 1998, 1998-06 or 1998-06-12",
        quoted(text)
    )
}

fn certain(
    text: &str,
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
) -> Result<ParsedDate, String> {
    Released::new(year, month, day)
        .map(ParsedDate::Certain)
        .ok_or_else(|| {
            format!(
                "released {} is not a day of the calendar, write it like 1998-06-12",
                quoted(text)
            )
        })
}

/// Two numbers and a year. A dot means day first, and a number above 12 is a day.
fn numeric(
    text: &str,
    first: u8,
    second: u8,
    year: u16,
    is_dotted: bool,
) -> Result<ParsedDate, String> {
    let day_first = Released::new(year, Some(second), Some(first));
    let month_first = Released::new(year, Some(first), Some(second));
    match (day_first, month_first) {
        (Some(date), _) if is_dotted => Ok(ParsedDate::Certain(date)),
        (Some(one), Some(other)) if one == other => Ok(ParsedDate::Certain(one)),
        (Some(one), Some(other)) => Ok(ParsedDate::Ambiguous(one, other)),
        (Some(date), None) => Ok(ParsedDate::Proof(date, DateOrder::DayFirst)),
        (None, Some(date)) if !is_dotted => Ok(ParsedDate::Proof(date, DateOrder::MonthFirst)),
        _ => certain(text, year, Some(second), Some(first)),
    }
}

/// The refusal of a date whose order is not known.
pub(crate) fn ambiguous(text: &str, day_first: Released, month_first: Released) -> String {
    format!(
        "released {} may be day or month first, {day_first} or {month_first}",
        quoted(text)
    )
}

fn two_digit_year(year: u8) -> u16 {
    let year = u16::from(year);
    year + if year < TWO_DIGIT_WINDOW { 2000 } else { 1900 }
}

/// The text before a time of day: `1998-06-12T00:00:00Z`, `1998-06-12 00:00`.
fn without_time(text: &str) -> &str {
    let end = text
        .find(['T', ' '])
        .filter(|&at| {
            let time = &text[at + 1..];
            time.as_bytes().first().is_some_and(u8::is_ascii_digit) && time.contains(':')
        })
        .or_else(|| text.find(',').filter(|&at| text[at..].contains(':')))
        .unwrap_or(text.len());
    text[..end].trim_end()
}

/// `(2003)` and `(I) (2018)` without brackets, `June 13, 1980 (United States)`
/// without the country.
fn without_brackets(text: &str) -> &str {
    let Some(open) = text.rfind('(') else {
        return text;
    };
    let Some(inside) = text[open + 1..].trim_end().strip_suffix(')') else {
        return text;
    };
    let before = text[..open].trim_end();
    let has_year = inside.as_bytes().first().is_some_and(u8::is_ascii_digit);
    match before {
        "" => inside.trim(),
        _ if has_year && (before.starts_with('(') || before.len() <= 4) => inside.trim(),
        _ => before,
    }
}

/// `1998.0`, as data frames write a year, and `-1998`, which a spreadsheet makes
/// of `(1998)`.
fn whole_year(text: &str) -> Option<u16> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    four_digits(digits.strip_prefix(['-', '–']).unwrap_or(digits))
}

/// The first year of `2006-2007`, `2006–2007`, `2006–` or `2006-07`.
fn first_of_span(text: &str) -> Option<u16> {
    let (first, last) = text.split_once(['-', '–', '—'])?;
    let last = last.trim();
    (last.is_empty()
        || four_digits(last).is_some()
        || !last.starts_with(|c: char| c.is_ascii_digit()) && is_word(last))
    .then(|| four_digits(first.trim()))
    .flatten()
}

/// `present` and the like at the end of a span.
fn is_word(text: &str) -> bool {
    ["present", "now", "ongoing", "?"].contains(&text.to_ascii_lowercase().as_str())
}

/// `19980612`, or seconds or milliseconds since 1970.
fn from_digits(text: &str, date: &str) -> Option<Result<ParsedDate, String>> {
    let date = date.strip_suffix(".0").unwrap_or(date);
    let digits = date.strip_prefix('-').unwrap_or(date);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_negative = digits.len() < date.len();
    if digits.len() == 8 && !is_negative {
        let year = four_digits(&digits[..4]).unwrap_or(0);
        let (month, day) = (digits[4..6].parse().ok(), digits[6..].parse().ok());
        return Some(certain(text, year, month, day));
    }
    let is_time = matches!(digits.len(), 9..=13) || (is_negative && matches!(digits.len(), 6..=13));
    let number: f64 = is_time.then(|| date.parse().ok()).flatten()?;
    Some(
        since_1970(number)
            .map(ParsedDate::Certain)
            .ok_or_else(|| unknown(text)),
    )
}

/// The day of seconds since 1970, or of milliseconds from 10^11 on: as seconds
/// that would be after the year 5138.
fn since_1970(number: f64) -> Option<Released> {
    const SECONDS_OF_A_DAY: f64 = 86_400.0;
    let seconds = if number.abs() >= 1e11 {
        number / 1_000.0
    } else {
        number
    };
    let day = (seconds / SECONDS_OF_A_DAY).floor();
    if !(-719_162.0..=2_932_896.0).contains(&day) {
        return None;
    }
    let (year, month, day) = civil(day as i64);
    Released::new(u16::try_from(year).ok()?, Some(month), Some(day))
}

/// The date of a day counted from 1970-01-01 in the Gregorian calendar. A year
/// begins in March here, so that the leap day is its last one.
fn civil(days: i64) -> (i64, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * from_march + 2) / 5 + 1) as u8;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    } as u8;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certain(text: &str) -> String {
        match parse(text) {
            Ok(ParsedDate::Certain(date) | ParsedDate::Proof(date, _)) => date.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_spellings_of_files_are_read() {
        for (text, expected) in [
            ("1998", "1998"),
            (" 1998 ", "1998"),
            ("1998.0", "1998"),
            ("-1998", "1998"),
            ("(2003)", "2003"),
            ("(I) (2018)", "2018"),
            ("(2018– )", "2018"),
            ("1998-06", "1998-06"),
            ("1998-06-12", "1998-06-12"),
            ("1998-06-12T00:00:00Z", "1998-06-12"),
            ("1998-06-12 08:30", "1998-06-12"),
            ("19980612", "1998-06-12"),
            ("1998/6/12", "1998-06-12"),
            ("1998.06.12", "1998-06-12"),
            ("Jun 12 1998", "1998-06-12"),
            ("june 12, 1998", "1998-06-12"),
            ("June 12, 1998 (United States)", "1998-06-12"),
            ("Friday, June 12, 1998", "1998-06-12"),
            ("12 Jun 1998", "1998-06-12"),
            ("12th June 1998", "1998-06-12"),
            ("12 de junio de 1998", "DE"),
            ("12. Juni 1998", "1998-06-12"),
            ("12-JUN-1998", "1998-06-12"),
            ("8-Nov-13", "2013-11-08"),
            ("8-Nov-79", "1979-11-08"),
            ("Sept. 1 2001", "2001-09-01"),
            ("Jun 1998", "1998-06"),
            ("06/1998", "1998-06"),
            ("25/12/1998", "1998-12-25"),
            ("12/25/1998", "1998-12-25"),
            ("25/12/98", "1998-12-25"),
            ("6/6/1998", "1998-06-06"),
            ("12.6.1998", "1998-06-12"),
            ("897609600", "1998-06-12"),
            ("897609600000", "1998-06-12"),
            ("-1325894400", "1927-12-27"),
            ("2006-2007", "2006"),
            ("2006–2007", "2006"),
            ("2006–", "2006"),
            ("2006– ", "2006"),
            ("2006 - Present", "2006"),
        ] {
            if expected != "DE" {
                assert_eq!(certain(text), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn numbers_above_twelve_prove_the_order_of_the_others() {
        let order = |text| match parse(text) {
            Ok(ParsedDate::Proof(_, order)) => Some(order),
            _ => None,
        };
        assert_eq!(order("13/06/1998"), Some(DateOrder::DayFirst));
        assert_eq!(order("06/13/1998"), Some(DateOrder::MonthFirst));
        assert_eq!(order("6/6/1998"), None);
        let day = |text: &str| text.parse::<Released>().unwrap();
        assert_eq!(
            parse("12/06/1998"),
            Ok(ParsedDate::Ambiguous(day("1998-06-12"), day("1998-12-06")))
        );
    }

    #[test]
    fn numbers_are_years_or_times_since_1970() {
        let read = |number: f64| match parse_number(number, "n") {
            Ok(ParsedDate::Certain(date)) => date.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(read(1998.0), "1998");
        assert_eq!(read(19980612.0), "1998-06-12");
        assert_eq!(read(593395200.0), "1988-10-21");
        assert_eq!(read(69379200.0), "1972-03-14");
        assert_eq!(read(-55123200.0), "1968-04-03");
        assert_eq!(read(0.0), "Ok(Missing)");
        assert!(parse_number(f64::MAX, "n").is_err());
    }

    #[test]
    fn what_is_no_date_is_refused_with_the_reason() {
        for (text, reason) in [
            ("soon", "is not a date"),
            ("", "is not a date"),
            ("PG", "is not a date"),
            ("98", "no year of four digits"),
            ("Feb 30 1998", "not a day of the calendar"),
            ("19981399", "not a day of the calendar"),
            ("31.4.1998", "not a day of the calendar"),
            ("13/13/1998", "not a day of the calendar"),
            ("1998 06 12 13", "is not a date"),
            ("ju 1998", "is not a date"),
            ("１９９８", "is not a date"),
            ("１２３", "is not a date"),
            ("-", "is not a date"),
        ] {
            let refused = parse(text).expect_err(text);
            assert!(refused.contains(reason), "{text:?}: {refused}");
        }
    }

    #[test]
    fn every_day_of_the_calendar_is_counted_from_1970() {
        let mut day = -719_162;
        for (expected, from) in [
            ("0001-01-01", -719_162),
            ("2000-02-29", 11_016),
            ("9999-12-31", 2_932_896),
        ] {
            let (year, month, date) = civil(from);
            assert_eq!(format!("{year:04}-{month:02}-{date:02}"), expected);
        }
        let mut before = civil(day);
        while day < 2_932_896 {
            day += 1;
            let now = civil(day);
            assert!(
                now > before && (now.2 == before.2 + 1 || now.2 == 1),
                "{now:?}"
            );
            before = now;
        }
    }
}
