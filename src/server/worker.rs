//! One thread that serves its share of the connections, with its own event
//! loop, its own reader and its own buffers. Nothing of it is shared.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::LocalOptions;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use super::ServerError;
use super::acceptor::{Arrival, Order, Seat};
use super::connection::Connection;
use super::tls::{self, Tls};
use crate::clients::{Client, NoRoom};
use crate::command::Desk;
use crate::config::{Config, Patience};
use crate::ending::Ending;
use crate::figures::Tally;
use crate::limits;
use crate::pool;
use crate::store::{Batch, Reader, StoreError};

/// How often idle connections are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// How often a stopping worker looks whether its connections have finished.
const DRAIN_INTERVAL: Duration = Duration::from_millis(5);

/// The way to a worker's thread.
pub(super) struct Handle {
    pub orders: UnboundedSender<Order>,
    thread: JoinHandle<()>,
}

impl Handle {
    /// Lets nobody new in: the worker finishes its connections and ends.
    pub fn stop(self) -> JoinHandle<()> {
        self.thread
    }
}

/// What the connections of one worker share.
pub(super) struct Worker {
    pub desk: Arc<Desk>,
    pub reader: RefCell<Reader>,
    pub buffers: Buffers,
    pub tally: Tally,
    pub stopping: Cell<bool>,
    pub patience: Patience,
    tls: Option<Arc<Tls>>,
    connections: RefCell<HashMap<u64, Rc<Place>>>,
    /// [`Reader::accounts_seen`] when every identity was last compared with its account.
    accounts_seen: Cell<u64>,
}

/// One connection as its worker sees it.
pub(super) struct Place {
    pub client: Arc<Client>,
    /// Why there is no room for it; then it is here only to be told.
    pub refusal: Option<NoRoom>,
    /// Whether it waits for a request or a handshake, so that it can be closed without losing an answer.
    pub waiting: Cell<bool>,
    /// Since when nobody is logged in; `None` while somebody is.
    pub stranger_since: Cell<Option<Instant>>,
    /// Whether it has to make room for others, unless it logs in.
    pub displaced: Cell<bool>,
    /// Why it ends, once somebody knows.
    pub ending: Cell<Option<Ending>>,
    abort: AbortHandle,
}

/// Starts a worker; it is ready when this returns.
pub(super) fn start(
    number: usize,
    config: &Config,
    desk: &Arc<Desk>,
    tls: Option<&Arc<Tls>>,
) -> Result<Handle, ServerError> {
    let (orders, ordered) = unbounded_channel();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let (database, cache_bytes) = (config.database.clone(), config.cache_bytes_per_worker());
    let (desk, patience, tls) = (Arc::clone(desk), config.patience, tls.cloned());
    let thread = pool::spawn(format!("worker-{number}"), move || {
        let reader =
            Reader::with_cache(&database, &desk.writer, cache_bytes).map_err(ServerError::from);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default());
        let (reader, runtime) = match (reader, runtime) {
            (Ok(reader), Ok(runtime)) => (reader, runtime),
            (Err(error), _) => return drop(ready.send(Err(error))),
            (_, Err(error)) => return drop(ready.send(Err(error.into()))),
        };
        let _ = ready.send(Ok(()));
        let tally = desk.figures.join(reader.cache_counts());
        let worker = Rc::new(Worker {
            desk,
            tally,
            reader: RefCell::new(reader),
            buffers: Buffers::default(),
            stopping: Cell::new(false),
            patience,
            tls,
            connections: RefCell::default(),
            accounts_seen: Cell::new(0),
        });
        runtime.block_on(run(&worker, ordered));
    })?;
    is_ready
        .recv()
        .unwrap_or_else(|_| Err(io::Error::other("a worker did not start").into()))?;
    Ok(Handle { orders, thread })
}

