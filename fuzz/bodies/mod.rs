//! What has to hold for any bytes whatever. `tests/properties.rs` tries each
//! with bytes made by proptest, `fuzz/` with those that libFuzzer finds.

pub mod commands;
pub mod frames;
pub mod imports;
pub mod movies;
pub mod replies;
pub mod session;
