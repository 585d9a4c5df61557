//! Registers this node in etcd under a lease, with its last durable entry.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::sleep;

use super::error::ClusterError;
use super::etcd::EtcdClient;
use super::keys::{Member, NODES, members};
use super::status::{ClusterStatus, NotReady};
use crate::config::limits;
use crate::store::{self, LATEST_SCHEMA_VERSION};

/// The task that keeps this node registered.
pub(super) struct Registration {
    client: EtcdClient,
    status: Arc<ClusterStatus>,
    path: PathBuf,
    /// The address for clients, and the URL for snapshots.
    addresses: (String, String),
    lease: Option<u64>,
    published: Option<Member>,
    /// etcd has removed the revisions before this one.
    compacted: u64,
}

impl Registration {
    pub fn new(
        client: EtcdClient,
        status: &Arc<ClusterStatus>,
        path: PathBuf,
        addresses: (String, String),
    ) -> Registration {
        Registration {
            client,
            status: Arc::clone(status),
            path,
            addresses,
            lease: None,
            published: None,
            compacted: 0,
        }
    }

    /// Keeps the node registered until it stops.
    pub async fn run(mut self) {
        let mut renewed: Option<Instant> = None;
        while !self.status.is_stopping() {
            if renewed.is_none_or(|renewed| renewed.elapsed() >= limits::CLUSTER_LEASE / 5)
                // After the first contact it is known that this etcd belongs to the cluster.
                && self.status.since_contact().is_some()
            {
                match self.renew().await {
                    Ok(()) => renewed = Some(Instant::now()),
                    Err(error) => tracing::debug!(%error, "the node could not be registered"),
                }
            }
            sleep(limits::CLUSTER_PROBE_INTERVAL / 4).await;
        }
        if let Some(lease) = self.lease {
            // Without this call the lease expires.
            let _ = self.client.revoke_lease(lease).await;
        }
    }

    async fn renew(&mut self) -> Result<(), ClusterError> {
        if let Some(lease) = self.lease
            && !self.client.renew_lease(lease).await?
        {
            (self.lease, self.published) = (None, None);
        }
        let lease = match self.lease {
            Some(lease) => lease,
            None => {
                let lease = self.client.grant_lease(limits::CLUSTER_LEASE).await?;
                *self.lease.insert(lease)
            }
        };
        let member = self.member()?;
        if self.published.as_ref() != Some(&member) {
            let key = format!("{NODES}{}", member.node);
            let value = serde_json::to_vec(&member).unwrap_or_default();
            let limit = limits::ETCD_TIMEOUT;
            self.client.put(&key, &value, lease, limit).await?;
            self.published = Some(member);
        }
        let mut found = members(&mut self.client).await?;
        found.sort_by(|one, other| (&one.host, &one.node).cmp(&(&other.host, &other.node)));
        let engine = self.client.status().await?;
        if engine.database_bytes > limits::MAX_CLUSTER_LOG_BYTES {
            self.compact(&found).await?;
        }
        self.status.set_engine(engine);
        self.compare(&found);
        self.status.set_members(found);
        Ok(())
    }

    /// Compares the hashes of the other nodes with the hashes of this node at the same entries. If
    /// two or more nodes can be compared and all of them differ, this node stops serving.
    fn compare(&self, members: &[Member]) {
        let here = self.status.node.to_string();
        let others = members.iter().filter(|member| member.node != here);
        let equal = others.filter_map(|member| {
            let hash = self.status.hash_at(member.durable)?;
            Some(hash.to_string() == member.hash)
        });
        let equal: Vec<bool> = equal.collect();
        if equal.iter().any(|is_equal| !is_equal) {
            tracing::error!("the hash of another node differs from that of this node");
        }
        if equal.len() > 1 && !equal.contains(&true) {
            self.status.set_problem(Some(NotReady::Differs));
        }
    }

    /// Removes the entries from the log that are durable on every registered node. Only the node
    /// with the lowest id does it. A node that misses removed entries needs a snapshot.
    async fn compact(&mut self, members: &[Member]) -> Result<(), ClusterError> {
        let first = members.iter().map(|member| &member.node).min();
        let durable = members.iter().map(|member| member.durable).min();
        let (Some(first), Some(durable)) = (first, durable) else {
            return Ok(());
        };
        if *first != self.status.node.to_string() || durable <= self.compacted {
            return Ok(());
        }
        match self.client.compact(durable).await {
            Err(error) if !error.is_compacted() => return Err(error.into()),
            _ => {}
        }
        tracing::info!(durable, "older entries were removed from the cluster's log");
        self.compacted = durable;
        Ok(())
    }

    /// The registration of this node. The applied entries are made durable first.
    fn member(&self) -> Result<Member, ClusterError> {
        let position = self.status.position();
        if (self.published.as_ref()).is_none_or(|before| before.durable != position.sequence) {
            store::sync_wal(&self.path)?;
        }
        Ok(Member {
            node: self.status.node.to_string(),
            host: host_name(),
            address: self.addresses.0.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema_version: LATEST_SCHEMA_VERSION,
            durable: position.sequence,
            hash: position.hash.to_string(),
            snapshots: self.addresses.1.clone(),
        })
    }
}

/// The name of this machine.
pub(super) fn host_name() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

/// The address by which other machines reach a socket: its own, or the name of this machine when it
/// listens on every address.
pub(super) fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("{}:{}", host_name(), address.port())
    } else {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_that_of_the_machine() {
        let own = SocketAddr::from(([127, 0, 0, 1], 5890));
        assert_eq!(reachable(own), "127.0.0.1:5890");
        let all = SocketAddr::from(([0, 0, 0, 0], 5890));
        assert_eq!(reachable(all), format!("{}:5890", host_name()));
    }
}
