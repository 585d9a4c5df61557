//! The limits of the wire format. A request, a reply or a movie beyond a limit is refused.

mod limit;
mod table;

#[doc(hidden)]
pub use limit::LimitValue;
pub use limit::{Limit, Visibility};
pub use table::*;
