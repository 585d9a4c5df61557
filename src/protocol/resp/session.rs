//! The part of a connection's state that only RESP has.

use super::{FrameLimits, RespVersion};
use crate::api::session::Session;

/// RESP's state of one connection.
#[derive(Debug, Default)]
pub struct RespSession {
    /// The version of RESP of its answers.
    pub protocol: RespVersion,
    /// Whether a transaction was begun. Its commands are refused.
    pub(super) in_transaction: bool,
    /// The name that the connection has given itself.
    pub(super) client_name: Option<String>,
    holds_secret: bool,
}

impl RespSession {
    /// Names the connection; an empty name removes the name.
    pub(super) fn set_client_name(&mut self, name: &str) {
        self.client_name = (!name.is_empty()).then(|| name.to_owned());
    }

    /// Goes back to RESP2 and no name, as `RESET` does.
    pub(super) fn reset(&mut self) {
        self.protocol = RespVersion::default();
        self.client_name = None;
    }

    /// Notes that a password may have arrived, so that the bytes are overwritten.
    pub fn note_secret(&mut self) {
        self.holds_secret = true;
    }

    /// Whether a password may have arrived, or a key may have been answered.
    pub fn holds_secret(&self) -> bool {
        self.holds_secret
    }

    /// Whether a password may have arrived since the last call.
    pub fn take_secret(&mut self) -> bool {
        std::mem::take(&mut self.holds_secret)
    }
}

/// How large a frame of this session may be.
pub fn frame_limits(session: &Session) -> FrameLimits {
    match session.identity() {
        Some(_) => FrameLimits::LOGGED_IN,
        None => FrameLimits::BEFORE_LOGIN,
    }
}
