//! The line editor at a real terminal.

use std::path::PathBuf;

use rustyline::history::MemHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use super::PROMPT;
use super::completion::Completion;
use super::history::HistoryFile;
use super::prompter::{Console, PromptInput, Prompter, TtyPrompter, broken, typed};
use crate::cli::terminal::CommandWords;
use crate::cli::terminal::ShellError;
use crate::config::limits;

/// A terminal with line editing, completion and a history.
///
/// The editor does not overwrite its input in memory. If a user leaves the password out of `UP` and
/// `PASSWD`, a prompt asks for it, and its memory is overwritten.
pub struct LineEditor {
    editor: Editor<Completion, MemHistory>,
    history: HistoryFile,
}

impl LineEditor {
    /// Uses the terminal of standard input. Commands are remembered in the
    /// file `history`, if there is one.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open(history: Option<PathBuf>, colours: bool) -> Result<LineEditor, ShellError> {
        let config = Config::builder()
            .max_history_size(limits::MAX_HISTORY_ENTRIES)
            .map_err(broken)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .color_mode(if colours {
                ColorMode::Enabled
            } else {
                ColorMode::Disabled
            })
            .build();
        let history = HistoryFile::open(history, &config);
        let mut editor = Editor::with_history(config.clone(), MemHistory::with_config(&config))
            .map_err(broken)?;
        for line in history.entries() {
            let _ = editor.add_history_entry(line);
        }
        editor.set_helper(Some(Completion {
            shows_hints: colours,
        }));
        Ok(LineEditor { editor, history })
    }
}

impl Prompter for LineEditor {
    fn question(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        TtyPrompter.question(prompt)
    }

    fn secret(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        TtyPrompter.secret(prompt)
    }
}

impl Console for LineEditor {
    fn command(&mut self, initial: &str) -> Result<PromptInput, ShellError> {
        typed(self.editor.readline_with_initial(PROMPT, (initial, "")))
    }

    /// Only a command that the prompt knows goes into the file: an unknown word
    /// may be a mistyped `UP`, or a password typed at the wrong moment.
    fn remember(&mut self, line: &str, words: &CommandWords) {
        let _ = self.editor.add_history_entry(line);
        if words.command().is_some() {
            self.history.add(line);
        }
    }
}
