//! The library of the `catalogue` server: a movie API in one program and one SQLite file, for
//! Redis clients and over HTTP. Programs that connect to a server use the crate
//! `catalogue-client`.
//!
//! # The modules
//!
//! | module | contents |
//! | --- | --- |
//! | [`protocol`] | one module per protocol, `resp` and `http`: a request to an [`api::Command`], an [`api::Answer`] to bytes; no I/O. A new protocol goes here |
//! | [`protocol::commands`] | the table of commands: name, syntax and required role of each |
//! | [`api`] | what the server can do, for any protocol: commands, answers, sessions, access, handlers. A new command goes here |
//! | [`server`] | listeners, acceptor, workers, connections; only this module, `cluster` and the client use sockets |
//! | [`connections`] | the registry of open connections: limits, `NB`, `WHO`, the reasons for closing |
//! | [`auth`] | passwords, their hashes, delays after failed logins |
//! | [`store`] | the one SQLite file; the only place with SQL |
//! | [`search`] | words, queries and ranking; no I/O |
//! | [`import`] | one file per source format. A new format goes here |
//! | [`movie`] | a movie and its encodings |
//! | [`metrics`] | counters and histograms; it uses no other module |
//! | [`monitoring`] | the table of metrics, for `INFO` and Prometheus |
//! | [`config`] | the configuration, and [every limit](config::limits) |
//! | [`certificates`] | certificates and keys for TLS |
//! | [`cluster`] | several nodes with the same catalogue: etcd's log, and the threads that follow it |
//! | [`pool`] | threads for work that would block a worker |
//! | [`cli`] | the command line, one file per subcommand, and the interactive client |
//! | [`client`] | the blocking client library |
//!
//! # The life of a request
//!
//! 1. The acceptor of a [`server::Server`] hands a new connection to one of the workers. Its
//!    `server/connection` makes the TLS handshake where TLS is on, and reads bytes into a buffer.
//! 2. [`protocol::resp::Decoder::next`] finds a [`protocol::resp::Request`] in the bytes.
//! 3. [`protocol::resp::respond`] looks its word up in [`protocol::commands::COMMANDS`].
//! 4. [`api::access::authorize`] checks the role of the [`api::session::Session`], and gives an
//!    [`api::Permit`] or an [`api::ApiError`].
//! 5. [`protocol::resp::parse`] turns the words into a typed [`api::Command`].
//! 6. [`api::execute`] runs it: a look-up on the worker's own [`store::Reader`], within one
//!    [`store::ReadTransaction`] for all requests that arrived together; a change through the
//!    [`store::Writer`]; a password or a query on a [`pool::Pool`], for which the connection
//!    waits and the worker does not.
//! 7. The [`api::Answer`] becomes a [`protocol::resp::Reply`], [`protocol::resp::encode`] appends
//!    it to the output, and the answers of the whole batch are sent in one write.
//!
//! A request over HTTP differs in the steps of the protocol: hyper reads it, the route table
//! [`protocol::http::ROUTES`] gives its handler, and the handler makes the [`api::Command`].
//! Steps 4 and 6 are the same.

// Only the two crates of `crates/` have a stable interface. Elsewhere rustdoc checks the links.
#![cfg_attr(docsrs, doc(hidden))]

pub mod api;
pub mod auth;
pub mod certificates;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod connections;
pub mod import;
pub mod metrics;
pub mod monitoring;
pub mod pool;
pub mod protocol;
pub mod search;
pub mod server;
pub mod store;

pub use catalogue_client as client;
pub use catalogue_protocol::movie;
