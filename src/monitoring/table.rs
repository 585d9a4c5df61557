//! The one table of metrics. `INFO`, the page for Prometheus and docs/operations.md follow from
//! it.

use super::family::MetricKind::{Counter, Gauge, Histogram};
use super::family::Samples::{Many, One, Spread};
use super::family::{Family, InfoKey, MetricKind, MetricValue};
use super::snapshot::{MetricsSnapshot, processor_time, resident_bytes};
use crate::api::ServerState;
use crate::config::limits;
use crate::metrics::Distribution;
use crate::protocol::commands::COMMANDS;
use crate::protocol::resp::ERROR_CODES;

const CLIENTS: &str = "Clients";
const STATS: &str = "Stats";
const CATALOGUE: &str = "Catalogue";

/// Nanoseconds of a second. Durations are counted in nanoseconds and shown in seconds.
const NANOSECONDS: f64 = 1e9;

/// A family of one metric.
const fn one(
    kind: MetricKind,
    name: &'static str,
    help: &'static str,
    places: &'static [InfoKey],
    read: fn(&MetricsSnapshot<'_>) -> Option<MetricValue>,
) -> Family {
    Family {
        name,
        kind,
        help,
        label: "",
        places,
        samples: One(read),
    }
}

/// The names by which requests are counted: those of the commands, then one for unknown ones.
pub fn command_names() -> impl Iterator<Item = &'static str> {
    COMMANDS
        .iter()
        .map(|command| command.name)
        .chain(["unknown"])
}

/// The number of changes that wait for the writer, or for the log of the cluster.
fn waiting_changes(state: &ServerState) -> usize {
    let in_cluster = state.cluster.as_ref().map(|cluster| cluster.waiting());
    state.writer.waiting() + in_cluster.unwrap_or(0)
}

fn whole(number: u64) -> Option<MetricValue> {
    Some(MetricValue::Whole(number))
}

