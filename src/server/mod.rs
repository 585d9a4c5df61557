//! The TCP front end: an acceptor, and workers that each serve their share of
//! the connections. The only place with sockets, beside the client.

mod acceptor;
mod address;
mod connection;
mod error;
mod handshake;
mod metrics;
mod state;
mod systemd;
mod tls;
mod worker;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::api::ServerState;
use crate::auth::{PasswordVerifier, Throttle};
use crate::config::Config;
use crate::config::limits;
use crate::connections::Registry;
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::protocol::commands::COMMANDS;
use crate::protocol::resp::ERROR_CODES;
use crate::store::{self, ReadTransaction, Reader, Writer};

pub use error::ServerError;
use metrics::Endpoint;
pub use systemd::{ListenerFromEnvError, listener_from_env, notify_ready, say_stopping};
use tls::Tls;

pub use address::{check as check_address, resolve};

/// A server that listens and is not yet running.
pub struct Server {
    listener: TcpListener,
    workers: Vec<worker::Handle>,
    writer: JoinHandle<()>,
    state: Arc<ServerState>,
    metrics: Option<Endpoint>,
    tls: Option<Arc<Tls>>,
}

impl Server {
    /// Listens, and opens the database, bringing it to the schema version of this
    /// program. From here on clients can connect; [`Server::run`] answers them.
    ///
    /// # Errors
    /// [`ServerError`]: nothing is left running then.
    pub fn bind(config: &Config) -> Result<Server, ServerError> {
        config.check()?;
        // Before the rest, so that an address in use does not even open the database.
        let listener = TcpListener::bind(config.listen).map_err(|error| ServerError::Listen {
            address: config.listen,
            error,
        })?;
        // Again, because the standard library has room for 128 only.
        rustix::net::listen(&listener, limits::ACCEPT_BACKLOG).map_err(io::Error::from)?;
        Server::new(listener, config)
    }

    /// The same on a socket that listens already.
    ///
    /// # Errors
    /// As there.
    pub fn new(listener: TcpListener, config: &Config) -> Result<Server, ServerError> {
        let listen = listener.local_addr()?;
        let config = &Config {
            listen,
            ..config.clone()
        };
        config.check()?;
        listener.set_nonblocking(true)?;
        let tls = match &config.tls {
            Some(files) => Some(Arc::new(Tls::load(files.clone())?)),
            None => None,
        };
        let metrics = config.metrics.map(listen_for_metrics).transpose()?;
        let (writer, writer_thread) = Writer::open(&config.database)?;
        store::compact(&config.database)?;
        let database = config.database.clone();
        let state = Arc::new(ServerState {
            passwords: passwords(config)?,
            throttle: Throttle::new(config.connection_limits.shared.iter().copied()),
            queries: Pool::start(
                "query",
                limits::QUERY_THREADS,
                limits::QUERY_QUEUE,
                move || {
                    let mut reader = Reader::open(&database)?;
                    // A search looks at pages all over the file.
                    reader.map_file()?;
                    Ok::<_, ServerError>(reader)
                },
                Reader::shrink,
            )?,
            writer,
            clients: Arc::new(Registry::new(config.connection_limits.clone())),
            bounds: limits::list(config),
            metrics: Metrics::new(metrics.is_some(), COMMANDS.len(), ERROR_CODES),
            started: Instant::now(),
        });
        let workers = (0..config.workers)
            .map(|number| worker::start(number, config, &state, tls.as_ref()))
            .collect::<Result<_, _>>()?;
        let metrics = metrics.map(|listener| Endpoint::start(listener, &config.database, &state));
        Ok(Server {
            metrics: metrics.transpose()?,
            listener,
            workers,
            writer: writer_thread,
            state,
            tls,
        })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The address on which the metrics can be asked for, if they can.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Endpoint::address)
    }

    /// What is to be done when certificates were replaced: reads the files again
    /// and says in the log how that went. Connections that are open stay as
    /// they are, and so does everything when a file is bad.
    pub fn reload(&self) -> impl Fn() + Send + 'static {
        let tls = self.tls.clone();
        move || match tls.as_deref().map(Tls::reload) {
            None => tracing::info!("there is nothing to read again without TLS"),
            Some(Ok(())) => {
                tracing::info!("the certificates were read again, new connections get them");
            }
            Some(Err(error)) => tracing::error!("the certificates stay as they were: {error}"),
        }
    }

    /// Serves until `stop` is there. Then nobody new is let in, what is under
    /// way is finished within [`limits::DRAIN_TIMEOUT`], every accepted change
    /// is written, and all threads end.
    ///
    /// # Errors
    /// When the operating system has no event queue for the acceptor.
    pub fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Server {
            listener,
            workers,
            writer,
            state,
            metrics,
            tls: _,
        } = self;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let messages = workers
                .iter()
                .map(|worker| worker.messages.clone())
                .collect();
            let clients = Arc::clone(&state.clients);
            tokio::select! {
                result = acceptor::accept(listener, messages, clients) => result,
                () = stop => Ok(()),
            }
        })?;
        if let Some(metrics) = &metrics {
            metrics.say_stopping();
        }
        // All of them at once, and then each is waited for.
        let stopping: Vec<_> = workers.into_iter().map(worker::Handle::stop).collect();
        for thread in stopping {
            if thread.join().is_err() {
                tracing::error!("a worker panicked");
            }
        }
        // Its connection to the database has to be closed before the writer's.
        if let Some(metrics) = metrics {
            metrics.stop();
        }
        // The state holds the last way to the writer, which ends when all of its work is done.
        drop(state);
        if writer.join().is_err() {
            tracing::error!("the writer panicked");
        }
        Ok(())
    }
}

fn listen_for_metrics(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).map_err(|error| ServerError::ListenMetrics { address, error })
}

/// The hashing threads. They know the cost of the most expensive hash from the start.
fn passwords(config: &Config) -> Result<PasswordVerifier, ServerError> {
    let verifier = PasswordVerifier::start(config.hash_cost)?;
    let mut reader = Reader::open(&config.database)?;
    for account in ReadTransaction::new(&mut reader).accounts()? {
        verifier.observe_cost(&account.password_hash);
    }
    Ok(verifier)
}
