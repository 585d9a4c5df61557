//! Starting a server, running it and stopping it.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::acceptor::{Acceptor, Destination};
use super::error::ServerError;
use super::metrics::MetricsEndpoint;
use super::systemd::InheritedSocket;
use super::tls::Tls;
use super::worker::{self, WorkerHandle};
use crate::api::{ServerState, Uploads, WebSessions};
use crate::auth::{PasswordVerifier, Throttle};
use crate::cluster::{self, ClusterStatus};
use crate::config::{Config, Listener, ServedProtocol, limits};
use crate::connections::Registry;
use crate::metrics::{MetricNames, Metrics};
use crate::pool::Pool;
use crate::protocol::commands::COMMANDS;
use crate::protocol::http;
use crate::protocol::resp::ERROR_CODES;
use crate::store::{self, ReadTransaction, Reader, Writer};

/// How often a server checks whether its threads are still there.
const THREAD_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// The address of a server without listeners.
const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
/// How often a stopping server checks whether its workers have ended.
const DRAIN_INTERVAL: Duration = Duration::from_millis(5);

/// A server that listens, and does not yet answer.
pub struct Server {
    sockets: Vec<BoundListener>,
    workers: Vec<WorkerHandle>,
    writer: JoinHandle<()>,
    state: Arc<ServerState>,
    metrics: Option<MetricsEndpoint>,
}

/// A socket that listens, with its protocol.
struct BoundListener {
    socket: TcpListener,
    address: SocketAddr,
    protocol: ServedProtocol,
    tls: Option<Arc<Tls>>,
}

impl BoundListener {
    fn new(socket: TcpListener, listener: &Listener) -> Result<BoundListener, ServerError> {
        socket.set_nonblocking(true)?;
        let tls = listener.tls.clone().map(Tls::load).transpose()?;
        Ok(BoundListener {
            address: socket.local_addr()?,
            socket,
            protocol: listener.protocol,
            tls: tls.map(Arc::new),
        })
    }
}

impl Server {
    /// Listens on every address of the configuration, and opens the database, which is
    /// migrated to the schema version of this program. From here on clients can connect;
    /// [`Server::run`] answers them.
    ///
    /// # Errors
    /// [`ServerError`]; no thread is left running then.
    pub fn bind(config: &Config) -> Result<Server, ServerError> {
        Server::with_sockets(config, Vec::new())
    }

