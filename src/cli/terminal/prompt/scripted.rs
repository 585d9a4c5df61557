//! A prompt for tests, whose answers are in a script.

use std::collections::VecDeque;

use zeroize::Zeroizing;

use super::prompter::{Console, PromptInput, Prompter};
use crate::cli::terminal::CommandWords;
use crate::cli::terminal::ShellError;

/// Answers each prompt with the next line, which begins with that prompt.
/// `^C` and `^D` are the keys; `^!` is a terminal that has gone away.
pub struct Scripted {
    lines: VecDeque<&'static str>,
    /// The commands for the history.
    pub remembered: Vec<String>,
}

impl Scripted {
    pub fn new(lines: &[&'static str]) -> Scripted {
        Scripted {
            lines: lines.iter().copied().collect(),
            remembered: Vec::new(),
        }
    }

    fn type_after(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        let line = self
            .lines
            .pop_front()
            .unwrap_or_else(|| panic!("`{prompt}` was not expected"));
        let Some(line) = line.strip_prefix(prompt) else {
            panic!("`{prompt}` came where `{line}` was expected");
        };
        match line {
            "^C" => Ok(PromptInput::Nothing),
            "^D" => Ok(PromptInput::Farewell),
            "^!" => Err(ShellError::NoTerminal("command")),
            line => Ok(PromptInput::Line(Zeroizing::new(line.to_owned()))),
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.lines, [""; 0], "these were never asked for");
        }
    }
}

impl Prompter for Scripted {
    fn question(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        self.type_after(prompt)
    }

    fn secret(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        self.type_after(prompt)
    }
}

impl Console for Scripted {
    fn command(&mut self, initial: &str) -> Result<PromptInput, ShellError> {
        self.type_after(&format!(" -> {initial}"))
    }

    fn remember(&mut self, line: &str, _: &CommandWords) {
        self.remembered.push(line.to_owned());
    }
}
