//! Reading one's own changes on another node of a cluster.

use std::time::Duration;

use super::answer::{Answer, Execution};
use super::error::{ApiError, ApiErrorKind};
use super::session::Session;
use super::state::ServerState;

/// What a node has to have applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppliedTarget {
    /// The entry with this sequence.
    Sequence(u64),
    /// Every entry that was acknowledged before.
    Head,
}

/// The sequence number of the session's last change; 0 without a change, or without a cluster.
pub(super) fn sequence(session: &Session) -> Answer {
    Answer::Number(session.last_sequence)
}

/// Waits until this node has applied what is asked for.
pub(super) fn wait(state: &ServerState, target: AppliedTarget, limit: Duration) -> Execution<'_> {
    Execution::later(async move {
        let waited = wait_until_applied(state, target, limit).await;
        waited.map(|()| Answer::Done)
    })
}

/// Waits until this node has applied an entry.
///
/// # Errors
/// A server without a cluster, or an entry that was not applied in time.
pub async fn wait_until_applied(
    state: &ServerState,
    target: AppliedTarget,
    limit: Duration,
) -> Result<(), ApiError> {
    let Some(status) = &state.cluster else {
        // A server without a cluster has applied every change that it acknowledged.
        return match target {
            AppliedTarget::Head | AppliedTarget::Sequence(0) => Ok(()),
            AppliedTarget::Sequence(_) => {
                let message = "this server is not a node of a cluster";
                Err(ApiError::new(ApiErrorKind::InvalidArgument, message))
            }
        };
    };
    let reached = async {
        let sequence = match target {
            AppliedTarget::Sequence(sequence) => sequence,
            AppliedTarget::Head => status.fresh_head().await,
        };
        status.wait_for(sequence).await;
    };
    match tokio::time::timeout(limit, reached).await {
        Ok(()) => Ok(()),
        Err(_) => {
            let message = format_args!(
                "this node has not applied that within {} ms, try again or ask another node",
                limit.as_millis()
            );
            Err(ApiError::new(ApiErrorKind::Unavailable, message))
        }
    }
}
