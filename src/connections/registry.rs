//! The registry of open connections: limits at admission, the count of `NB`, the list of `WHO`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::api::Identity;
use crate::config::ConnectionLimits;
use crate::metrics::Counter;

use super::source_network::SourceNetwork;
use super::unauthenticated::Unauthenticated;

/// All connections of one server. Its threads share it. Connecting, logging in, leaving and
/// `WHO` take its lock; a look-up of a movie does not.
#[derive(Debug)]
pub struct Registry {
    connection_limits: ConnectionLimits,
    shared: HashSet<SourceNetwork>,
    connected: AtomicUsize,
    accepted: AtomicU64,
    refused: AtomicU64,
    evicted: AtomicU64,
    open: Mutex<OpenConnections>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    clients: BTreeMap<u64, Arc<ConnectionRecord>>,
    /// The number of connections from each network.
    by_network: HashMap<SourceNetwork, usize>,
    unauthenticated: Unauthenticated,
    /// The connections that are being closed. They count against the limits until their socket is
    /// closed, but are neither counted in `NB` nor listed in `WHO`.
    closing: HashSet<u64>,
}

/// One connection.
#[derive(Debug)]
pub struct ConnectionRecord {
    /// Its id, counted from 1 since the server started.
    pub id: u64,
    /// The client's address.
    pub address: SocketAddr,
    connected_at: Instant,
    /// Milliseconds from `connected_at` to the last batch of commands.
    active_ms: AtomicU64,
    /// Written by the connection's worker.
    commands: Counter,
    identity: Mutex<Option<Identity>>,
}

/// The reason why a connection was not admitted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AdmissionError {
    /// The server has the maximum number of connections.
    #[error("too many clients are connected, try again later")]
    Full,
    /// The address has the maximum number of connections.
    #[error("too many connections from your address, at most {0} are allowed")]
    OfAddress(usize),
}

/// One line of `WHO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The connection's id.
    pub id: u64,
    /// The client's address.
    pub address: SocketAddr,
    /// The user, once logged in.
    pub user: Option<Arc<str>>,
    /// Seconds since it connected.
    pub connected_seconds: u64,
    /// Seconds since its last command.
    pub idle_seconds: u64,
    /// The number of commands that it has sent.
    pub commands: u64,
}

impl Registry {
    /// An empty registry with these limits.
    pub fn new(connection_limits: ConnectionLimits) -> Registry {
        Registry {
            shared: connection_limits
                .shared
                .iter()
                .copied()
                .map(SourceNetwork::from)
                .collect(),
            connection_limits,
            connected: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
            open: Mutex::default(),
        }
    }

