//! Shared by the tests: a server, a raw connection, a command line, a terminal.

mod cli;
mod etcd;
mod folder;
pub mod http;
pub mod load;
mod lossy_disk;
mod raw_client;
mod redis_cli;
mod report;
mod rng;
mod server;
mod small_disk;
mod terminal;
mod tls;
mod unprivileged;

use std::time::{Duration, Instant};

pub use cli::Cli;
pub use etcd::Etcd;
pub use folder::Folder;
pub use lossy_disk::LossyDisk;
pub use raw_client::{RawClient, dial, frame};
pub use redis_cli::redis_cli;
pub use report::{measured, missing_program, skipped, soak_rounds};
pub use rng::Rng;
pub use server::TestServer;
pub use small_disk::SmallDisk;
pub use terminal::in_terminal;
pub use tls::TlsStream;
pub use unprivileged::as_unprivileged;

/// How long a test waits for anything before it fails. It is far above every time
/// that is needed, because the machine may be busy with other tests.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The binary under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_catalogue");

/// Polls until there is a value.
#[track_caller]
pub fn wait_for<T>(what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(began.elapsed() < TIMEOUT, "timeout: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
