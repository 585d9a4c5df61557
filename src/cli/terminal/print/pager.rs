//! Long answers on a terminal: `$PAGER`, or a screen at a time.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};

use crate::cli::terminal::interrupt_guard::InterruptGuard;

/// The line after each page but the last.
const MORE: &str = "-- space: more, enter: one line, q: enough --";

/// The key that was pressed after a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PagerKey {
    Page,
    Line,
    Quit,
}

/// The pager for a text that is longer than the screen.
#[derive(Debug, PartialEq, Eq)]
enum Pager {
    /// This program, which waits for a key after every screen.
    BuiltIn,
    /// No pager: the text is written as it is.
    Off,
    /// A command line for the shell, which reads the text from standard input.
    External(OsString),
}

impl Pager {
    /// From the value of `PAGER`: an empty value and `cat` turn paging off.
    fn from_variable(value: Option<OsString>) -> Pager {
        match value {
            None => Pager::BuiltIn,
            Some(value) if value.is_empty() || value == "cat" => Pager::Off,
            Some(command) => Pager::External(command),
        }
    }
}

/// Writes a text to a terminal, through a pager when it is longer than the screen.
pub(super) fn write(out: &mut impl Write, text: &str) -> io::Result<()> {
    // Some terminals report no size; a serial line reports 0.
    let known = size()
        .ok()
        .map(|(_, lines)| lines)
        .filter(|&lines| lines > 0);
    let lines = usize::from(known.unwrap_or(24));
    if text.lines().count() >= lines {
        match Pager::from_variable(std::env::var_os("PAGER")) {
            Pager::Off => {
                out.write_all(text.as_bytes())?;
                return out.flush();
            }
            Pager::External(command) => {
                out.flush()?;
                let _guard = InterruptGuard::new();
                if run(&command, text, Stdio::inherit())? {
                    return Ok(());
                }
            }
            Pager::BuiltIn => {}
        }
    }
    write_pages(out, text, lines, next_key)
}

/// Runs the pager until it ends; false when the shell could not run it. As git does,
/// `LESS` defaults to `FRX`: colours, and no wait for a short text.
fn run(command: &OsString, text: &str, out: Stdio) -> io::Result<bool> {
    const NOT_RUN: [Option<i32>; 2] = [Some(126), Some(127)];
    let mut shell = Command::new("/bin/sh");
    if std::env::var_os("LESS").is_none() {
        shell.env("LESS", "FRX");
    }
    let mut pager = shell
        .arg("-c")
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(out)
        .spawn()?;
    if let Some(mut input) = pager.stdin.take() {
        // A pager that was quit reads no further.
        let _ = input.write_all(text.as_bytes());
    }
    Ok(!NOT_RUN.contains(&pager.wait()?.code()))
}

fn write_pages(
    out: &mut impl Write,
    text: &str,
    screen: usize,
    mut ask: impl FnMut() -> io::Result<PagerKey>,
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
            // The question is overwritten.
            write!(out, "\r{:1$}\r", "", MORE.len())?;
            match next? {
                PagerKey::Page => room = page,
                PagerKey::Line => room = 1,
                PagerKey::Quit => break,
            }
        }
    }
    out.flush()
}

/// Waits for a key of the pager.
fn next_key() -> io::Result<PagerKey> {
    enable_raw_mode()?;
    let next = loop {
        match read() {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => match key.code {
                KeyCode::Char(' ') | KeyCode::PageDown => break Ok(PagerKey::Page),
                KeyCode::Enter | KeyCode::Down => break Ok(PagerKey::Line),
                KeyCode::Char('q') | KeyCode::Esc => break Ok(PagerKey::Quit),
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    break Ok(PagerKey::Quit);
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

    fn pages(text: &str, screen: usize, keys: &[PagerKey]) -> (String, usize) {
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
        use PagerKey::{Line, Page, Quit};
        let text = "1\n2\n3\n4\n5\n6\n7\n";
        assert_eq!(pages(text, 8, &[]), (text.to_owned(), 0));
        let two = pages(text, 4, &[Page, Page]);
        assert_eq!(two, ("1\n2\n3\n?4\n5\n6\n?7\n".to_owned(), 2));
        let lines = pages(text, 6, &[Line, Quit]);
        assert_eq!(lines, ("1\n2\n3\n4\n5\n?6\n?".to_owned(), 2));
        assert_eq!(pages("1\n2", 0, &[Page]), ("1\n?2".to_owned(), 1));
        assert_eq!(pages("", 0, &[]), (String::new(), 0));
    }

    #[test]
    fn the_variable_chooses_the_pager() {
        let chosen = |value: Option<&str>| Pager::from_variable(value.map(OsString::from));
        assert_eq!(chosen(None), Pager::BuiltIn);
        assert_eq!(chosen(Some("")), Pager::Off);
        assert_eq!(chosen(Some("cat")), Pager::Off);
        assert_eq!(chosen(Some("less -S")), Pager::External("less -S".into()));
    }

    #[test]
    fn an_external_pager_gets_the_text_and_may_leave_early() {
        let text = "a\nb\n".repeat(100_000);
        let command = |line: &str| run(&line.into(), &text, Stdio::null()).unwrap();
        assert!(command("test \"$(wc -l)\" -eq 200000"));
        assert!(command("head -n 1"));
        assert!(command("exit 3"));
        assert!(!command("exec /no/such/pager 2>/dev/null"));
    }
}
