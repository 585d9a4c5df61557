//! What `serve` works with: flags, environment and file, checked.

pub mod limits;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::auth::Cost;

/// Where the database is unless one is named.
pub const DEFAULT_DATABASE: &str = "sae.db";
/// Where the server listens, and where the client looks for it, unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:5890";

/// Everything that a server needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file that is served.
    pub database: PathBuf,
    /// The address to listen on; port 0 lets the operating system choose one.
    pub listen: SocketAddr,
    /// Worker threads, 1 to [`limits::MAX_WORKERS`].
    pub workers: usize,
    /// For how many connections there is room.
    pub connection_limits: ConnectionLimits,
    /// What new password hashes cost.
    pub hash_cost: Cost,
    /// Memory for encoded rows, shared out to the workers, in MiB.
    pub cache_mib: usize,
    /// How long clients may take.
    pub timeouts: Timeouts,
    /// The files for TLS; without them everything travels as it is.
    pub tls: Option<TlsFiles>,
    /// Where the metrics are served over HTTP, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Whether to listen without TLS where others can listen in.
    pub allow_plaintext: bool,
}

/// The files that a server needs for TLS, all of them PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and behind it those that vouch for it.
    pub certificate: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
    /// Who has to vouch for a client. Clients need no certificate without it.
    pub client_authorities: Option<PathBuf>,
}

/// Why a server must not listen there.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PlaintextError {
    /// Without TLS on an address that others can reach.
    #[error(
        "whoever sits between a client and `{0}` could read passwords and movies, give --tls-cert and \
         --tls-key (`catalogue cert` makes both for trying), or --allow-plaintext"
    )]
    Clients(SocketAddr),
    /// The metrics on such an address: there are no accounts and there is no TLS.
    #[error(
        "whoever reaches `{0}` could read the server's metrics without a login, give --metrics an \
         address of this machine like 127.0.0.1:9890, or --allow-plaintext"
    )]
    Metrics(SocketAddr),
}

/// For how many connections a server has room at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// All of them.
    pub connections: usize,
    /// Those that have not logged in.
    pub unauthenticated: usize,
    /// Those of one address, an IPv6 address being its /64.
    pub per_address: usize,
    /// Addresses with many people behind them, such as a proxy's: no bound and
    /// no count of failed logins holds for these.
    pub shared: Vec<IpAddr>,
}

impl ConnectionLimits {
    /// With so many connections and the usual shares of them. Unauthenticated get
    /// half at most, so that they cannot keep out who has an account.
    pub fn new(connections: usize) -> ConnectionLimits {
        ConnectionLimits {
            connections,
            unauthenticated: limits::DEFAULT_MAX_UNAUTHENTICATED.min((connections / 2).max(1)),
            per_address: limits::DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
            shared: Vec::new(),
        }
    }
}

impl Default for ConnectionLimits {
    fn default() -> ConnectionLimits {
        ConnectionLimits::new(limits::DEFAULT_MAX_CONNECTIONS)
    }
}

/// How long a server waits for its clients before it closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the connection to the login.
    pub login: Duration,
    /// From one request to the next, once logged in.
    pub idle: Duration,
    /// Until some of an answer has been read.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            login: limits::LOGIN_GRACE,
            idle: limits::IDLE_TIMEOUT,
            write: limits::WRITE_TIMEOUT,
        }
    }
}

/// How many workers there are unless the configuration says otherwise. One core
/// is left to what is not a worker: the threads that write, hash and search, and
/// the kernel's half of the network. On two cores one worker answers as many
/// requests as two do and needs a tenth less CPU time for each, because it
/// sleeps less often.
pub fn default_workers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).clamp(1, limits::MAX_WORKERS)
}

impl Config {
    /// Whether this may be served: without TLS, only to this machine, and the
    /// metrics in any case.
    ///
    /// # Errors
    /// [`PlaintextError`] unless plaintext was allowed.
    pub fn check(&self) -> Result<(), PlaintextError> {
        let is_private = |address: SocketAddr| address.ip().to_canonical().is_loopback();
        if self.allow_plaintext {
            return Ok(());
        }
        if self.tls.is_none() && !is_private(self.listen) {
            return Err(PlaintextError::Clients(self.listen));
        }
        match self.metrics {
            Some(metrics) if !is_private(metrics) => Err(PlaintextError::Metrics(metrics)),
            _ => Ok(()),
        }
    }

    /// One worker's share of the cache, in bytes.
    pub fn cache_bytes_per_worker(&self) -> usize {
        self.cache_mib * 1024 * 1024 / self.workers
    }

    /// The defaults for a database.
    pub fn new(database: PathBuf, listen: SocketAddr) -> Config {
        Config {
            database,
            listen,
            workers: default_workers(),
            connection_limits: ConnectionLimits::default(),
            hash_cost: Cost::default(),
            cache_mib: limits::DEFAULT_CACHE_MIB,
            timeouts: Timeouts::default(),
            tls: None,
            metrics: None,
            allow_plaintext: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str) -> Config {
        Config::new(DEFAULT_DATABASE.into(), listen.parse().unwrap())
    }

    #[test]
    fn plaintext_stays_on_this_machine() {
        for listen in [
            DEFAULT_ADDRESS,
            "127.9.9.9:0",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert_eq!(config(listen).check(), Ok(()), "{listen}");
        }
        for listen in [
            "0.0.0.0:5890",
            "[::]:5890",
            "192.0.2.1:1",
            "[::ffff:192.0.2.1]:1",
        ] {
            let mut config = config(listen);
            let exposed = Err(PlaintextError::Clients(config.listen));
            assert_eq!(config.check(), exposed, "{listen}");
            config.allow_plaintext = true;
            assert_eq!(config.check(), Ok(()), "{listen}");
            config.allow_plaintext = false;
            config.tls = Some(TlsFiles {
                certificate: "cert.pem".into(),
                key: "key.pem".into(),
                client_authorities: None,
            });
            assert_eq!(config.check(), Ok(()), "{listen}");
        }
    }

    /// TLS is for the clients; the metrics have none.
    #[test]
    fn figures_stay_on_this_machine() {
        let mut config = config(DEFAULT_ADDRESS);
        config.tls = Some(TlsFiles {
            certificate: "cert.pem".into(),
            key: "key.pem".into(),
            client_authorities: None,
        });
        for metrics in ["127.0.0.1:9890", "[::1]:0"] {
            config.metrics = Some(metrics.parse().unwrap());
            assert_eq!(config.check(), Ok(()), "{metrics}");
        }
        for metrics in ["0.0.0.0:9890", "192.0.2.1:1", "[::]:1"] {
            let metrics = metrics.parse().unwrap();
            config.metrics = Some(metrics);
            assert_eq!(config.check(), Err(PlaintextError::Metrics(metrics)));
            config.allow_plaintext = true;
            assert_eq!(config.check(), Ok(()));
            config.allow_plaintext = false;
        }
    }
}
