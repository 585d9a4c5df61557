//! The context of a command: session, state and reader.

use super::session::Session;
use super::state::ServerState;
use crate::metrics::Recorder;
use crate::store::Reader;

/// The context of one command.
pub struct Context<'s, 'b> {
    /// The connection's login state.
    pub session: &'s mut Session,
    /// The state that all connections share.
    pub state: &'s ServerState,
    /// The reader of this batch of commands.
    pub reader: &'b mut Reader,
    /// The recorder that counts the command.
    pub recorder: &'b Recorder,
}
