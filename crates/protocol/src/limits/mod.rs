//! The limits of the wire contract: a request, a reply or a movie beyond one is refused.

mod limit;
mod table;

#[doc(hidden)]
pub use limit::LimitValue;
pub use limit::{Limit, Visibility};
pub use table::*;
