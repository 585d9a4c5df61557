//! Release dates in the spellings that files use.

use crate::import::errors::quoted;
use crate::movie::Released;

/// English names of months: three letters are enough.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads a date: `1998`, `1998-06`, `1998-06-12` (a time behind it is left
/// out), `19980612`, `1998/6/12`, `Jun 12 1998`, `June 12, 1998`, `12 Jun 1998`,
/// `12-Jun-1998`, `Jun 1998`, `12.6.1998` (day first) and `25/12/1998` or
/// `12/25/1998` where only one order is possible. Of a span of years, such as
/// `2006-2007`, the first counts.
///
/// # Errors
/// The reason, with the value, the rule and what to write instead.
pub(crate) fn parse(text: &str) -> Result<Released, String> {
    let date = without_time(text.trim());
    if let Ok(released) = date.parse() {
        return Ok(released);
    }
    if let Some(year) = whole_year(date).or_else(|| first_of_span(date)) {
        return known(text, year, None, None);
    }
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        let year = four_digits(&date[..4]).unwrap_or(0);
        return known(text, year, date[4..6].parse().ok(), date[6..].parse().ok());
    }
    let parts = DateParts::parse(date).ok_or_else(|| unknown(text))?;
    match parts.as_slice() {
        [DatePart::Month(month), DatePart::Year(year)] => known(text, *year, Some(*month), None),
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
        ] => known(text, *year, Some(*month), Some(*day)),
        [DatePart::Small(month), DatePart::Year(year)]
        | [DatePart::Year(year), DatePart::Small(month)] => known(text, *year, Some(*month), None),
        [
            DatePart::Small(first),
            DatePart::Small(second),
            DatePart::Year(year),
        ] => numeric(text, *first, *second, *year, date.contains('.')),
        [.., DatePart::Small(_)] => Err(format!(
            "released {} has no year of four digits, write it like 1998-06-12",
            quoted(text)
        )),
        _ => Err(unknown(text)),
    }
}

fn unknown(text: &str) -> String {
    format!(
        "released {} is not a date, write it like 1998, 1998-06 or 1998-06-12",
        quoted(text)
    )
}

fn known(text: &str, year: u16, month: Option<u8>, day: Option<u8>) -> Result<Released, String> {
    Released::new(year, month, day).ok_or_else(|| {
        format!(
            "released {} is not a day of the calendar, write it like 1998-06-12",
            quoted(text)
        )
    })
}

/// Two numbers and a year: a dot says day first, a number above 12 is a day,
/// and two equal numbers mean the same either way.
fn numeric(
    text: &str,
    first: u8,
    second: u8,
    year: u16,
    day_first: bool,
) -> Result<Released, String> {
    if day_first || first > 12 || first == second {
        return known(text, year, Some(second), Some(first));
    }
    if second > 12 {
        return known(text, year, Some(first), Some(second));
    }
    Err(format!(
        "released {} may be day or month first, write {year:04}-{first:02}-{second:02} or \
         {year:04}-{second:02}-{first:02}",
        quoted(text)
    ))
}

/// The text before a time of day: `1998-06-12T00:00:00Z`, `1998-06-12 00:00`.
fn without_time(text: &str) -> &str {
    let end = text
        .find(['T', ' '])
        .filter(|&at| {
            let time = &text[at + 1..];
            time.as_bytes().first().is_some_and(u8::is_ascii_digit) && time.contains(':')
        })
        .unwrap_or(text.len());
    &text[..end]
}

/// `1998.0`, as spreadsheets and data frames write a year.
fn whole_year(text: &str) -> Option<u16> {
    let digits = text.strip_suffix(".0")?;
    four_digits(digits)
}

/// The first year of `2006-2007`, `2006–2007` or `2006–`.
fn first_of_span(text: &str) -> Option<u16> {
    let (first, last) = text.split_once(['-', '–', '—'])?;
    let last = last.trim();
    (last.is_empty() || four_digits(last).is_some())
        .then(|| four_digits(first.trim()))
        .flatten()
}

