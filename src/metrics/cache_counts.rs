//! What a cache has done, for whoever watches the server.

use super::Counter;

/// Written by the thread of the cache alone.
#[derive(Debug, Default)]
pub struct CacheCounts {
    /// Rows that were asked for and were here.
    pub hits: Counter,
    /// Rows that were asked for and were not.
    pub misses: Counter,
    /// Rows that made room for others.
    pub evictions: Counter,
    /// Bytes that the rows take, with what is between them.
    pub bytes: Counter,
}
