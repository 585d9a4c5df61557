//! The metrics that `INFO` shows.

use super::{FAMILIES, MetricValue, MetricsSnapshot};

/// The metrics of `INFO`: section, key and value.
pub fn info(snapshot: &MetricsSnapshot<'_>) -> Vec<(&'static str, &'static str, u64)> {
    let mut shown = Vec::new();
    for family in FAMILIES.iter().filter(|family| !family.places.is_empty()) {
        let numbers = family.numbers(snapshot);
        for &(wanted, section, key) in family.places {
            let sum = numbers.iter().filter_map(|&(label, value)| match value {
                MetricValue::Whole(number) if wanted.is_empty() || wanted == label => Some(number),
                _ => None,
            });
            shown.push((section, key, sum.sum()));
        }
    }
    shown
}
