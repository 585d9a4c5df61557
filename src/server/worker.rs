//! A thread that serves its share of the connections with an event loop, a reader and buffers
//! of its own.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::runtime::LocalOptions;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::acceptor::{ConnectionPermit, NewConnection, WorkerMessage};
use super::buffers::Buffers;
use super::connection::Connection;
use super::error::ServerError;
use super::http;
use super::tls;
use super::worker_state::{ConnectionState, Worker};
use crate::api::ServerState;
use crate::config::{Config, ServedProtocol, limits};
use crate::connections::{CloseReason, ConnectionRecord};
use crate::pool;
use crate::store::{ReadTransaction, Reader, StoreError};

/// How often idle connections are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// How often a stopping worker checks whether its connections have finished.
const DRAIN_INTERVAL: Duration = Duration::from_millis(5);

/// A worker's thread. It ends when every sender of its messages was dropped and its
/// connections have finished.
pub(super) struct WorkerHandle {
    pub messages: UnboundedSender<WorkerMessage>,
    pub thread: JoinHandle<()>,
}

/// Starts a worker; it is ready when this returns.
pub(super) fn start(
    number: usize,
    config: &Config,
    state: &Arc<ServerState>,
) -> Result<WorkerHandle, ServerError> {
    let (messages, inbox) = unbounded_channel();
    let (ready, is_ready) = crossbeam_channel::bounded(1);
    let database = config.database.clone();
    let (row_bytes, document_bytes) = config.cache_bytes_per_worker();
    let (state, timeouts, http) = (Arc::clone(state), config.timeouts, config.http.clone());
    let thread = pool::spawn(format!("worker-{number}"), move || {
        let reader = Reader::with_caches(&database, &state.writer, row_bytes, document_bytes)
            .map_err(ServerError::from);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default());
        let (reader, runtime) = match (reader, runtime) {
            (Ok(reader), Ok(runtime)) => (reader, runtime),
            (Err(error), _) => return drop(ready.send(Err(error))),
            (_, Err(error)) => return drop(ready.send(Err(error.into()))),
        };
        let _ = ready.send(Ok(()));
        let recorder = state.metrics.join(reader.cache_counts());
        let worker = Rc::new(Worker {
            state,
            recorder,
            reader: RefCell::new(reader),
            buffers: Buffers::default(),
            stopping: Cell::new(false),
            timeouts,
            http,
            keys: RefCell::default(),
            connections: RefCell::default(),
            accounts_version: Cell::new(0),
        });
        runtime.block_on(run(&worker, inbox));
    })?;
    is_ready
        .recv()
        .unwrap_or_else(|_| Err(io::Error::other("a worker did not start").into()))?;
    Ok(WorkerHandle { messages, thread })
}

/// Serves new connections, and closes silent ones, until the acceptor has dropped its senders. Then
/// finishes open requests.
async fn run(worker: &Rc<Worker>, mut inbox: UnboundedReceiver<WorkerMessage>) {
    let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
    let map_file = tokio::time::sleep(SWEEP_INTERVAL);
    tokio::pin!(map_file);
    let mut is_mapped = false;
    loop {
        tokio::select! {
            message = inbox.recv() => match message {
                Some(WorkerMessage::Serve(new)) => worker.serve(new),
                Some(WorkerMessage::Evict(id)) => worker.evict(id),
                None => break,
            },
            () = &mut map_file, if !is_mapped => {
                is_mapped = true;
                if let Err(error) = worker.reader.borrow_mut().map_file() {
                    tracing::warn!(%error, "the file could not be mapped");
                }
            }
            _ = sweep.tick() => worker.sweep(),
        }
    }
    worker.stopping.set(true);
    let drained = async {
        while !worker.connections.borrow().is_empty() {
            worker.close_where(|_| Some(CloseReason::Stopping));
            tokio::time::sleep(DRAIN_INTERVAL).await;
        }
    };
    if tokio::time::timeout(limits::DRAIN_TIMEOUT, drained)
        .await
        .is_err()
    {
        tracing::warn!("some connections did not finish in time");
    }
}

impl Worker {
    fn serve(self: &Rc<Self>, new: NewConnection) {
        let NewConnection {
            stream,
            permit,
            protocol,
            tls,
        } = new;
        let prepared = stream
            .set_nodelay(true)
            .and_then(|()| TcpStream::from_std(stream));
        let stream = match prepared {
            Ok(stream) => stream,
            Err(error) => return tracing::warn!(%error, "a connection could not be served"),
        };
        let (client, refusal) = (Arc::clone(&permit.client), permit.refusal);
        let guard = ConnectionGuard {
            worker: Rc::clone(self),
            permit,
        };
        let id = client.id;
        // The task first runs after this function, when its connection is on the list. There
        // are three kinds of task, so that one without TLS takes no memory for it.
        let task = match tls {
            None if protocol == ServedProtocol::Http => tokio::task::spawn_local(async move {
                if let Some(state) = guard.connection() {
                    let worker = Rc::clone(&guard.worker);
                    let close_reason = http::serve(stream, worker, Rc::clone(&state)).await;
                    state.close_reason.set(Some(close_reason));
                }
            }),
            None => tokio::task::spawn_local(async move {
                if let Some(state) = guard.connection() {
                    let worker = Rc::clone(&guard.worker);
                    let connection = Connection::new(stream, worker, Rc::clone(&state));
                    let close_reason = connection.serve_or_refuse().await;
                    state.close_reason.set(Some(close_reason));
                }
            }),
            Some(tls) => {
                let acceptor = tls.acceptor();
                tokio::task::spawn_local(async move {
                    if let Some(state) = guard.connection() {
                        let worker = Rc::clone(&guard.worker);
                        let kept = Rc::clone(&state);
                        let close_reason = tls::serve(acceptor, stream, protocol, worker, kept);
                        state.close_reason.set(Some(close_reason.await));
                    }
                })
            }
        };
        let connection = ConnectionState {
            client,
            refusal,
            waiting: Cell::new(false),
            has_own_limit: Cell::new(false),
            http: Cell::new(None),
            unauthenticated_since: Cell::new(Some(Instant::now())),
            evicted: Cell::new(false),
            close_reason: Cell::new(None),
            abort: task.abort_handle(),
        };
        self.connections
            .borrow_mut()
            .insert(id, Rc::new(connection));
    }

