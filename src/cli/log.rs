//! The log: on standard error, of `serve` for people or for programs.

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use super::CliError;
use crate::config::limits;

/// What is logged, and how.
#[derive(Debug, Args)]
pub(super) struct LogFlags {
    /// The format of the log: text, or a JSON object on each line
    #[arg(long, env = "CATALOGUE_LOG_FORMAT", value_name = "FORMAT", value_enum,
          default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// The level of the log; RUST_LOG sets levels by module
    #[arg(long, env = "CATALOGUE_LOG_LEVEL", value_name = "LEVEL", value_enum,
          default_value_t = Level::Info)]
    log_level: Level,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// Text, with colours on a terminal
    Text,
    /// A JSON object on each line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    /// No lines
    Off,
    /// Errors
    Error,
    /// Warnings
    Warn,
    /// One line for each connection
    Info,
    /// Details that help to find a defect
    Debug,
    /// Everything
    Trace,
}

/// The running log. Lines written before it is dropped reach standard error
/// unless its reader takes none of them for a second.
pub(super) struct Log {
    dropped_lines: ErrorCounter,
    _thread: WorkerGuard,
}

/// What a migration does is told in our own words.
const OTHERS: &str = "rusqlite_migration=warn";

/// What commands other than `serve` have to say goes to standard error, as much
/// as `RUST_LOG` asks for.
pub(super) fn to_stderr() {
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = match asked.is_empty() {
        true => EnvFilter::new(format!("info,{OTHERS}")),
        false => EnvFilter::new(asked),
    };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(io::stderr)
        .with_ansi(has_colours())
        .try_init();
}

impl LogFlags {
    /// Begins to log what a filter in the words of `RUST_LOG` lets pass.
    pub fn start(&self, filter: &str) -> Result<Log, CliError> {
        let filter = match filter {
            "info" => format!("info,{OTHERS}"),
            other => other.to_owned(),
        };
        let filter = EnvFilter::try_new(&filter)
            .map_err(|error| CliError::LogFilter(filter, error.to_string()))?;
        let (lines, log) = Log::new(io::stderr());
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_target(false)
            .with_writer(lines);
        let _ = match self.log_format {
            LogFormat::Text => builder.with_ansi(has_colours()).try_init(),
            LogFormat::Json => builder
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .try_init(),
        };
        Ok(log)
    }
}

impl Log {
    /// Starts the thread that writes to `sink`. A line for which its queue has no
    /// room is dropped and counted, so that a slow reader delays no worker.
    fn new(sink: impl Write + Send + 'static) -> (NonBlocking, Log) {
        let (lines, thread) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(limits::LOG_QUEUE)
            .thread_name("log")
            .finish(sink);
        let log = Log {
            dropped_lines: lines.error_counter(),
            _thread: thread,
        };
        (lines, log)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let dropped = self.dropped_lines.dropped_lines();
        if dropped > 0 {
            tracing::warn!("{dropped} lines of this log were lost, it was not read in time");
        }
    }
}

/// <https://no-color.org>: set to anything but nothing, it takes the colours away.
fn has_colours() -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !is_unwanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::{Receiver, Sender, bounded};

    /// Writes one line after each message.
    struct Slow(Receiver<()>, Sender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_is_not_read_delays_no_writer() {
        let (go_on, told) = bounded(0);
        let (sink, written) = bounded(2 * limits::LOG_QUEUE);
        let (mut lines, log) = Log::new(Slow(told, sink));
        for number in 0..limits::LOG_QUEUE + 100 {
            lines.write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        // One of them may have left the queue.
        let lost = log.dropped_lines.dropped_lines();
        assert!((99..=100).contains(&lost), "{lost}");
        // From here on it is read, and all waiting lines are written before the end.
        drop(go_on);
        drop(log);
        let written: Vec<Vec<u8>> = written.try_iter().collect();
        assert_eq!(written.len(), limits::LOG_QUEUE + 100 - lost);
        assert_eq!(written[7], b"7\n");
    }

    #[test]
    fn the_end_of_a_log_that_is_not_read_is_bounded() {
        let (_never, told) = bounded(0);
        let (sink, _written) = bounded(1);
        let (mut lines, log) = Log::new(Slow(told, sink));
        lines.write_all(b"a line\n").unwrap();
        drop(log);
    }
}
