//! The flags of `catalogue serve`, which are its settings.
//!
//! # Adding a setting
//!
//! A setting is a field of [`ServeArgs`], or of a struct that is flattened into it, with a
//! doc comment and `#[arg(long, env = "CATALOGUE_<THE FIELD IN UPPER CASE>", …)]`. Five
//! things follow from it: the flag, the variable, the key in `catalogue.toml` (the field's
//! name), the line of `catalogue config`, and the row in docs/operations.md, which
//! `CATALOGUE_WRITE_DOCS=1 cargo test docs::` writes. [`ServeArgs::config`] passes the value
//! to the server. The doc comment of a default that depends on other values ends with
//! `[default: in words]`.
//!
//! In the file, a `bool` is true or false, an integer a number, a `PathBuf` a path relative
//! to the file, a `Vec` a list, and every other type a text.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{BoolishValueParser, RangedU64ValueParser};
use clap::{Args, ValueEnum};

use super::open_files::connections_within_limit;
use crate::cli::CliError;
use crate::cli::flags::{ClusterFlags, Database, HashFlags};
use crate::cli::log::LogFlags;
use crate::config::limits;
use crate::config::{
    Config, ConnectionLimits, DEFAULT_ADDRESS, DEFAULT_HTTP_ADDRESS, HttpConfig, Listener,
    ServedProtocol, Timeouts, TlsFiles, default_workers,
};
use crate::server;
use crate::store::Role;

/// Serve the catalogue until Ctrl-C or SIGTERM
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    database: Database,
    /// The address or host name to listen on, with a port; port 0 selects a free port. A socket
    /// from systemd (LISTEN_FDS) overrides it
    #[arg(long, env = "CATALOGUE_LISTEN", default_value = DEFAULT_ADDRESS, value_name = "HOST:PORT",
          value_parser = server::check_address)]
    listen: String,
    /// Threads that serve connections [default: one fewer than there are cores]
    #[arg(long, env = "CATALOGUE_WORKERS", value_name = "N",
          default_value_t = default_workers(), hide_default_value = true,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::MAX_WORKERS as u64))]
    workers: usize,
    /// The maximum number of connections
    #[arg(long, env = "CATALOGUE_MAX_CONNECTIONS", value_name = "N",
          default_value_t = limits::DEFAULT_MAX_CONNECTIONS,
          value_parser = connections())]
    max_connections: usize,
    /// The maximum number of unauthenticated connections; above it, the oldest one of the busiest
    /// address is closed [default: 1024, or half of all connections if that is less]
    #[arg(long, env = "CATALOGUE_MAX_UNAUTHENTICATED", value_name = "N", value_parser = connections())]
    max_unauthenticated: Option<usize>,
    /// The maximum number of connections of one address (IPv6: of one /64)
    #[arg(long, env = "CATALOGUE_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N",
          default_value_t = limits::DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
          value_parser = connections())]
    max_connections_per_address: usize,
    /// An address that many clients share, for example of a proxy: it has no limit of its own and
    /// no delay after failed logins; may be given several times
    #[arg(
        long = "shared-address",
        env = "CATALOGUE_SHARED_ADDRESSES",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    shared_addresses: Vec<IpAddr>,
    #[command(flatten)]
    hash: HashFlags,
    /// The memory for cached rows, in MiB
    #[arg(long, env = "CATALOGUE_CACHE_MIB", value_name = "N",
          default_value_t = limits::DEFAULT_CACHE_MIB,
          value_parser = RangedU64ValueParser::<usize>::new().range(0..=limits::MAX_CACHE_MIB as u64))]
    cache_mib: usize,
    /// The time limit for a login, in seconds
    #[arg(long, env = "CATALOGUE_LOGIN_GRACE_SECONDS", value_name = "N",
          default_value_t = limits::LOGIN_GRACE.as_secs(), value_parser = seconds())]
    login_grace_seconds: u64,
    /// The idle timeout of a client that is logged in, in seconds
    #[arg(long, env = "CATALOGUE_IDLE_SECONDS", value_name = "N",
          default_value_t = limits::IDLE_TIMEOUT.as_secs(), value_parser = seconds())]
    idle_seconds: u64,
    /// The time limit for a client to read an answer, in seconds
    #[arg(long, env = "CATALOGUE_WRITE_TIMEOUT_SECONDS", value_name = "N",
          default_value_t = limits::WRITE_TIMEOUT.as_secs(), value_parser = seconds())]
    write_timeout_seconds: u64,
    #[command(flatten)]
    tls: TlsFlags,
    /// Serve metrics for Prometheus over HTTP on this address or host name, with a port: /metrics,
    /// /healthz and /readyz
    #[arg(long, env = "CATALOGUE_METRICS", value_name = "HOST:PORT",
          value_parser = server::check_address)]
    metrics: Option<String>,
    /// Serve the JSON API and the pages over HTTP on this address or host name, with a port; `off`
    /// serves none
    #[arg(long, env = "CATALOGUE_HTTP", default_value = DEFAULT_HTTP_ADDRESS, value_name = "HOST:PORT",
          value_parser = http_address)]
    http: String,
    /// A name of this server that HTTP requests may have in Host, next to the address that they
    /// arrive at; may be given several times
    #[arg(
        long = "http-host",
        env = "CATALOGUE_HTTP_HOSTS",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = http_host
    )]
    http_hosts: Vec<String>,
    /// The role of HTTP requests without a key: `reader` lets everyone read, `none` requires a key
    #[arg(
        long,
        env = "CATALOGUE_HTTP_ANONYMOUS",
        value_name = "ROLE",
        default_value = "none"
    )]
    http_anonymous: AnonymousRole,
    /// The region whose titles searches show, such as FR, unless a search gives its own REGION
    #[arg(long, env = "CATALOGUE_REGION", value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    cluster: ClusterFlags,
    /// The address or host name, with a port, on which other nodes of the cluster fetch the whole
    /// catalogue; with --cluster-cert over TLS
    #[arg(long, env = "CATALOGUE_CLUSTER_LISTEN", value_name = "HOST:PORT",
          value_parser = server::check_address)]
    cluster_listen: Option<String>,
    /// Allow connections without TLS on an address other than loopback
    #[arg(long, env = "CATALOGUE_ALLOW_PLAINTEXT", value_parser = BoolishValueParser::new())]
    allow_plaintext: bool,
    #[command(flatten)]
    pub(super) log: LogFlags,
}

