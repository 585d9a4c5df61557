//! The table of metrics, from which `INFO`, the page for Prometheus and the documentation are made.

mod exposition;
mod family;
mod info;
mod snapshot;
mod table;

pub use exposition::{CONTENT_TYPE, page};
pub use family::{Family, Kind, Place, Samples, Value};
pub use info::info;
pub use snapshot::MetricsSnapshot;
pub use table::{FAMILIES, command_names};
