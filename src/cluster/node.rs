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
use super::keys::NodeId;
use super::log_reader::{LogReader, check_engine};
use super::members::Registration;
use super::sequencer::{Sequencer, WaitingChanges};
use super::status::ClusterStatus;
use crate::config::{ClusterConfig, limits};
use crate::pool;
use crate::store::{self, Replica, StoreError, Writer};

/// Starts the threads of a node for the catalogue at `path`. Returns the writer that takes changes,
/// the thread that applies the log, and the state of the node. All threads end after the last
/// `Writer` was dropped. Clients connect to `address`.
///
/// Without an answer of etcd the node serves its file, and is not ready.
///
/// # Errors
/// A file that is not of this cluster, or that cannot follow its log; certificates.
pub fn start(
    path: &Path,
    config: &ClusterConfig,
    address: SocketAddr,
) -> Result<(Writer, JoinHandle<()>, Arc<ClusterStatus>), ClusterError> {
    let engine = Arc::new(EtcdEngine::new(config)?);
    let position = store::cluster_position(path)?;
    let position = position.ok_or_else(|| StoreError::OfNoCluster(path.to_path_buf()))?;
    if position.needs_snapshot {
        return Err(ClusterError::NeedsSnapshot(path.to_path_buf()));
    }
    let status = Arc::new(ClusterStatus::new(position, NodeId(random()?)));
    let first = runtime()?;
    let mut client = EtcdClient::new(Arc::clone(&engine));
    first.block_on(check_in_time(&mut client, &status, path))?;
    // Its connections belong to this runtime.
    drop((client, first));
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
    let address = address.to_string();
    let registration = Registration::new(client, &status, path.to_path_buf(), address);
    let others = vec![
        pool::spawn("sequencer", move || sequencer.run())?,
        pool::spawn("log reader", move || reading.block_on(reader.run()))?,
        pool::spawn("registration", move || {
            registering.block_on(registration.run())
        })?,
    ];
    let apply = ApplyThread {
        replica,
        entries,
        status: Arc::clone(&status),
        others,
    };
    let thread = pool::spawn("writer", move || apply.run())?;
    Ok((writer, thread, status))
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
