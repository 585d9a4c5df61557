//! Takes new connections and hands them round to the workers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::limits;
use crate::connections::{AdmissionError, ConnectionRecord, Registry};

/// How long to wait when the operating system has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// How often such a shortage is told to the log.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// A connection on its way to a worker.
pub(super) struct NewConnection {
    pub stream: std::net::TcpStream,
    pub permit: ConnectionPermit,
}

/// What a worker is told.
pub(super) enum WorkerMessage {
    /// Serve this one.
    Serve(NewConnection),
    /// Close the connection of that number, if it is a stranger's.
    Evict(u64),
}

/// A place among those who are connected, or among those who are told that
/// there is none. It is given back when it is dropped.
pub(super) struct ConnectionPermit {
    clients: Arc<Registry>,
    pub client: Arc<ConnectionRecord>,
    /// Why there is no room; then its first command is answered with that.
    pub refusal: Option<AdmissionError>,
    _turned_away: Option<OwnedSemaphorePermit>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.clients.leave(&self.client);
    }
}

/// Accepts for ever. The queues to the workers are bounded by the number of
/// seats, of which every connection takes one before it is queued.
pub(super) async fn accept(
    listener: TcpListener,
    workers: Vec<UnboundedSender<WorkerMessage>>,
    clients: Arc<Registry>,
) -> io::Result<()> {
    // Refusals cost a connection too, so they have a bound of their own.
    let refusals = Arc::new(Semaphore::new(limits::MAX_REFUSALS));
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut complained: Option<Instant> = None;
    // In turn: numbers are given one by one.
    let tell = |id: u64, order: WorkerMessage| {
        let worker = workers.get(id as usize % workers.len().max(1));
        if worker.is_none_or(|worker| worker.send(order).is_err()) {
            tracing::error!("a worker has stopped");
        }
    };
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            // Somebody who has gone before he was let in.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                if complained.is_none_or(|at| at.elapsed() > COMPLAINT_INTERVAL) {
                    tracing::warn!(%error, "a connection could not be accepted");
                    complained = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let evict = |id| tell(id, WorkerMessage::Evict(id));
        let Some(permit) = permit(&clients, &refusals, address, evict) else {
            continue;
        };
        match stream.into_std() {
            Ok(stream) => tell(
                permit.client.id,
                WorkerMessage::Serve(NewConnection { stream, permit }),
            ),
            Err(error) => tracing::warn!(%error, "a connection could not be handed over"),
        }
    }
}

/// A permit for a connection from there; nothing when even those who wait for a
/// refusal are too many.
fn permit(
    clients: &Arc<Registry>,
    refusals: &Arc<Semaphore>,
    address: SocketAddr,
    evict: impl FnMut(u64),
) -> Option<ConnectionPermit> {
    let clients = Arc::clone(clients);
    let (client, refusal, turned_away) = match clients.join(address, evict) {
        Ok(client) => (client, None, None),
        Err((client, reason)) => {
            let permit = Arc::clone(refusals).try_acquire_owned().ok()?;
            (client, Some(reason), Some(permit))
        }
    };
    Some(ConnectionPermit {
        clients,
        client,
        refusal,
        _turned_away: turned_away,
    })
}
