//! A family of metrics: a row of the table.

use std::fmt;

use super::snapshot::MetricsSnapshot;
use crate::metrics::Distribution;

/// A metric, or several that differ in one label.
pub struct Family {
    /// Its name for Prometheus.
    pub name: &'static str,
    /// Its type.
    pub kind: MetricKind,
    /// Its meaning, in a few words.
    pub help: &'static str,
    /// The name of the label; empty where there is only one metric.
    pub label: &'static str,
    /// The keys of `INFO` that show it.
    pub places: &'static [InfoKey],
    /// How it is read.
    pub samples: Samples,
}

/// The type of a family, in the terms of Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// A number that only grows, from the server's start.
    Counter,
    /// The state now.
    Gauge,
    /// Counts by size, with their number and sum.
    Histogram,
}

/// A value of the label, or nothing for the sum of all; a section of `INFO`; the key in it.
pub type InfoKey = (&'static str, &'static str, &'static str);

/// How a family is read.
pub enum Samples {
    /// The only one; `None` when it is unknown.
    One(fn(&MetricsSnapshot<'_>) -> Option<MetricValue>),
    /// One for each value of the label.
    Many(fn(&MetricsSnapshot<'_>) -> Vec<(&'static str, u64)>),
    /// Distributions, with the number of their units that make one shown unit.
    Spread(
        f64,
        fn(&MetricsSnapshot<'_>) -> Vec<(&'static str, Distribution)>,
    ),
}

/// A value, written as it is in decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricValue {
    /// A count.
    Whole(u64),
    /// A time.
    Real(f64),
}

impl fmt::Display for MetricValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetricValue::Whole(number) => number.fmt(f),
            MetricValue::Real(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        })
    }
}

impl Family {
    /// The keys of `INFO` that show it.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.places.iter().map(|&(_, _, key)| key)
    }

    /// Its numbers, each with the value of its label; none for a distribution.
    pub(super) fn numbers(
        &self,
        snapshot: &MetricsSnapshot<'_>,
    ) -> Vec<(&'static str, MetricValue)> {
        let whole = |(label, number)| (label, MetricValue::Whole(number));
        match &self.samples {
            Samples::One(read) => read(snapshot)
                .map(|value| ("", value))
                .into_iter()
                .collect(),
            Samples::Many(read) => read(snapshot).into_iter().map(whole).collect(),
            Samples::Spread(..) => Vec::new(),
        }
    }
}