/// All metrics, in the order in which they are shown.
pub static FAMILIES: &[Family] = &[
    Family {
        name: "catalogue_connections",
        kind: Gauge,
        help: "Open connections, logged in or unauthenticated",
        label: "state",
        places: &[
            ("", CLIENTS, "connected_clients"),
            ("unauthenticated", CLIENTS, "unauthenticated"),
        ],
        samples: Many(|snapshot| {
            let unauthenticated = snapshot.state.clients.unauthenticated();
            let members = snapshot
                .state
                .clients
                .connected()
                .saturating_sub(unauthenticated);
            vec![
                ("logged_in", members as u64),
                ("unauthenticated", unauthenticated as u64),
            ]
        }),
    },
    one(
        Counter,
        "catalogue_connections_accepted_total",
        "Accepted connections, including those that were then refused",
        &[("", STATS, "total_connections_received")],
        |snapshot| whole(snapshot.state.clients.accepted()),
    ),
    one(
        Counter,
        "catalogue_connections_refused_total",
        "Connections that were refused because a limit was reached",
        &[("", STATS, "rejected_connections")],
        |snapshot| whole(snapshot.state.clients.refused()),
    ),
    one(
        Counter,
        "catalogue_connections_evicted_total",
        "Unauthenticated connections that were closed for newer ones",
        &[("", STATS, "evicted_connections")],
        |snapshot| whole(snapshot.state.clients.evicted()),
    ),
    Family {
        name: "catalogue_requests_total",
        kind: Counter,
        help: "Requests by command; the label of an unknown command is unknown",
        label: "command",
        places: &[("", STATS, "total_commands_processed")],
        samples: Many(|snapshot| {
            let requests = snapshot.totals.commands.iter().copied();
            command_names().zip(requests).collect()
        }),
    },
    Family {
        name: "catalogue_request_duration_seconds",
        kind: Histogram,
        help: "Time from a request to its answer; the time of a batch is divided equally among its requests",
        label: "command",
        places: &[],
        samples: Spread(NANOSECONDS, |snapshot| {
            let durations = snapshot.totals.durations.iter().cloned();
            // A histogram has 29 lines, so only commands that were used have one.
            let used = |(_, all): &(_, Distribution)| all.count() > 0;
            command_names().zip(durations).filter(used).collect()
        }),
    },
    Family {
        name: "catalogue_http_request_duration_seconds",
        kind: Histogram,
        help: "Time from the head of an HTTP request to its response; the label of an unknown route is unknown",
        label: "route",
        places: &[],
        samples: Spread(NANOSECONDS, |snapshot| {
            let durations = snapshot.totals.routes.iter().cloned();
            let used = |(_, all): &(_, Distribution)| all.count() > 0;
            let names = snapshot.state.metrics.names().routes.iter().copied();
            names
                .chain(["unknown"])
                .zip(durations)
                .filter(used)
                .collect()
        }),
    },
    Family {
        name: "catalogue_http_responses_total",
        kind: Counter,
        help: "HTTP responses by status; the last one also counts every other status",
        label: "status",
        places: &[("", STATS, "http_responses")],
        samples: Many(|snapshot| {
            let responses = snapshot.totals.statuses.iter().copied();
            let names = snapshot.state.metrics.names().statuses.iter();
            names.map(|(_, name)| *name).zip(responses).collect()
        }),
    },
    Family {
        name: "catalogue_errors_total",
        kind: Counter,
        help: "Error answers by code",
        label: "code",
        places: &[("", STATS, "total_error_replies")],
        samples: Many(|snapshot| {
            let errors = snapshot.totals.errors.iter().copied();
            ERROR_CODES.iter().copied().zip(errors).collect()
        }),
    },
    Family {
        name: "catalogue_logins_total",
        kind: Counter,
        help: "Logins: right, wrong, delayed after failures, or untried because the queue was full",
        label: "outcome",
        places: &[
            ("right", STATS, "logins_right"),
            ("wrong", STATS, "logins_wrong"),
            ("delayed", STATS, "logins_delayed"),
            ("untried", STATS, "logins_untried"),
        ],
        samples: Many(|snapshot| {
            let throttle = &snapshot.state.throttle;
            vec![
                ("right", throttle.succeeded()),
                ("wrong", throttle.failed()),
                ("delayed", throttle.delayed()),
                ("untried", throttle.cancelled()),
            ]
        }),
    },
    Family {
        name: "catalogue_queue_length",
        kind: Gauge,
        help: "Requests that wait for a thread: logins for a hash, lists and searches, changes",
        label: "queue",
        places: &[
            ("hashes", STATS, "logins_waiting"),
            ("queries", STATS, "queries_waiting"),
            ("writes", STATS, "changes_waiting"),
        ],
        samples: Many(|snapshot| {
            let state = snapshot.state;
            vec![
                ("hashes", state.passwords.waiting() as u64),
                ("queries", state.queries.waiting() as u64),
                ("writes", waiting_changes(state) as u64),
            ]
        }),
    },
    Family {
        name: "catalogue_queue_capacity",
        kind: Gauge,
        help: "Most requests that can wait in the queue; the next one is refused",
        label: "queue",
        places: &[],
        samples: Many(|snapshot| {
            // A node has a second queue: the changes that wait for an answer of the log.
            let queues = 1 + usize::from(snapshot.state.cluster.is_some());
            vec![
                ("hashes", limits::HASH_QUEUE as u64),
                ("queries", limits::QUERY_QUEUE as u64),
                ("writes", (queues * limits::WRITE_QUEUE) as u64),
            ]
        }),
    },
    Family {
        name: "catalogue_write_batch_changes",
        kind: Histogram,
        help: "Changes in one write transaction",
        label: "",
        places: &[],
        samples: Spread(1.0, |snapshot| {
            vec![("", snapshot.state.writer.counts().batch_sizes.read())]
        }),
    },
    Family {
        name: "catalogue_write_duration_seconds",
        kind: Histogram,
        help: "Duration of a write transaction, until it is durable",
        label: "",
        places: &[],
        samples: Spread(NANOSECONDS, |snapshot| {
            vec![("", snapshot.state.writer.counts().durations.read())]
        }),
    },
    one(
        Counter,
        "catalogue_write_failures_total",
        "Write transactions that failed as a whole",
        &[("", STATS, "commits_failed")],
        |snapshot| whole(snapshot.state.writer.counts().failed.get()),
    ),
    one(
        Gauge,
        "catalogue_cluster_ready",
        "1 if this node follows its cluster, otherwise 0; only with --cluster",
        &[],
        |snapshot| {
            let cluster = snapshot.state.cluster.as_ref()?;
            whole(cluster.readiness().is_ok().into())
        },
    ),
    one(
        Gauge,
        "catalogue_cluster_sequence",
        "The last entry of the cluster's log that this node has applied",
        &[],
        |snapshot| whole(snapshot.state.cluster.as_ref()?.position().sequence),
    ),
    one(
        Gauge,
        "catalogue_cluster_lag",
        "Revisions of the cluster's log that this node has not applied yet",
        &[],
        |snapshot| whole(snapshot.state.cluster.as_ref()?.lag()),
    ),
    one(
        Gauge,
        "catalogue_cluster_contact_seconds",
        "Time since the cluster's log answered; no value before its first answer",
        &[],
        |snapshot| {
            let since = snapshot.state.cluster.as_ref()?.since_contact()?;
            Some(MetricValue::Real(since.as_secs_f64()))
        },
    ),
    one(
        Gauge,
        "catalogue_cluster_nodes",
        "Nodes of the cluster that are registered",
        &[],
        |snapshot| whole(snapshot.state.cluster.as_ref()?.members().len() as u64),
    ),
    one(
        Counter,
        "catalogue_cache_hits_total",
        "Look-ups that found the row in the cache of the worker",
        &[("", STATS, "keyspace_hits")],
        |snapshot| whole(snapshot.totals.cache_hits),
    ),
    one(
        Counter,
        "catalogue_cache_misses_total",
        "Look-ups that had to read the row from the database",
        &[("", STATS, "keyspace_misses")],
        |snapshot| whole(snapshot.totals.cache_misses),
    ),
    one(
        Counter,
        "catalogue_cache_evictions_total",
        "Rows that were removed from a cache for other rows",
        &[("", STATS, "evicted_keys")],
        |snapshot| whole(snapshot.totals.cache_evictions),
    ),
    one(
        Gauge,
        "catalogue_cache_bytes",
        "Memory of the cached rows",
        &[("", STATS, "cache_bytes")],
        |snapshot| whole(snapshot.totals.cache_bytes),
    ),
    one(
        Gauge,
        "catalogue_database_up",
        "1 if the database answers, otherwise 0",
        &[],
        |snapshot| whole(snapshot.sizes.is_some().into()),
    ),
    one(
        Gauge,
        "catalogue_movies",
        "Movies in the catalogue",
        &[("", CATALOGUE, "movies")],
        |snapshot| whole(snapshot.sizes?.movies),
    ),
    one(
        Gauge,
        "catalogue_database_bytes",
        "Size of the database file",
        &[("", CATALOGUE, "database_bytes")],
        |snapshot| whole(snapshot.sizes?.database_bytes),
    ),
    one(
        Gauge,
        "catalogue_wal_bytes",
        "Size of the WAL file, with changes that are not in the database file yet",
        &[("", CATALOGUE, "wal_bytes")],
        |snapshot| whole(snapshot.sizes?.wal_bytes),
    ),
    Family {
        name: "catalogue_build_info",
        kind: Gauge,
        help: "Always 1; the label is the version of the program",
        label: "version",
        places: &[],
        samples: Many(|_| vec![(env!("CARGO_PKG_VERSION"), 1)]),
    },
    one(
        Gauge,
        "process_start_time_seconds",
        "Start time of the server, in seconds since 1970",
        &[],
        |snapshot| snapshot.started_seconds().map(MetricValue::Real),
    ),
    one(
        Counter,
        "process_cpu_seconds_total",
        "CPU time of the server",
        &[],
        |_| Some(MetricValue::Real(processor_time().as_secs_f64())),
    ),
    one(
        Gauge,
        "process_resident_memory_bytes",
        "Memory of the server, including mapped pages of the database file",
        &[],
        |_| resident_bytes().map(MetricValue::Whole),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_those_that_prometheus_expects() {
        let mut seen = HashSet::new();
        for Family {
            name, kind, help, ..
        } in FAMILIES
        {
            assert!(seen.insert(name), "{name} stands twice");
            let may_have = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(name.bytes().all(may_have), "{name}");
            let is_ours = ["catalogue_", "process_"]
                .iter()
                .any(|p| name.starts_with(p));
            assert!(is_ours, "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Counter, "{name}");
            assert!(
                !help.ends_with('.') && !help.contains(['\n', '\\']),
                "{name}"
            );
        }
    }

    #[test]
    fn a_family_of_many_has_a_label_and_its_kind() {
        for family in FAMILIES {
            let Family { name, label, .. } = family;
            match family.samples {
                One(_) => assert!(label.is_empty(), "{name}"),
                Many(_) => assert!(!label.is_empty(), "{name}"),
                Spread(..) => assert_eq!(family.kind, Histogram, "{name}"),
            }
        }
    }

    #[test]
    fn no_key_of_info_stands_twice() {
        let mut seen = HashSet::new();
        for key in FAMILIES.iter().flat_map(Family::keys) {
            assert!(seen.insert(key), "{key} stands twice");
        }
    }
}
