//! Movies with their details, in the form in which a protocol sends them.

use std::ptr::fn_addr_eq;
use std::sync::Arc;

use bytes::Bytes;

use super::RowCache;
use super::form::NamedDocument;
use crate::metrics::CacheCounts;
use crate::movie::{Details, MovieRef};

/// Makes the document of a movie.
pub type DocumentEncoding = fn(MovieRef<'_>, &Details) -> Bytes;

/// The cached documents of one reader. All have the encoding of the first request.
pub(super) struct CachedDocuments {
    rows: RowCache<NamedDocument>,
    encoding: Option<DocumentEncoding>,
}

impl CachedDocuments {
    /// An empty cache of at most `bytes`, counted by `counts`.
    pub fn new(bytes: usize, counts: Arc<CacheCounts>) -> CachedDocuments {
        CachedDocuments {
            rows: RowCache::new(bytes, counts),
            encoding: None,
        }
    }

    /// The document of a movie, if it is cached.
    pub fn get(&mut self, name: &str, encoding: DocumentEncoding) -> Option<Bytes> {
        let row = (self.is_of(encoding)).then(|| self.rows.get(name))??;
        Some(row.slice(1 + name.len()..))
    }

    /// Caches the document of a movie. Documents of another encoding are left out.
    pub fn insert(&mut self, name: &str, encoding: DocumentEncoding, document: &[u8]) {
        let Ok(length) = u8::try_from(name.len()) else {
            return;
        };
        self.encoding.get_or_insert(encoding);
        if self.is_of(encoding) {
            let row = [&[length], name.as_bytes(), document].concat();
            self.rows.insert(name, &row);
        }
    }

    fn is_of(&self, encoding: DocumentEncoding) -> bool {
        self.encoding
            .is_some_and(|known| fn_addr_eq(known, encoding))
    }

    /// Removes all documents. Any change may change any of them: a document has names of people
    /// and of a series, and numbers of episodes, from other movies.
    pub fn clear(&mut self) {
        if !self.rows.is_empty() {
            self.rows.clear();
        }
    }
}
