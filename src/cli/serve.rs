//! `catalogue serve`: the server, until it is told to stop.
//!
//! # Adding a setting
//!
//! A setting is one field of [`Serve`], or of a struct that is flattened into
//! it, with a doc comment and
//! `#[arg(long, env = "CATALOGUE_<THE FIELD IN UPPER CASE>", …)]`. From it come
//! the flag, the variable, the key in `catalogue.toml` (the field's name), the
//! line of `catalogue config`, and its row in docs/operations.md, which
//! `CATALOGUE_WRITE_DOCS=1 cargo test docs::` writes anew. Then
//! [`Serve::config`] hands it to the server. A default that depends on something
//! else ends the doc comment, as `[default: in words]`.
//!
//! A `bool` is true or false in the file, any integer type a number, a `PathBuf`
//! a path as seen from the file, a `Vec` a list, and everything else a text.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{BoolishValueParser, RangedU64ValueParser};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::oneshot;

use super::log::LogFlags;
use super::settings::Settings;
use super::{CliError, Database, HashFlags, signals};
use crate::config::limits;
use crate::config::{
    Config, ConnectionLimits, DEFAULT_ADDRESS, Timeouts, TlsFiles, default_workers,
};
use crate::server::{self, Server};
use crate::store::{ReadTransaction, Reader};

/// Serves the catalogue until Ctrl-C or SIGTERM
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    database: Database,
    /// The address or host name to listen on, with a port; port 0 takes a free one. A socket that
    /// systemd hands over (LISTEN_FDS) goes before it
    #[arg(long, env = "CATALOGUE_LISTEN", default_value = DEFAULT_ADDRESS, value_name = "HOST:PORT",
          value_parser = server::check_address)]
    listen: String,
    /// Threads that serve connections [default: one less than there are cores]
    #[arg(long, env = "CATALOGUE_WORKERS", value_name = "N",
          default_value_t = default_workers(), hide_default_value = true,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::MAX_WORKERS as u64))]
    workers: usize,
    /// Most connections at once
    #[arg(long, env = "CATALOGUE_MAX_CONNECTIONS", value_name = "N",
          default_value_t = limits::DEFAULT_MAX_CONNECTIONS,
          value_parser = connections())]
    max_connections: usize,
    /// Most of them that have not logged in; then the oldest of the address with most of
    /// them goes [default: 1024, or half of all connections if that is less]
    #[arg(long, env = "CATALOGUE_MAX_UNAUTHENTICATED", value_name = "N", value_parser = connections())]
    max_unauthenticated: Option<usize>,
    /// Most connections of one address, an IPv6 address being its /64
    #[arg(long, env = "CATALOGUE_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N",
          default_value_t = limits::DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
          value_parser = connections())]
    max_connections_per_address: usize,
    /// An address with many people behind it, such as a proxy's, that has no bound of its own
    /// and no delay after failed logins; may be given several times
    #[arg(
        long = "shared-address",
        env = "CATALOGUE_SHARED_ADDRESSES",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    shared_addresses: Vec<IpAddr>,
    #[command(flatten)]
    hash: HashFlags,
    /// Memory for rows that were asked for, in MiB
    #[arg(long, env = "CATALOGUE_CACHE_MIB", value_name = "N",
          default_value_t = limits::DEFAULT_CACHE_MIB,
          value_parser = RangedU64ValueParser::<usize>::new().range(0..=limits::MAX_CACHE_MIB as u64))]
    cache_mib: usize,
    /// How long a connection may stay open without a login
    #[arg(long, env = "CATALOGUE_LOGIN_GRACE_SECONDS", value_name = "N",
          default_value_t = limits::LOGIN_GRACE.as_secs(), value_parser = seconds())]
    login_grace_seconds: u64,
    /// How long a logged-in client may say nothing
    #[arg(long, env = "CATALOGUE_IDLE_SECONDS", value_name = "N",
          default_value_t = limits::IDLE_TIMEOUT.as_secs(), value_parser = seconds())]
    idle_seconds: u64,
    /// How long a client may leave an answer unread
    #[arg(long, env = "CATALOGUE_WRITE_TIMEOUT_SECONDS", value_name = "N",
          default_value_t = limits::WRITE_TIMEOUT.as_secs(), value_parser = seconds())]
    write_timeout_seconds: u64,
    #[command(flatten)]
    tls: Tls,
    /// Serve metrics for Prometheus over HTTP on this address or host name, with a port: /metrics,
    /// /healthz and /readyz
    #[arg(long, env = "CATALOGUE_METRICS", value_name = "HOST:PORT",
          value_parser = server::check_address)]
    metrics: Option<String>,
    /// Listen without TLS on an address that others can reach
    #[arg(long, env = "CATALOGUE_ALLOW_PLAINTEXT", value_parser = BoolishValueParser::new())]
    allow_plaintext: bool,
    #[command(flatten)]
    log: LogFlags,
}

