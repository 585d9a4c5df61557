//! The pages in Chromium: typing, keys, scripts turned off, forms, other sites, axe, weight and
//! time. `page.mjs` has the steps.

use std::path::Path;
use std::process::Command;

use crate::support::{Cli, Folder, TestServer, measured, missing_program};

/// The columns of the demonstration's films.
const COLUMNS: &str = "name,title,original_title,released,runtime_minutes,genres,rating,votes,-,-";
/// The time from a key to its rows that 95 of 100 keys have to stay under, in milliseconds. A
/// program without optimisation, next to other tests, gets more.
const KEY_MS: u32 = if cfg!(debug_assertions) { 400 } else { 50 };

#[test]
fn people_use_the_pages() {
    let folder =
        std::env::var("CATALOGUE_TEST_NODE").unwrap_or_else(|_| "target/ci-node".to_owned());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let has_package = |name: &str| folder.join("node_modules").join(name).exists();
    let chromium = Path::new("/usr/bin/chromium");
    if !chromium.exists() || !has_package("playwright-core") || !has_package("axe-core") {
        missing_program("chromium with playwright-core and axe-core");
        return;
    }
    let films = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/demo/films.tsv");
    let catalogue = Folder::with_accounts();
    let import = Cli::new(["import", films, "--columns", COLUMNS]).output(&catalogue);
    assert!(import.status.success(), "{import:?}");
    let flags = ["--http", "127.0.0.1:0", "--http-anonymous", "reader"];
    let server = TestServer::serve(catalogue, "127.0.0.1:0", &flags);
    let output = Command::new("node")
        .arg("tests/browser/page.mjs")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CATALOGUE_TEST_NODE", &folder)
        .env("CATALOGUE_CHROMIUM", chromium)
        .env(
            "CATALOGUE_PAGE",
            format!("http://{}", server.http_address()),
        )
        .env("CATALOGUE_USER", "admin")
        .env("CATALOGUE_PASSWORD", "mdp")
        .env("CATALOGUE_KEY_MS", KEY_MS.to_string())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let figures = printed
        .lines()
        .filter_map(|line| line.strip_prefix("measured: "));
    figures.for_each(measured);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
}
