//! Lines for the person or the script that runs the tests: skipped tests, and measurements.
//!
//! They are written to standard error directly, because libtest shows the output of
//! `eprintln!` for failed tests only.

use std::env;
use std::fs::File;
use std::io::Write;

/// Reports that this test checks nothing on this machine. `just test` lists these reports.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    write_line(&format!("skipped: {test}: {why}"), "CATALOGUE_SKIPPED");
}

/// The same for a missing program. Fails instead where all programs must be installed, as in
/// continuous integration.
#[track_caller]
pub fn missing_program(program: &str) {
    let is_required = env::var_os("CATALOGUE_REQUIRE_PROGRAMS").is_some();
    assert!(!is_required, "`{program}` is not installed");
    skipped(&format!("`{program}` is not installed"));
}

/// Reports a measurement of a long run. `just soak` collects these reports in a file.
pub fn measured(line: &str) {
    write_line(line, "CATALOGUE_SOAK_REPORT");
}

/// The number of rounds that `just soak` requests from tests that have a long form.
pub fn soak_rounds() -> Option<u64> {
    let rounds = env::var("CATALOGUE_SOAK").ok()?;
    let rounds = rounds.parse();
    Some(rounds.expect("CATALOGUE_SOAK is a number of rounds"))
}

/// Writes to standard error, and appends to the file that the variable names.
fn write_line(line: &str, variable: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
    if let Some(path) = env::var_os(variable) {
        let file = File::options().append(true).create(true).open(path);
        // One call, because several test processes may append at the same time.
        file.unwrap()
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
    }
}
