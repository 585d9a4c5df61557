//! The SQL and the row mapping of each table.

pub(in crate::store) mod movies;
pub(in crate::store) mod users;
