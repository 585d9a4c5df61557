//! `catalogue serve`: runs the server until a signal stops it.

mod args;
mod open_files;

use std::io::{self, Write};

use tokio::sync::oneshot;

pub use args::ServeArgs;

use super::settings::Settings;
use super::{CliError, signals};
use crate::server::{self, Server};
use crate::store::{ReadTransaction, Reader};

impl ServeArgs {
    /// Serves until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// [`CliError`] if the server cannot start or fails.
    pub(super) fn run(self, settings: &Settings) -> Result<(), CliError> {
        // Before any thread starts, because it changes the environment.
        let listener = server::listener_from_env()?;
        let _log = self.log.start(&settings.log_filter())?;
        signals::outlive_large_files()?;
        let config = self.config()?;
        let server = match listener {
            Some(listener) => Server::new(listener, &config)?,
            None => Server::bind(&config)?,
        };
        let (movies, accounts) = {
            let mut reader = Reader::open(&config.database)?;
            let mut transaction = ReadTransaction::new(&mut reader);
            (transaction.count()?, transaction.accounts()?.len())
        };
        let address = server.local_addr()?;
        let metrics = server.metrics_addr();
        // Before the first line of output, after which signals may arrive.
        signals::on_hangup(server.reload())?;
        let (stop, stopped) = oneshot::channel();
        signals::on_first(move |_| {
            tracing::info!("stopping, a second signal stops at once");
            server::say_stopping();
            let _ = stop.send(());
        })?;
        let mut out = io::stdout().lock();
        let path = config.database.display();
        let tls = if config.tls.is_some() {
            " over TLS"
        } else {
            ""
        };
        writeln!(
            out,
            "serving `{path}` with {movies} movies{tls} on {address}, Ctrl-C stops"
        )?;
        if let Some(metrics) = metrics {
            writeln!(out, "metrics on http://{metrics}/metrics")?;
        }
        if accounts == 0 {
            writeln!(
                out,
                "nobody can log in yet, add an account with `catalogue adduser admin`"
            )?;
        }
        drop(out);
        server::notify_ready(&format!("serving {movies} movies on {address}"));
        server.run(async {
            let _ = stopped.await;
        })?;
        Ok(())
    }
}
