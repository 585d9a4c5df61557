//! Snapshots: the complete file of a node, for a node without a file, or for a node that cannot
//! follow the log.

mod fetch;
mod file_body;
mod server;

pub(super) use fetch::fetch;
pub(super) use server::SnapshotServer;

/// The path of the snapshot.
const PATH: &str = "/snapshot";
