//! The protocols: each turns bytes into commands and answers into bytes, without I/O.

pub mod http;
pub mod resp;

pub use catalogue_protocol::commands;
