//! wip
pub mod limits;
pub mod movie;
pub mod resp;
pub mod store;
