//! Every limit of the program, from one table.

mod limit;
mod listing;
mod table;

pub use limit::{Limit, Visibility};
pub use listing::{LimitList, list};
pub use table::*;
