//! The names of the counters.

/// The names by which requests are counted.
#[derive(Clone, Debug, Default)]
pub struct MetricNames {
    /// The number of commands, at most 63.
    pub commands: usize,
    /// The codes with which errors begin.
    pub error_codes: &'static [&'static str],
    /// The names of the HTTP routes.
    pub routes: Vec<&'static str>,
    /// The status codes of HTTP responses, as numbers and as texts.
    pub statuses: &'static [(u16, &'static str)],
}
