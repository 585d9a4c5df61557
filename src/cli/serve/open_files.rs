//! The limit on open files, which limits connections too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::cli::CliError;
use crate::config::limits;

/// The number of connections, at most `wanted`, for which the operating system has file
/// descriptors. The usual soft limit is 1,024, so it is raised as far as allowed. Without
/// this, further clients would connect and never be answered.
pub(super) fn connections_within_limit(
    wanted: usize,
    workers: usize,
    metrics: bool,
) -> Result<usize, CliError> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let limit = setrlimit(Resource::Nofile, raised).map_or(current, |()| maximum);
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let for_metrics = if metrics {
        limits::MAX_METRICS_CONNECTIONS + limits::METRICS_FILES
    } else {
        0
    };
    let for_workers = limits::FILES_PER_WORKER * workers;
    let reserve = limits::MAX_REFUSALS + limits::RESERVED_FILES + for_workers + for_metrics;
    match limit.saturating_sub(reserve) {
        0 => Err(CliError::TooFewFiles {
            limit,
            needed: reserve + 1,
        }),
        room if room < wanted => {
            tracing::warn!(
                "room for {room} connections instead of {wanted}, because the limit of open files \
                 is {limit}, raise it with `ulimit -n`"
            );
            Ok(room)
        }
        _ => Ok(wanted),
    }
}
