//! The metrics at one moment.

use std::time::{Duration, UNIX_EPOCH};

use crate::api::state::ServerState;
use crate::metrics::Totals;
use crate::store::Sizes;

/// The sources of the metrics at one moment.
pub struct MetricsSnapshot<'d> {
    /// Connections, logins and queues.
    pub state: &'d ServerState,
    /// The counters of the workers.
    pub totals: Totals,
    /// The sizes of the catalogue, if the database answers.
    pub sizes: Option<Sizes>,
}

impl<'d> MetricsSnapshot<'d> {
    /// The state now.
    pub fn new(state: &'d ServerState, sizes: Option<Sizes>) -> MetricsSnapshot<'d> {
        MetricsSnapshot {
            state,
            totals: state.metrics.totals(),
            sizes,
        }
    }

    /// The start time of the server, in seconds since 1970.
    pub(super) fn started_seconds(&self) -> Option<f64> {
        let since = self.state.metrics.started_at().duration_since(UNIX_EPOCH);
        since.ok().map(|since| since.as_secs_f64())
    }
}

/// The processor time of the process.
pub(super) fn processor_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// The resident memory of the process, where the operating system has it in a file.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let kib = lines.find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"))?;
    Some(kib.trim().parse::<u64>().ok()? * 1024)
}
