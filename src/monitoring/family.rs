//! What a row of the table of metrics is.

use std::fmt;

use super::MetricsSnapshot;
use crate::metrics::Distribution;

/// A figure, or several that differ in one label.
pub struct Family {
    /// What Prometheus calls it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it says, in a few words.
    pub help: &'static str,
    /// The name of the label, empty where there is only one figure.
    pub label: &'static str,
    /// Where `INFO` has it.
    pub places: &'static [Place],
    /// How the metrics are read.
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

/// A value of the label, or nothing for all of them together; a section of
/// `INFO`; the key in it.
pub type Place = (&'static str, &'static str, &'static str);

/// How the metrics of a family are read.
pub enum Samples {
    /// The only one; `None` when nobody knows it.
    One(fn(&MetricsSnapshot<'_>) -> Option<Value>),
    /// One for each value of the label.
    Many(fn(&MetricsSnapshot<'_>) -> Vec<(&'static str, u64)>),
    /// Distributions, in units of which so many are one of those that are shown.
    Spread(
        f64,
        fn(&MetricsSnapshot<'_>) -> Vec<(&'static str, Distribution)>,
    ),
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
    /// The keys of `INFO` that show it.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.places.iter().map(|&(_, _, key)| key)
    }

    /// Its numbers, each with the value of its label; a distribution has none.
    pub(super) fn numbers(&self, scene: &MetricsSnapshot<'_>) -> Vec<(&'static str, Value)> {
        let whole = |(label, number)| (label, Value::Whole(number));
        match &self.samples {
            Samples::One(read) => read(scene).map(|value| ("", value)).into_iter().collect(),
            Samples::Many(read) => read(scene).into_iter().map(whole).collect(),
            Samples::Spread(..) => Vec::new(),
        }
    }
}
