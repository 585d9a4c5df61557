//! The terminal: its keys become events, and it shows the rendered screen.

use std::io::{self, Write};
use std::sync::mpsc::Sender;
use std::thread;

use crossterm::cursor::MoveTo;
use crossterm::event::{
    self, DisableBracketedPaste, EnableBracketedPaste, Event as Raw, KeyEventKind,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::draw::{RenderedScreen, Size};
use super::event::Event;
use crate::cli::terminal::Style;

/// The terminal in raw mode. Dropping it restores the terminal.
pub(super) struct RawTerminal {
    colours: bool,
    is_taken: bool,
}

impl RawTerminal {
    /// Takes the terminal. Its input becomes events.
    pub fn take(events: Sender<Event>) -> io::Result<RawTerminal> {
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        enable_raw_mode()?;
        let terminal = RawTerminal {
            colours: Style::of_stdout(false).bold,
            is_taken: true,
        };
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        let stop = events.clone();
        thread::spawn(move || {
            for _ in signals.forever() {
                let _ = stop.send(Event::Stop);
            }
        });
        thread::spawn(move || {
            loop {
                let event = match event::read() {
                    Ok(Raw::Key(key)) if key.kind != KeyEventKind::Release => Event::Key(key),
                    Ok(Raw::Paste(text)) => Event::Pasted(text),
                    Ok(Raw::Resize(..)) => Event::Resized,
                    Ok(_) => continue,
                    Err(_) => Event::Stop,
                };
                let is_over = matches!(event, Event::Stop);
                if events.send(event).is_err() || is_over {
                    return;
                }
            }
        });
        Ok(terminal)
    }

    /// How large it is now.
    pub fn size(&self) -> Size {
        // Some terminals report no size; a serial line reports 0.
        let known = size()
            .ok()
            .filter(|&(columns, lines)| columns > 0 && lines > 0);
        let (columns, lines) = known.unwrap_or((80, 24));
        Size {
            columns,
            lines,
            colours: self.colours,
        }
    }

    /// Shows the rendered screen with one write.
    pub fn show(&self, rendered: &RenderedScreen) -> io::Result<()> {
        let mut out = io::stdout().lock();
        queue!(out, BeginSynchronizedUpdate)?;
        for (line, number) in rendered.lines.iter().zip(0..) {
            queue!(
                out,
                MoveTo(0, number),
                Clear(ClearType::CurrentLine),
                Print(line)
            )?;
        }
        queue!(out, MoveTo(rendered.cursor, 0), EndSynchronizedUpdate)?;
        out.flush()
    }

    /// Restores the terminal.
    pub fn give_back(&mut self) {
        if std::mem::take(&mut self.is_taken) {
            // If the terminal is gone, there is nothing to restore.
            let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen);
            let _ = disable_raw_mode();
        }
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        self.give_back();
    }
}
