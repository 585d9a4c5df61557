//! Questions to the person at the terminal.

use std::io;

use zeroize::Zeroizing;

use crate::cli::terminal::CommandWords;
use crate::cli::terminal::ShellError;
use crate::cli::terminal::interrupt_guard::InterruptGuard;

/// The input at a prompt. It has no `Debug`, which would show a password.
pub enum PromptInput {
    /// A line, which may be a password or hold one.
    Line(Zeroizing<String>),
    /// Ctrl-C.
    Nothing,
    /// Left (Ctrl-D).
    Farewell,
}

/// A source of answers to questions.
pub trait Prompter {
    /// Asks for a line, which is shown.
    ///
    /// # Errors
    /// When there is no terminal, or it is gone.
    fn question(&mut self, prompt: &str) -> Result<PromptInput, ShellError>;

    /// Asks for a password, which is not shown.
    ///
    /// # Errors
    /// When there is no terminal, or it is gone.
    fn secret(&mut self, prompt: &str) -> Result<PromptInput, ShellError>;
}

/// A prompt at which commands are typed.
pub trait Console: Prompter {
    /// Asks for a command; the line begins with `initial`, which can be changed.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn command(&mut self, initial: &str) -> Result<PromptInput, ShellError>;

    /// Adds a command without a password to the history of the arrow keys.
    fn remember(&mut self, line: &str, words: &CommandWords);
}

/// The terminal of this program, for single questions.
#[derive(Debug, Default)]
pub struct TtyPrompter;

impl Prompter for TtyPrompter {
    fn question(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        let mut editor = rustyline::DefaultEditor::new().map_err(broken)?;
        typed(editor.readline(prompt))
    }

    fn secret(&mut self, prompt: &str) -> Result<PromptInput, ShellError> {
        let _guard = InterruptGuard::new();
        match rpassword::prompt_password(prompt) {
            Ok(secret) => Ok(PromptInput::Line(Zeroizing::new(secret))),
            Err(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    // Unlike Enter and Ctrl-C it leaves the cursor where it is.
                    eprintln!();
                    Ok(PromptInput::Farewell)
                }
                io::ErrorKind::Interrupted => Ok(PromptInput::Nothing),
                _ => Err(ShellError::NoTerminal("password")),
            },
        }
    }
}

/// An error of the line editor as one of this program.
pub(super) fn typed(read: rustyline::Result<String>) -> Result<PromptInput, ShellError> {
    use rustyline::error::ReadlineError;
    match read {
        Ok(line) => Ok(PromptInput::Line(Zeroizing::new(line))),
        Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(PromptInput::Nothing),
        Err(ReadlineError::Eof) => Ok(PromptInput::Farewell),
        Err(error) => Err(broken(error)),
    }
}

/// A terminal that cannot be read any more.
pub(super) fn broken(error: rustyline::error::ReadlineError) -> ShellError {
    ShellError::Input(io::Error::other(error))
}
