//! The connected clients: for how many there is room, how many there are (`NB`),
//! and who (`WHO`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::api::Identity;
use crate::config::ConnectionLimits;
use crate::connections::SourceNetwork;
use crate::metrics::Counter;

use super::unauthenticated::Unauthenticated;

/// All connections of one server. Shared by its threads; a look-up takes no
/// lock of it, only connecting, logging in, leaving and `WHO` do.
#[derive(Debug)]
pub struct Registry {
    connection_limits: ConnectionLimits,
    shared: HashSet<SourceNetwork>,
    connected: AtomicUsize,
    accepted: AtomicU64,
    refused: AtomicU64,
    evicted: AtomicU64,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    clients: BTreeMap<u64, Arc<ConnectionRecord>>,
    /// How many come from each address.
    by_network: HashMap<SourceNetwork, usize>,
    unauthenticated: Unauthenticated,
}

/// What is known of one connection.
#[derive(Debug)]
pub struct ConnectionRecord {
    /// Its number, counted from 1 since the server started.
    pub id: u64,
    /// Where it comes from.
    pub address: SocketAddr,
    connected_at: Instant,
    /// Milliseconds from `connected_at` to the last batch of commands.
    active_ms: AtomicU64,
    /// Counted by the client's worker.
    commands: Counter,
    who: Mutex<Option<Identity>>,
}

/// Why there is no room for a connection.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AdmissionError {
    /// For nobody.
    #[error("too many clients are connected, try again later")]
    Full,
    /// For that address.
    #[error("too many connections from your address, at most {0} are allowed")]
    OfAddress(usize),
}

/// One line of `WHO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The client's number.
    pub id: u64,
    /// Where it comes from.
    pub address: SocketAddr,
    /// Who it is, once logged in.
    pub user: Option<Arc<str>>,
    /// Seconds since it connected.
    pub connected_seconds: u64,
    /// Seconds since its last command.
    pub idle_seconds: u64,
    /// Commands that it has sent.
    pub commands: u64,
}

impl Registry {
    /// Nobody yet.
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
            list: Mutex::default(),
        }
    }

    /// Adds a connection to the list, as a stranger. Unauthenticated for whom there
    /// is no room any more go: their numbers are told to `evicted`, who
    /// closes them.
    ///
    /// # Errors
    /// The connection is on no list then, and is there only to be told.
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
            who: Mutex::new(None),
        });
        let network = client.network();
        let mut list = locked(&self.list);
        if let Err(reason) = self.check_limits(&list, network) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err((client, reason));
        }
        while list.unauthenticated.len() >= self.connection_limits.unauthenticated {
            let Some(id) = list.unauthenticated.evict() else {
                break;
            };
            self.evicted.fetch_add(1, Ordering::Relaxed);
            evicted(id);
        }
        self.connected.fetch_add(1, Ordering::Relaxed);
        *list.by_network.entry(network).or_default() += 1;
        list.unauthenticated.insert(network, client.id);
        list.clients.insert(client.id, Arc::clone(&client));
        Ok(client)
    }

    fn check_limits(&self, list: &List, network: SourceNetwork) -> Result<(), AdmissionError> {
        let ConnectionLimits {
            connections,
            per_address,
            ..
        } = self.connection_limits;
        let from_there = list.by_network.get(&network).copied().unwrap_or(0);
        if list.clients.len() >= connections {
            return Err(AdmissionError::Full);
        }
        if from_there >= per_address && !self.shared.contains(&network) {
            return Err(AdmissionError::OfAddress(per_address));
        }
        Ok(())
    }

    /// Takes a connection off the list, if it is there.
    pub fn leave(&self, client: &ConnectionRecord) {
        let mut list = locked(&self.list);
        if list.clients.remove(&client.id).is_none() {
            return;
        }
        let network = client.network();
        list.unauthenticated.remove(network, client.id);
        if let Some(from_there) = list.by_network.get_mut(&network) {
            *from_there -= 1;
            if *from_there == 0 {
                list.by_network.remove(&network);
            }
        }
        self.connected.fetch_sub(1, Ordering::Relaxed);
    }

    /// Sets who a client is; nobody is a stranger again.
    pub fn identify(&self, client: &ConnectionRecord, who: Option<Identity>) {
        let mut list = locked(&self.list);
        if list.clients.contains_key(&client.id) {
            match &who {
                Some(_) => list.unauthenticated.remove(client.network(), client.id),
                None => list.unauthenticated.insert(client.network(), client.id),
            }
        }
        *locked(&client.who) = who;
    }

    /// The number of clients connected.
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    /// How many of them have not logged in. One whose login was under way when
    /// there was no room for it any more is not counted.
    pub fn unauthenticated(&self) -> usize {
        locked(&self.list).unauthenticated.len()
    }

    /// The number of connections since the server started.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many of these there was no room for.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many of these were closed to make room for others.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Everybody who is connected, by number.
    pub fn seen(&self) -> Vec<ConnectionInfo> {
        locked(&self.list)
            .clients
            .values()
            .map(|client| client.seen())
            .collect()
    }
}

