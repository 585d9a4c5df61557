//! The one table of figures, from which `INFO`, the page for Prometheus and
//! docs/operations.md are made.

use std::fmt;

use super::scene::{Scene, processor_time, resident_bytes};
use super::{Distribution, ERROR_CODES, command_names};
use crate::limits;

/// A figure, or several that differ in one label.
pub struct Family {
    /// What Prometheus calls it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it says, in a few words.
    pub help: &'static str,
    /// The name of the label, empty where there is only one sample.
    pub label: &'static str,
    /// Where `INFO` has all of them together.
    pub total: Option<Place>,
    /// The figures themselves.
    pub samples: Samples,
}

/// What a family is, in the words of Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from the server's start.
    Counter,
    /// It is what it is now.
    Gauge,
    /// Counts by size, with the number and the sum.
    Histogram,
}

/// A section of `INFO`, and the key in it.
pub type Place = (&'static str, &'static str);

/// Where the figures of a family come from.
pub enum Samples {
    /// One by one.
    Each(&'static [Sample]),
    /// One for each value of the label.
    Many(fn(&Scene<'_>) -> Vec<(&'static str, u64)>),
    /// Distributions, in units of which so many are one of those that are shown.
    Spread(f64, fn(&Scene<'_>) -> Vec<(&'static str, Distribution)>),
}

/// One figure.
pub struct Sample {
    /// The value of the family's label.
    pub label: &'static str,
    /// Where `INFO` has it.
    pub place: Option<Place>,
    /// Reads it; `None` when nobody knows.
    pub read: fn(&Scene<'_>) -> Option<Value>,
}

/// A value, written as it is in decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A count.
    Whole(u64),
    /// A time.
    Real(f64),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Whole(number) => number.fmt(f),
            Value::Real(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        })
    }
}

impl Family {
    /// The keys of `INFO` that show it: all of it together, then one by one.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        let samples: &[Sample] = match &self.samples {
            Samples::Each(samples) => samples,
            Samples::Many(_) | Samples::Spread(..) => &[],
        };
        let places = samples.iter().filter_map(|sample| sample.place);
        self.total.into_iter().chain(places).map(|(_, key)| key)
    }
}

/// What `INFO` shows of all this: section, key and value.
pub fn info(scene: &Scene<'_>) -> Vec<(&'static str, &'static str, Value)> {
    let mut shown = Vec::new();
    for family in FAMILIES {
        let (total, each): (u64, &[Sample]) = match &family.samples {
            Samples::Each(samples) => {
                let whole = samples.iter().filter_map(|sample| (sample.read)(scene));
                (whole.map(Value::whole).sum(), samples)
            }
            Samples::Many(read) => (read(scene).iter().map(|(_, number)| number).sum(), &[]),
            Samples::Spread(..) => (0, &[]),
        };
        if let Some((section, key)) = family.total {
            shown.push((section, key, Value::Whole(total)));
        }
        for sample in each {
            if let (Some((section, key)), Some(value)) = (sample.place, (sample.read)(scene)) {
                shown.push((section, key, value));
            }
        }
    }
    shown
}

impl Value {
    fn whole(self) -> u64 {
        match self {
            Value::Whole(number) => number,
            Value::Real(_) => 0,
        }
    }
}

/// A family of one figure that has no label.
const fn single(
    kind: Kind,
    name: &'static str,
    help: &'static str,
    samples: &'static [Sample],
) -> Family {
    labelled(kind, name, help, "", samples)
}

const fn labelled(
    kind: Kind,
    name: &'static str,
    help: &'static str,
    label: &'static str,
    samples: &'static [Sample],
) -> Family {
    let samples = Samples::Each(samples);
    Family {
        name,
        kind,
        help,
        label,
        total: None,
        samples,
    }
}

/// One sample: the value of its label, its place in `INFO` if it has one, and a
/// whole number read from the scene.
macro_rules! sample {
    ($label:literal, $place:expr, |$scene:pat_param| $value:expr) => {
        Sample {
            label: $label,
            place: $place,
            read: |$scene: &Scene<'_>| Some(Value::Whole($value)),
        }
    };
}

const CLIENTS: &str = "Clients";
const STATS: &str = "Stats";
const CATALOGUE: &str = "Catalogue";
const NANOSECONDS: f64 = 1e9;

