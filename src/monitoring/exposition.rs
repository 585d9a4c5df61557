//! The page for Prometheus: its text format, version 0.0.4.
//!
//! The format has a line for each value. The existing packages also count, with a lock or a shared
//! counter in every request, so the program does not use them.

use std::fmt::Write as _;

use super::family::{Family, Samples};
use super::snapshot::MetricsSnapshot;
use super::table::FAMILIES;
use crate::metrics::Distribution;

/// The media type of the page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page with all metrics.
pub fn page(snapshot: &MetricsSnapshot<'_>) -> String {
    let mut page = String::new();
    for family in FAMILIES {
        let Family {
            name, kind, help, ..
        } = family;
        let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (value, number) in family.numbers(snapshot) {
            let labels = braced(&label(family, value));
            let _ = writeln!(page, "{name}{labels} {number}");
        }
        if let Samples::Spread(unit, read) = &family.samples {
            for (value, all) in read(snapshot) {
                spread(&mut page, name, &label(family, value), *unit, &all);
            }
        }
    }
    page
}

/// A histogram: the cumulative count of each bucket, the sum, and the count.
fn spread(page: &mut String, name: &str, label: &str, unit: f64, all: &Distribution) {
    let comma = if label.is_empty() { "" } else { "," };
    for (end, number) in all.cumulative() {
        let end = end.map_or("+Inf".to_owned(), |end| (end as f64 / unit).to_string());
        let _ = writeln!(page, "{name}_bucket{{{label}{comma}le=\"{end}\"}} {number}");
    }
    let labels = braced(label);
    let _ = writeln!(page, "{name}_sum{labels} {}", all.sum as f64 / unit);
    let _ = writeln!(page, "{name}_count{labels} {}", all.count());
}

/// `name="value"`. Values come from the program's own tables, and need no escapes.
fn label(family: &Family, value: &str) -> String {
    match family.label {
        "" => String::new(),
        name => format!("{name}=\"{value}\""),
    }
}

fn braced(label: &str) -> String {
    match label {
        "" => String::new(),
        label => format!("{{{label}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{BatchSizes, Durations};

    #[test]
    fn a_histogram_is_cumulative_and_ends_with_all() {
        let sizes = BatchSizes::default();
        sizes.add(1, 2);
        sizes.add(3, 1);
        let mut page = String::new();
        spread(&mut page, "a", "", 1.0, &sizes.read());
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "a_bucket{le=\"1\"} 2",
                "a_bucket{le=\"2\"} 2",
                "a_bucket{le=\"4\"} 3"
            ]
        );
        let last = ["a_bucket{le=\"+Inf\"} 3", "a_sum 5", "a_count 3"];
        assert_eq!(lines[lines.len() - 3..], last);
    }

    #[test]
    fn times_are_written_in_seconds_without_exponents() {
        let durations = Durations::default();
        durations.add(100, 1);
        let mut page = String::new();
        spread(&mut page, "a", "command=\"SEND\"", 1e9, &durations.read());
        let first = "a_bucket{command=\"SEND\",le=\"0.000000256\"} 1";
        assert_eq!(page.lines().next(), Some(first));
        assert!(page.contains("a_bucket{command=\"SEND\",le=\"8.589934592\"} 1\n"));
        assert!(page.ends_with("a_sum{command=\"SEND\"} 0.0000001\na_count{command=\"SEND\"} 1\n"));
    }
}
