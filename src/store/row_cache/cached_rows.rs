//! A row cache that never returns a row older than the last change.

use std::sync::Arc;

use bytes::Bytes;

use super::RowCache;
use super::cached_documents::{CachedDocuments, DocumentEncoding};
use crate::metrics::CacheCounts;
use crate::store::invalidation::{HistoryPosition, Invalidation, Invalidations};

/// The cached rows of one reader, and their position in the history of changes.
pub(in crate::store) struct CachedRows {
    rows: RowCache,
    documents: CachedDocuments,
    counts: Arc<CacheCounts>,
    invalidations: Arc<Invalidations>,
    position: HistoryPosition,
    /// How often accounts may have changed.
    accounts: u64,
    /// Whether the changes were followed in this read transaction.
    is_followed: bool,
    /// Whether the view of this read transaction was compared with the rows, and the result.
    is_compared: bool,
    is_of_this_view: bool,
}

impl CachedRows {
    /// Empty caches of at most these bytes of rows and of documents, for readers next to the
    /// writer of these changes.
    pub fn new(
        row_bytes: usize,
        document_bytes: usize,
        invalidations: Arc<Invalidations>,
    ) -> CachedRows {
        let counts = Arc::<CacheCounts>::default();
        CachedRows {
            rows: RowCache::new(row_bytes, Arc::clone(&counts)),
            documents: CachedDocuments::new(document_bytes, Arc::clone(&counts)),
            counts,
            invalidations,
            position: HistoryPosition::default(),
            accounts: 0,
            is_followed: false,
            is_compared: false,
            is_of_this_view: true,
        }
    }

    /// Its counters.
    pub fn counts(&self) -> Arc<CacheCounts> {
        Arc::clone(&self.counts)
    }

    /// The row of that name, if it is cached and belongs to the view.
    pub fn get(&mut self, name: &str, has_view: bool) -> Option<Bytes> {
        if self.is_usable(has_view) {
            self.rows.get(name)
        } else {
            None
        }
    }

    /// Caches a row that was read in the view.
    pub fn insert(&mut self, name: &str, row: &[u8], has_view: bool) {
        if self.is_usable(has_view) {
            self.rows.insert(name, row);
        }
    }

    /// The document of a movie, if it is cached and belongs to the view.
    pub fn document(
        &mut self,
        name: &str,
        encoding: DocumentEncoding,
        has_view: bool,
    ) -> Option<Bytes> {
        let is_usable = self.is_usable(has_view);
        is_usable.then(|| self.documents.get(name, encoding))?
    }

    /// Caches a document that was read in the view.
    pub fn insert_document(
        &mut self,
        name: &str,
        encoding: DocumentEncoding,
        document: &[u8],
        has_view: bool,
    ) {
        if self.is_usable(has_view) {
            self.documents.insert(name, encoding, document);
        }
    }

    /// Prefetches the rows of these names. Returns how many names it took.
    pub fn look_ahead<'n>(&self, names: impl Iterator<Item = &'n [u8]>) -> usize {
        self.rows.look_ahead(names)
    }

    /// A number that changes when accounts may have changed.
    pub fn accounts_seen(&mut self) -> u64 {
        self.follow();
        self.accounts
    }

    /// Whether the rows belong to the view of this read transaction. Before the view has begun,
    /// they are current. A change between `follow` and the first read makes the view newer than the
    /// rows. Then this read transaction does not use them, so that no answer is older than an
    /// earlier one.
    fn is_usable(&mut self, has_view: bool) -> bool {
        self.follow();
        if has_view && !std::mem::replace(&mut self.is_compared, true) {
            self.is_of_this_view = self.invalidations.is_at(&self.position);
        }
        self.is_of_this_view
    }

    /// Drops what has changed, once in a read transaction.
    pub fn follow(&mut self) {
        if !std::mem::replace(&mut self.is_followed, true) {
            self.follow_anew();
        }
    }

    /// A function of its own, so that the second call in a read transaction costs next to
    /// nothing.
    #[inline(never)]
    fn follow_anew(&mut self) {
        let CachedRows {
            rows,
            documents,
            accounts,
            ..
        } = self;
        self.invalidations
            .follow(&mut self.position, |invalidation| match invalidation {
                Invalidation::Movie(name) => {
                    rows.remove(name);
                    documents.clear();
                }
                Invalidation::Accounts => *accounts += 1,
                Invalidation::Everything => {
                    rows.clear();
                    documents.clear();
                    *accounts += 1;
                }
            });
    }

    /// Ends the read transaction: the next one has another view.
    pub fn end(&mut self) {
        self.is_followed = false;
        self.is_compared = false;
        self.is_of_this_view = true;
    }
}
