//! wip
pub mod import;
pub mod limits;
pub mod movie;
pub mod resp;
