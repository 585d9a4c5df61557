//! What `serve` works with: flags and environment, checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::limits;

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
    /// Most connections at once.
    pub max_connections: usize,
    /// Memory for encoded rows, shared out to the workers, in MiB.
    pub cache_mib: usize,
    /// How long clients may take.
    pub patience: Patience,
}

/// How long a server waits for its clients before it closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From the connection to the login.
    pub login: Duration,
    /// From one request to the next, once logged in.
    pub idle: Duration,
    /// Until some of an answer has been read.
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            login: limits::LOGIN_GRACE,
            idle: limits::IDLE_TIMEOUT,
            write: limits::WRITE_TIMEOUT,
        }
    }
}

impl Config {
    /// One worker's share of the cache, in bytes.
    pub fn cache_bytes_per_worker(&self) -> usize {
        self.cache_mib * 1024 * 1024 / self.workers
    }

    /// The defaults for a database. One core is left to what is not a worker:
    /// the threads that write, hash and search, and the kernel's half of the
    /// network. On two cores one worker answers as many requests as two do and
    /// needs a tenth less CPU time for each, because it sleeps less often.
    pub fn new(database: PathBuf, listen: SocketAddr) -> Config {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Config {
            database,
            listen,
            workers: cores.saturating_sub(1).clamp(1, limits::MAX_WORKERS),
            max_connections: limits::DEFAULT_MAX_CONNECTIONS,
            cache_mib: limits::DEFAULT_CACHE_MIB,
            patience: Patience::default(),
        }
    }
}
