//! Where a command runs that is not answered at once: reads on the query threads, changes on the
//! writer's.

use super::answer::{Answer, Execution};
use super::error::{ApiError, unavailable};
use super::session::Session;
use super::state::ServerState;
use crate::store::{Actor, Change, ChangeError, ChangeRequest, Reader, StoreError};

/// What a query thread reads, as an answer.
pub(super) fn query<T: Send + 'static>(
    state: &ServerState,
    read: impl FnOnce(&mut Reader) -> Result<T, StoreError> + Send + 'static,
    answer: fn(T) -> Answer,
) -> Execution<'_> {
    Execution::later(async move {
        let result = state.queries.run(read).await.map_err(ApiError::busy)?;
        result.map(answer).map_err(unavailable)
    })
}

/// Makes a change whose answer has no number.
pub(super) fn done<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    change: Change,
) -> Execution<'s> {
    Execution::later(async move {
        durable(session, state, change).await?;
        Ok(Answer::Done)
    })
}

/// Makes a change whose answer is the number of rows that it changed.
pub(super) fn counted<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    change: Change,
) -> Execution<'s> {
    Execution::later(async move { durable(session, state, change).await.map(Answer::Number) })
}

/// Makes a change as the account of the session; returns the number of changed rows once it is on
/// disk.
pub(super) async fn durable(
    session: &mut Session,
    state: &ServerState,
    change: Change,
) -> Result<u64, ApiError> {
    let Some(identity) = session.identity() else {
        return Err(session.account_changed());
    };
    let request = match identity.actor() {
        Actor::Operator => ChangeRequest::from_operator(change),
        actor => ChangeRequest::new(actor, session.client().address, change),
    };
    let receipt = state.writer.submit(request).map_err(ApiError::busy)?;
    match receipt.done().await {
        Ok(changed) => {
            session.last_sequence = changed.sequence;
            Ok(changed.rows)
        }
        Err(StoreError::Refused(ChangeError::ActorChanged)) => Err(session.account_changed()),
        Err(error) => Err(unavailable(error)),
    }
}
