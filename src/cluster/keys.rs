//! The keys in etcd: `log` has the newest entry, `cluster` identifies the cluster, and each node
//! is registered below `node/`.

use std::fmt;

use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

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

/// The id of a cluster, and the secret that its nodes share.
pub(super) struct ClusterKey {
    /// The cluster.
    pub id: ClusterId,
    /// The secret with which a node requests a snapshot from another node. All programs that can
    /// read etcd can read it.
    pub secret: Zeroizing<String>,
}

/// The value of the key `cluster`.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    /// The id, in hexadecimal digits.
    id: String,
    secret: String,
}

impl ClusterKey {
    /// A new cluster.
    ///
    /// # Errors
    /// The random generator of the operating system.
    pub fn generate() -> Result<ClusterKey, SysError> {
        let (mut id, mut secret) = ([0; 16], [0; 16]);
        SysRng.try_fill_bytes(&mut id)?;
        SysRng.try_fill_bytes(&mut secret)?;
        Ok(ClusterKey {
            id: ClusterId(id),
            secret: Zeroizing::new(ClusterId(secret).to_string()),
        })
    }

    /// The value that is stored in etcd.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let stored = StoredKey {
            id: self.id.to_string(),
            secret: self.secret.to_string(),
        };
        Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default())
    }

    fn from_bytes(bytes: &[u8]) -> Option<ClusterKey> {
        let stored: StoredKey = serde_json::from_slice(bytes).ok()?;
        let number = u128::from_str_radix(&stored.id, 16).ok()?;
        let id = ClusterId(number.to_be_bytes());
        (id.to_string() == stored.id).then(|| ClusterKey {
            id,
            secret: Zeroizing::new(stored.secret),
        })
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
    /// The URL for snapshots; empty if the node serves none.
    #[serde(default)]
    pub snapshots: String,
}

/// The id of the cluster in an etcd; `None` if it has no cluster.
pub(super) async fn find_cluster(
    client: &mut EtcdClient,
) -> Result<Option<ClusterKey>, ClusterError> {
    let Some(found) = client.get(CLUSTER).await? else {
        return Ok(None);
    };
    let key = ClusterKey::from_bytes(&found.value);
    key.map(Some).ok_or(ClusterError::Foreign)
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
    fn the_key_of_a_cluster_is_read_back_and_nothing_else() {
        let key = ClusterKey::generate().unwrap();
        let read = ClusterKey::from_bytes(&key.to_bytes()).unwrap();
        assert_eq!((read.id, &read.secret), (key.id, &key.secret));
        assert_eq!(key.secret.len(), 32);
        for text in ["", "1", "+0016162636465666768696a6b6c6d6e6f", "x"] {
            let stored = format!(r#"{{"id":"{text}","secret":"s"}}"#);
            assert!(
                ClusterKey::from_bytes(stored.as_bytes()).is_none(),
                "{text}"
            );
        }
    }
}