use Kind::{Counter, Gauge};

/// All figures, in the order in which they are shown.
pub static FAMILIES: &[Family] = &[
    Family {
        total: Some((CLIENTS, "connected_clients")),
        ..labelled(
            Gauge,
            "catalogue_connections",
            "Connections by whether somebody has logged in",
            "state",
            &[
                sample!("logged_in", None, |scene| scene.members()),
                sample!("stranger", Some((CLIENTS, "strangers")), |scene| scene
                    .desk
                    .clients
                    .strangers()
                    as u64),
            ],
        )
    },
    single(
        Counter,
        "catalogue_connections_accepted_total",
        "Connections that were accepted, the refused ones included",
        &[sample!(
            "",
            Some((STATS, "total_connections_received")),
            |scene| scene.desk.clients.accepted()
        )],
    ),
    single(
        Counter,
        "catalogue_connections_refused_total",
        "Connections for which there was no room",
        &[sample!(
            "",
            Some((STATS, "rejected_connections")),
            |scene| scene.desk.clients.refused()
        )],
    ),
    single(
        Counter,
        "catalogue_connections_displaced_total",
        "Connections without a login that made room for newer ones",
        &[sample!("", Some((STATS, "displaced_strangers")), |scene| {
            scene.desk.clients.displaced()
        })],
    ),
    Family {
        name: "catalogue_requests_total",
        kind: Counter,
        help: "Requests by command; what is no command is unknown",
        label: "command",
        total: Some((STATS, "total_commands_processed")),
        samples: Samples::Many(|scene| {
            let requests = scene.totals.commands.iter().copied();
            command_names().zip(requests).collect()
        }),
    },
    Family {
        name: "catalogue_request_duration_seconds",
        kind: Kind::Histogram,
        help: "Time from a request to its answer; requests that arrive together have equal shares",
        label: "command",
        total: None,
        samples: Samples::Spread(NANOSECONDS, |scene| {
            let durations = scene.totals.durations.iter().cloned();
            // Twenty-seven lines each, so only of those that have been used.
            let used = |(_, all): &(_, Distribution)| all.count() > 0;
            command_names().zip(durations).filter(used).collect()
        }),
    },
    Family {
        name: "catalogue_errors_total",
        kind: Counter,
        help: "Answers that are errors, by their code",
        label: "code",
        total: Some((STATS, "total_error_replies")),
        samples: Samples::Many(|scene| {
            let errors = scene.totals.errors.iter().copied();
            ERROR_CODES.into_iter().zip(errors).collect()
        }),
    },
    labelled(
        Counter,
        "catalogue_logins_total",
        "Logins: right, wrong, delayed after failures, or not tried because too many waited",
        "outcome",
        &[
            sample!("right", Some((STATS, "logins_right")), |scene| scene
                .desk
                .throttle
                .right()),
            sample!("wrong", Some((STATS, "logins_wrong")), |scene| scene
                .desk
                .throttle
                .wrong()),
            sample!("delayed", Some((STATS, "logins_delayed")), |scene| scene
                .desk
                .throttle
                .delayed()),
            sample!("untried", Some((STATS, "logins_untried")), |scene| scene
                .desk
                .throttle
                .untried()),
        ],
    ),
    labelled(
        Gauge,
        "catalogue_queue_length",
        "What waits for a thread: logins for a hash, lists and searches, changes",
        "queue",
        &[
            sample!("hashes", Some((STATS, "logins_waiting")), |scene| scene
                .desk
                .passwords
                .waiting()
                as u64),
            sample!("queries", Some((STATS, "queries_waiting")), |scene| scene
                .desk
                .queries
                .waiting()
                as u64),
            sample!(
                "writes",
                Some((STATS, "changes_waiting")),
                |scene| scene.desk.writer.waiting() as u64
            ),
        ],
    ),
    labelled(
        Gauge,
        "catalogue_queue_capacity",
        "How much may wait there before the next is refused",
        "queue",
        &[
            sample!("hashes", None, |_| limits::HASH_QUEUE as u64),
            sample!("queries", None, |_| limits::QUERY_QUEUE as u64),
            sample!("writes", None, |_| limits::WRITE_QUEUE as u64),
        ],
    ),
    Family {
        name: "catalogue_write_batch_changes",
        kind: Kind::Histogram,
        help: "Changes that were written in one transaction",
        label: "",
        total: None,
        samples: Samples::Spread(1.0, |scene| {
            vec![("", scene.desk.writer.counts().batch_sizes.read())]
        }),
    },
    Family {
        name: "catalogue_write_duration_seconds",
        kind: Kind::Histogram,
        help: "Time from the beginning of such a transaction until it is on disk",
        label: "",
        total: None,
        samples: Samples::Spread(NANOSECONDS, |scene| {
            vec![("", scene.desk.writer.counts().durations.read())]
        }),
    },
    single(
        Counter,
        "catalogue_write_failures_total",
        "Such transactions that failed as a whole",
        &[sample!("", Some((STATS, "commits_failed")), |scene| {
            scene.desk.writer.counts().failed.get()
        })],
    ),
    single(
        Counter,
        "catalogue_cache_hits_total",
        "Rows that were found in the workers' caches",
        &[sample!("", Some((STATS, "keyspace_hits")), |scene| {
            scene.totals.cache_hits
        })],
    ),
    single(
        Counter,
        "catalogue_cache_misses_total",
        "Rows that were looked for there and then in the database",
        &[sample!("", Some((STATS, "keyspace_misses")), |scene| {
            scene.totals.cache_misses
        })],
    ),
    single(
        Counter,
        "catalogue_cache_evictions_total",
        "Rows that made room for others there",
        &[sample!("", Some((STATS, "evicted_keys")), |scene| {
            scene.totals.cache_evictions
        })],
    ),
    single(
        Gauge,
        "catalogue_cache_bytes",
        "Memory that the rows there take",
        &[sample!("", Some((STATS, "cache_bytes")), |scene| {
            scene.totals.cache_bytes
        })],
    ),
    single(
        Gauge,
        "catalogue_database_up",
        "1 when the database answers, else 0",
        &[sample!("", None, |scene| u64::from(scene.sizes.is_some()))],
    ),
    single(
        Gauge,
        "catalogue_movies",
        "Movies in the catalogue",
        &[Sample {
            label: "",
            place: Some((CATALOGUE, "movies")),
            read: |scene| Some(Value::Whole(scene.sizes?.movies)),
        }],
    ),
    single(
        Gauge,
        "catalogue_database_bytes",
        "Size of the database file",
        &[Sample {
            label: "",
            place: Some((CATALOGUE, "database_bytes")),
            read: |scene| Some(Value::Whole(scene.sizes?.database_bytes)),
        }],
    ),
    single(
        Gauge,
        "catalogue_wal_bytes",
        "Size of its -wal file, with changes that are not copied into it yet",
        &[Sample {
            label: "",
            place: Some((CATALOGUE, "wal_bytes")),
            read: |scene| Some(Value::Whole(scene.sizes?.wal_bytes)),
        }],
    ),
    labelled(
        Gauge,
        "catalogue_build_info",
        "Always 1, with the version of the program",
        "version",
        &[Sample {
            label: env!("CARGO_PKG_VERSION"),
            place: None,
            read: |_| Some(Value::Whole(1)),
        }],
    ),
    single(
        Gauge,
        "process_start_time_seconds",
        "When the server started, in seconds since 1970",
        &[Sample {
            label: "",
            place: None,
            read: |scene| scene.started_seconds().map(Value::Real),
        }],
    ),
    single(
        Counter,
        "process_cpu_seconds_total",
        "The processors' time that the server has taken",
        &[Sample {
            label: "",
            place: None,
            read: |_| Some(Value::Real(processor_time().as_secs_f64())),
        }],
    ),
    single(
        Gauge,
        "process_resident_memory_bytes",
        "Memory of the server, the pages of the file that it reads included",
        &[Sample {
            label: "",
            place: None,
            read: |_| resident_bytes().map(Value::Whole),
        }],
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
    fn labels_are_there_when_there_is_more_than_one_figure() {
        for family in FAMILIES {
            if let Samples::Each(samples) = &family.samples {
                let labels: HashSet<_> = samples.iter().map(|sample| sample.label).collect();
                assert_eq!(labels.len(), samples.len(), "{}", family.name);
                assert_eq!(
                    family.label.is_empty(),
                    labels.contains(""),
                    "{}",
                    family.name
                );
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
