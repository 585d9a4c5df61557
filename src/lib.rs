//! `catalogue`: your own movie API. One binary, one SQLite file, and every
//! Redis client can talk to it.
//!
//! # The house
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`cli`] | the command line, one file per subcommand |
//! | [`config`], [`limits`], [`bounds`] | what a server works with, and every bound |
//! | [`movie`] | a movie and its two encodings |
//! | [`resp`] | bytes to requests, replies to bytes; no I/O |
//! | [`command`] | the one table of commands, and one file per noun |
//! | [`session`], [`access`] | who a connection is, and what it may do |
//! | [`ending`] | why a connection ends, for the log |
//! | [`credentials`] | passwords, their hashes, and who has to wait before the next try |
//! | [`certificates`] | certificates and keys for TLS |
//! | [`search`] | words, queries, and which movie is the better answer; no I/O |
//! | [`store`] | the one SQLite file; the only place with SQL |
//! | [`import`] | one file per source format, all giving movies with file and line |
//! | [`metrics`] | what is counted and measured, for `INFO` and Prometheus |
//! | [`clients`], [`origin`] | who is connected and from where, and for whom there is room |
//! | [`pool`] | threads for what would hold up a worker |
//! | [`server`] | the acceptor and the workers; with the client the only sockets |
//! | [`client`] | the other end: a blocking library, the prompt, the printing of answers |
//!
//! # The life of a request
//!
//! 1. The acceptor of a [`server::Server`] hands a new connection to one of its
//!    workers, which shakes hands with it where TLS is on, and reads what arrives
//!    into a buffer.
//! 2. [`resp::Decoder::next`] finds a [`resp::Request`] in the bytes.
//! 3. [`api::answer`] looks its word up in [`command::TABLE`].
//! 4. [`access::admit`] decides whether the [`session::Session`] may run it,
//!    and gives an [`access::Pass`], or the refusal.
//! 5. [`command::Spec::parse`] turns the words into a typed [`command::Command`].
//! 6. The command runs: a look-up on the worker's own [`store::Reader`], within
//!    one [`store::ReadTransaction`] for all requests that arrived together; a change
//!    through the [`store::Writer`]; a password or a long query on a
//!    [`pool::Pool`], for which the connection waits and the worker does not.
//! 7. [`resp::encode`] appends the [`resp::Reply`], and the answers of the whole
//!    batch leave in one write.

pub mod api;
pub mod auth;
pub mod certificates;
pub mod cli;
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
