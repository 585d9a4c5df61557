//! The open connections: admission, the registry, the source network and the close reason of each.

mod close_reason;
mod registry;
mod source_network;
mod unauthenticated;

pub use close_reason::CloseReason;
pub use registry::{AdmissionError, ConnectionInfo, ConnectionRecord, Registry};
pub use source_network::SourceNetwork;
