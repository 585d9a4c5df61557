//! What the connections of one worker share, and what the worker knows of each.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::AbortHandle;

use super::buffers::Buffers;
use super::http_phase::HttpPhase;
use crate::api::{KeyCache, ServerState};
use crate::config::{HttpConfig, Timeouts};
use crate::connections::{AdmissionError, CloseReason, ConnectionRecord};
use crate::metrics::Recorder;
use crate::store::Reader;

/// What the connections of one worker share. No other thread uses it.
pub(super) struct Worker {
    pub state: Arc<ServerState>,
    pub reader: RefCell<Reader>,
    pub buffers: Buffers,
    pub recorder: Recorder,
    pub stopping: Cell<bool>,
    pub timeouts: Timeouts,
    pub http: HttpConfig,
    pub keys: RefCell<KeyCache>,
    pub connections: RefCell<HashMap<u64, Rc<ConnectionState>>>,
    /// [`Reader::accounts_seen`] when every identity was last compared with its account.
    pub accounts_version: Cell<u64>,
}

/// One connection as its worker sees it.
pub(super) struct ConnectionState {
    pub client: Arc<ConnectionRecord>,
    /// Why the connection was not admitted; then its first command is answered with that.
    pub refusal: Option<AdmissionError>,
    /// Whether it waits for a request or a handshake. Then it can be closed without the loss
    /// of an answer.
    pub waiting: Cell<bool>,
    /// Whether it waits for something with a time limit of its own: the answer of another
    /// thread, or the end of a close.
    pub has_own_limit: Cell<bool>,
    /// Since when the connection has no login; `None` while it has one.
    pub unauthenticated_since: Cell<Option<Instant>>,
    /// What an HTTP connection waits for, and since when; `None` for RESP.
    pub http: Cell<Option<(HttpPhase, Instant)>>,
    /// Whether it has to make room for others unless it logs in.
    pub evicted: Cell<bool>,
    /// Why it was closed, once that is known.
    pub close_reason: Cell<Option<CloseReason>>,
    pub abort: AbortHandle,
}

impl ConnectionState {
    /// Notes that an HTTP connection waits for something else from now on.
    pub fn enter(&self, phase: HttpPhase) {
        self.waiting.set(phase.is_between_answers());
        self.http.set(Some((phase, Instant::now())));
    }

    /// Ends the connection's task where it waits.
    pub fn close(&self, close_reason: CloseReason) {
        self.close_reason.set(Some(close_reason));
        self.abort.abort();
    }
}
