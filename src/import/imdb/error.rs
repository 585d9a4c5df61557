//! Errors of an import of IMDb's files.

use std::io;

use thiserror::Error;

use super::file::ImdbFile;
use crate::import::errors::{ImportError, RowError};
use crate::store::StoreError;

/// The reason why an import of IMDb's files ended early.
#[derive(Debug, Error)]
pub enum ImdbError {
    /// A file or an option cannot be used.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A row that cannot be read.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The catalogue cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A temporary file next to the catalogue.
    #[error("a temporary file next to the catalogue: {0}, free some room there and import again")]
    Temporary(#[from] io::Error),
    /// The rows of this file are not in the order of their ids. They are sorted when
    /// the import is run again.
    #[error("{0} is not in the order of its ids")]
    NotInOrder(ImdbFile),
    /// The caller cancelled.
    #[error("interrupted")]
    Interrupted,
}
