//! The log: on standard error, of `serve` for people or for programs.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::{Args, ValueEnum};
use crossbeam_channel::{Receiver, Sender, bounded};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::CliError;
use crate::config::limits;
use crate::pool::{self, ThreadError};

/// What is logged, and how.
#[derive(Debug, Args)]
pub(super) struct LogFlags {
    /// How the log is written: for people, or a JSON object on each line
    #[arg(long, env = "CATALOGUE_LOG_FORMAT", value_name = "FORMAT", value_enum,
          default_value_t = Format::Text)]
    log_format: Format,
    /// The least important events that are logged; RUST_LOG may say it by module
    #[arg(long, env = "CATALOGUE_LOG_LEVEL", value_name = "LEVEL", value_enum,
          default_value_t = Level::Info)]
    log_level: Level,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line of words, in colours on a terminal
    Text,
    /// A JSON object on each line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Nothing
    Off,
    /// What went wrong
    Error,
    /// What may go wrong
    Warn,
    /// One line for each connection
    Info,
    /// What helps to find a defect
    Debug,
    /// Everything
    Trace,
}

/// The log while there is one. What was said before this is dropped is written,
/// if somebody takes it within [`limits::LOG_DRAIN_TIMEOUT`].
pub(super) struct Log {
    lines: Lines,
    finished: Receiver<()>,
}

/// The way to the thread that writes the log. Whoever reads it, or does not,
/// holds up no worker: a line for which there is no room is counted instead.
#[derive(Clone)]
struct Lines {
    /// `None` is the end.
    queue: Sender<Option<Vec<u8>>>,
    lost: Arc<AtomicU64>,
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
        let log = Log::to(io::stderr())?;
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_target(false)
            .with_writer(log.lines.clone());
        let _ = match self.log_format {
            Format::Text => builder.with_ansi(has_colours()).try_init(),
            Format::Json => builder
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
    fn to(mut sink: impl Write + Send + 'static) -> Result<Log, ThreadError> {
        let (queue, waiting) = bounded(limits::LOG_QUEUE);
        let (finish, finished) = bounded(1);
        pool::spawn("log", move || {
            // A log that cannot be written can be told to nobody.
            for line in waiting.iter().map_while(|line: Option<Vec<u8>>| line) {
                let _ = sink.write_all(&line);
            }
            let _ = finish.send(());
        })?;
        let lost = Arc::default();
        let lines = Lines { queue, lost };
        Ok(Log { lines, finished })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let lost = self.lines.lost.load(Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!("{lost} lines of this log were lost, nobody read it in time");
        }
        let end = self
            .lines
            .queue
            .send_timeout(None, limits::LOG_DRAIN_TIMEOUT);
        if end.is_ok() {
            let _ = self.finished.recv_timeout(limits::LOG_DRAIN_TIMEOUT);
        }
    }
}

/// An event is one write.
impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Some(bytes.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        self.clone()
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

    /// Writes a line each time that it is told to.
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
    fn a_log_that_nobody_reads_holds_up_nobody() {
        let (go_on, told) = bounded(0);
        let (sink, written) = bounded(2 * limits::LOG_QUEUE);
        let log = Log::to(Slow(told, sink)).unwrap();
        for number in 0..limits::LOG_QUEUE + 100 {
            let line = format!("{number}\n");
            log.lines.make_writer().write_all(line.as_bytes()).unwrap();
        }
        // One of them may have left the queue.
        let lost = log.lines.lost.load(Ordering::Relaxed) as usize;
        assert!((99..=100).contains(&lost), "{lost}");
        // From here on it is read, and whatever waits is written before the end.
        drop(go_on);
        drop(log);
        let written: Vec<Vec<u8>> = written.try_iter().collect();
        assert_eq!(written.len(), limits::LOG_QUEUE + 100 - lost);
        assert_eq!(written[7], b"7\n");
    }

    #[test]
    fn the_end_does_not_wait_for_ever() {
        let (_never, told) = bounded(0);
        let (sink, _written) = bounded(1);
        let log = Log::to(Slow(told, sink)).unwrap();
        log.lines.make_writer().write_all(b"a line\n").unwrap();
        drop(log);
    }
}
