//! Any conversation, compared with a model of it.
#![no_main]

use std::sync::LazyLock;

#[path = "../bodies/session/mod.rs"]
mod body;
#[path = "../bodies/running.rs"]
mod running;

static SERVED: LazyLock<body::Served> = LazyLock::new(body::Served::start);

libfuzzer_sys::fuzz_target!(|data: &[u8]| SERVED.check(data));
