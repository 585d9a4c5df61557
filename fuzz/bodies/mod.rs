//! Properties that hold for any bytes. `tests/properties.rs` tests each with bytes from
//! proptest, `fuzz/` with bytes from libFuzzer.

pub mod commands;
pub mod frames;
pub mod http;
pub mod imports;
pub mod movies;
pub mod replies;
mod running;
pub mod session;
