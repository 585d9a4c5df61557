//! One file for each table: its SQL, and its rows as Rust types.

pub(in crate::store) mod api_keys;
pub(in crate::store) mod audit;
pub(in crate::store) mod cluster;
pub(in crate::store) mod counters;
pub(in crate::store) mod details;
pub(in crate::store) mod episodes;
pub(in crate::store) mod imdb_hashes;
pub(in crate::store) mod movies;
pub(in crate::store) mod other_names;

pub(in crate::store) mod persons;
pub(in crate::store) mod row_sql;
pub(in crate::store) mod users;
