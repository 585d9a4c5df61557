//! Any bytes as a movie.
#![no_main]

#[path = "../bodies/movies.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::check(data));
