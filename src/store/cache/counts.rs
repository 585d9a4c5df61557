//! What a cache has done, for whoever watches the server.

use crate::figures::Count;

/// Written by the thread of the cache alone.
#[derive(Debug, Default)]
pub struct CacheCounts {
    /// Rows that were asked for and were here.
    pub hits: Count,
    /// Rows that were asked for and were not.
    pub misses: Count,
    /// Rows that made room for others.
    pub evictions: Count,
    /// Bytes that the rows take, with what is between them.
    pub bytes: Count,
}
