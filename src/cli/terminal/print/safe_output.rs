//! Standard output and standard error for texts that hold names from a file or a user.

use std::io::{self, Stderr, Stdout, Write};

use serde::Serialize;

use super::escape;

/// A writer on which no text can move the cursor, change colours or turn the
/// direction of writing. Each write holds whole characters, as those of `write!` do.
#[derive(Debug)]
pub struct SafeOutput<W>(W);

/// Standard output. It takes no JSON, which has escapes of its own.
pub fn safe_stdout() -> SafeOutput<Stdout> {
    SafeOutput(io::stdout())
}

/// Standard error.
pub fn safe_stderr() -> SafeOutput<Stderr> {
    SafeOutput(io::stderr())
}

/// Writes a value as JSON on one line, safe for a terminal.
///
/// # Errors
/// When the output is closed or full.
pub fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&serde_json::to_string(value)?))
}

impl<W: Write> Write for SafeOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(escape::block(bytes).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_lines_stay() {
        let mut out = SafeOutput(Vec::new());
        let (first, second) = ("\x1b[2J\u{202e}b", "é\u{200b}");
        write!(out, "added `{first}` and\n`{second}`").unwrap();
        let text = String::from_utf8(out.0).unwrap();
        assert_eq!(text, "added `\\u{1b}[2J\\u{202e}b` and\n`é\\u{200b}`");
    }
}
