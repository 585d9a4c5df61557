//! The table of metrics. `INFO`, the page for Prometheus and the documentation follow from it.

mod exposition;
mod family;
mod info;
mod snapshot;
mod table;

pub use exposition::{CONTENT_TYPE, page};
pub use family::{Family, InfoKey, MetricKind, MetricValue, Samples};
pub use info::info;
pub use snapshot::{MetricsSnapshot, resident_bytes};
pub use table::{FAMILIES, command_names};
