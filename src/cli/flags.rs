//! Flags that several subcommands share.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedI64ValueParser;

use crate::auth::{Cost, CostError};
use crate::config::{DEFAULT_DATABASE, limits};

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