impl ConnectionRecord {
    /// Notes one command more. For the thread that serves the client alone.
    pub fn count_command(&self) {
        self.commands.add(1);
    }

    /// Notes that a batch of commands was answered just now.
    pub fn is_active(&self, now: Instant) {
        let now = now.duration_since(self.connected_at).as_millis() as u64;
        self.active_ms.store(now, Ordering::Relaxed);
    }

    /// How long the client has been connected.
    pub fn connected_for(&self) -> Duration {
        self.connected_at.elapsed()
    }

    /// How long ago its last command was.
    pub fn idle_for(&self) -> Duration {
        let active = Duration::from_millis(self.active_ms.load(Ordering::Relaxed));
        self.connected_at.elapsed().saturating_sub(active)
    }

    /// Who it is, once logged in.
    pub fn who(&self) -> Option<Identity> {
        locked(&self.who).clone()
    }

    fn network(&self) -> SourceNetwork {
        self.address.ip().into()
    }

    /// All of it, as it is now.
    pub fn seen(&self) -> ConnectionInfo {
        ConnectionInfo {
            id: self.id,
            address: self.address,
            user: self.who().map(|who| who.user),
            connected_seconds: self.connected_for().as_secs(),
            idle_seconds: self.idle_for().as_secs(),
            commands: self.commands.get(),
        }
    }
}

/// A list that a panic interrupted is still a list.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
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
            password_id: 1,
        })
    }

    /// Connects from an address that ends so; gives who had to go.
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
        let seen = clients.seen();
        assert_eq!((seen[0].id, &seen[0].user, seen[0].commands), (1, &None, 0));
        assert_eq!(
            (seen[1].id, seen[1].user.as_deref(), seen[1].commands),
            (2, Some("admin"), 3)
        );
        clients.leave(&two);
        clients.leave(&two);
        assert_eq!((clients.connected(), clients.accepted()), (1, 2));
        // Whatever it does now, it is on no list any more.
        clients.identify(&two, None);
        clients.leave(&one);
        assert_eq!((clients.connected(), clients.unauthenticated()), (0, 0));
        assert!(locked(&clients.list).by_network.is_empty());
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
        assert_eq!((clients.connected(), clients.seen().len()), (3, 3));
        clients.leave(&first);
        assert!(join(&clients, 1).0.is_ok());
    }

    #[test]
    fn a_shared_address_has_no_bound_of_its_own() {
        let clients = room(10, 10, 1);
        assert!((0..10).all(|_| join(&clients, 99).0.is_ok()));
    }

    #[test]
    fn strangers_make_room_for_strangers_and_never_for_long() {
        let clients = room(100, 4, 100);
        let member = join(&clients, 1).0.unwrap();
        clients.identify(&member, admin());
        // Somebody with one connection, and somebody with ever more of them.
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
        // Who logs out is a stranger, and there is room again with the next one.
        clients.identify(&member, None);
        assert_eq!(clients.unauthenticated(), 5);
        assert_eq!(join(&clients, 7).1, [1, 22]);
    }
}
