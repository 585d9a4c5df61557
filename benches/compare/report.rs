//! The tables for `docs/benchmarks.md`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::load::{Load, median};

/// One line of a table: two medians, and the median of the ratios of the pairs.
pub struct Row {
    /// What was done.
    pub work: String,
    /// What was measured, with its unit.
    pub figure: String,
    /// Our side.
    pub ours: f64,
    /// The other side.
    pub theirs: f64,
    /// Ours by theirs.
    pub ratio: f64,
    /// What the ratio should be.
    pub wanted: Wanted,
}

/// Which way is better, and how far.
#[derive(Clone, Copy)]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    /// From pairs of one figure, ours first.
    pub fn of_pairs(work: &str, figure: &str, pairs: &[[f64; 2]], wanted: Wanted) -> Row {
        Row {
            work: work.to_owned(),
            figure: figure.to_owned(),
            ours: median(pairs.iter().map(|pair| pair[0])),
            theirs: median(pairs.iter().map(|pair| pair[1])),
            ratio: median(pairs.iter().map(|[ours, theirs]| ours / theirs)),
            wanted,
        }
    }

    fn is_met(&self) -> bool {
        // As the table shows it.
        let ratio = (self.ratio * 1000.0).round() / 1000.0;
        match self.wanted {
            Wanted::AtLeast(bound) => ratio >= bound,
            Wanted::AtMost(bound) => ratio <= bound,
        }
    }
}

/// A table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| work | figure | catalogue | other | ratio | wanted | |\n\
         | --- | --- | ---: | ---: | ---: | ---: | --- |\n",
    );
    for row in rows {
        let wanted = match row.wanted {
            Wanted::AtLeast(bound) => format!("≥ {bound:.2}"),
            Wanted::AtMost(bound) => format!("≤ {bound:.2}"),
        };
        let met = if row.is_met() { "met" } else { "**not met**" };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | **{:.3}** | {wanted} | {met} |",
            row.work,
            row.figure,
            readable(row.ours),
            readable(row.theirs),
            row.ratio
        );
    }
    table
}

/// Three or more digits that count.
fn readable(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.3}"),
    }
}

/// Writes the page.
pub fn write(path: &Path, rows: &[Row], loads: &[Load], notes: &str) -> Result<(), Box<dyn Error>> {
    let mut page = format!(
        "# Benchmarks\n\n\
         Written by `just bench`; do not edit. Ratios say more than the metrics they come from: the two sides run in\n\
         turn on one machine, A B A B …, and each ratio is the median of the pairs' ratios. For rates more is better,\n\
         for times and memory less is. “wanted” is what this project has set itself.\n\n{}\n{notes}\n",
        table(rows)
    );
    let _ = writeln!(page, "## Attacks and crashes\n\n{}", soaked());
    let _ = writeln!(page, "## How it was measured\n");
    for (what, value) in [
        ("date", said_by("date", &["-u", "+%Y-%m-%d"])),
        ("commit", said_by("git", &["rev-parse", "--short", "HEAD"])),
        ("machine", machine()),
        ("peer", said_by("redis-server", &["--version"])),
        ("client", said_by("redis-benchmark", &["--version"])),
        ("compiler", said_by("rustc", &["--version"])),
    ] {
        let _ = writeln!(page, "- {what}: {value}");
    }
    let _ = writeln!(
        page,
        "\nThe peer runs with `--save \"\" --appendonly no`; the client is, for each side,\n\n```"
    );
    for load in loads {
        let _ = writeln!(page, "redis-benchmark {}", load.arguments("SEND").join(" "));
        let _ = writeln!(page, "redis-benchmark {}", load.arguments("GET").join(" "));
    }
    let _ = writeln!(
        page,
        "```\n\nwith `--user` and `-a` for ours, whose clients have to log in. The rows come from \
         `benches/compare/generator.rs`; the\nsame seed gives the same rows. A value in Redis has the bytes that `SEND` answers."
    );
    std::fs::write(path, page)?;
    Ok(())
}

/// What `just soak` has left.
fn soaked() -> String {
    std::fs::read_to_string("target/soak.md").unwrap_or_else(|_| {
        "Not measured: `just soak`, some ten minutes, comes before `just bench`.\n".to_owned()
    })
}

/// The first line that a program prints, for the record.
fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default()
        .lines()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} cores of {}, Linux",
        model.unwrap_or("an unknown processor")
    )
}
