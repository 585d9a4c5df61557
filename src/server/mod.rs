//! The listeners, one acceptor, and workers that each serve their share of the connections. Only
//! this module and the client use sockets.

mod acceptor;
mod address;
mod buffers;
mod connection;
mod error;
mod http;
mod http_phase;
mod lifecycle;
mod local;
mod metrics;
mod systemd;
mod tls;
mod worker;
mod worker_state;

pub use address::{check as check_address, resolve};
pub use error::ServerError;
pub use lifecycle::Server;
pub use local::LocalServer;
pub use systemd::{
    InheritedSocket, ListenerFromEnvError, listeners_from_env, notify_ready, notify_stopping,
};