    /// Closes an unauthenticated connection for a newer one: at once while it waits, otherwise when
    /// its login in progress fails.
    fn evict(&self, id: u64) {
        let connection = self.connections.borrow().get(&id).cloned();
        if let Some(connection) =
            connection.filter(|connection| connection.client.identity().is_none())
        {
            if connection.waiting.get() {
                connection.close(CloseReason::Evicted);
            } else {
                connection.evicted.set(true);
            }
        }
    }

    /// Closes connections that were silent for too long, or whose account has changed.
    fn sweep(&self) {
        for connection in self.connections.borrow().values() {
            if let Some(close_reason) = self.is_overdue(connection) {
                connection.close(close_reason);
            }
        }
        if let Err(error) = self.close_changed() {
            tracing::warn!(%error, "accounts could not be compared, trying again");
        }
    }

    /// The time for a login ends in every state of a connection, also while it leaves answers
    /// unread. The time between two requests is that of a connection that waits.
    fn is_overdue(&self, connection: &ConnectionState) -> Option<CloseReason> {
        let ConnectionState { client, .. } = connection;
        if let Some((phase, since)) = connection.http.get() {
            let is_authenticated = client.identity().is_some();
            let limit = phase.limit(&self.timeouts, is_authenticated);
            let is_late = limit.is_some_and(|limit| since.elapsed() > limit);
            return is_late.then(|| phase.close_reason());
        }
        match connection.unauthenticated_since.get() {
            Some(since) if since.elapsed() > self.timeouts.login => {
                // It may have logged in with requests that are being answered.
                let is_overdue = !connection.has_own_limit.get() && client.identity().is_none();
                is_overdue.then_some(CloseReason::GraceOver)
            }
            None if connection.waiting.get() && client.idle_for() > self.timeouts.idle => {
                Some(CloseReason::Idle)
            }
            _ => None,
        }
    }

    /// Closes the sessions of accounts that have changed since the login. Such a session runs no
    /// further command in any case; this closes the silent ones.
    fn close_changed(&self) -> Result<(), StoreError> {
        let mut reader = ReadTransaction::new(self.reader.borrow_mut());
        let accounts_version = reader.accounts_seen();
        if self.accounts_version.get() == accounts_version {
            return Ok(());
        }
        let mut known = HashMap::new();
        let mut is_done = true;
        for connection in self.connections.borrow().values() {
            let Some(identity) = connection.client.identity() else {
                continue;
            };
            let is_current = match known.entry(identity) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => {
                    let is_current = unknown.key().is_current(&mut reader)?;
                    *unknown.insert(is_current)
                }
            };
            if is_current {
                continue;
            }
            if connection.waiting.get() {
                connection.close(CloseReason::AccountChanged);
            } else {
                // It may have just changed its own password.
                is_done = false;
            }
        }
        if is_done {
            self.accounts_version.set(accounts_version);
        }
        Ok(())
    }

    /// Closes the connections that wait for a request and for which `why` has a reason.
    fn close_where(&self, why: impl Fn(&ConnectionState) -> Option<CloseReason>) {
        for connection in self.connections.borrow().values() {
            if connection.waiting.get()
                && let Some(close_reason) = why(connection)
            {
                connection.close(close_reason);
            }
        }
    }
}

/// Removes a connection from its worker and the registry, however its task ends.
struct ConnectionGuard {
    worker: Rc<Worker>,
    permit: ConnectionPermit,
}

impl ConnectionGuard {
    fn connection(&self) -> Option<Rc<ConnectionState>> {
        let connections = self.worker.connections.borrow();
        connections.get(&self.permit.client.id).cloned()
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        let id = self.permit.client.id;
        let connection = self.worker.connections.borrow_mut().remove(&id);
        if let Some(connection) = connection {
            let stopping = self.worker.stopping.get().then_some(CloseReason::Stopping);
            let close_reason = connection.close_reason.get().or(stopping);
            log(
                &connection.client,
                close_reason.unwrap_or(CloseReason::Unknown),
            );
        }
    }
}

/// Writes the log line of a closed connection: its account and the close reason, and no data that
/// was sent.
fn log(client: &ConnectionRecord, close_reason: CloseReason) {
    let info = client.info();
    tracing::info!(
        client = info.id,
        address = %info.address,
        user = info.user.as_deref(),
        commands = info.commands,
        seconds = client.connected_for().as_millis() as f64 / 1000.0,
        reason = close_reason.word(),
        "connection closed"
    );
}
