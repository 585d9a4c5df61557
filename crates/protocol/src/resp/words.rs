//! Words with spaces between them, as in inline commands and at the prompt. A word that contains
//! spaces is quoted.

use std::fmt::Write as _;
use std::ops::Range;

/// A quote without its partner, or one with no space after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unbalanced quotes, a quoted word ends with its quote and a space, json goes in single quotes"
)]
pub struct QuotesError;

/// Splits a line into words, with the quoting of Redis's inline commands. In
/// double quotes `\n \r \t \b \a \xHH` stand for bytes and `\` keeps any other
/// byte; in single quotes only `\'` is special.
///
/// The words are appended to `bytes`, their places to `spans`.
///
/// # Errors
/// [`QuotesError`]; the appended bytes cannot be used.
pub fn split_words(
    line: &[u8],
    bytes: &mut Vec<u8>,
    spans: &mut Vec<Range<u32>>,
) -> Result<(), QuotesError> {
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(());
        }
        let start = bytes.len() as u32;
        rest = take_word(rest, bytes)?;
        spans.push(start..bytes.len() as u32);
    }
}

/// Appends the first word to `word`, and returns the rest of the line.
fn take_word<'a>(line: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], QuotesError> {
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match byte {
            b'"' => return end_of_quoted(take_double_quoted(&line[at + 1..], word)?),
            b'\'' => return end_of_quoted(take_single_quoted(&line[at + 1..], word)?),
            byte if byte.is_ascii_whitespace() || byte == 0 => return Ok(&line[at + 1..]),
            byte => word.push(byte),
        }
        at += 1;
    }
    Ok(&[])
}

/// A closing quote has to be followed by a space or the end of the line.
fn end_of_quoted(rest: &[u8]) -> Result<&[u8], QuotesError> {
    match rest.first() {
        None => Ok(rest),
        Some(byte) if byte.is_ascii_whitespace() => Ok(rest),
        Some(_) => Err(QuotesError),
    }
}

fn take_double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], QuotesError> {
    loop {
        rest = match rest {
            [] => return Err(QuotesError),
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', b'x', high, low, rest @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                word.push(hex(*high) * 16 + hex(*low));
                rest
            }
            [b'\\', escaped, rest @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 0x08,
                    b'a' => 0x07,
                    other => *other,
                });
                rest
            }
            [byte, rest @ ..] => {
                word.push(*byte);
                rest
            }
        };
    }
}

fn take_single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], QuotesError> {
    loop {
        rest = match rest {
            [] => return Err(QuotesError),
            [b'\'', rest @ ..] => return Ok(rest),
            [b'\\', b'\'', rest @ ..] => {
                word.push(b'\'');
                rest
            }
            [byte, rest @ ..] => {
                word.push(*byte);
                rest
            }
        };
    }
}

/// The value of one hexadecimal digit.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

/// Writes bytes as one word that [`split_words`] reads back: as it is where
/// that is safe, else in double quotes.
pub fn quote_word(word: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    if !word.is_empty() && word.iter().all(plain) {
        return String::from_utf8_lossy(word).into_owned();
    }
    let mut quoted = String::from("\"");
    for chunk in word.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => quoted.extend(['\\', character]),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                control if control.is_control() => {
                    for byte in control.to_string().bytes() {
                        let _ = write!(quoted, "\\x{byte:02x}");
                    }
                }
                other => quoted.push(other),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(quoted, "\\x{byte:02x}");
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, QuotesError> {
        let (mut bytes, mut spans) = (Vec::new(), Vec::new());
        split_words(line, &mut bytes, &mut spans)?;
        Ok(spans
            .iter()
            .map(|s| bytes[s.start as usize..s.end as usize].to_vec())
            .collect())
    }

    #[test]
    fn spaces_separate_and_quotes_hold_together() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[]),
            ("  \t ", &[]),
            ("SEND 1", &["SEND", "1"]),
            ("  SEND\t1  ", &["SEND", "1"]),
            (r#"UP admin "a:b c\"d""#, &["UP", "admin", "a:b c\"d"]),
            (r"UP admin 'it\'s \n'", &["UP", "admin", r"it's \n"]),
            (r#"ECHO "\x41\n\q\xzz" """#, &["ECHO", "A\nqxzz", ""]),
            ("ECHO é🎬", &["ECHO", "é🎬"]),
        ];
        for (line, expected) in cases {
            let found = words(line.as_bytes()).unwrap();
            let expected: Vec<_> = expected.iter().map(|w| w.as_bytes().to_vec()).collect();
            assert_eq!(found, expected, "{line:?}");
        }
    }

    #[test]
    fn unbalanced_quotes_are_refused() {
        for line in ["\"", "'", "a \"b", "\"a\"b", "'a'b", "\"a\\\"", "'a\\'"] {
            assert_eq!(words(line.as_bytes()), Err(QuotesError), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_survive_quoting(word in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(words(quote_word(&word).as_bytes()), Ok(vec![word]));
        }

        #[test]
        fn no_line_panics(line in proptest::collection::vec(any::<u8>(), 0..128)) {
            let _ = words(&line);
        }
    }
}
