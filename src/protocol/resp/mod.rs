//! RESP, the Redis serialization protocol. The codec is that of the wire contract's crate.

pub use catalogue_protocol::resp::*;
