//! The table for `docs/benchmarks.md`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::load::median;
use crate::{Line, PAIRS, ROWS};

/// The table in Markdown: medians, and the median of the ratios of the pairs.
pub fn table(lines: &[Line]) -> String {
    let mut table =
        String::from("| work | catalogue | redis | ratio |\n| --- | ---: | ---: | ---: |\n");
    for line in lines {
        let work = format!(
            "`SEND` / `GET` of random names, {} connections, pipeline {}",
            line.load.connections, line.load.pipeline
        );
        let mut row = |what: &str, digits: usize, figure: fn(&crate::load::Found) -> f64| {
            let side = |side: usize| median(line.pairs.iter().map(|pair| figure(&pair[side])));
            let ratio = median(
                line.pairs
                    .iter()
                    .map(|[ours, redis]| figure(ours) / figure(redis)),
            );
            let _ = writeln!(
                table,
                "| {work}: {what} | {:.digits$} | {:.digits$} | **{ratio:.2}** |",
                side(0),
                side(1)
            );
        };
        row("requests per second", 0, |found| found.rate);
        row("the server's CPU time per request, µs", 2, |found| {
            found.cpu_us
        });
        row("p99, ms", 3, |found| found.p99_ms);
    }
    table
}

/// Writes the page.
pub fn write(path: &Path, table: &str, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let mut page = format!(
        "# Benchmarks\n\nWritten by `just bench`; do not edit. Ratios say more than the figures they come from:\n\
         both sides run in turn on the same machine, {PAIRS} pairs, and every ratio is the median of\n\
         the pairs' ratios. Both sides hold the same {ROWS} rows; above 1 is better for rates, below 1 for times.\n\n{table}\n"
    );
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
        "\nThe peer runs with `--save \"\" --appendonly no`, the client as\n\n```"
    );
    for line in lines {
        for command in ["SEND", "GET"] {
            let _ = writeln!(
                page,
                "redis-benchmark {}",
                line.load.arguments(command).join(" ")
            );
        }
    }
    let _ = writeln!(
        page,
        "```\n\nwith `--user` and `-a` for ours, whose clients have to log in."
    );
    std::fs::write(path, page)?;
    Ok(())
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
