//! The open connections: admission, the registry, where each comes from and why it was closed.

mod close_reason;
mod registry;
mod source_network;
mod unauthenticated;

pub use close_reason::CloseReason;
pub use registry::{AdmissionError, ConnectionInfo, ConnectionRecord, Registry};
pub use source_network::SourceNetwork;
