//! Why a node cannot take part in a cluster.

use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use super::etcd::EtcdError;
use crate::certificates::PemError;
use crate::pool::ThreadError;
use crate::store::{ClusterId, StoreError};

/// Why a node cannot take part in a cluster.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// etcd.
    #[error(transparent)]
    Etcd(#[from] EtcdError),
    /// A certificate or a key.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The catalogue.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No more threads.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// The operating system refused another resource, such as an event queue.
    #[error("the operating system refused what a node needs: {0}")]
    System(#[from] std::io::Error),
    /// No cluster was made in this etcd.
    #[error(
        "there is no cluster in this etcd, make one of a catalogue with `catalogue cluster init`"
    )]
    NoCluster,
    /// A cluster was made before.
    #[error(
        "this etcd has the cluster {0} already, start a node of it with `catalogue serve --cluster`"
    )]
    Exists(String),
    /// This etcd is used for something else.
    #[error(
        "this etcd has the key `log` of another program, give an etcd that is used for nothing else"
    )]
    NotEmpty,
    /// The key `cluster` is not of this program.
    #[error("the key `cluster` in etcd is not of this program")]
    Foreign,
    /// A file of another cluster.
    #[error(
        "`{path}` belongs to the cluster {found}, and this etcd has the cluster {expected}, move the file away or check --cluster"
    )]
    OtherCluster {
        /// The file.
        path: PathBuf,
        /// Its cluster.
        found: ClusterId,
        /// The cluster of the engine.
        expected: ClusterId,
    },
    /// The log ends before the file.
    #[error(
        "the log in etcd ends at {head}, before `{path}` at {applied}: etcd lost data or is an old copy, restore with a new etcd and `catalogue cluster init`"
    )]
    LogIsOlder {
        /// The file.
        path: PathBuf,
        /// The last entry that the file has.
        applied: u64,
        /// The last entry of the log.
        head: u64,
    },
    /// No node sent a snapshot.
    #[error(
        "no node sent a snapshot for `{0}`: {1}; start a node with --cluster-listen, or put a `catalogue backup` of a node in its place"
    )]
    NoSnapshot(PathBuf, String),
    /// The address for snapshots is taken, or is not this machine's.
    #[error("cannot serve snapshots on `{0}`: {1}, choose another address with --cluster-listen")]
    Listen(SocketAddr, std::io::Error),
}
