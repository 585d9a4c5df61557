//! Questions to the person at the terminal.

use std::io;

use zeroize::Zeroizing;

use super::super::{TalkError, Words};

/// What a person did when something was asked. It has no `{:?}`, which would
/// show a password.
pub enum Typed {
    /// Typed this, which may be a password or hold one.
    Line(Zeroizing<String>),
    /// Changed their mind (Ctrl-C).
    Nothing,
    /// Left (Ctrl-D).
    Farewell,
}

/// Somebody who can be asked.
pub trait Ask {
    /// Asks for a line that may be seen.
    ///
    /// # Errors
    /// When there is no terminal, or it is gone.
    fn question(&mut self, prompt: &str) -> Result<Typed, TalkError>;

    /// Asks for a password, which is not shown.
    ///
    /// # Errors
    /// When there is no terminal, or it is gone.
    fn secret(&mut self, prompt: &str) -> Result<Typed, TalkError>;
}

/// A prompt at which commands are typed.
pub trait Console: Ask {
    /// Asks for a command; `initial` stands there already and can be changed.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn command(&mut self, initial: &str) -> Result<Typed, TalkError>;

    /// Keeps a command that is about no password, to be called back with the arrow keys.
    fn remember(&mut self, line: &str, words: &Words);
}

/// The terminal behind this program, for one-off questions.
#[derive(Debug, Default)]
pub struct Terminal;

impl Ask for Terminal {
    fn question(&mut self, prompt: &str) -> Result<Typed, TalkError> {
        let mut editor = rustyline::DefaultEditor::new().map_err(broken)?;
        typed(editor.readline(prompt))
    }

    fn secret(&mut self, prompt: &str) -> Result<Typed, TalkError> {
        match rpassword::prompt_password(prompt) {
            Ok(secret) => Ok(Typed::Line(Zeroizing::new(secret))),
            Err(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof => Ok(Typed::Farewell),
                io::ErrorKind::Interrupted => Ok(Typed::Nothing),
                _ => Err(TalkError::NoTerminal("password")),
            },
        }
    }
}

/// What the line editor says, in our words.
pub(super) fn typed(read: rustyline::Result<String>) -> Result<Typed, TalkError> {
    use rustyline::error::ReadlineError;
    match read {
        Ok(line) => Ok(Typed::Line(Zeroizing::new(line))),
        Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Typed::Nothing),
        Err(ReadlineError::Eof) => Ok(Typed::Farewell),
        Err(error) => Err(broken(error)),
    }
}

/// A terminal that cannot be read any more.
pub(super) fn broken(error: rustyline::error::ReadlineError) -> TalkError {
    TalkError::Input(io::Error::other(error))
}
