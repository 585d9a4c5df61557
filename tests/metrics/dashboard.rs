//! The dashboard queries existing metrics by existing labels.

use std::collections::HashSet;

use serde_json::Value;

use super::{scrape, start};

const DASHBOARD: &str = include_str!("../../contrib/grafana-dashboard.json");

/// The words of the query language that are not names of metrics.
const WORDS: [&str; 12] = [
    "sum",
    "rate",
    "by",
    "le",
    "histogram_quantile",
    "max",
    "increase",
    "clamp_min",
    "time",
    "on",
    "group_left",
    "ignoring",
];

/// Every `expr`, at any depth.
fn queries<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| queries(value, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("expr", Value::String(query)) => found.push(query),
                    _ => queries(value, found),
                }
            }
        }
        _ => {}
    }
}

/// The names in a query, and those that are labels: in braces, or after `by`.
fn words(query: &str) -> Vec<(String, bool)> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut in_braces, mut in_quotes, mut in_by, mut in_range) = (false, false, false, false);
    for letter in query.chars().chain([' ']) {
        if !in_quotes && !in_range && (letter.is_ascii_alphanumeric() || letter == '_') {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            let is_number = word.starts_with(|first: char| first.is_ascii_digit());
            if !is_number {
                words.push((word.clone(), in_braces || in_by));
            }
        }
        match letter {
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '[' => in_range = true,
            ']' => in_range = false,
            '{' => in_braces = true,
            '}' => in_braces = false,
            '(' => in_by = word == "by" || (in_by && word.is_empty()),
            ')' => in_by = false,
            ' ' if word == "by" => in_by = true,
            _ => {}
        }
        word.clear();
    }
    words
}

#[test]
fn names_in_queries_are_found() {
    let query = "sum by (command, le) (rate(a_total{job=\"x y\"}[$__rate_interval])) / 2";
    let found: Vec<_> = words(query);
    let labels: Vec<&str> = found.iter().filter(|w| w.1).map(|w| w.0.as_str()).collect();
    let others: Vec<&str> = found
        .iter()
        .filter(|w| !w.1)
        .map(|w| w.0.as_str())
        .collect();
    assert_eq!(labels, ["command", "le", "job"]);
    assert_eq!(others, ["sum", "by", "rate", "a_total"]);
}

#[test]
fn every_query_names_existing_metrics() {
    let (server, address) = start();
    let mut admin = server.admin();
    admin.ask(&["SEND", "1"]);
    admin.ask(&["PUT", "new", r#"{"title":"New"}"#]);
    let page = scrape(address);
    let there = page.names();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut all = Vec::new();
    queries(&dashboard, &mut all);
    let mut named = HashSet::new();
    for query in &all {
        let words = words(query);
        let mut labels = HashSet::from(["instance", "job"]);
        for (word, _) in words
            .iter()
            .filter(|(word, is_label)| !is_label && !WORDS.contains(&word.as_str()))
        {
            let known = there.get(word.as_str());
            labels.extend(known.unwrap_or_else(|| panic!("there is no `{word}`: {query}")));
            named.insert(word.clone());
        }
        for (label, _) in words.iter().filter(|(_, is_label)| *is_label) {
            assert!(
                labels.contains(label.as_str()),
                "no label `{label}`: {query}"
            );
        }
    }
    assert!(all.len() >= 12, "only {} queries were found", all.len());
    for name in [
        "catalogue_requests_total",
        "catalogue_request_duration_seconds_bucket",
        "catalogue_cache_hits_total",
        "catalogue_cache_misses_total",
        "catalogue_connections",
        "catalogue_logins_total",
        "catalogue_queue_length",
        "catalogue_write_batch_changes_sum",
        "catalogue_database_bytes",
        "catalogue_wal_bytes",
    ] {
        assert!(named.contains(name), "nothing shows {name}");
    }
}
