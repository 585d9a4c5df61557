//! `catalogue serve`: runs the server until a signal stops it.

mod args;
mod open_files;

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Command;

use tokio::sync::oneshot;

pub use args::ServeArgs;

use super::settings::Settings;
use super::terminal::safe_stdout;
use super::{CliError, signals};
use crate::config::ServedProtocol;
use crate::server::{self, InheritedSocket, Server, ServerError};
use crate::store::{ReadTransaction, Reader};

impl ServeArgs {
    /// Serves until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// [`CliError`] if the server cannot start or fails.
    pub(super) fn run(self, settings: &Settings) -> Result<(), CliError> {
        // Before any thread starts, because it changes the environment.
        let inherited = server::listeners_from_env()?;
        let log = self.log.start(&settings.log_filter())?;
        signals::outlive_large_files()?;
        let is_metrics = |socket: &InheritedSocket| socket.protocol == ServedProtocol::Metrics;
        let config = self.config(inherited.iter().any(is_metrics))?;
        let server = Server::with_sockets(&config, inherited)?;
        let (movies, accounts) = {
            let mut reader = Reader::open(&config.database)?;
            let mut transaction = ReadTransaction::new(&mut reader);
            (transaction.count()?, transaction.accounts()?.len())
        };
        let address = server.local_addr();
        let metrics = server.address(ServedProtocol::Metrics);
        let http = server.address(ServedProtocol::Http);
        // Before the greeting, after which signals may arrive.
        signals::on_hangup(server.reload())?;
        let (stop, stopped) = oneshot::channel();
        signals::on_first(move |_| {
            tracing::info!("stopping, a second signal stops at once");
            server::notify_stopping();
            let _ = stop.send(());
        })?;
        let mut out = safe_stdout();
        let path = config.database.display();
        let tls = if config.listeners.iter().any(|one| one.tls.is_some()) {
            " over TLS"
        } else {
            ""
        };
        writeln!(
            out,
            "serving `{path}` with {movies} movies{tls} on {address}, Ctrl-C stops"
        )?;
        if let Some(http) = http {
            let scheme = if tls.is_empty() { "http" } else { "https" };
            writeln!(out, "HTTP on {scheme}://{http}/")?;
        }
        if let Some(metrics) = metrics {
            writeln!(out, "metrics on http://{metrics}/metrics")?;
        }
        if accounts == 0 {
            writeln!(
                out,
                "nobody can log in yet, add an account with `catalogue adduser admin`"
            )?;
        }
        server::notify_ready(&format!("serving {movies} movies on {address}"));
        let run = server.run(async {
            let _ = stopped.await;
        });
        if !matches!(run, Err(ServerError::NeedsSnapshot)) {
            return Ok(run?);
        }
        tracing::warn!("starting again, to fetch a snapshot");
        drop(log);
        start_again()
    }
}

/// Runs the same command line again in this process.
fn start_again() -> Result<(), CliError> {
    let mut arguments = std::env::args_os();
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // It returns only when it fails.
    Err(command.args(arguments).exec().into())
}
