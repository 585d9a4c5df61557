//! What the library tells of its work.

use std::io::{self, IsTerminal};

/// Events go to standard error, as much as `RUST_LOG` asks for.
pub(super) fn to_stderr() {
    use tracing_subscriber::EnvFilter;
    // What a migration does is told in our own words.
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = match asked.is_empty() {
        true => EnvFilter::new("info,rusqlite_migration=warn"),
        false => EnvFilter::new(asked),
    };
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .try_init();
}
