//! The state that all connections of a server share.

use std::sync::Arc;
use std::time::Instant;

use super::uploads::Uploads;
use super::web_sessions::WebSessions;
use crate::auth::{PasswordVerifier, Throttle};
use crate::cluster::ClusterStatus;
use crate::config::limits::LimitList;
use crate::connections::Registry;
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::store::{Reader, Writer};

/// The state that handlers use. All connections of a server share it.
pub struct ServerState {
    /// Checks passwords.
    pub passwords: PasswordVerifier,
    /// Delays logins after failed ones.
    pub throttle: Arc<Throttle>,
    /// Runs queries that may take longer than a look-up.
    pub queries: Pool<Reader>,
    /// Changes the database. It is declared after the readers, so its connection is closed last,
    /// and SQLite removes the WAL.
    pub writer: Writer,
    /// Imports of uploaded files.
    pub uploads: Uploads,
    /// The open connections.
    pub clients: Arc<Registry>,
    /// The logins of people in browsers.
    pub web_sessions: WebSessions,
    /// The region of searches that give none.
    pub region: Option<String>,
    /// Every limit with its value in this server.
    pub bounds: LimitList,
    /// The counters of the workers.
    pub metrics: Metrics,
    /// The state of the cluster, if this server is a node of one.
    pub cluster: Option<Arc<ClusterStatus>>,
    /// The start time of the server.
    pub started: Instant,
}

impl ServerState {
    /// Whether this server can accept changes.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub fn readiness(&self) -> Result<(), &'static str> {
        if self.writer.has_moved() {
            return Err("the database was moved or replaced, start the server again");
        }
        match &self.cluster {
            Some(cluster) => cluster.readiness().map_err(|problem| problem.reason()),
            None => Ok(()),
        }
    }
}
