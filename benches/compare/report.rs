//! The tables for `docs/benchmarks.md`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::load::{Load, median};

/// One row of a table: two medians, and the median of the ratios of the pairs.
pub struct Row {
    /// The work.
    pub work: String,
    /// The figure, with its unit.
    pub figure: String,
    /// Our side.
    pub ours: f64,
    /// The other side.
    pub theirs: f64,
    /// Our figure divided by the other one.
    pub ratio: f64,
    /// The goal for the ratio.
    pub wanted: Goal,
}

/// Which direction is better, and the goal.
#[derive(Clone, Copy)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    /// From pairs of one figure, ours first.
    pub fn of_pairs(work: &str, figure: &str, pairs: &[[f64; 2]], wanted: Goal) -> Row {
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
        // Rounded as the table shows it.
        let ratio = (self.ratio * 1000.0).round() / 1000.0;
        match self.wanted {
            Goal::AtLeast(bound) => ratio >= bound,
            Goal::AtMost(bound) => ratio <= bound,
        }
    }
}

/// A table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| work | figure | catalogue | other | ratio | goal | |\n\
         | --- | --- | ---: | ---: | ---: | ---: | --- |\n",
    );
    for row in rows {
        let wanted = match row.wanted {
            Goal::AtLeast(bound) => format!("≥ {bound:.2}"),
            Goal::AtMost(bound) => format!("≤ {bound:.2}"),
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

/// Three or more significant digits.
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
         `just bench` writes this page; do not edit it. The two sides run in turn on one machine, A B A B …, and each ratio is\n\
         the median of the pairs' ratios, because the speed of a machine drifts and a ratio does not. A higher rate is better, and\n\
         a lower time or memory is better. “Goal” is the project's own goal for the ratio.\n\n{}\n{notes}\n",
        table(rows)
    );
    let _ = writeln!(page, "## Attacks and crashes\n\n{}", soaked());
    let _ = writeln!(page, "## How it was measured\n");
    for (what, value) in [
        ("date", first_line_of("date", &["-u", "+%Y-%m-%d"])),
        (
            "commit",
            first_line_of("git", &["rev-parse", "--short", "HEAD"]),
        ),
        ("machine", machine()),
        ("Redis", first_line_of("redis-server", &["--version"])),
        ("client", first_line_of("redis-benchmark", &["--version"])),
        ("compiler", first_line_of("rustc", &["--version"])),
    ] {
        let _ = writeln!(page, "- {what}: {value}");
    }
    let _ = writeln!(
        page,
        "\nThe Redis server runs with `--save \"\" --appendonly no`. The clients are\n\n```"
    );
    for load in loads {
        let _ = writeln!(page, "redis-benchmark {}", load.arguments("SEND").join(" "));
        let _ = writeln!(page, "redis-benchmark {}", load.arguments("GET").join(" "));
    }
    let _ = writeln!(
        page,
        "```\n\nwith `--user` and `-a` for this server, whose clients have to log in. `benches/compare/generator.rs` makes the rows;\n\
         the same seed gives the same rows. A value in Redis has the bytes that `SEND` returns."
    );
    std::fs::write(path, page)?;
    Ok(())
}

/// The figures of `just soak`.
fn soaked() -> String {
    std::fs::read_to_string("target/soak.md").unwrap_or_else(|_| {
        "Not measured. `just soak` measures it in about ten minutes, before `just bench`.\n"
            .to_owned()
    })
}

/// The first line of a program's output, for the record.
fn first_line_of(program: &str, arguments: &[&str]) -> String {
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
