//! The movies in a file of one format. A table.
#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

#[path = "../bodies/imports.rs"]
mod body;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    body::check_from(&FOLDER.path().join("file"), body::Start::Table, data)
});
