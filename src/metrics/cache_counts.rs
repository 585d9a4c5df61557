//! The counters of a row cache.

use super::Counter;

/// Only the cache's own thread writes them.
#[derive(Debug, Default)]
pub struct CacheCounts {
    /// Look-ups that found their row.
    pub hits: Counter,
    /// Look-ups that did not.
    pub misses: Counter,
    /// Rows that were removed for other rows.
    pub evictions: Counter,
    /// Bytes that the rows and the gaps between them take.
    pub bytes: Counter,
}