/// The files for TLS, which are read again at every SIGHUP.
#[derive(Debug, Args)]
struct Tls {
    /// Speak TLS with the certificate in this PEM file, and --tls-key
    #[arg(long, env = "CATALOGUE_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long, env = "CATALOGUE_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Ask clients for a certificate, which one of those in this file has to vouch for
    #[arg(long, env = "CATALOGUE_TLS_CLIENT_CA", value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,
}

impl Tls {
    fn files(self) -> Result<Option<TlsFiles>, CliError> {
        match (self.tls_cert, self.tls_key, self.tls_client_ca) {
            (None, None, None) => Ok(None),
            (Some(certificate), Some(key), client_authorities) => Ok(Some(TlsFiles {
                certificate,
                key,
                client_authorities,
            })),
            (None, None, Some(_)) => Err(CliError::Usage(
                "--tls-client-ca needs TLS, give --tls-cert and --tls-key too",
            )),
            _ => Err(CliError::Usage(
                "--tls-cert and --tls-key belong together, give both",
            )),
        }
    }
}

fn connections() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=limits::MAX_CONFIGURABLE_CONNECTIONS as u64)
}

fn seconds() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=limits::MAX_TIMEOUT_SECONDS)
}

impl Serve {
    pub(super) fn run(self, settings: &Settings) -> Result<(), CliError> {
        // First of all, while there are no threads.
        let inherited = server::listener_from_env()?;
        let _log = self.log.start(&settings.log_filter())?;
        signals::outlive_large_files()?;
        let config = self.config()?;
        let server = match inherited {
            Some(listener) => Server::new(listener, &config)?,
            None => Server::bind(&config)?,
        };
        let (movies, accounts) = {
            let mut reader = Reader::open(&config.database)?;
            let mut batch = ReadTransaction::new(&mut reader);
            (batch.count()?, batch.accounts()?.len())
        };
        let address = server.local_addr()?;
        let metrics = server.metrics_addr();
        // Whoever has read that it serves may stop it, and replace its certificate.
        signals::on_hangup(server.reload())?;
        let (stop, stopped) = oneshot::channel();
        signals::on_first(move |_| {
            tracing::info!("stopping, a second signal stops at once");
            server::say_stopping();
            let _ = stop.send(());
        })?;
        let mut out = io::stdout().lock();
        let path = config.database.display();
        let over = if config.tls.is_some() {
            " over TLS"
        } else {
            ""
        };
        writeln!(
            out,
            "serving `{path}` with {movies} movies{over} on {address}, Ctrl-C stops"
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

    fn config(self) -> Result<Config, CliError> {
        let defaults = Config::new(self.database.db, server::resolve(&self.listen, "--listen")?);
        let metrics = self.metrics.as_deref();
        let metrics = metrics.map(|metrics| server::resolve(metrics, "--metrics"));
        let metrics = metrics.transpose()?;
        let usual = ConnectionLimits::new(connections_within_limit(
            self.max_connections,
            self.workers,
            metrics.is_some(),
        )?);
        Ok(Config {
            workers: self.workers,
            connection_limits: ConnectionLimits {
                unauthenticated: self.max_unauthenticated.unwrap_or(usual.unauthenticated),
                per_address: self.max_connections_per_address,
                shared: self.shared_addresses,
                ..usual
            },
            hash_cost: self.hash.cost()?,
            cache_mib: self.cache_mib,
            timeouts: Timeouts {
                login: Duration::from_secs(self.login_grace_seconds),
                idle: Duration::from_secs(self.idle_seconds),
                write: Duration::from_secs(self.write_timeout_seconds),
            },
            tls: self.tls.files()?,
            metrics,
            allow_plaintext: self.allow_plaintext,
            ..defaults
        })
    }
}

/// As many of the connections as the operating system has file descriptors
/// for. The usual soft limit is 1,024, so it is raised as far as that goes.
/// Without this, those above it would connect and never be answered.
fn connections_within_limit(
    wanted: usize,
    workers: usize,
    metrics: bool,
) -> Result<usize, CliError> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let limit = setrlimit(Resource::Nofile, raised).map_or(current, |()| maximum);
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let for_metrics = match metrics {
        true => limits::MAX_METRICS_CONNECTIONS + limits::METRICS_FILES,
        false => 0,
    };
    let for_workers = limits::FILES_PER_WORKER * workers;
    let reserve = limits::MAX_REFUSALS + limits::RESERVED_FILES + for_workers + for_metrics;
    match limit.saturating_sub(reserve) {
        0 => Err(CliError::TooFewFiles {
            limit,
            needed: reserve + 1,
        }),
        room if room < wanted => {
            tracing::warn!(
                "room for {room} connections instead of {wanted}, because the limit of open files \
                 is {limit}, raise it with `ulimit -n`"
            );
            Ok(room)
        }
        _ => Ok(wanted),
    }
}
