//! Several nodes with the same catalogue: etcd keeps the log of changes, and each node applies
//! it to its own file. Nothing here runs without `--cluster`.

mod admin;
mod apply;
mod entry;
mod error;
mod etcd;
mod keys;
mod log_reader;
mod members;
mod node;
mod pending;
mod sequencer;
mod snapshot;
mod status;

pub use admin::{ClusterReport, ClusterState, EngineMember, init, leave, report};
pub use error::ClusterError;
pub use keys::{Member, NodeId};
pub use node::start;
pub use status::{ClusterStatus, NotReady};
