//! Any file as an import.
#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

#[path = "../bodies/imports.rs"]
mod body;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::check(&FOLDER.path().join("file"), data));
