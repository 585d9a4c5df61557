//! A client of etcd, over its gateway of HTTP and JSON.

mod client;
mod engine;
mod error;
mod messages;
mod watch;

pub use client::EtcdClient;
pub use engine::EtcdEngine;
pub use error::EtcdError;
pub use messages::{EngineStatus, KeyValue};