    /// As [`Server::bind`], with sockets that listen already. Each replaces a listener of its
    /// protocol, or is an additional listener in plaintext.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub fn with_sockets(
        config: &Config,
        inherited: Vec<InheritedSocket>,
    ) -> Result<Server, ServerError> {
        let (config, inherited) = placed(config, inherited)?;
        config.check()?;
        // Before the rest, so that an address in use does not even open the database.
        let sockets = config
            .listeners
            .iter()
            .zip(inherited)
            .map(|(listener, socket)| {
                let socket = socket.map_or_else(|| bound(listener), Ok)?;
                BoundListener::new(socket, listener)
            });
        let sockets: Vec<_> = sockets.collect::<Result<_, ServerError>>()?;
        warn_of_plaintext(&config);
        let has_metrics = sockets
            .iter()
            .any(|socket| socket.protocol == ServedProtocol::Metrics);
        let address = sockets.first().map(|socket| socket.address);
        let Opened {
            writer,
            thread: writer_thread,
            cluster,
        } = Opened::new(&config, address)?;
        store::warn_if_exposed(&config.database);
        let state = Arc::new(state(&config, writer, cluster, has_metrics)?);
        let workers = (0..config.workers)
            .map(|number| worker::start(number, &config, &state))
            .collect::<Result<_, _>>()?;
        let metrics = has_metrics.then(|| MetricsEndpoint::start(&config.database, &state));
        Ok(Server {
            metrics: metrics.transpose()?,
            sockets,
            workers,
            writer: writer_thread,
            state,
        })
    }

    /// The addresses that it listens on, in the order of the configuration.
    pub fn addresses(&self) -> impl Iterator<Item = (ServedProtocol, SocketAddr)> {
        let sockets = self.sockets.iter();
        sockets.map(|socket| (socket.protocol, socket.address))
    }

    /// The first address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.sockets
            .first()
            .map_or(UNSPECIFIED, |socket| socket.address)
    }

    /// The first address of a protocol, if it is served.
    pub fn address(&self, protocol: ServedProtocol) -> Option<SocketAddr> {
        let mut addresses = self.addresses();
        addresses.find_map(|(served, address)| (served == protocol).then_some(address))
    }

    /// A function that reads the certificates again and logs the result. Open connections
    /// keep theirs. When a file is bad, new connections keep the old ones too.
    pub fn reload(&self) -> impl Fn() + Send + 'static {
        let tls = self.sockets.iter().filter_map(|socket| socket.tls.clone());
        let tls: Vec<Arc<Tls>> = tls.collect();
        move || {
            if tls.is_empty() {
                tracing::info!("there is nothing to read again without TLS");
            }
            for tls in &tls {
                match tls.reload() {
                    Ok(()) => {
                        tracing::info!("the certificates were read again, new connections get them")
                    }
                    Err(error) => {
                        tracing::error!("the certificates stay as they were: {error}");
                    }
                }
            }
        }
    }

    /// Serves until `stop` is ready. Then it accepts no more clients, finishes open requests within
    /// [`limits::DRAIN_TIMEOUT`], writes every accepted change, and ends all threads.
    ///
    /// # Errors
    /// [`ServerError::ThreadEnded`] when it stopped because one of its threads has ended, or when
    /// the operating system has no event queue for the acceptor.
    pub fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Server {
            sockets,
            workers,
            writer,
            state,
            metrics,
        } = self;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (messages, threads): (Vec<_>, Vec<_>) = workers
            .into_iter()
            .map(|worker| (worker.messages, worker.thread))
            .unzip();
        let listeners = destinations(sockets, metrics.as_ref());
        let lost = runtime.block_on(async {
            let clients = Arc::clone(&state.clients);
            let mut acceptor = Acceptor::new(listeners, messages, clients)?;
            let vital = VitalThreads {
                workers: &threads,
                writer: &writer,
                state: &state,
                metrics: metrics.as_ref(),
            };
            let lost = tokio::select! {
                () = acceptor.run() => None,
                () = stop => None,
                name = vital.lost() => Some(name),
            };
            if let Some(name) = lost {
                tracing::error!(thread = name, "a thread has ended, the server stops");
            }
            if let Some(metrics) = &metrics {
                metrics
                    .set_not_ready(lost.map_or("stopping", |_| "a thread of the server has ended"));
            }
            acceptor.stop_workers();
            // Meanwhile `/readyz` is answered.
            tokio::select! {
                () = acceptor.run() => {}
                () = ended(&threads) => {}
            }
            Ok::<_, io::Error>(lost)
        })?;
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a worker panicked");
            }
        }
        // Its connection to the database has to be closed before the writer's.
        if let Some(metrics) = metrics {
            metrics.stop();
        }
        let needs_snapshot = (state.cluster.as_ref()).is_some_and(|cluster| cluster.must_fetch());
        // The state holds the last sender to the writer, which ends when all of its work is done.
        drop(state);
        if writer.join().is_err() {
            tracing::error!("the writer panicked");
        }
        match lost {
            None => Ok(()),
            Some(_) if needs_snapshot => Err(ServerError::NeedsSnapshot),
            Some(name) => Err(ServerError::ThreadEnded(name)),
        }
    }
}

/// The sockets, each with the threads that serve its connections.
fn destinations(
    sockets: Vec<BoundListener>,
    metrics: Option<&MetricsEndpoint>,
) -> Vec<(TcpListener, Destination)> {
    let listeners = sockets.into_iter().filter_map(|socket| {
        let destination = match socket.protocol {
            ServedProtocol::Metrics => Destination::Metrics(metrics?.connections.clone()),
            protocol => Destination::Workers(protocol, socket.tls),
        };
        Some((socket.socket, destination))
    });
    listeners.collect()
}

/// The writer of the database, and the thread that changes it.
struct Opened {
    writer: Writer,
    thread: JoinHandle<()>,
    cluster: Option<Arc<ClusterStatus>>,
}

impl Opened {
    /// Starts the thread that changes the database, with the log of the cluster or without one.
    fn new(config: &Config, address: Option<SocketAddr>) -> Result<Opened, ServerError> {
        let Some(cluster) = &config.cluster else {
            let (writer, thread) = Writer::open(&config.database)?;
            store::compact(&config.database)?;
            return Ok(Opened {
                writer,
                thread,
                cluster: None,
            });
        };
        let address = address.unwrap_or(UNSPECIFIED);
        let (writer, thread, status) = cluster::start(&config.database, cluster, address)?;
        Ok(Opened {
            writer,
            thread,
            cluster: Some(status),
        })
    }
}

/// The state that all connections share.
pub(super) fn state(
    config: &Config,
    writer: Writer,
    cluster: Option<Arc<ClusterStatus>>,
    has_metrics: bool,
) -> Result<ServerState, ServerError> {
    let shared = config.connection_limits.shared.iter().copied();
    Ok(ServerState {
        passwords: passwords(config)?,
        throttle: Arc::new(Throttle::new(shared)),
        queries: queries(config)?,
        writer,
        clients: Arc::new(Registry::new(config.connection_limits.clone())),
        web_sessions: WebSessions::default(),
        uploads: Uploads::new(&config.database),
        region: config.region.clone(),
        bounds: limits::list(config),
        metrics: Metrics::new(has_metrics, metric_names()),
        cluster,
        started: Instant::now(),
    })
}

