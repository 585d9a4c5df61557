//! RESP, the Redis serialization protocol: words to commands, answers to replies. The codec is in
//! the crate `catalogue-protocol`.

mod answer;
mod args;
mod error_codes;
mod help;
mod local;
mod operands;
mod pages;
mod parse;
mod respond;
mod session;
mod transaction;

pub use args::{Args, ArgumentError};
pub use catalogue_protocol::resp::*;
pub use error_codes::ERROR_CODES;
pub use parse::{RespCommand, parse};
pub use respond::{Response, respond};
pub use session::{RespSession, frame_limits};
