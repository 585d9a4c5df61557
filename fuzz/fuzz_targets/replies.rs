//! Any bytes as replies.
#![no_main]

#[path = "../bodies/replies.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::check(data));