/// A worker's life: serve who arrives, close who stays silent, and finish when
/// the acceptor has gone.
async fn run(worker: &Rc<Worker>, mut ordered: UnboundedReceiver<Order>) {
    let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
    let map_file = tokio::time::sleep(SWEEP_INTERVAL);
    tokio::pin!(map_file);
    let mut is_mapped = false;
    loop {
        tokio::select! {
            order = ordered.recv() => match order {
                Some(Order::Serve(arrival)) => worker.serve(arrival),
                Some(Order::Displace(id)) => worker.displace(id),
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
            worker.close_where(|_| Some(Ending::Stopping));
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
    fn serve(self: &Rc<Self>, arrival: Arrival) {
        let Arrival { stream, seat } = arrival;
        let prepared = stream
            .set_nodelay(true)
            .and_then(|()| tokio::net::TcpStream::from_std(stream));
        let stream = match prepared {
            Ok(stream) => stream,
            Err(error) => return tracing::warn!(%error, "a connection could not be served"),
        };
        let (client, refusal) = (Arc::clone(&seat.client), seat.refusal);
        let leave = Leave {
            worker: Rc::clone(self),
            seat,
        };
        let id = client.id;
        // The task finds its place in the list when it first runs, after this
        // function. There are two kinds, so that a connection without TLS has
        // no room for it.
        let task = match &self.tls {
            None => tokio::task::spawn_local(async move {
                if let Some(place) = leave.place() {
                    let worker = Rc::clone(&leave.worker);
                    let connection = Connection::new(stream, worker, Rc::clone(&place));
                    place.ending.set(Some(connection.serve_or_refuse().await));
                }
            }),
            Some(tls) => {
                let acceptor = tls.acceptor();
                tokio::task::spawn_local(async move {
                    if let Some(place) = leave.place() {
                        let worker = Rc::clone(&leave.worker);
                        let ending = tls::serve(acceptor, stream, worker, Rc::clone(&place));
                        place.ending.set(Some(ending.await));
                    }
                })
            }
        };
        let place = Place {
            client,
            refusal,
            waiting: Cell::new(false),
            stranger_since: Cell::new(Some(Instant::now())),
            displaced: Cell::new(false),
            ending: Cell::new(None),
            abort: task.abort_handle(),
        };
        self.connections.borrow_mut().insert(id, Rc::new(place));
    }

    /// Closes a stranger for whom there is no room any more: at once when it
    /// says nothing, and otherwise if the login that is under way fails.
    fn displace(&self, id: u64) {
        let place = self.connections.borrow().get(&id).cloned();
        if let Some(place) = place.filter(|place| place.client.who().is_none()) {
            match place.waiting.get() {
                true => place.close(Ending::Displaced),
                false => place.displaced.set(true),
            }
        }
    }

    /// Closes who has been silent for too long, and whose account has changed.
    fn sweep(&self) {
        self.close_where(|place| {
            let (silent, bound, ending) = match place.stranger_since.get() {
                None => (place.client.idle_for(), self.patience.idle, Ending::Idle),
                Some(since) => (since.elapsed(), self.patience.login, Ending::GraceOver),
            };
            (silent > bound).then_some(ending)
        });
        if let Err(error) = self.close_changed() {
            tracing::warn!(%error, "accounts could not be compared, trying again");
        }
    }

    /// Closes the sessions of accounts that are not what they were at the
    /// login. Such a session runs nothing more anyhow; this is for those that
    /// say nothing.
    fn close_changed(&self) -> Result<(), StoreError> {
        let mut reader = Batch::of(self.reader.borrow_mut());
        let accounts_seen = reader.accounts_seen();
        if self.accounts_seen.get() == accounts_seen {
            return Ok(());
        }
        let mut accounts = HashMap::new();
        let mut is_done = true;
        for place in self.connections.borrow().values() {
            let Some(who) = place.client.who() else {
                continue;
            };
            let account = match accounts.entry(Arc::clone(&who.user)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(reader.account(&who.user)?),
            };
            if who.is_current(account.as_ref()) {
                continue;
            }
            match place.waiting.get() {
                true => place.close(Ending::AccountChanged),
                // It may be the one that has just changed its own password.
                false => is_done = false,
            }
        }
        if is_done {
            self.accounts_seen.set(accounts_seen);
        }
        Ok(())
    }

    /// Closes the connections that wait for a request and for which there is a
    /// reason to.
    fn close_where(&self, why: impl Fn(&Place) -> Option<Ending>) {
        for place in self.connections.borrow().values() {
            if place.waiting.get()
                && let Some(ending) = why(place)
            {
                place.close(ending);
            }
        }
    }
}

impl Place {
    /// Ends the connection where it waits.
    fn close(&self, ending: Ending) {
        self.ending.set(Some(ending));
        self.abort.abort();
    }
}

/// Takes a connection off the lists, however its task ends.
struct Leave {
    worker: Rc<Worker>,
    seat: Seat,
}

impl Leave {
    fn place(&self) -> Option<Rc<Place>> {
        let connections = self.worker.connections.borrow();
        connections.get(&self.seat.client.id).cloned()
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        let id = self.seat.client.id;
        let place = self.worker.connections.borrow_mut().remove(&id);
        if let Some(place) = place {
            let stopping = self.worker.stopping.get().then_some(Ending::Stopping);
            let ending = place.ending.get().or(stopping);
            log(&place.client, ending.unwrap_or(Ending::Unknown));
        }
    }
}

/// The one line of the log about a connection: who it was and why it ended, and
/// nothing of what was said.
fn log(client: &Client, ending: Ending) {
    let seen = client.seen();
    tracing::info!(
        client = seen.id,
        address = %seen.address,
        user = seen.user.as_deref(),
        commands = seen.commands,
        seconds = client.connected_for().as_millis() as f64 / 1000.0,
        reason = ending.word(),
        "connection closed"
    );
}

/// Buffers that connections lend from their worker while they have something
/// to read or to write, so that a silent connection needs none.
#[derive(Default)]
pub(super) struct Buffers(RefCell<Vec<Vec<u8>>>);

impl Buffers {
    /// How large a buffer is at first, in bytes.
    pub const BYTES: usize = 16 * 1024;
    /// How many are kept when nobody uses them.
    const KEPT: usize = 64;

    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let kept = self.0.borrow_mut().pop();
        kept.unwrap_or_else(|| Vec::with_capacity(Self::BYTES))
    }

    /// Gives a buffer back; one that has grown much is freed instead.
    pub fn give(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.borrow_mut();
        let usual = Self::BYTES..=limits::OUTPUT_BATCH_BYTES * 2;
        if kept.len() < Self::KEPT && usual.contains(&buffer.capacity()) {
            buffer.clear();
            kept.push(buffer);
        }
    }
}
