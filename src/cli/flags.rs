//! Flags that several subcommands share.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedI64ValueParser;

use super::CliError;
use crate::auth::{Cost, CostError};
use crate::config::{ClusterConfig, ClusterTls, DEFAULT_DATABASE, EtcdEndpoint, limits};

/// The database and the file of settings.
#[derive(Debug, Args)]
pub(super) struct Database {
    /// The database file
    #[arg(long, env = "CATALOGUE_DB", default_value = DEFAULT_DATABASE, value_name = "FILE")]
    pub(super) db: PathBuf,
    /// The file with settings [default: catalogue.toml next to the database, if it exists]
    #[arg(long, env = "CATALOGUE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The cluster, and the certificates within it.
#[derive(Debug, Args)]
pub(super) struct ClusterFlags {
    /// The addresses of the members of etcd with the cluster's log, like https://etcd-1:2379
    #[arg(
        long,
        env = "CATALOGUE_CLUSTER",
        value_name = "URL",
        value_delimiter = ','
    )]
    cluster: Vec<EtcdEndpoint>,
    /// The authorities that sign the certificates of the cluster, a PEM file
    #[arg(long, env = "CATALOGUE_CLUSTER_CA", value_name = "FILE")]
    cluster_ca: Option<PathBuf>,
    /// The certificate of this node, a PEM file; requires --cluster-key
    #[arg(long, env = "CATALOGUE_CLUSTER_CERT", value_name = "FILE")]
    cluster_cert: Option<PathBuf>,
    /// The private key of this certificate, a PEM file
    #[arg(long, env = "CATALOGUE_CLUSTER_KEY", value_name = "FILE")]
    cluster_key: Option<PathBuf>,
}

impl ClusterFlags {
    /// The cluster, if the flags name one.
    ///
    /// # Errors
    /// Flags that do not fit together.
    pub(super) fn config(self) -> Result<Option<ClusterConfig>, CliError> {
        let identity = match (self.cluster_cert, self.cluster_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => {
                let message = "--cluster-cert and --cluster-key belong together, give both";
                return Err(CliError::Usage(message));
            }
        };
        let tls = match (self.cluster_ca, identity) {
            (Some(authorities), identity) => Some(ClusterTls {
                authorities,
                identity,
            }),
            (None, None) => None,
            (None, Some(_)) => {
                let message =
                    "--cluster-cert needs the authorities of the cluster, give --cluster-ca";
                return Err(CliError::Usage(message));
            }
        };
        let endpoints = self.cluster;
        if endpoints.is_empty() {
            return Ok(None);
        }
        if tls.is_none() && endpoints.iter().any(|endpoint| endpoint.is_tls) {
            return Err(CliError::Usage("https in --cluster needs --cluster-ca"));
        }
        Ok(Some(ClusterConfig {
            endpoints,
            tls,
            snapshots: None,
        }))
    }
}

/// The cost of new password hashes.
#[derive(Debug, Args)]
pub(super) struct HashFlags {
    /// The memory of a password hash, in KiB; a cheaper hash is replaced at the next login
    #[arg(long, env = "CATALOGUE_HASH_MEMORY_KIB", value_name = "N",
          default_value_t = limits::DEFAULT_HASH_MEMORY_KIB,
          value_parser = RangedI64ValueParser::<u32>::new().range(8..=i64::from(limits::MAX_HASH_MEMORY_KIB)))]
    hash_memory_kib: u32,
    /// The number of passes of a password hash over its memory
    #[arg(long, env = "CATALOGUE_HASH_PASSES", value_name = "N",
          default_value_t = limits::DEFAULT_HASH_PASSES,
          value_parser = RangedI64ValueParser::<u32>::new().range(1..=i64::from(limits::MAX_HASH_PASSES)))]
    hash_passes: u32,
}

impl HashFlags {
    /// The cost that the flags ask for.
    ///
    /// # Errors
    /// [`CostError`].
    pub(super) fn cost(&self) -> Result<Cost, CostError> {
        Cost::new(self.hash_memory_kib, self.hash_passes)
    }
}
