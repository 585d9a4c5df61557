//! A value inside a message.

use std::fmt;

use crate::limits;

/// Shows the beginning of a value on one line, at most [`limits::MAX_QUOTED_BYTES`] of it. Control
/// characters and invisible characters are shown as escapes such as `\u{202e}`. The message puts
/// backticks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedValue<'a>(pub &'a str);

impl fmt::Display for QuotedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.floor_char_boundary(limits::MAX_QUOTED_BYTES);
        let (shown, rest) = self.0.split_at(end);
        // Quotation marks need no escape between backticks.
        for part in shown.split_inclusive(['\'', '"']) {
            let text = part.trim_end_matches(['\'', '"']);
            write!(f, "{}{}", text.escape_debug(), &part[text.len()..])?;
        }
        f.write_str(if rest.is_empty() { "" } else { "…" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_its_line() {
        let quoted = |text| QuotedValue(text).to_string();
        assert_eq!(quoted("it's \"a\"\n\u{1b}"), r#"it's "a"\n\u{1b}"#);
        assert_eq!(quoted("e\u{301}\u{202e}\r\n"), "e\u{301}\\u{202e}\\r\\n");
        assert_eq!(quoted(""), "");
    }

    #[test]
    fn a_long_value_is_cut() {
        let quoted = |text: String| QuotedValue(&text).to_string();
        let max = limits::MAX_QUOTED_BYTES;
        assert_eq!(quoted("a".repeat(max)), "a".repeat(max));
        assert_eq!(quoted("a".repeat(max + 1)), "a".repeat(max) + "…");
        assert_eq!(quoted("é".repeat(max)), "é".repeat(max / 2) + "…");
    }
}
