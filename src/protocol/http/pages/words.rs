//! Numbers, times and dates as people read them.

use crate::movie::Released;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `2 h 55 min`.
pub fn runtime(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `2,370,839`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `2.4 M`, `830 k` or `95`: three digits at most.
pub fn rounded(number: u64) -> String {
    let (unit, name) = match number {
        0..1_000 => return number.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let tenths = number / (unit / 10);
    if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

/// `24 March 1972`, `March 1972` or `1972`.
pub fn date(released: Released) -> String {
    let mut text = [0; Released::TEXT_BYTES];
    let mut parts = released.as_text(&mut text).split('-');
    let year = released.year();
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok());
    let _year = number();
    let month = number().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match (month, number()) {
        (Some(month), Some(day)) => format!("{day} {month} {year}"),
        (Some(month), None) => format!("{month} {year}"),
        _ => year.to_string(),
    }
}

/// The day of a time in seconds since 1970.
pub fn day(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let day = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let month = usize::from(day.month().unsigned_abs()) - 1;
    format!("{} {} {}", day.day(), MONTHS[month], day.year())
}

/// `1 film` or `8 films`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{} {many}", thousands(number)),
    }
}

/// `4 min`, the largest unit alone.
pub fn seconds(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `12 MiB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

/// A duration in nanoseconds, like `1.2 ms`.
pub fn nanoseconds(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    if value < 10.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [runtime(175), runtime(60), runtime(9)],
            ["2 h 55 min", "1 h", "9 min"]
        );
        assert_eq!([thousands(7), thousands(1_234_567)], ["7", "1,234,567"]);
        assert_eq!(
            [
                rounded(999),
                rounded(1_000),
                rounded(2_370_839),
                rounded(830_111),
                rounded(1_090_000)
            ],
            ["999", "1 k", "2.3 M", "830 k", "1 M"]
        );
        assert_eq!(
            [counted(1, "film", "films"), counted(2_000, "film", "films")],
            ["1 film", "2,000 films"]
        );
        assert_eq!(
            [nanoseconds(812.0), nanoseconds(1_250.0), nanoseconds(3e9)],
            ["812 ns", "1.2 µs", "3.0 s"]
        );
    }

    #[test]
    fn dates_have_the_precision_that_is_known() {
        let date = |text: &str| date(text.parse().unwrap());
        assert_eq!(
            [date("1972-03-24"), date("1972-12"), date("1972")],
            ["24 March 1972", "December 1972", "1972"]
        );
    }
}
