//! The configuration of a server: its values and their defaults.

mod cluster;
pub mod limits;
mod listener;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use cluster::{ClusterConfig, ClusterTls, EtcdEndpoint};
pub use listener::{Listener, PlaintextError, ServedProtocol, TlsFiles};

use crate::auth::Cost;
use crate::store::Role;

/// The default database.
pub const DEFAULT_DATABASE: &str = "sae.db";
/// The default address of the server and of the client.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:5890";
/// The default address for HTTP.
pub const DEFAULT_HTTP_ADDRESS: &str = "127.0.0.1:5880";

/// The configuration of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The database.
    pub database: PathBuf,
    /// The addresses to listen on.
    pub listeners: Vec<Listener>,
    /// Worker threads, 1 to [`limits::MAX_WORKERS`].
    pub workers: usize,
    /// The maximum number of connections.
    pub connection_limits: ConnectionLimits,
    /// The cost of new password hashes.
    pub hash_cost: Cost,
    /// Memory for cached rows in MiB, divided among the workers.
    pub cache_mib: usize,
    /// The timeouts of clients.
    pub timeouts: Timeouts,
    /// The rules for HTTP.
    pub http: HttpConfig,
    /// The region of searches that give none.
    pub region: Option<String>,
    /// Whether plaintext is allowed on addresses that other machines can reach.
    pub allow_plaintext: bool,
    /// The cluster of the server, if it is a node.
    pub cluster: Option<ClusterConfig>,
}

/// The maximum number of connections at once.
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

/// The rules for requests over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpConfig {
    /// Names of the server that a request may have in `Host`, next to the address that it
    /// arrives at.
    pub hosts: Vec<String>,
    /// The role of requests without a key. Without it they are refused.
    pub anonymous: Option<Role>,
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
    /// Refuses plaintext on addresses that other machines can reach, unless it is allowed.
    ///
    /// # Errors
    /// [`PlaintextError`].
    pub fn check(&self) -> Result<(), PlaintextError> {
        if self.allow_plaintext {
            return Ok(());
        }
        if let Some(exposed) = self.cluster.as_ref().and_then(ClusterConfig::exposed) {
            return Err(PlaintextError::Cluster(exposed));
        }
        self.listeners.iter().try_for_each(Listener::check)
    }

    /// The caches of one worker, in bytes: of rows, and of documents. With HTTP, a quarter is
    /// for documents.
    pub fn cache_bytes_per_worker(&self) -> (usize, usize) {
        let bytes = self.cache_mib * 1024 * 1024 / self.workers;
        let mut listeners = self.listeners.iter();
        let has_http = listeners.any(|listener| listener.protocol == ServedProtocol::Http);
        let documents = if has_http { bytes / 4 } else { 0 };
        (bytes - documents, documents)
    }

    /// The defaults for a database, served to clients in plaintext on this address.
    pub fn new(database: PathBuf, address: SocketAddr) -> Config {
        Config {
            database,
            listeners: vec![Listener::new(address, ServedProtocol::Resp)],
            workers: default_workers(),
            connection_limits: ConnectionLimits::default(),
            hash_cost: Cost::default(),
            cache_mib: limits::DEFAULT_CACHE_MIB,
            timeouts: Timeouts::default(),
            http: HttpConfig::default(),
            region: None,
            allow_plaintext: false,
            cluster: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listener_is_checked_unless_plaintext_is_allowed() {
        let exposed = "192.0.2.1:9890".parse().unwrap();
        let mut config = Config::new(DEFAULT_DATABASE.into(), DEFAULT_ADDRESS.parse().unwrap());
        assert_eq!(config.check(), Ok(()));
        let metrics = Listener::new(exposed, ServedProtocol::Metrics);
        config.listeners.push(metrics);
        assert_eq!(config.check(), Err(PlaintextError::Metrics(exposed)));
        config.allow_plaintext = true;
        assert_eq!(config.check(), Ok(()));
    }
}
