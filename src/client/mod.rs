//! The other end of the line: a blocking client library, the prompt on top of it, and the printing of answers.

mod answer;
mod api;
mod batch;
mod connection;
mod error;
#[cfg(test)]
mod fake_server;
mod movies;
mod print;
pub mod prompt;
mod search;
mod talk;
mod tls;
mod visitor;
mod words;

pub use answer::{Answer, Page, Record};
pub use api::Client;
pub use batch::{Ending, Lines};
pub use connection::{Connection, Patience};
pub use error::ClientError;
pub use print::{Printer, Style, Width};
pub use search::is_possible as is_search_possible;
pub use talk::{Outcome, Talk, TalkError};
pub use tls::{Tls, TlsStream};
pub use visitor::Visitor;
pub use words::Words;
