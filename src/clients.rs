//! The connected clients: how many (`NB`), and who (`WHO`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All connections of one server. Shared by its threads; a look-up takes no
/// lock of it, only connecting, logging in, leaving and `WHO` do.
#[derive(Debug, Default)]
pub struct Clients {
    connected: AtomicUsize,
    accepted: AtomicU64,
    /// Commands of clients that have left.
    commands_of_the_gone: AtomicU64,
    list: Mutex<BTreeMap<u64, Arc<Client>>>,
}

/// What is known of one connection.
#[derive(Debug)]
pub struct Client {
    /// Its number, counted from 1 since the server started.
    pub id: u64,
    /// Where it comes from.
    pub address: SocketAddr,
    connected_at: Instant,
    /// Milliseconds from `connected_at` to the last batch of commands.
    active_ms: AtomicU64,
    commands: AtomicU64,
    user: Mutex<Option<Arc<str>>>,
}

/// One line of `WHO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
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

impl Clients {
    /// Adds a connection to the list.
    pub fn join(&self, address: SocketAddr) -> Arc<Client> {
        let client = Arc::new(Client {
            id: self.accepted.fetch_add(1, Ordering::Relaxed) + 1,
            address,
            connected_at: Instant::now(),
            active_ms: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            user: Mutex::new(None),
        });
        self.connected.fetch_add(1, Ordering::Relaxed);
        locked(&self.list).insert(client.id, Arc::clone(&client));
        client
    }

    /// Takes a connection off the list.
    pub fn leave(&self, client: &Client) {
        if locked(&self.list).remove(&client.id).is_some() {
            self.connected.fetch_sub(1, Ordering::Relaxed);
            let commands = client.commands.load(Ordering::Relaxed);
            self.commands_of_the_gone
                .fetch_add(commands, Ordering::Relaxed);
        }
    }

    /// The number of clients connected.
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    /// The number of connections since the server started.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The number of commands answered since the server started.
    pub fn commands(&self) -> u64 {
        let connected = locked(&self.list);
        let theirs: u64 = connected
            .values()
            .map(|c| c.commands.load(Ordering::Relaxed))
            .sum();
        theirs + self.commands_of_the_gone.load(Ordering::Relaxed)
    }

    /// Everybody who is connected, by number.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.list)
            .values()
            .map(|client| client.seen())
            .collect()
    }
}

impl Client {
    /// Notes one command more.
    pub fn count_command(&self) {
        self.commands.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a batch of commands was answered just now.
    pub fn is_active(&self) {
        let now = self.connected_at.elapsed().as_millis() as u64;
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

    /// Sets who the client is.
    pub fn set_user(&self, user: Option<Arc<str>>) {
        *locked(&self.user) = user;
    }

    fn seen(&self) -> Seen {
        Seen {
            id: self.id,
            address: self.address,
            user: locked(&self.user).clone(),
            connected_seconds: self.connected_for().as_secs(),
            idle_seconds: self.idle_for().as_secs(),
            commands: self.commands.load(Ordering::Relaxed),
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

    #[test]
    fn clients_join_are_seen_and_leave() {
        let clients = Clients::default();
        let address = "127.0.0.1:1000".parse().unwrap();
        let (one, two) = (clients.join(address), clients.join(address));
        two.set_user(Some("admin".into()));
        (0..3).for_each(|_| two.count_command());
        assert_eq!(clients.connected(), 2);
        let seen = clients.seen();
        assert_eq!((seen[0].id, &seen[0].user, seen[0].commands), (1, &None, 0));
        assert_eq!(
            (seen[1].id, seen[1].user.as_deref(), seen[1].commands),
            (2, Some("admin"), 3)
        );
        clients.leave(&two);
        clients.leave(&two);
        assert_eq!(
            (clients.connected(), clients.accepted(), clients.commands()),
            (1, 2, 3)
        );
        clients.leave(&one);
        assert_eq!(clients.connected(), 0);
    }
}
