//! The metrics, with small plots.

use maud::{Markup, html};

use super::super::layout::Shell;
use super::super::words;
use super::admin_page;
use super::plot::{Bar, bars, share};

/// The requests of one command.
#[derive(Clone, Debug)]
pub struct CommandRow {
    /// The command.
    pub name: &'static str,
    /// Its requests.
    pub requests: u64,
    /// The median time in nanoseconds, where requests are timed.
    pub median: Option<f64>,
    /// The time that 99 of 100 requests stay under, in nanoseconds.
    pub p99: Option<f64>,
}

/// The state of the server.
#[derive(Clone, Debug, Default)]
pub struct MetricsView {
    /// The number of movies.
    pub movies: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Resident memory of the process in bytes.
    pub resident_bytes: Option<u64>,
    /// Open connections.
    pub connections: u64,
    /// Seconds since the server started.
    pub up_seconds: u64,
    /// Requests of all commands.
    pub requests: u64,
    /// Look-ups that the cache answered.
    pub cache_hits: u64,
    /// Look-ups that it did not.
    pub cache_misses: u64,
    /// Commands with requests, the most frequent first.
    pub commands: Vec<CommandRow>,
    /// The number of requests that took at most this number of nanoseconds; `None` has no bound.
    pub durations: Vec<(Option<u64>, u64)>,
    /// Errors by code.
    pub errors: Vec<(&'static str, u64)>,
}

pub fn metrics_page(shell: &Shell<'_>, view: &MetricsView) -> Markup {
    let content = html! { div #metrics data-refresh="/admin/metrics" { (metrics_content(view)) } };
    admin_page(shell, "/admin", None, &content)
}

/// The part of the page that the script refreshes.
pub fn metrics_content(view: &MetricsView) -> Markup {
    let numbers = [
        ("Movies", words::thousands(view.movies)),
        ("Database", words::bytes(view.database_bytes)),
        (
            "Memory",
            view.resident_bytes.map_or("–".to_owned(), words::bytes),
        ),
        ("Connections", words::thousands(view.connections)),
        ("Requests", words::rounded(view.requests)),
        ("Running for", words::seconds(view.up_seconds)),
    ];
    html! {
        dl.numbers { @for (label, number) in numbers { div { dt { (label) } dd { (number) } } } }
        div.plots {
            section aria-labelledby="times" {
                h2 #times { "Times of requests" }
                @let durations = duration_bars(&view.durations);
                @if durations.is_empty() { p.hint { "No request was timed yet." } }
                @else { (bars(&durations, "Requests by their time")) }
            }
            section aria-labelledby="cache" {
                h2 #cache { "Row cache" }
                (share(view.cache_hits, view.cache_hits + view.cache_misses, "of look-ups were answered by the cache"))
            }
        }
        h2 { "Commands" }
        (commands(&view.commands))
        @if view.errors.iter().any(|(_, number)| *number > 0) {
            section aria-labelledby="errors" {
                h2 #errors { "Errors" }
                dl.numbers.small {
                    @for (code, number) in view.errors.iter().filter(|(_, number)| *number > 0) {
                        div { dt { (code) } dd { (words::thousands(*number)) } }
                    }
                }
            }
        }
    }
}

/// One bar per power of two between the fastest and the slowest request.
fn duration_bars(durations: &[(Option<u64>, u64)]) -> Vec<Bar> {
    let used = |(_, number): &(Option<u64>, u64)| *number > 0;
    let first = durations.iter().position(used);
    let last = durations.iter().rposition(used);
    let (Some(first), Some(last)) = (first, last) else {
        return Vec::new();
    };
    let bar = |&(end, number): &(Option<u64>, u64)| Bar {
        label: end.map_or("more".to_owned(), |end| words::nanoseconds(end as f64)),
        value: number,
    };
    durations[first..=last].iter().map(bar).collect()
}

fn commands(commands: &[CommandRow]) -> Markup {
    let most = commands
        .iter()
        .map(|command| command.requests)
        .max()
        .unwrap_or(0);
    let time = |time: Option<f64>| time.map_or("–".to_owned(), words::nanoseconds);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Commands" {
            table {
                thead { tr {
                    th scope="col" { "Command" } th.numeric scope="col" { "Requests" }
                    th scope="col" { span.hidden { "Share" } }
                    th.numeric scope="col" { "Median" } th.numeric scope="col" { "p99" }
                } }
                tbody {
                    @for command in commands {
                        tr {
                            th scope="row" { code { (command.name) } }
                            td.numeric { (words::thousands(command.requests)) }
                            td.meter {
                                svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                                    rect.bar width=(format!("{:.1}", 100.0 * command.requests as f64 / most.max(1) as f64)) height="8" rx="2" {}
                                }
                            }
                            td.numeric { (time(command.median)) }
                            td.numeric { (time(command.p99)) }
                        }
                    }
                }
            }
        }
    }
}
