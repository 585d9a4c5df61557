//! Long answers on a terminal, a screen at a time.

use std::io::{self, Write};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};

/// What is said when there is more.
const MORE: &str = "-- space: more, enter: one line, q: enough --";

/// What a person wants to see next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Page,
    Line,
    Nothing,
}

/// Writes a text to a terminal; where it is longer than that, it waits for the
/// space bar after every screen.
pub(super) fn write(out: &mut impl Write, text: &str) -> io::Result<()> {
    // Some terminals do not know; a serial line says 0.
    let known = size()
        .ok()
        .map(|(_, lines)| lines)
        .filter(|&lines| lines > 0);
    let lines = known.unwrap_or(24);
    write_pages(out, text, lines.into(), asked)
}

fn write_pages(
    out: &mut impl Write,
    text: &str,
    screen: usize,
    mut ask: impl FnMut() -> io::Result<Next>,
) -> io::Result<()> {
    let page = screen.saturating_sub(1).max(1);
    let mut lines = text.split_inclusive('\n').peekable();
    let mut room = page;
    while let Some(line) = lines.next() {
        out.write_all(line.as_bytes())?;
        room -= 1;
        if room == 0 && lines.peek().is_some() {
            write!(out, "{MORE}")?;
            out.flush()?;
            let next = ask();
            // Over the question, which nobody needs any more.
            write!(out, "\r{:1$}\r", "", MORE.len())?;
            match next? {
                Next::Page => room = page,
                Next::Line => room = 1,
                Next::Nothing => break,
            }
        }
    }
    out.flush()
}

/// Waits for a key that means something.
fn asked() -> io::Result<Next> {
    enable_raw_mode()?;
    let next = loop {
        match read() {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => match key.code {
                KeyCode::Char(' ') | KeyCode::PageDown => break Ok(Next::Page),
                KeyCode::Enter | KeyCode::Down => break Ok(Next::Line),
                KeyCode::Char('q') | KeyCode::Esc => break Ok(Next::Nothing),
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    break Ok(Next::Nothing);
                }
                _ => {}
            },
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    disable_raw_mode()?;
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(text: &str, screen: usize, keys: &[Next]) -> (String, usize) {
        let mut out = Vec::new();
        let mut asked = 0;
        write_pages(&mut out, text, screen, || {
            asked += 1;
            Ok(keys[asked - 1])
        })
        .unwrap();
        let question = format!("{MORE}\r{:1$}\r", "", MORE.len());
        (
            String::from_utf8(out).unwrap().replace(&question, "?"),
            asked,
        )
    }

    #[test]
    fn a_screen_at_a_time() {
        use Next::{Line, Nothing, Page};
        let text = "1\n2\n3\n4\n5\n6\n7\n";
        assert_eq!(pages(text, 8, &[]), (text.to_owned(), 0));
        let two = pages(text, 4, &[Page, Page]);
        assert_eq!(two, ("1\n2\n3\n?4\n5\n6\n?7\n".to_owned(), 2));
        let lines = pages(text, 6, &[Line, Nothing]);
        assert_eq!(lines, ("1\n2\n3\n4\n5\n?6\n?".to_owned(), 2));
        assert_eq!(pages("1\n2", 0, &[Page]), ("1\n?2".to_owned(), 1));
        assert_eq!(pages("", 0, &[]), (String::new(), 0));
    }
}