/// The threads that serve until the server stops.
struct VitalThreads<'s> {
    workers: &'s [JoinHandle<()>],
    writer: &'s JoinHandle<()>,
    state: &'s ServerState,
    metrics: Option<&'s MetricsEndpoint>,
}

impl VitalThreads<'_> {
    /// Waits until one of them ends, and returns its name.
    async fn lost(&self) -> &'static str {
        loop {
            let VitalThreads {
                workers,
                writer,
                state,
                metrics,
            } = self;
            let lost = [
                ("worker", workers.iter().any(JoinHandle::is_finished)),
                ("writer", writer.is_finished()),
                ("checkpoint", state.writer.has_lost_checkpoints()),
                ("query", state.queries.has_ended()),
                ("hash", state.passwords.has_ended()),
                ("metrics", metrics.is_some_and(MetricsEndpoint::has_ended)),
            ];
            if let Some((name, _)) = lost.into_iter().find(|(_, is_lost)| *is_lost) {
                return name;
            }
            tokio::time::sleep(THREAD_CHECK_INTERVAL).await;
        }
    }
}

/// Warns of every listener whose traffic other machines could read.
fn warn_of_plaintext(config: &Config) {
    for listener in config.listeners.iter().filter(|one| one.is_exposed()) {
        let address = listener.address;
        match listener.protocol {
            ServedProtocol::Resp => tracing::warn!(
                "passwords and movies are sent to and from `{address}` without encryption"
            ),
            ServedProtocol::Http => tracing::warn!(
                "keys and movies are sent to and from `http://{address}` without encryption"
            ),
            ServedProtocol::Metrics => {
                tracing::warn!("the metrics on `{address}` can be read without a login");
            }
        }
    }
}

/// Waits until these threads have ended.
async fn ended(threads: &[JoinHandle<()>]) {
    while !threads.iter().all(JoinHandle::is_finished) {
        tokio::time::sleep(DRAIN_INTERVAL).await;
    }
}

/// The configuration with the addresses of inherited sockets in their places, and for each of
/// its listeners the inherited socket, if there is one.
fn placed(
    config: &Config,
    inherited: Vec<InheritedSocket>,
) -> Result<(Config, Vec<Option<TcpListener>>), ServerError> {
    let mut config = config.clone();
    let mut sockets: Vec<Option<TcpListener>> = config.listeners.iter().map(|_| None).collect();
    for InheritedSocket { protocol, socket } in inherited {
        let address = socket.local_addr()?;
        let listeners = config.listeners.iter().zip(&sockets);
        let is_free = |(listener, socket): (&Listener, &Option<TcpListener>)| {
            listener.protocol == protocol && socket.is_none()
        };
        match listeners.map(is_free).position(|is_free| is_free) {
            Some(index) => {
                config.listeners[index].address = address;
                sockets[index] = Some(socket);
            }
            None => {
                config.listeners.push(Listener::new(address, protocol));
                sockets.push(Some(socket));
            }
        }
    }
    Ok((config, sockets))
}

fn bound(listener: &Listener) -> Result<TcpListener, ServerError> {
    let Listener {
        address, protocol, ..
    } = *listener;
    let socket = TcpListener::bind(address).map_err(|error| ServerError::Listen {
        protocol,
        address,
        error,
    })?;
    // Called again, because the standard library uses a queue of 128.
    rustix::net::listen(&socket, limits::ACCEPT_BACKLOG).map_err(io::Error::from)?;
    Ok(socket)
}

/// The names of the counters of the workers.
fn metric_names() -> MetricNames {
    MetricNames {
        commands: COMMANDS.len(),
        error_codes: ERROR_CODES,
        routes: http::routes().map(|route| route.operation).collect(),
        statuses: http::STATUSES,
    }
}

/// The threads that answer lists and searches.
fn queries(config: &Config) -> Result<Pool<Reader>, ServerError> {
    let database = config.database.clone();
    let make = move || {
        let mut reader = Reader::open(&database)?;
        // A search reads pages all over the file.
        reader.map_file()?;
        Ok::<_, ServerError>(reader)
    };
    let (threads, queue) = (limits::QUERY_THREADS, limits::QUERY_QUEUE);
    Pool::start("query", threads, queue, make, Reader::shrink)
}

/// The hashing threads, with the cost of the most expensive stored hash.
fn passwords(config: &Config) -> Result<PasswordVerifier, ServerError> {
    let verifier = PasswordVerifier::start(config.hash_cost)?;
    let mut reader = Reader::open(&config.database)?;
    for account in ReadTransaction::new(&mut reader).accounts()? {
        verifier.observe_cost(&account.password_hash);
    }
    Ok(verifier)
}

#[cfg(test)]
mod tests;
