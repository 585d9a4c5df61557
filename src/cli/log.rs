//! The log on standard error.

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use super::CliError;
use super::terminal::{escape_json, escape_log};
use crate::config::limits;
use crate::pool;

/// The flags of the log.
#[derive(Debug, Args)]
pub(super) struct LogFlags {
    /// The format of the log: text, or a JSON object on each line
    #[arg(long, env = "CATALOGUE_LOG_FORMAT", value_name = "FORMAT", value_enum,
          default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// The level of the log; RUST_LOG sets levels by module
    #[arg(long, env = "CATALOGUE_LOG_LEVEL", value_name = "LEVEL", value_enum,
          default_value_t = LogLevel::Info)]
    log_level: LogLevel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// Text, with colours on a terminal
    Text,
    /// A JSON object on each line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogLevel {
    /// No lines
    Off,
    /// Errors
    Error,
    /// Warnings
    Warn,
    /// Also one line for each connection
    Info,
    /// Details that help to find a defect
    Debug,
    /// Everything
    Trace,
}

/// The running log. On drop the waiting lines are written, for at most
/// [`limits::LOG_DRAIN_TIMEOUT`].
pub(super) struct Log {
    dropped_lines: ErrorCounter,
    _thread: WorkerGuard,
}

/// This program logs its migrations itself.
const DEPENDENCIES: &str = "rusqlite_migration=warn";

/// Starts the log of commands other than `serve`, with the filter of `RUST_LOG`.
pub(super) fn to_stderr() {
    let filter = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = if filter.is_empty() {
        format!("info,{DEPENDENCIES}")
    } else {
        filter
    };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_target(false)
        .with_writer(|| SafeLog(io::stderr(), LogFormat::Text))
        .with_ansi(has_colours())
        .try_init();
}

impl LogFlags {
    /// Starts the log with a filter in the syntax of `RUST_LOG`.
    pub fn start(&self, filter: &str) -> Result<Log, CliError> {
        let filter = match filter {
            "info" => format!("info,{DEPENDENCIES}"),
            other => other.to_owned(),
        };
        let filter = EnvFilter::try_new(&filter)
            .map_err(|error| CliError::LogFilter(filter, error.to_string()))?;
        // Without threads `tracing_appender` panics, so another one is tried first.
        let _ = pool::spawn("log", || ())?.join();
        let (lines, log) = Log::new(SafeLog(io::stderr(), self.log_format));
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

/// Writes whole lines, in which marks of direction and invisible characters are escaped. Escape
/// characters in a line are those of colours, because `tracing` escapes all others.
struct SafeLog<W>(W, LogFormat);

impl<W: Write> Write for SafeLog<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = match self.1 {
            LogFormat::Text => escape_log(bytes),
            LogFormat::Json => escape_json(String::from_utf8_lossy(bytes).trim_end()) + "\n",
        };
        self.0.write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Log {
    /// Starts the thread that writes to `sink`. When its queue is full, lines are
    /// dropped and counted, so that a slow reader delays no worker.
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

/// Whether to use colours: on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
fn has_colours() -> bool {
    let is_disabled = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !is_disabled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::{Receiver, Sender, bounded};

    /// Writes one line for each message.
    struct SlowSink(Receiver<()>, Sender<Vec<u8>>);

    impl Write for SlowSink {
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
    fn a_log_that_is_not_read_delays_no_thread() {
        let (go_on, messages) = bounded(0);
        let (sink, written) = bounded(2 * limits::LOG_QUEUE);
        let (mut lines, log) = Log::new(SlowSink(messages, sink));
        for number in 0..limits::LOG_QUEUE + 100 {
            lines.write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        // The log thread may have taken one line out of the queue.
        let lost = log.dropped_lines.dropped_lines();
        assert!((99..=100).contains(&lost), "{lost}");
        // Now the log is read, and all waiting lines are written before it ends.
        drop(go_on);
        drop(log);
        let written: Vec<Vec<u8>> = written.try_iter().collect();
        assert_eq!(written.len(), limits::LOG_QUEUE + 100 - lost);
        assert_eq!(written[7], b"7\n");
    }

    #[test]
    fn a_log_that_is_not_read_ends_in_bounded_time() {
        let (_never, messages) = bounded(0);
        let (sink, _written) = bounded(1);
        let (mut lines, log) = Log::new(SlowSink(messages, sink));
        lines.write_all(b"a line\n").unwrap();
        drop(log);
    }
}
