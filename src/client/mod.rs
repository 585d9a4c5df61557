//! The other end of the line: a blocking client library, the prompt on top of it, and the printing of answers.

mod answer;
mod api;
mod connection;
mod error;
#[cfg(test)]
mod fake_server;
mod movies;
mod print;
mod visitor;

pub use answer::{Answer, Page, Record};
pub use api::Client;
pub use connection::{Connection, Patience};
pub use error::ClientError;
pub use print::{Printer, Style};
pub use visitor::Visitor;
