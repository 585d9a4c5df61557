//! Any bytes as HTTP requests.
#![no_main]

use std::sync::LazyLock;

#[path = "../bodies/http.rs"]
mod body;
#[path = "../bodies/running.rs"]
mod running;

static SERVED: LazyLock<body::HttpServed> = LazyLock::new(body::HttpServed::start);

libfuzzer_sys::fuzz_target!(|data: &[u8]| SERVED.check(data));
