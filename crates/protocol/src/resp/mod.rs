//! RESP, the Redis serialization protocol: bytes to requests, replies to bytes, and back. No I/O.

mod ahead;
mod decode;
mod encode;
mod reply;
mod words;

pub use ahead::names_ahead;
pub use decode::{DecodeStep, Decoder, FrameError, FrameLimits, Request, TLS_HANDSHAKE};
pub use encode::encode;
pub use reply::{ReplyDecoder, ReplyError, decode_reply};
pub use words::{QuotesError, quote_word, split_words};

use bytes::Bytes;

/// The version of RESP of a connection: 2 until `HELLO 3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RespVersion {
    /// RESP2, in which null is `$-1` and a map is a flat array.
    #[default]
    Resp2,
    /// RESP3, in which null is `_` and a map is a map.
    Resp3,
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A short status such as `OK`.
    Simple(&'static str),
    /// A status that a client has received; the server never makes one.
    Status(String),
    /// An error: an upper-case code, a space and a message.
    Error(String),
    /// A whole number.
    Integer(i64),
    /// Any bytes: a row, a text.
    Bulk(Bytes),
    /// Nothing there.
    Null,
    /// Several answers in order.
    Array(Vec<Reply>),
    /// Pairs in order.
    Map(Vec<(Reply, Reply)>),
}

impl Reply {
    /// The answer of a command without a result.
    pub const OK: Reply = Reply::Simple("OK");

    /// A text as a bulk string.
    pub fn text(text: impl Into<String>) -> Reply {
        Reply::Bulk(Bytes::from(text.into()))
    }

    /// The pairs of a map, which RESP2 sends as a flat array.
    pub fn as_pairs(&self) -> Option<Vec<(&Reply, &Reply)>> {
        match self {
            Reply::Map(pairs) => Some(pairs.iter().map(|(key, value)| (key, value)).collect()),
            Reply::Array(flat) if flat.len() % 2 == 0 => {
                Some(flat.chunks(2).map(|pair| (&pair[0], &pair[1])).collect())
            }
            _ => None,
        }
    }

    /// The text of a status or a bulk string, with U+FFFD for what is not UTF-8.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Reply::Simple(text) => Some((*text).to_owned()),
            Reply::Status(text) => Some(text.clone()),
            Reply::Bulk(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// An error from its code and its words.
    pub fn error(code: &str, words: impl std::fmt::Display) -> Reply {
        Reply::Error(format!("{code} {words}"))
    }
}