/// The role of HTTP requests without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AnonymousRole {
    /// They are refused.
    None,
    /// They may read.
    Reader,
}

/// A region or a language, as IMDb writes them.
fn region(text: &str) -> Result<String, String> {
    let is_label = !text.is_empty() && text.len() <= limits::MAX_LABEL_BYTES;
    if is_label
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Ok(text.to_owned());
    }
    Err("expected a region like FR, or a language like fr".to_owned())
}

/// The word in place of an address that serves no HTTP.
const OFF: &str = "off";

fn http_address(text: &str) -> Result<String, String> {
    if text == OFF {
        return Ok(text.to_owned());
    }
    server::check_address(text).map_err(|error| format!("{error}, or `{OFF}`"))
}

/// A host name or an address, without a port.
fn http_host(text: &str) -> Result<String, String> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let has_port = server::check_address(text).is_ok();
    if text.is_empty() || has_port || !text.bytes().all(is_part) {
        return Err("expected a host name without a port, like movies.example".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}

/// The files for TLS. The server reads them again at every SIGHUP.
#[derive(Debug, Args)]
struct TlsFlags {
    /// Use TLS with the certificate in this PEM file; requires --tls-key
    #[arg(long, env = "CATALOGUE_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, a PEM file
    #[arg(long, env = "CATALOGUE_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Require client certificates that an authority in this PEM file has signed
    #[arg(long, env = "CATALOGUE_TLS_CLIENT_CA", value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,
}

impl TlsFlags {
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

impl ServeArgs {
    /// The configuration of the server; whether it inherits a socket for metrics.
    pub(super) fn config(self, inherits_metrics: bool) -> Result<Config, CliError> {
        let address = server::resolve(&self.listen, ServedProtocol::Resp)?;
        let tls = self.tls.files()?;
        let listener = |address, protocol| Listener {
            tls: tls.clone(),
            ..Listener::new(address, protocol)
        };
        let mut listeners = vec![listener(address, ServedProtocol::Resp)];
        if self.http != OFF {
            let address = server::resolve(&self.http, ServedProtocol::Http)?;
            listeners.push(listener(address, ServedProtocol::Http));
        }
        if let Some(metrics) = &self.metrics {
            let address = server::resolve(metrics, ServedProtocol::Metrics)?;
            listeners.push(Listener::new(address, ServedProtocol::Metrics));
        }
        let default_limits = ConnectionLimits::new(connections_within_limit(
            self.max_connections,
            self.workers,
            inherits_metrics || self.metrics.is_some(),
        )?);
        let mut cluster = self.cluster.config()?;
        if let (Some(cluster), Some(address)) = (&mut cluster, &self.cluster_listen) {
            cluster.snapshots = Some(server::resolve(address, ServedProtocol::Http)?);
        }
        Ok(Config {
            workers: self.workers,
            connection_limits: ConnectionLimits {
                unauthenticated: self
                    .max_unauthenticated
                    .unwrap_or(default_limits.unauthenticated),
                per_address: self.max_connections_per_address,
                shared: self.shared_addresses,
                ..default_limits
            },
            hash_cost: self.hash.cost()?,
            cache_mib: self.cache_mib,
            timeouts: Timeouts {
                login: Duration::from_secs(self.login_grace_seconds),
                idle: Duration::from_secs(self.idle_seconds),
                write: Duration::from_secs(self.write_timeout_seconds),
            },
            listeners,
            http: HttpConfig {
                hosts: self.http_hosts,
                anonymous: (self.http_anonymous == AnonymousRole::Reader).then_some(Role::Reader),
            },
            region: self.region,
            allow_plaintext: self.allow_plaintext,
            cluster,
            ..Config::new(self.database.db, address)
        })
    }
}
