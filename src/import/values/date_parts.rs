//! The words of a date: numbers and names of months.

/// English names of months. Three letters are enough.
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

/// One word of a date.
#[derive(Clone, Copy)]
pub(super) enum DatePart {
    /// Four digits.
    Year(u16),
    /// One or two digits.
    Small(u8),
    /// The name of a month, as its number.
    Month(u8),
}

/// The words of a date, at most three.
pub(super) struct DateParts {
    parts: [DatePart; 3],
    count: usize,
}

impl DateParts {
    /// Parses the words. Weekdays and `of` are left out.
    pub fn parse(date: &str) -> Option<DateParts> {
        let mut parts = DateParts {
            parts: [DatePart::Small(0); 3],
            count: 0,
        };
        let is_separator =
            |c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | ',' | '\'' | '’');
        for word in date.split(is_separator).filter(|word| !word.is_empty()) {
            if parts.count == 0 && is_weekday(word) || word.eq_ignore_ascii_case("of") {
                continue;
            }
            *parts.parts.get_mut(parts.count)? = DatePart::parse(word)?;
            parts.count += 1;
        }
        Some(parts)
    }

    /// The words, in order.
    pub fn as_slice(&self) -> &[DatePart] {
        &self.parts[..self.count]
    }
}

fn is_weekday(word: &str) -> bool {
    const WEEKDAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let word = word.to_ascii_lowercase();
    word.len() >= 3 && WEEKDAYS.iter().any(|day| day.starts_with(&word))
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
        month(&word.to_lowercase()).map(DatePart::Month)
    }
}

/// The number of a month in English, or in German, French, Spanish, Italian,
/// Portuguese or Dutch.
fn month(word: &str) -> Option<u8> {
    const OTHERS: [(&str, u8); 51] = [
        ("sept", 9),
        ("januar", 1),
        ("jänner", 1),
        ("februar", 2),
        ("märz", 3),
        ("maerz", 3),
        ("mai", 5),
        ("juni", 6),
        ("juli", 7),
        ("oktober", 10),
        ("okt", 10),
        ("dezember", 12),
        ("dez", 12),
        ("janvier", 1),
        ("février", 2),
        ("fevrier", 2),
        ("mars", 3),
        ("avril", 4),
        ("juin", 6),
        ("juillet", 7),
        ("août", 8),
        ("aout", 8),
        ("septembre", 9),
        ("octobre", 10),
        ("novembre", 11),
        ("décembre", 12),
        ("decembre", 12),
        ("enero", 1),
        ("febrero", 2),
        ("marzo", 3),
        ("abril", 4),
        ("mayo", 5),
        ("junio", 6),
        ("julio", 7),
        ("agosto", 8),
        ("septiembre", 9),
        ("octubre", 10),
        ("noviembre", 11),
        ("diciembre", 12),
        ("gennaio", 1),
        ("febbraio", 2),
        ("aprile", 4),
        ("maggio", 5),
        ("giugno", 6),
        ("luglio", 7),
        ("settembre", 9),
        ("ottobre", 10),
        ("dicembre", 12),
        ("maart", 3),
        ("mei", 5),
        ("augustus", 8),
    ];
    let english = MONTHS
        .iter()
        .position(|month| word.len() >= 3 && month.starts_with(word));
    english.map(|month| month as u8 + 1).or_else(|| {
        let found = OTHERS.iter().find(|(name, _)| *name == word);
        found.map(|(_, month)| *month)
    })
}

/// A year of four digits.
pub(super) fn four_digits(text: &str) -> Option<u16> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
        .filter(|year| *year > 0)
}
