//! Starting a node: the checks before it serves, and its threads.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rand::TryRng;
use rand::rngs::SysRng;
use tokio::runtime::{Builder, Runtime};

use super::apply::ApplyThread;
use super::error::ClusterError;
use super::etcd::{EtcdClient, EtcdEngine};
use super::keys::{NodeId, find_cluster};
use super::log_reader::{LogReader, check_engine};
use super::members::{Registration, reachable};
use super::sequencer::{Sequencer, WaitingChanges};
use super::snapshot::{self, SnapshotServer};
use super::status::ClusterStatus;
use crate::config::{ClusterConfig, limits};
use crate::pool;
use crate::store::{self, ClusterPosition, Replica, StoreError, Writer};

/// Starts the threads of a node for the catalogue at `path`. Returns the writer that takes changes,
/// the thread that applies the log, and the state of the node. All threads end after the last
/// `Writer` was dropped. Clients connect to `address`.
///
/// Without an answer of etcd the node serves its file, and is not ready. Without a file it fetches
/// a snapshot from another node first.
///
/// # Errors
/// A file that is not of this cluster, or that cannot follow its log; certificates.
pub fn start(
    path: &Path,
    config: &ClusterConfig,
    address: SocketAddr,
) -> Result<(Writer, JoinHandle<()>, Arc<ClusterStatus>), ClusterError> {
    let engine = Arc::new(EtcdEngine::new(config)?);
    let first = runtime()?;
    let mut client = EtcdClient::new(Arc::clone(&engine));
    let position = match stored_position(path)? {
        Some(position) => position,
        None => {
            first.block_on(fetch_in_time(path, &engine, &mut client))?;
            let fetched = store::cluster_position(path)?;
            fetched.ok_or_else(|| StoreError::OfNoCluster(path.to_path_buf()))?
        }
    };
    let status = Arc::new(ClusterStatus::new(position, NodeId(random()?)));
    first.block_on(check_in_time(&mut client, &status, path))?;
    // Its connections belong to this runtime.
    drop((client, first));
    let snapshots = config.snapshots.map(|address| {
        let tls = config.tls.as_ref();
        SnapshotServer::bind(address, tls, path, &status)
    });
    let snapshots = snapshots.transpose()?;
    let url = snapshots.as_ref().map(SnapshotServer::url);
    let addresses = (reachable(address), url.unwrap_or_default());
    let (writer, queue, replica) = Replica::open(path)?;
    let (read, entries) = crossbeam_channel::bounded(limits::CLUSTER_READ_QUEUE);
    let sequencer = Sequencer {
        client: EtcdClient::new(Arc::clone(&engine)),
        runtime: runtime()?,
        waiting: WaitingChanges::new(queue),
        status: Arc::clone(&status),
    };
    let (reading, registering) = (runtime()?, runtime()?);
    let reader = LogReader::new(&engine, read, &status, path.to_path_buf());
    let client = EtcdClient::new(engine);
    let registration = Registration::new(client, &status, path.to_path_buf(), addresses);
    let mut others = vec![
        pool::spawn("sequencer", move || sequencer.run())?,
        pool::spawn("log reader", move || reading.block_on(reader.run()))?,
        pool::spawn("registration", move || {
            registering.block_on(registration.run())
        })?,
    ];
    if let Some(server) = snapshots {
        let serving = runtime()?;
        others.push(pool::spawn("snapshots", move || {
            serving.block_on(server.run())
        })?);
    }
    let apply = ApplyThread {
        replica,
        entries,
        status: Arc::clone(&status),
        others,
    };
    let thread = pool::spawn("writer", move || apply.run())?;
    Ok((writer, thread, status))
}

/// The position of the file in the log; `None` if a snapshot must replace the file.
fn stored_position(path: &Path) -> Result<Option<ClusterPosition>, ClusterError> {
    match store::cluster_position(path) {
        Ok(Some(position)) => Ok((!position.needs_snapshot).then_some(position)),
        Ok(None) => Err(StoreError::OfNoCluster(path.to_path_buf()).into()),
        Err(StoreError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Fetches a snapshot from another node, if etcd answers in time.
async fn fetch_in_time(
    path: &Path,
    engine: &EtcdEngine,
    client: &mut EtcdClient,
) -> Result<(), ClusterError> {
    let began = Instant::now();
    loop {
        match find_cluster(client).await {
            Ok(Some(cluster)) => return snapshot::fetch(path, engine, client, &cluster).await,
            Ok(None) => return Err(ClusterError::NoCluster),
            Err(ClusterError::Etcd(_)) if began.elapsed() < limits::CLUSTER_START_TIMEOUT => {
                tokio::time::sleep(limits::ETCD_APPEND_TIMEOUT).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Checks the etcd, if it answers in time. Without an answer the node serves its file.
async fn check_in_time(
    client: &mut EtcdClient,
    status: &ClusterStatus,
    path: &Path,
) -> Result<(), ClusterError> {
    let began = Instant::now();
    loop {
        match check_engine(client, status, path).await {
            Ok(_) => return Ok(()),
            Err(ClusterError::Etcd(error)) if began.elapsed() > limits::CLUSTER_START_TIMEOUT => {
                tracing::warn!(%error, "the cluster's log does not answer, serving what is stored");
                return Ok(());
            }
            Err(ClusterError::Etcd(_)) => tokio::time::sleep(limits::ETCD_APPEND_TIMEOUT).await,
            Err(error) => return Err(error),
        }
    }
}

/// The event loop of one thread.
pub(super) fn runtime() -> Result<Runtime, ClusterError> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// A random number that is not 0.
fn random() -> Result<u64, ClusterError> {
    let number = SysRng.try_next_u64();
    let number = number.map_err(|error| ClusterError::System(std::io::Error::other(error)))?;
    Ok(number.max(1))
}
