//! Words that files write for a missing value.

/// Compared without case, after trimming. A title may be any of these words, so
/// titles are not compared with them.
const NULLS: [&str; 34] = [
    r"\N",
    "[]",
    "{}",
    "n/a",
    "na",
    "n.a.",
    "#n/a",
    "nan",
    "nat",
    "null",
    "(null)",
    "nil",
    "none",
    "undefined",
    "<na>",
    "-",
    "--",
    "–",
    "—",
    "?",
    "??",
    ".",
    "...",
    "tba",
    "tbd",
    "tbc",
    "unknown",
    "unrated",
    "not rated",
    "not available",
    "not yet rated",
    "no rating",
    "unreleased",
    "not specified",
];

/// Whether a value other than a title is missing.
pub(crate) fn is_null(text: &str) -> bool {
    let text = text.trim();
    // Most values are numbers, or longer than the longest word, which has 13 bytes.
    match text.as_bytes() {
        [] => true,
        [b'0'..=b'9', ..] => false,
        bytes if bytes.len() > 13 => false,
        _ => NULLS.iter().any(|null| null.eq_ignore_ascii_case(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_recognised_without_case() {
        for text in ["", " ", "N/A", "-", "Not Rated", "NaN", "none", r"\N", "—"] {
            assert!(is_null(text), "{text:?}");
        }
        for text in ["0", "No", "nana", "Unknown Pleasures", "n"] {
            assert!(!is_null(text), "{text:?}");
        }
        let starts_with_digit = |null: &str| null.starts_with(|c: char| c.is_ascii_digit());
        assert!(
            NULLS
                .iter()
                .all(|null| null.len() <= 13 && !starts_with_digit(null))
        );
    }
}
