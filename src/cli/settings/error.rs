//! Why a file with settings, or a setting, is refused.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::limits;

/// Why a file with settings cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// It is not there, or may not be read.
    #[error("the settings in `{0}` cannot be read: {1}, --config names another file")]
    Unreadable(PathBuf, io::Error),
    /// It is no file of settings.
    #[error("`{0}` has more than {max} bytes, which no file of settings needs, --config names another file",
            max = limits::MAX_CONFIG_FILE_BYTES)]
    TooLarge(PathBuf),
    /// A flag or a variable that has another name now.
    #[error("{0}")]
    Renamed(String),
    /// A line that means nothing.
    #[error("{}:{line}: {words}", .file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there, and what is expected.
        words: String,
    },
}
