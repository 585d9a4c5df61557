//! The state that all connections of a server share.

use std::sync::Arc;
use std::time::Instant;

use crate::auth::{PasswordVerifier, Throttle};
use crate::config::limits::LimitList;
use crate::connections::Registry;
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::store::{Reader, Writer};

/// What the commands work with, shared by all connections of a server.
pub struct ServerState {
    /// Checks passwords.
    pub passwords: PasswordVerifier,
    /// Says who has to wait before a password is checked.
    pub throttle: Throttle,
    /// Answers what may take longer than a look-up.
    pub queries: Pool<Reader>,
    /// Changes the database. Behind the readers, so that its connection is the
    /// last to close and leaves one file.
    pub writer: Writer,
    /// Who is connected.
    pub clients: Arc<Registry>,
    /// Every bound, as it is here.
    pub bounds: LimitList,
    /// What the workers count.
    pub metrics: Metrics,
    /// When the server started.
    pub started: Instant,
}
