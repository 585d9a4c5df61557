//! Commands for operators: make a cluster, show it, and take a file out of it.

use std::path::Path;
use std::sync::Arc;

use super::error::ClusterError;
use super::etcd::{EtcdClient, EtcdEngine, EtcdError};
use super::keys::{CLUSTER, ClusterKey, LOG, Member, find_cluster, members};
use super::node::runtime;
use crate::config::ClusterConfig;
use crate::store::{self, ClusterId};

/// The state of a cluster and of etcd.
#[derive(Debug)]
pub struct ClusterReport {
    /// The state of the cluster, or the reason why etcd did not return it.
    pub state: Result<ClusterState, ClusterError>,
    /// The members of etcd, by their addresses, with their status or the error of the request.
    pub engine: Vec<(String, Result<EngineMember, String>)>,
}

/// The state of a cluster.
#[derive(Debug)]
pub struct ClusterState {
    /// The cluster.
    pub cluster: ClusterId,
    /// The last entry of the log.
    pub head: u64,
    /// The nodes that are registered.
    pub members: Vec<Member>,
}

/// One member of etcd.
#[derive(Debug)]
pub struct EngineMember {
    /// Its version.
    pub version: String,
    /// Whether it has a leader.
    pub has_leader: bool,
    /// The bytes of its database.
    pub database_bytes: u64,
}

/// Makes a cluster of the catalogue at `path`, in an etcd that has none. A catalogue that was one
/// of another cluster, such as a restored backup, becomes one of the new cluster.
///
/// # Errors
/// [`ClusterError::Exists`], a catalogue that is in use, or an etcd that does not answer.
pub fn init(path: &Path, config: &ClusterConfig) -> Result<ClusterId, ClusterError> {
    let engine = Arc::new(EtcdEngine::new(config)?);
    let key = ClusterKey::generate()
        .map_err(|error| ClusterError::System(std::io::Error::other(error)))?;
    let id = key.id;
    // The file is checked first, so that a wrong file changes nothing in etcd.
    store::cluster_position(path)?;
    runtime()?.block_on(async {
        let mut client = EtcdClient::new(engine);
        client.find_member().await?;
        if let Some(found) = find_cluster(&mut client).await? {
            return Err(ClusterError::Exists(found.id.to_string()));
        }
        if client.get(LOG).await?.is_some() {
            return Err(ClusterError::NotEmpty);
        }
        // The file is changed first. After an interruption there is no cluster in etcd, and the
        // operator can repeat the command.
        store::join_cluster(path, id)?;
        if client.create(CLUSTER, &key.to_bytes()).await? {
            return Ok(id);
        }
        // Another command has made a cluster at the same time, or the answer to this one was lost.
        match find_cluster(&mut client).await? {
            Some(found) if found.id == id => Ok(id),
            found => {
                store::leave_cluster(path)?;
                let found = found.map(|found| found.id.to_string()).unwrap_or_default();
                Err(ClusterError::Exists(found))
            }
        }
    })
}

/// Takes the catalogue at `path` out of its cluster, so that it can be served alone.
///
/// # Errors
/// A catalogue that is in use, or of no cluster.
pub fn leave(path: &Path) -> Result<(), ClusterError> {
    Ok(store::leave_cluster(path)?)
}

/// Reads the state of the cluster from etcd, and that of each member of etcd.
///
/// # Errors
/// [`ClusterError::NoCluster`], or settings that cannot be used.
pub fn report(config: &ClusterConfig) -> Result<ClusterReport, ClusterError> {
    let engine = Arc::new(EtcdEngine::new(config)?);
    runtime()?.block_on(async {
        let state = match state(EtcdClient::new(engine)).await {
            Err(ClusterError::NoCluster) => return Err(ClusterError::NoCluster),
            state => state,
        };
        let mut members_of_etcd = Vec::new();
        for endpoint in &config.endpoints {
            let alone = ClusterConfig {
                endpoints: vec![endpoint.clone()],
                tls: config.tls.clone(),
                snapshots: None,
            };
            let mut client = EtcdClient::new(Arc::new(EtcdEngine::new(&alone)?));
            let status = client.status().await;
            let status = status.map(|status| EngineMember {
                has_leader: status.leader != 0,
                version: status.version,
                database_bytes: status.database_bytes,
            });
            let status = status.map_err(|error: EtcdError| error.to_string());
            members_of_etcd.push((endpoint.to_string(), status));
        }
        Ok(ClusterReport {
            state,
            engine: members_of_etcd,
        })
    })
}

async fn state(mut client: EtcdClient) -> Result<ClusterState, ClusterError> {
    client.find_member().await?;
    let cluster = find_cluster(&mut client).await?;
    Ok(ClusterState {
        cluster: cluster.ok_or(ClusterError::NoCluster)?.id,
        head: client.head(LOG).await?,
        members: members(&mut client).await?,
    })
}
