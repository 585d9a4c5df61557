//! wip
pub mod client;
pub mod limits;
pub mod movie;
pub mod resp;
