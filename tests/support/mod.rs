//! What the tests share: a server of their own, a raw connection, a command line.

mod cli;
mod folder;
pub mod load;
mod raw_client;
mod redis_cli;
mod server;
mod small_disk;
mod tls;
mod unprivileged;

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

pub use cli::Cli;
pub use folder::Folder;
pub use raw_client::{RawClient, dial, frame};
pub use redis_cli::redis_cli;
pub use server::TestServer;
pub use small_disk::SmallDisk;
pub use tls::TlsStream;
pub use unprivileged::as_unprivileged;

/// How long a test waits for anything before it fails. Far above what is ever
/// needed, because the machine may be busy with other tests.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The binary under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_catalogue");

/// Asks again and again until there is something, for what nobody announces.
#[track_caller]
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(began.elapsed() < TIMEOUT, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Says that a test did nothing for want of a program. Not with `eprintln`,
/// whose words are shown of tests that fail alone.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Tells a figure of a long run, whatever becomes of the test's other output, and
/// writes it behind those in the file of `CATALOGUE_SOAK_REPORT`.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
    if let Some(path) = std::env::var_os("CATALOGUE_SOAK_REPORT") {
        let report = File::options().append(true).create(true).open(path);
        writeln!(report.unwrap(), "{line}").unwrap();
    }
}

/// How many rounds `just soak` asks of the tests that have a long form.
pub fn soak_rounds() -> Option<u64> {
    let rounds = std::env::var("CATALOGUE_SOAK").ok()?;
    Some(
        rounds
            .parse()
            .expect("CATALOGUE_SOAK is a number of rounds"),
    )
}

/// Random numbers that are the same in every run, from the generator splitmix64.
pub struct Rng(pub u64);

impl Rng {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
