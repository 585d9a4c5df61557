//! The keys in etcd: `log` has the newest entry, `cluster` identifies the cluster, and each node
//! is registered below `node/`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::etcd::EtcdClient;
use crate::store::ClusterId;

/// The key of the log. Its value is the newest entry; earlier entries are its earlier values.
pub(super) const LOG: &str = "log";
/// The key that identifies the cluster.
pub(super) const CLUSTER: &str = "cluster";
/// The keys of the nodes begin with this.
pub(super) const NODES: &str = "node/";

/// Identifies a process that serves a node: a random number, new at each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The value of the key `cluster`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClusterKey {
    /// The id, in hexadecimal digits.
    pub id: String,
}

impl ClusterKey {
    pub fn new(id: ClusterId) -> ClusterKey {
        ClusterKey { id: id.to_string() }
    }

    fn cluster_id(&self) -> Option<ClusterId> {
        let number = u128::from_str_radix(&self.id, 16).ok();
        let id = number.map(|number| ClusterId(number.to_be_bytes()));
        id.filter(|id| id.to_string() == self.id)
    }
}

/// The registration of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The id of its process.
    pub node: String,
    /// The name of its machine.
    pub host: String,
    /// The address for clients.
    pub address: String,
    /// The version of its program.
    pub version: String,
    /// The schema version that it knows.
    pub schema_version: usize,
    /// The last entry that is durable there.
    pub durable: u64,
    /// The hash of the log up to that entry.
    pub hash: String,
}

/// The id of the cluster in an etcd; `None` if it has no cluster.
pub(super) async fn find_cluster(
    client: &mut EtcdClient,
) -> Result<Option<ClusterId>, ClusterError> {
    let Some(found) = client.get(CLUSTER).await? else {
        return Ok(None);
    };
    let key = serde_json::from_slice::<ClusterKey>(&found.value).ok();
    let id = key.and_then(|key| key.cluster_id());
    id.map(Some).ok_or(ClusterError::Foreign)
}

/// The registered nodes. Values that are no registration are skipped.
pub(super) async fn members(client: &mut EtcdClient) -> Result<Vec<Member>, ClusterError> {
    let found = client.list(NODES).await?;
    let read = |found: super::etcd::KeyValue| serde_json::from_slice(&found.value).ok();
    Ok(found.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_cluster_is_read_back_and_nothing_else() {
        let id = ClusterId(*b"\x00\x01abcdefghijklmn");
        assert_eq!(ClusterKey::new(id).cluster_id(), Some(id));
        for text in ["", "1", "+0016162636465666768696a6b6c6d6e6f", "x"] {
            let key = ClusterKey {
                id: text.to_owned(),
            };
            assert_eq!(key.cluster_id(), None, "{text}");
        }
    }
}
