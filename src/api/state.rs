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

/// What commands work with, shared by all connections of a server.
pub struct ServerState {
    /// Checks passwords.
    pub passwords: PasswordVerifier,
    /// Delays logins after failed ones.
    pub throttle: Arc<Throttle>,
    /// Runs queries that may take longer than a look-up.
    pub queries: Pool<Reader>,
    /// Changes the database. Declared after the readers: its connection closes last, which
    /// leaves one file.
    pub writer: Writer,
    /// Imports of uploaded files.
    pub uploads: Uploads,
    /// The open connections.
    pub clients: Arc<Registry>,
    /// The logins of people in browsers.
    pub web_sessions: WebSessions,
    /// Every limit with its value in this server.
    pub bounds: LimitList,
    /// What the workers count.
    pub metrics: Metrics,
    /// What this node knows of its cluster, if it is one of a cluster.
    pub cluster: Option<Arc<ClusterStatus>>,
    /// When the server started.
    pub started: Instant,
}
