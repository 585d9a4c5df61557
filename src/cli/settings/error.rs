//! Errors of settings.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::renamed::RenamedError;
use crate::config::limits;

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file does not exist or is not readable.
    #[error("the settings in `{0}` cannot be read: {1}, --config names another file")]
    Unreadable(PathBuf, io::Error),
    /// The file is larger than [`limits::MAX_CONFIG_FILE_BYTES`].
    #[error("`{0}` has more than {max} bytes and is no file of settings, --config names another file",
            max = limits::MAX_CONFIG_FILE_BYTES)]
    TooLarge(PathBuf),
    /// A flag or a variable has a new name.
    #[error(transparent)]
    Renamed(#[from] RenamedError),
    /// A line is not valid.
    #[error("{}:{line}: {reason}", .file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The fault, and what is expected.
        reason: String,
    },
}
