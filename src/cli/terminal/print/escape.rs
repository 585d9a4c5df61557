//! Text from a server, a file or a user, made safe for a terminal.

use std::fmt::Write as _;

/// Writes one line. Characters that could move the cursor, change colours or change the direction
/// of writing are shown as escapes such as `\u{1b}`.
pub fn line(text: &str) -> String {
    escaped(text, |_| false)
}

/// Writes a text of several lines, which may hold tabs. Bytes that are no
/// UTF-8 are shown as `\xff`.
pub fn block(bytes: &[u8]) -> String {
    lines(bytes, |character| matches!(character, '\n' | '\t'))
}

/// The same for a text that has colours, whose escape characters stay.
pub fn coloured(bytes: &[u8]) -> String {
    lines(bytes, |character| {
        matches!(character, '\n' | '\t' | '\u{1b}')
    })
}

fn lines(bytes: &[u8], allowed: impl Fn(char) -> bool) -> String {
    let mut block = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid().replace("\r\n", "\n");
        block.push_str(&escaped(&text, &allowed));
        for byte in chunk.invalid() {
            let _ = write!(block, "\\x{byte:02x}");
        }
    }
    block
}

/// Writes JSON that holds such characters only inside strings: the same JSON
/// on one line, with escapes of its own kind.
pub fn json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // Between two tokens. A string does not contain them.
            '\n' | '\r' | '\t' => json.push(' '),
            dangerous if is_dangerous(dangerous) => {
                for unit in dangerous.encode_utf16(&mut [0; 2]) {
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
            other => json.push(other),
        }
    }
    json
}

fn escaped(text: &str, allowed: impl Fn(char) -> bool) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_dangerous(character) && !allowed(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Control characters, the two line ends that are none of them, the marks that change the
/// direction of writing (Unicode's UAX #9), and characters without a width that make two
/// different names look the same. The joiners U+200C and U+200D stay: Persian words and
/// emoji need them.
fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(line("Amélie 🎬 \\"), "Amélie 🎬 \\");
        assert_eq!(line("a\x1b[2Jb\r\n\tc"), r"a\u{1b}[2Jb\r\n\tc");
        assert_eq!(line("\u{9b}1m\u{202e}\u{7f}"), r"\u{9b}1m\u{202e}\u{7f}");
        assert_eq!(line("ad\u{200b}min\u{feff}"), r"ad\u{200b}min\u{feff}");
        assert_eq!(line("👨\u{200d}👩"), "👨\u{200d}👩");
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block(b"a\r\nb\n\tc\x1b[m\xff"), "a\nb\n\tc\\u{1b}[m\\xff");
    }

    #[test]
    fn json_stays_json() {
        let text = "{\n\t\"a\": \"\u{9b}\u{7f}\u{202e}\u{e0041}é\"}";
        let safe = json(text);
        assert_eq!(safe, "{  \"a\": \"\\u009b\\u007f\\u202e\\udb40\\udc41é\"}");
        let read = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&safe), read(text));
    }
}
