//! The size of a catalogue.

use std::path::Path;

use super::paths;

/// The size of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The number of movies.
    pub movies: u64,
    /// Bytes of the file; 0 when it was moved.
    pub database_bytes: u64,
    /// Bytes of the `-wal` file; 0 when there is none.
    pub wal_bytes: u64,
}

impl Sizes {
    /// The size of the file at `path`, which has this number of movies.
    pub(super) fn new(path: &Path, movies: u64) -> Sizes {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        Sizes {
            movies,
            database_bytes: bytes(path),
            wal_bytes: bytes(&paths::wal(path)),
        }
    }
}
