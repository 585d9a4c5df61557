//! Queries of an operator: read only, with the packed records as views of plain columns.

mod functions;
mod query;
mod views;

pub use query::{SqlError, SqlQueries, SqlValue};
