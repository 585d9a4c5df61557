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

/// The bytes with which a word begins, in either case.
static STARTS: [bool; 256] = {
    let mut starts = [false; 256];
    let mut place = 0;
    while place < NULLS.len() {
        let first = NULLS[place].as_bytes()[0];
        starts[first.to_ascii_lowercase() as usize] = true;
        starts[first.to_ascii_uppercase() as usize] = true;
        place += 1;
    }
    starts
};

/// Whether a value other than a title is missing.
pub(crate) fn is_null(text: &str) -> bool {
    let text = text.trim();
    // Most values begin in another way, or are longer than the longest word, which has 13 bytes.
    match text.as_bytes() {
        [] => true,
        [first, ..] if !STARTS[usize::from(*first)] => false,
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
        for null in NULLS {
            assert!(
                null.len() <= 13 && is_null(null) && is_null(&null.to_uppercase()),
                "{null}"
            );
        }
    }
}
