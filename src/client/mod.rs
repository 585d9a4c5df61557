//! The other end of the line: a blocking client library, the prompt on top of it, and the printing of answers.

mod answer;
mod api;
mod connection;
mod error;
#[cfg(test)]
pub(crate) mod fake_server;
mod movies;
mod tls;
mod visitor;
mod words;

pub use answer::{Answer, Page, Record};
pub use api::Client;
pub use connection::{Connection, Timeouts};
pub use error::ClientError;
pub use tls::{Tls, TlsStream};
pub use visitor::ConnectionInfo;
pub use words::Words;
