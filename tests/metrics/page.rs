//! The text format 0.0.4, read strictly.

use std::collections::{BTreeMap, HashMap, HashSet};

type Labels = BTreeMap<String, String>;

/// A page that follows the format.
pub struct Page {
    kinds: HashMap<String, String>,
    samples: Vec<(String, Labels, f64)>,
}

impl Page {
    /// Parses a page.
    #[track_caller]
    pub fn read(text: &str) -> Page {
        assert!(text.ends_with('\n'), "the last line has no end");
        let mut page = Page {
            kinds: HashMap::new(),
            samples: Vec::new(),
        };
        let (mut helped, mut family) = (HashSet::new(), String::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect(line);
                assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
                family = name.to_owned();
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                assert_eq!(name, family, "TYPE does not follow its HELP");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(page.kinds.insert(name.to_owned(), kind.to_owned()), None);
            } else {
                let sample = sample(line);
                let kind = page.kinds.get(&family).expect("a TYPE before the sample");
                let endings: &[&str] = match kind.as_str() {
                    "histogram" => &["_bucket", "_sum", "_count"],
                    _ => &[""],
                };
                let is_its = |ending: &&str| sample.0 == format!("{family}{ending}");
                assert!(endings.iter().any(is_its), "{line} is not of {family}");
                page.samples.push(sample);
            }
        }
        page.check();
        page
    }

    /// The value of a sample, with a label or without one.
    #[track_caller]
    pub fn value(&self, name: &str, label: Option<(&str, &str)>) -> f64 {
        self.find(name, label)
            .unwrap_or_else(|| panic!("there is no {name} with {label:?}"))
    }

    /// The same, where the sample may be missing.
    pub fn find(&self, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
        let wanted: Labels = label
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut samples = self.samples.iter();
        let found = samples.find(|(found, labels, _)| found == name && *labels == wanted);
        found.map(|(_, _, value)| *value)
    }

    /// The names of all samples, each with the names of its labels.
    pub fn names(&self) -> HashMap<&str, HashSet<&str>> {
        let mut names: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (name, labels, _) in &self.samples {
            let known = names.entry(name).or_default();
            known.extend(labels.keys().map(String::as_str));
        }
        names
    }

    /// Every value of every label.
    pub fn label_values(&self) -> HashSet<&str> {
        let labels = self.samples.iter().flat_map(|(_, labels, _)| labels);
        labels.map(|(_, value)| value.as_str()).collect()
    }

    #[track_caller]
    fn check(&self) {
        let mut seen = HashSet::new();
        for (name, labels, value) in &self.samples {
            assert!(
                seen.insert((name, labels)),
                "{name} {labels:?} stands twice"
            );
            assert!(value.is_finite() && *value >= 0.0, "{name} is {value}");
        }
        let histograms = self.kinds.iter().filter(|(_, kind)| *kind == "histogram");
        for (name, _) in histograms {
            let bucket = format!("{name}_bucket");
            let mut series: HashMap<Labels, Vec<(f64, f64)>> = HashMap::new();
            for (_, labels, value) in self.samples.iter().filter(|(name, ..)| *name == bucket) {
                let mut labels = labels.clone();
                let end = labels.remove("le").expect("a bucket without le");
                let buckets = series.entry(labels).or_default();
                buckets.push((end.parse().unwrap(), *value));
            }
            for (labels, buckets) in series {
                let rising = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
                assert!(buckets.windows(2).all(rising), "{name} {labels:?}");
                let (end, last) = buckets.last().unwrap();
                assert_eq!(*end, f64::INFINITY, "{name} {labels:?}");
                let of = |ending: &str| {
                    let name = format!("{name}{ending}");
                    let mut samples = self.samples.iter();
                    samples.find(|(found, with, _)| *found == name && *with == labels)
                };
                assert_eq!(of("_count").expect("a count").2, *last, "{name} {labels:?}");
                assert!(of("_sum").is_some(), "{name} {labels:?}");
            }
        }
    }
}

/// `name{label="value",…} number`, with one space and no other text.
#[track_caller]
fn sample(line: &str) -> (String, Labels, f64) {
    let (series, value) = line.rsplit_once(' ').expect(line);
    let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    assert!(value.bytes().all(is_number), "{line}");
    let (name, labels) = match series.split_once('{') {
        None => (series, ""),
        Some((name, rest)) => (name, rest.strip_suffix('}').expect(line)),
    };
    assert_name(name, line);
    let labels = labels.split_terminator(',').map(|label| {
        let (name, value) = label.split_once('=').expect(line);
        assert_name(name, line);
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        let value = value.expect(line);
        assert!(!value.contains(['"', '\\']), "{line}");
        (name.to_owned(), value.to_owned())
    });
    (name.to_owned(), labels.collect(), value.parse().unwrap())
}

#[track_caller]
fn assert_name(name: &str, line: &str) {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    assert!(!name.is_empty() && name.bytes().all(may_be), "{line}");
    assert!(!name.as_bytes()[0].is_ascii_digit(), "{line}");
}

/// The parser notices malformed pages.
#[test]
fn malformed_pages_are_noticed() {
    let valid = "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum 3\na_count 2\n";
    Page::read(valid);
    let counter = "# HELP a b\n# TYPE a counter\na{x=\"y\"} 1\n";
    assert_eq!(Page::read(counter).value("a", Some(("x", "y"))), 1.0);
    for bad in [
        counter.trim_end().to_owned(),
        counter.replace("# TYPE a counter\n", ""),
        counter.replace("# HELP a b\n", ""),
        counter.replace("counter", "count"),
        counter.replace("a{", "b{"),
        counter.replace("\"y\"", "y"),
        counter.replace("} 1", "} 1e5"),
        counter.replace("} 1", "}  1"),
        counter.replace("} 1", "} 1\na{x=\"y\"} 1"),
        counter.repeat(2),
        valid.replace("a_count 2", "a_count 3"),
        valid.replace("a_sum 3\n", ""),
        valid.replace("a_bucket{le=\"+Inf\"} 2\n", ""),
        valid.replace("\"1\"} 1", "\"1\"} 3"),
        valid.replace("a_bucket", "a"),
    ] {
        let read = std::panic::catch_unwind(|| Page::read(&bad));
        assert!(read.is_err(), "{bad}");
    }
}
