//! Invalid and hostile input: one clear answer, and the server keeps running. Every
//! limit of `limits.rs` that a client can reach is tested at it and above it.

mod connections;
mod framing;
mod queues;
mod usage;
mod values;

use catalogue::protocol::resp::Reply;

use crate::support::TestServer;

/// The answer to a change.
fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

/// The server answers a new client.
#[track_caller]
fn still_answers(server: &TestServer) {
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
}
