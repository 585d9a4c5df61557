//! `redis-benchmark` as the client of both sides.

use std::io;
use std::process::Command;

use crate::tested_server::{PASSWORD, TestedServer, USER};

/// The requests of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Concurrent connections.
    pub connections: u32,
    /// Requests that each connection sends before it waits for answers.
    pub pipeline: u32,
    /// Requests in total.
    pub requests: u64,
    /// Names are drawn from `tt000000000000` up to this number.
    pub names: u64,
}

/// The results of a run.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Requests per second.
    pub rate: f64,
    /// The server's CPU time, in microseconds per request.
    pub cpu_us: f64,
    /// As `redis-benchmark` prints it, in milliseconds.
    pub p99_ms: f64,
}

impl Load {
    /// The arguments for `redis-benchmark`, without the address and the account.
    pub fn arguments(&self, command: &str) -> Vec<String> {
        let words = format!(
            "-c {} -P {} -n {} -r {} --csv {command} tt__rand_int__",
            self.connections, self.pipeline, self.requests, self.names
        );
        words.split(' ').map(str::to_owned).collect()
    }

    /// Runs once against one side.
    pub fn run(&self, server: &TestedServer) -> io::Result<Found> {
        let mut benchmark = Command::new("redis-benchmark");
        benchmark.args(["-h", "127.0.0.1", "-p", &server.address.port().to_string()]);
        if server.name == "catalogue" {
            benchmark.args(["--user", USER, "-a", PASSWORD]);
        }
        let before = server.cpu_seconds()?;
        let output = benchmark.args(self.arguments(server.command)).output()?;
        let cpu_us = (server.cpu_seconds()? - before) * 1e6 / self.requests as f64;
        let text = String::from_utf8_lossy(&output.stdout);
        // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95…","p99…","max…"
        let last = text.lines().last().unwrap_or_default();
        let columns: Vec<f64> = last
            .split("\",\"")
            .map(|column| column.trim_matches('"').parse().unwrap_or(0.0))
            .collect();
        match columns[..] {
            [_, rate, _, _, _, _, p99_ms, _] if rate > 0.0 => Ok(Found {
                rate,
                cpu_us,
                p99_ms,
            }),
            _ => Err(io::Error::other(format!(
                "redis-benchmark said {text:?} {:?}",
                String::from_utf8_lossy(&output.stderr)
            ))),
        }
    }
}

/// The median of the values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
