//! The state that a worker's connections share, and the state of each of them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::AbortHandle;

use super::tls::Tls;
use crate::api::ServerState;
use crate::config::{Timeouts, limits};
use crate::connections::{AdmissionError, CloseReason, ConnectionRecord};
use crate::metrics::Recorder;
use crate::store::Reader;

/// The state that the connections of one worker share.
pub(super) struct Worker {
    pub state: Arc<ServerState>,
    pub reader: RefCell<Reader>,
    pub buffers: Buffers,
    pub recorder: Recorder,
    pub stopping: Cell<bool>,
    pub timeouts: Timeouts,
    pub tls: Option<Arc<Tls>>,
    pub connections: RefCell<HashMap<u64, Rc<ConnectionState>>>,
    /// [`Reader::accounts_seen`] when every identity was last compared with its account.
    pub accounts_seen: Cell<u64>,
}

/// The state of one connection that its worker needs.
pub(super) struct ConnectionState {
    pub client: Arc<ConnectionRecord>,
    /// Why it is refused; then it only waits for its refusal.
    pub refusal: Option<AdmissionError>,
    /// Whether it waits for a request or a handshake, so that it can be closed without losing an answer.
    pub waiting: Cell<bool>,
    /// Since when it is unauthenticated; `None` after a login.
    pub unauthenticated_since: Cell<Option<Instant>>,
    /// Whether it is evicted, unless the login in progress succeeds.
    pub evicted: Cell<bool>,
    /// Why it is closed, when that is decided.
    pub close_reason: Cell<Option<CloseReason>>,
    pub abort: AbortHandle,
}

impl ConnectionState {
    /// Ends the connection where it waits.
    pub fn close(&self, close_reason: CloseReason) {
        self.close_reason.set(Some(close_reason));
        self.abort.abort();
    }
}

/// Buffers that connections borrow from their worker while they read or write. A silent
/// connection needs none.
#[derive(Default)]
pub(super) struct Buffers(RefCell<Vec<Vec<u8>>>);

impl Buffers {
    /// The initial size of a buffer, in bytes.
    pub const BYTES: usize = 16 * 1024;
    /// The most unused buffers that are kept.
    const KEPT: usize = 64;

    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let kept = self.0.borrow_mut().pop();
        kept.unwrap_or_else(|| Vec::with_capacity(Self::BYTES))
    }

    /// Takes a buffer back. One that has grown much is freed instead.
    pub fn give(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.borrow_mut();
        let usual = Self::BYTES..=limits::OUTPUT_BATCH_BYTES * 2;
        if kept.len() < Self::KEPT && usual.contains(&buffer.capacity()) {
            buffer.clear();
            kept.push(buffer);
        }
    }
}
