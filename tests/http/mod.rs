//! HTTP: the JSON API, its limits, and hostile requests.

mod accounts;
mod generated;
mod hostile;
mod logins;
mod mcp;
mod movies;
mod names;
mod page;
mod protocol;
mod rules;
mod timeouts;

use std::net::SocketAddr;

use crate::support::TestServer;

pub use rules::key;

/// The flags of a server that also serves HTTP, to everyone.
const HTTP: [&str; 4] = ["--http", "127.0.0.1:0", "--http-anonymous", "reader"];

/// The same for a server that serves HTTP to callers with a key or a login.
#[track_caller]
fn serve_to_keys(flags: &[&str]) -> (TestServer, SocketAddr) {
    let server = TestServer::start_with(&[&HTTP[..2], flags].concat());
    let address = server.http_address();
    (server, address)
}

/// A server with more flags, and its address for HTTP.
#[track_caller]
fn serve(flags: &[&str]) -> (TestServer, SocketAddr) {
    let server = TestServer::start_with(&[&HTTP[..], flags].concat());
    let address = server.http_address();
    (server, address)
}
