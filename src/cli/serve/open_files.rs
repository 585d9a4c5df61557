//! The limit of open files, which also limits the connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::cli::CliError;
use crate::config::limits;

/// The number of connections, at most `wanted`, for which the operating system has file
/// descriptors. The usual soft limit is 1,024, so it is raised as far as allowed. Without
/// this, further clients would connect and never be answered.
pub(super) fn connections_within_limit(
    wanted: usize,
    workers: usize,
    has_metrics: bool,
) -> Result<usize, CliError> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let limit = setrlimit(Resource::Nofile, raised).map_or(current, |()| maximum);
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let mut reserved = limits::MAX_REFUSALS + limits::RESERVED_FILES;
    reserved += limits::FILES_PER_WORKER * workers;
    if has_metrics {
        reserved += limits::MAX_METRICS_CONNECTIONS + limits::METRICS_FILES;
    }
    let connections = limit.saturating_sub(reserved);
    if connections == 0 {
        return Err(CliError::TooFewFiles {
            limit,
            needed: reserved + 1,
        });
    }
    if connections < wanted {
        tracing::warn!(
            "room for {connections} connections instead of {wanted}, because the limit of open \
             files is {limit}, raise it with `ulimit -n`"
        );
    }
    Ok(connections.min(wanted))
}
