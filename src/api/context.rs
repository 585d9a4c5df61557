//! What a command works with.

use super::session::Session;
use super::state::ServerState;
use crate::metrics::Recorder;
use crate::store::Reader;

/// What one command may use while it runs.
pub struct Context<'s, 'b> {
    /// The connection's login state.
    pub session: &'s mut Session,
    /// The state that all connections share.
    pub state: &'s ServerState,
    /// The reader of this batch of commands.
    pub reader: &'b mut Reader,
    /// Where the command is counted.
    pub recorder: &'b Recorder,
}
