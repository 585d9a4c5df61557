//! What a command gives back: an answer, or the promise of one.

use std::future::Future;
use std::pin::Pin;

use super::ServerState;
use crate::protocol::resp::Reply;
use crate::store::{Change, StoreError};

/// An answer, or the promise of one.
pub enum Outcome<'s> {
    /// The answer.
    Now(Reply),
    /// An answer that other threads work on: a login, a change, a long query.
    /// The connection's next command waits for it; other connections do not.
    Later(Pin<Box<dyn Future<Output = Reply> + 's>>),
}

impl<'s> Outcome<'s> {
    pub(super) fn later(answer: impl Future<Output = Reply> + 's) -> Outcome<'s> {
        Outcome::Later(Box::pin(answer))
    }
}

impl From<Reply> for Outcome<'_> {
    fn from(reply: Reply) -> Self {
        Outcome::Now(reply)
    }
}

/// Hands a change to the writer and answers when it is on disk.
pub(super) async fn durable(
    state: &ServerState,
    change: Change,
    answer: impl FnOnce(u64) -> Reply,
) -> Reply {
    match state.writer.submit(change) {
        Ok(receipt) => or_error(receipt.done().await.map(|changed| answer(changed.rows))),
        Err(busy) => Reply::error("BUSY", busy),
    }
}

/// A reply, or what a client is told of an error of the store.
pub(super) fn or_error(result: Result<Reply, StoreError>) -> Reply {
    result.unwrap_or_else(unavailable)
}

/// What a client is told of an error of the store. The log has it with the names
/// of files, which are nobody else's business, and without what is in a movie.
pub(crate) fn unavailable(error: StoreError) -> Reply {
    if let StoreError::NotAnAnswer(_) | StoreError::TooMuchWork = error {
        return Reply::error("ERR", error);
    }
    match &error {
        StoreError::InvalidRow { .. } => {
            tracing::error!("a movie is not valid, `catalogue check` says which");
        }
        error => tracing::error!(%error, "the database could not be used"),
    }
    match error {
        StoreError::Locked(_) => Reply::error(
            "BUSY",
            "another program is writing to the database, try again",
        ),
        StoreError::Full(_) => Reply::error(
            "ERR",
            "the server's disk is full, nothing was changed, make room there and try again",
        ),
        StoreError::Unwritten(..) => Reply::error(
            "ERR",
            "the server could not write to its disk, nothing was changed, its log says more",
        ),
        StoreError::ReadOnly(_) => Reply::error("ERR", "the server may not write to its database"),
        invalid @ StoreError::InvalidRow { .. } => Reply::error("ERR", invalid),
        StoreError::Stopped => Reply::error("ERR", "the server is stopping"),
        _ => Reply::error(
            "ERR",
            "the database could not be used, see the server's log",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_without_an_answer_says_why() {
        assert_eq!(
            or_error(Err(StoreError::TooMuchWork)),
            Reply::error(
                "ERR",
                "this takes too long to find, give more or longer words"
            )
        );
    }
}