    /// Admits a connection, unauthenticated. When there are too many of those, some are evicted:
    /// `evicted` is called with their ids and has to close them.
    ///
    /// # Errors
    /// The reason why the connection was not admitted, with a record that is not on the list.
    pub fn join(
        &self,
        address: SocketAddr,
        mut evicted: impl FnMut(u64),
    ) -> Result<Arc<ConnectionRecord>, (Arc<ConnectionRecord>, AdmissionError)> {
        let client = Arc::new(ConnectionRecord {
            id: self.accepted.fetch_add(1, Ordering::Relaxed) + 1,
            address,
            connected_at: Instant::now(),
            active_ms: AtomicU64::new(0),
            commands: Counter::default(),
            identity: Mutex::new(None),
        });
        let network = client.network();
        let mut open = locked(&self.open);
        if let Err(reason) = self.check_limits(&open, network) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err((client, reason));
        }
        while open.unauthenticated.len() >= self.connection_limits.unauthenticated {
            let Some(id) = open.unauthenticated.evict() else {
                break;
            };
            self.evicted.fetch_add(1, Ordering::Relaxed);
            evicted(id);
        }
        self.connected.fetch_add(1, Ordering::Relaxed);
        *open.by_network.entry(network).or_default() += 1;
        open.unauthenticated.insert(network, client.id);
        open.clients.insert(client.id, Arc::clone(&client));
        Ok(client)
    }

    fn check_limits(
        &self,
        open: &OpenConnections,
        network: SourceNetwork,
    ) -> Result<(), AdmissionError> {
        let ConnectionLimits {
            connections,
            per_address,
            ..
        } = self.connection_limits;
        let from_there = open.by_network.get(&network).copied().unwrap_or(0);
        if open.clients.len() >= connections {
            return Err(AdmissionError::Full);
        }
        if from_there >= per_address && !self.shared.contains(&network) {
            return Err(AdmissionError::OfAddress(per_address));
        }
        Ok(())
    }

    /// Removes a connection from the list, if it is there.
    pub fn leave(&self, client: &ConnectionRecord) {
        let mut open = locked(&self.open);
        if open.clients.remove(&client.id).is_none() {
            return;
        }
        let network = client.network();
        open.unauthenticated.remove(network, client.id);
        let is_counted = !open.closing.remove(&client.id);
        if let Some(from_there) = open.by_network.get_mut(&network) {
            *from_there -= 1;
            if *from_there == 0 {
                open.by_network.remove(&network);
            }
        }
        self.connected
            .fetch_sub(usize::from(is_counted), Ordering::Relaxed);
    }

    /// Takes a connection that is being closed out of the count and the list.
    pub fn end(&self, client: &ConnectionRecord) {
        let mut open = locked(&self.open);
        if open.clients.contains_key(&client.id) && open.closing.insert(client.id) {
            open.unauthenticated.remove(client.network(), client.id);
            self.connected.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Sets the identity of a connection; `None` makes it unauthenticated again.
    pub fn identify(&self, client: &ConnectionRecord, identity: Option<Identity>) {
        let mut open = locked(&self.open);
        if open.clients.contains_key(&client.id) && !open.closing.contains(&client.id) {
            match &identity {
                Some(_) => open.unauthenticated.remove(client.network(), client.id),
                None => open.unauthenticated.insert(client.network(), client.id),
            }
        }
        *locked(&client.identity) = identity;
    }

    /// The number of clients connected.
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    /// How many of them have not logged in. One that was evicted while its login was in progress is
    /// not counted.
    pub fn unauthenticated(&self) -> usize {
        locked(&self.open).unauthenticated.len()
    }

    /// The number of connections since the server started.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many of these were not admitted.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The number of these that were closed for newer ones.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// The connections by id.
    pub fn connections(&self) -> Vec<ConnectionInfo> {
        let open = locked(&self.open);
        let is_counted = |client: &&Arc<ConnectionRecord>| !open.closing.contains(&client.id);
        let counted = open.clients.values().filter(is_counted);
        counted.map(|client| client.info()).collect()
    }
}

impl ConnectionRecord {
    /// Counts a command. For the connection's worker only.
    pub fn count_command(&self) {
        self.commands.add(1);
    }

    /// Notes that a batch of commands was answered now.
    pub fn is_active(&self, now: Instant) {
        let now = now.duration_since(self.connected_at).as_millis() as u64;
        self.active_ms.store(now, Ordering::Relaxed);
    }

    /// How long the client has been connected.
    pub fn connected_for(&self) -> Duration {
        self.connected_at.elapsed()
    }

    /// The time since its last command.
    pub fn idle_for(&self) -> Duration {
        let active = Duration::from_millis(self.active_ms.load(Ordering::Relaxed));
        self.connected_at.elapsed().saturating_sub(active)
    }

    /// The identity, once logged in.
    pub fn identity(&self) -> Option<Identity> {
        locked(&self.identity).clone()
    }

    fn network(&self) -> SourceNetwork {
        self.address.ip().into()
    }

    /// Its line of `WHO`.
    pub fn info(&self) -> ConnectionInfo {
        ConnectionInfo {
            id: self.id,
            address: self.address,
            user: self.identity().map(|identity| identity.user),
            connected_seconds: self.connected_for().as_secs(),
            idle_seconds: self.idle_for().as_secs(),
            commands: self.commands.get(),
        }
    }
}

/// The data stays valid after a panic, so a poisoned lock is used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::AuthMethod;
    use crate::store::Role;

    fn room(connections: usize, unauthenticated: usize, per_address: usize) -> Registry {
        Registry::new(ConnectionLimits {
            connections,
            unauthenticated,
            per_address,
            shared: vec!["192.0.2.99".parse().unwrap()],
        })
    }

    fn admin() -> Option<Identity> {
        Some(Identity {
            user: "admin".into(),
            role: Role::Admin,
            method: AuthMethod::Password(1),
        })
    }

    /// Connects from an address with this end, and gives the connection that was evicted.
    fn join(
        clients: &Registry,
        from: u8,
    ) -> (Result<Arc<ConnectionRecord>, AdmissionError>, Vec<u64>) {
        let mut gone = Vec::new();
        let address = SocketAddr::from(([192, 0, 2, from], 1000));
        let joined = clients.join(address, |id| gone.push(id));
        (joined.map_err(|(_, reason)| reason), gone)
    }

    #[test]
    fn clients_join_are_seen_and_leave() {
        let clients = Registry::new(ConnectionLimits::default());
        let (one, two) = (join(&clients, 1).0.unwrap(), join(&clients, 1).0.unwrap());
        clients.identify(&two, admin());
        (0..3).for_each(|_| two.count_command());
        assert_eq!((clients.connected(), clients.unauthenticated()), (2, 1));
        let seen = clients.connections();
        assert_eq!((seen[0].id, &seen[0].user, seen[0].commands), (1, &None, 0));
        assert_eq!(
            (seen[1].id, seen[1].user.as_deref(), seen[1].commands),
            (2, Some("admin"), 3)
        );
        clients.leave(&two);
        clients.leave(&two);
        assert_eq!((clients.connected(), clients.accepted()), (1, 2));
        // It is on no list any more, whatever its client sends.
        clients.identify(&two, None);
        // A connection that is being closed counts against the limits, and is not listed.
        clients.end(&one);
        clients.end(&one);
        clients.identify(&one, None);
        assert_eq!((clients.connected(), clients.unauthenticated()), (0, 0));
        assert!(clients.connections().is_empty());
        assert_eq!(locked(&clients.open).clients.len(), 1);
        clients.leave(&one);
        assert_eq!((clients.connected(), clients.unauthenticated()), (0, 0));
        assert!(locked(&clients.open).closing.is_empty());
        assert!(locked(&clients.open).by_network.is_empty());
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let clients = room(3, 3, 2);
        let first = join(&clients, 1).0.unwrap();
        assert!(join(&clients, 1).0.is_ok());
        assert_eq!(
            join(&clients, 1).0.err(),
            Some(AdmissionError::OfAddress(2))
        );
        assert!(join(&clients, 2).0.is_ok());
        assert_eq!(join(&clients, 3).0.err(), Some(AdmissionError::Full));
        assert_eq!((clients.accepted(), clients.refused()), (5, 2));
        assert_eq!((clients.connected(), clients.connections().len()), (3, 3));
        clients.leave(&first);
        assert!(join(&clients, 1).0.is_ok());
    }

    #[test]
    fn a_shared_address_has_no_bound_of_its_own() {
        let clients = room(10, 10, 1);
        assert!((0..10).all(|_| join(&clients, 99).0.is_ok()));
    }

    #[test]
    fn unauthenticated_connections_evict_only_each_other() {
        let clients = room(100, 4, 100);
        let member = join(&clients, 1).0.unwrap();
        clients.identify(&member, admin());
        // An address with one connection, and an address with more and more of them.
        let (_, gone) = join(&clients, 2);
        assert!(gone.is_empty());
        for id in 3..=5 {
            assert!(join(&clients, 3).1.is_empty(), "{id}");
        }
        for oldest in 3..20 {
            assert_eq!(join(&clients, 3).1, [oldest]);
        }
        assert_eq!((clients.unauthenticated(), clients.evicted()), (4, 17));
        // From many addresses the oldest goes.
        assert_eq!(join(&clients, 4).1, [20]);
        assert_eq!(join(&clients, 5).1, [21]);
        assert_eq!(join(&clients, 6).1, [2]);
        // A connection that logs out is unauthenticated again and counts against the limit.
        clients.identify(&member, None);
        assert_eq!(clients.unauthenticated(), 5);
        assert_eq!(join(&clients, 7).1, [1, 22]);
    }
}
