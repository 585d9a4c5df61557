//! Any words as a command.
#![no_main]

use std::cell::RefCell;

use catalogue::store::{self, Reader};

#[path = "../bodies/commands.rs"]
mod body;

thread_local! {
    static PARSERS: RefCell<body::Parsers> = RefCell::new(parsers());
}

fn parsers() -> body::Parsers {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sae.db");
    store::create(&path).unwrap();
    // The file exists as long as it is open.
    body::Parsers::new(Reader::open(&path).unwrap())
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| PARSERS.with_borrow_mut(|parsers| parsers.check(data)));