fn four_digits(text: &str) -> Option<u16> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// One word of a date.
#[derive(Clone, Copy)]
enum DatePart {
    /// Four digits.
    Year(u16),
    /// One or two digits.
    Small(u8),
    /// The name of a month, as its number.
    Month(u8),
}

/// The words of a date, at most three.
struct DateParts {
    parts: [DatePart; 3],
    count: usize,
}

impl DateParts {
    fn parse(date: &str) -> Option<DateParts> {
        let mut parts = DateParts {
            parts: [DatePart::Small(0); 3],
            count: 0,
        };
        let words = date.split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | ','));
        for word in words.filter(|word| !word.is_empty()) {
            *parts.parts.get_mut(parts.count)? = DatePart::parse(word)?;
            parts.count += 1;
        }
        Some(parts)
    }

    fn as_slice(&self) -> &[DatePart] {
        &self.parts[..self.count]
    }
}

impl DatePart {
    fn parse(word: &str) -> Option<DatePart> {
        if let Some(year) = four_digits(word) {
            return Some(DatePart::Year(year));
        }
        if word.as_bytes()[0].is_ascii_digit() {
            let digits = ["st", "nd", "rd", "th"]
                .iter()
                .find_map(|ending| word.strip_suffix(ending))
                .unwrap_or(word);
            return (digits.len() <= 2).then(|| digits.parse().ok().map(DatePart::Small))?;
        }
        let word = word.to_ascii_lowercase();
        let month = MONTHS
            .iter()
            .position(|month| word.len() >= 3 && month.starts_with(&word))
            .or_else(|| (word == "sept").then_some(8))?;
        Some(DatePart::Month(month as u8 + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_files_are_read() {
        for (text, expected) in [
            ("1998", "1998"),
            (" 1998 ", "1998"),
            ("1998.0", "1998"),
            ("1998-06", "1998-06"),
            ("1998-06-12", "1998-06-12"),
            ("1998-06-12T00:00:00Z", "1998-06-12"),
            ("1998-06-12 08:30", "1998-06-12"),
            ("19980612", "1998-06-12"),
            ("1998/6/12", "1998-06-12"),
            ("1998.06.12", "1998-06-12"),
            ("Jun 12 1998", "1998-06-12"),
            ("june 12, 1998", "1998-06-12"),
            ("12 Jun 1998", "1998-06-12"),
            ("12th June 1998", "1998-06-12"),
            ("12-JUN-1998", "1998-06-12"),
            ("Sept. 1 2001", "2001-09-01"),
            ("Jun 1998", "1998-06"),
            ("06/1998", "1998-06"),
            ("25/12/1998", "1998-12-25"),
            ("12/25/1998", "1998-12-25"),
            ("6/6/1998", "1998-06-06"),
            ("12.6.1998", "1998-06-12"),
            ("2006-2007", "2006"),
            ("2006–2007", "2006"),
            ("2006–", "2006"),
            ("2006– ", "2006"),
        ] {
            assert_eq!(
                parse(text).map(|released| released.to_string()),
                Ok(expected.to_owned()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_date_that_may_be_two_days_is_refused() {
        assert_eq!(
            parse("12/06/1998").unwrap_err(),
            "released `12/06/1998` may be day or month first, write 1998-12-06 or 1998-06-12"
        );
    }

    #[test]
    fn what_is_no_date_is_refused_with_the_reason() {
        for (text, reason) in [
            ("soon", "is not a date"),
            ("", "is not a date"),
            ("98", "no year of four digits"),
            ("12/06/98", "no year of four digits"),
            ("12-Jun-98", "no year of four digits"),
            ("Feb 30 1998", "not a day of the calendar"),
            ("19981399", "not a day of the calendar"),
            ("0000", "is not a date"),
            ("31.4.1998", "not a day of the calendar"),
            ("13/13/1998", "not a day of the calendar"),
            ("1998 06 12 13", "is not a date"),
            ("897033600", "is not a date"),
            ("ju 1998", "is not a date"),
            ("１９９８", "is not a date"),
            ("１２３", "is not a date"),
            ("-", "is not a date"),
        ] {
            let refused = parse(text).expect_err(text);
            assert!(refused.contains(reason), "{text:?}: {refused}");
        }
    }
}
