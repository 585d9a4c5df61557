//! Accepts the connections of all listeners, and passes each to the thread that serves it.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tls::Tls;
use crate::config::{ServedProtocol, limits};
use crate::connections::{AdmissionError, ConnectionRecord, Registry};

/// The pause after the operating system had no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// The shortest time between two log lines about such a shortage.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// A connection on its way to a worker.
pub(super) struct NewConnection {
    pub stream: std::net::TcpStream,
    pub permit: ConnectionPermit,
    pub protocol: ServedProtocol,
    pub tls: Option<Arc<Tls>>,
}

pub(super) enum WorkerMessage {
    /// Serve this connection.
    Serve(NewConnection),
    /// Close the connection of that id if it has not logged in.
    Evict(u64),
}

/// The permit of an admitted connection, or of one that waits for its refusal. Dropping it frees
/// the place.
pub(super) struct ConnectionPermit {
    clients: Arc<Registry>,
    pub client: Arc<ConnectionRecord>,
    /// The reason why the connection was not admitted; then its first command is answered with
    /// that.
    pub refusal: Option<AdmissionError>,
    _refusals: Option<OwnedSemaphorePermit>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.clients.leave(&self.client);
    }
}

/// The thread that serves the connections of a listener.
pub(super) enum Destination {
    /// The workers, one after the other.
    Workers(ServedProtocol, Option<Arc<Tls>>),
    /// The thread of the metrics.
    Metrics(Sender<std::net::TcpStream>),
}

/// The listeners and the ways to the threads.
pub(super) struct Acceptor {
    listeners: Vec<(TcpListener, Destination)>,
    workers: Vec<UnboundedSender<WorkerMessage>>,
    clients: Arc<Registry>,
    /// A connection that waits for its refusal uses resources too, so their number has a limit of
    /// its own.
    refusals: Arc<Semaphore>,
    complained: Option<Instant>,
}

impl Acceptor {
    /// Accepts on these listeners. To be made within a runtime.
    ///
    /// # Errors
    /// The operating system cannot add a listener to its event queue.
    pub fn new(
        listeners: Vec<(std::net::TcpListener, Destination)>,
        workers: Vec<UnboundedSender<WorkerMessage>>,
        clients: Arc<Registry>,
    ) -> io::Result<Acceptor> {
        let in_runtime =
            |(listener, destination)| Ok((TcpListener::from_std(listener)?, destination));
        Ok(Acceptor {
            listeners: listeners
                .into_iter()
                .map(in_runtime)
                .collect::<io::Result<_>>()?,
            workers,
            clients,
            refusals: Arc::new(Semaphore::new(limits::MAX_REFUSALS)),
            complained: None,
        })
    }

    /// Accepts until the future is dropped.
    pub async fn run(&mut self) {
        let mut first = 0;
        loop {
            let (index, accepted) = self.next(first).await;
            // The next call begins with the listener after it, so that no listener delays the
            // others.
            first = index + 1;
            match accepted {
                Ok((stream, address)) => self.hand_over(index, stream, address),
                // The client left before it was accepted.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    let interval = |at: Instant| at.elapsed() > COMPLAINT_INTERVAL;
                    if self.complained.is_none_or(interval) {
                        tracing::warn!(%error, "a connection could not be accepted");
                        self.complained = Some(Instant::now());
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Closes the listeners of the workers, and lets the workers end.
    pub fn stop_workers(&mut self) {
        let serves_workers =
            |destination: &Destination| matches!(destination, Destination::Workers(..));
        self.listeners
            .retain(|(_, destination)| !serves_workers(destination));
        self.workers.clear();
    }

    /// The next connection of any listener, with the listener's index; `first` is asked first.
    async fn next(&self, first: usize) -> (usize, io::Result<(TcpStream, SocketAddr)>) {
        let number = self.listeners.len();
        poll_fn(|context| {
            for index in (0..number).map(|offset| (first + offset) % number) {
                if let Poll::Ready(accepted) = self.listeners[index].0.poll_accept(context) {
                    return Poll::Ready((index, accepted));
                }
            }
            Poll::Pending
        })
        .await
    }

    fn hand_over(&self, index: usize, stream: TcpStream, address: SocketAddr) {
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => return tracing::warn!(%error, "a connection could not be handed over"),
        };
        match &self.listeners[index].1 {
            Destination::Metrics(sender) => {
                // A full queue closes the connection.
                let _ = sender.try_send(stream);
            }
            Destination::Workers(protocol, tls) => {
                let evict = |id| self.tell(id, WorkerMessage::Evict(id));
                if let Some(permit) = self.permit(address, evict) {
                    let id = permit.client.id;
                    let (protocol, tls) = (*protocol, tls.clone());
                    let new = NewConnection {
                        stream,
                        permit,
                        protocol,
                        tls,
                    };
                    self.tell(id, WorkerMessage::Serve(new));
                }
            }
        }
    }

    /// Sends a message to the worker of a connection. Ids are consecutive, so the workers take
    /// turns. The queues are bounded by the permits.
    fn tell(&self, id: u64, message: WorkerMessage) {
        let worker = self.workers.get(id as usize % self.workers.len().max(1));
        if worker.is_none_or(|worker| worker.send(message).is_err()) {
            tracing::error!("a worker has ended");
        }
    }

    /// A permit for a connection from this address; `None` when too many wait for a refusal.
    fn permit(&self, address: SocketAddr, evict: impl FnMut(u64)) -> Option<ConnectionPermit> {
        let (client, refusal, refusals) = match self.clients.join(address, evict) {
            Ok(client) => (client, None, None),
            Err((client, reason)) => {
                let permit = Arc::clone(&self.refusals).try_acquire_owned().ok()?;
                (client, Some(reason), Some(permit))
            }
        };
        Some(ConnectionPermit {
            clients: Arc::clone(&self.clients),
            client,
            refusal,
            _refusals: refusals,
        })
    }
}
