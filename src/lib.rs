//! wip
pub mod access;
pub mod clients;
pub mod command;
pub mod config;
pub mod credentials;
pub mod limits;
pub mod movie;
pub mod pool;
pub mod resp;
pub mod server;
pub mod session;
pub mod store;
