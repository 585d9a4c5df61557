//! The configuration of a server: its values and their defaults.

pub mod limits;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::auth::Cost;

/// The default database.
pub const DEFAULT_DATABASE: &str = "sae.db";
/// The default address of the server and of the client.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:5890";

/// The configuration of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The database.
    pub database: PathBuf,
    /// The address to listen on. With port 0 the operating system chooses a port.
    pub listen: SocketAddr,
    /// Worker threads, 1 to [`limits::MAX_WORKERS`].
    pub workers: usize,
    /// The most connections.
    pub connection_limits: ConnectionLimits,
    /// The cost of new password hashes.
    pub hash_cost: Cost,
    /// Memory for cached rows in MiB, divided among the workers.
    pub cache_mib: usize,
    /// The timeouts of clients.
    pub timeouts: Timeouts,
    /// The files for TLS. Without them connections are not encrypted.
    pub tls: Option<TlsFiles>,
    /// The address of the metrics endpoint, if there is one.
    pub metrics: Option<SocketAddr>,
    /// Whether to serve addresses other than loopback without TLS.
    pub allow_plaintext: bool,
}

/// The PEM files of a server with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain of the server, its own certificate first.
    pub certificate: PathBuf,
    /// The key of the server's certificate.
    pub key: PathBuf,
    /// The authorities for client certificates. Without it clients need no certificate.
    pub client_authorities: Option<PathBuf>,
}

/// Why an address must not be served.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PlaintextError {
    /// Clients without TLS on an address that is not loopback.
    #[error("connections to `{0}` are not encrypted, passwords could be read on the network")]
    Clients(SocketAddr),
    /// Metrics on an address that is not loopback. The endpoint has neither accounts nor TLS.
    #[error("the metrics on `{0}` could be read from other machines without a login")]
    Metrics(SocketAddr),
}

/// The most connections at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Of all clients.
    pub connections: usize,
    /// Without a login.
    pub unauthenticated: usize,
    /// Of one address. An IPv6 address counts as its /64.
    pub per_address: usize,
    /// Addresses that many users share, such as that of a proxy. For these neither
    /// `per_address` nor the delays after failed logins apply.
    pub shared: Vec<IpAddr>,
}

impl ConnectionLimits {
    /// Limits for a number of connections. At most half of them may be
    /// unauthenticated, so that these cannot lock out clients with an account.
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

/// The times after which a server closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the connection to the login.
    pub login: Duration,
    /// From one request to the next, once logged in.
    pub idle: Duration,
    /// Until the client has read a part of an answer.
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

/// The default number of workers. One core is left to the other threads (writer,
/// hashing, queries) and to the kernel's network stack. On two cores, one worker
/// answers as many requests as two and needs a tenth less CPU time for each,
/// because it sleeps less often.
pub fn default_workers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).clamp(1, limits::MAX_WORKERS)
}

impl Config {
    /// Checks that only loopback addresses are served without TLS. The metrics never
    /// have TLS.
    ///
    /// # Errors
    /// [`PlaintextError`] unless plaintext is allowed.
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

    /// The cache of one worker, in bytes.
    pub fn cache_bytes_per_worker(&self) -> usize {
        self.cache_mib * 1024 * 1024 / self.workers
    }

    /// The default configuration for a database and an address.
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
    fn clients_need_tls_except_on_loopback() {
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

    #[test]
    fn metrics_need_loopback_even_with_tls() {
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
