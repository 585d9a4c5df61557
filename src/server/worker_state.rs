//! The state that the connections of one worker share, and the state of each connection.

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

/// The state that the connections of one worker share. No other thread uses it.
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

/// The state of one connection.
pub(super) struct ConnectionState {
    pub client: Arc<ConnectionRecord>,
    /// The reason why the connection was not admitted; then its first command is answered with
    /// that.
    pub refusal: Option<AdmissionError>,
    /// Whether it waits for a request or a handshake. Then it can be closed without the loss
    /// of an answer.
    pub waiting: Cell<bool>,
    /// Whether it waits for something with a time limit of its own: the answer of another
    /// thread, or the end of a close.
    pub has_own_limit: Cell<bool>,
    /// Since when the connection has no login; `None` while it has one.
    pub unauthenticated_since: Cell<Option<Instant>>,
    /// The phase of an HTTP connection, and its start; `None` for RESP.
    pub http: Cell<Option<(HttpPhase, Instant)>>,
    /// Whether it is closed for a newer connection unless it logs in.
    pub evicted: Cell<bool>,
    /// The reason why it was closed, once that is known.
    pub close_reason: Cell<Option<CloseReason>>,
    pub abort: AbortHandle,
}

impl ConnectionState {
    /// Records that an HTTP connection enters another phase.
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
