//! How long a client waits.

use std::time::Duration;

use crate::limits;

/// The time limits of a client. The defaults are those of [`limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientTimeouts {
    /// For a connection, and then for the TLS handshake.
    pub connect: Duration,
    /// For an answer, from the moment at which its command was sent.
    pub answer: Duration,
}

impl Default for ClientTimeouts {
    fn default() -> ClientTimeouts {
        ClientTimeouts {
            connect: limits::CONNECT_TIMEOUT,
            answer: limits::ANSWER_TIMEOUT,
        }
    }
}
