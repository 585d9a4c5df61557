//! Tests with writers on all nodes at once: every acknowledged change is on every node, once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::protocol::resp::Reply;
use rusqlite::types::Value;

use super::TestCluster;
use super::test_cluster::{Contents, NODES, rows};
use crate::support::{RawClient, TIMEOUT, frame};

/// The changes of writers, by the names of their movies.
pub struct History {
    /// The current addresses of the nodes.
    addresses: [Mutex<SocketAddr>; NODES],
    acknowledged: Mutex<BTreeSet<String>>,
    /// Changes with a lost answer, or with the answer `unsure`.
    unsure: Mutex<BTreeSet<String>>,
    longest_pause: Mutex<Duration>,
    enough: AtomicBool,
}

impl History {
    fn new(cluster: &TestCluster) -> History {
        History {
            addresses: std::array::from_fn(|node| Mutex::new(cluster.node(node).address())),
            acknowledged: Mutex::default(),
            unsure: Mutex::default(),
            longest_pause: Mutex::default(),
            enough: AtomicBool::new(false),
        }
    }

    /// Sets the new address of a node that was started again.
    pub fn follow(&self, cluster: &TestCluster, node: usize) {
        *self.addresses[node].lock().unwrap() = cluster.node(node).address();
    }

    /// Connects to a node as the admin, if it runs.
    fn connect(&self, node: usize) -> Option<RawClient> {
        let address = *self.addresses[node].lock().unwrap();
        let mut client = RawClient::try_connect(address)?;
        client.send_unless_closed(frame(&[b"UP", b"admin", b"mdp"]));
        matches!(client.reply_or_end(), Some(Reply::Status(_))).then_some(client)
    }

    /// The longest time from a change to its answer, or to the answer of the repeated change.
    pub fn longest_pause(&self) -> Duration {
        *self.longest_pause.lock().unwrap()
    }

    pub fn stop(&self) {
        self.enough.store(true, Ordering::SeqCst);
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Writes movies over connections to a node until the test stops the writers. A connection that
    /// breaks is opened again.
    fn write(&self, node: usize, writer: &str) {
        let mut client = None;
        let mut since = Instant::now();
        for number in 0.. {
            if self.enough.load(Ordering::SeqCst) {
                return;
            }
            let name = format!("{writer}-{number}");
            client = client.or_else(|| self.connect(node));
            let Some(connection) = &mut client else {
                thread::sleep(Duration::from_millis(20));
                continue;
            };
            connection.send_unless_closed(frame(&[b"PUT", name.as_bytes(), br#"{"title":"x"}"#]));
            match connection.reply_or_end() {
                Some(Reply::Status(_)) => {
                    self.acknowledged.lock().unwrap().insert(name);
                    let mut longest = self.longest_pause.lock().unwrap();
                    *longest = longest.max(since.elapsed());
                    since = Instant::now();
                }
                Some(Reply::Error(text)) if text.contains("not made") => {}
                Some(Reply::Error(text)) if text.contains("unsure") => {
                    self.unsure.lock().unwrap().insert(name);
                }
                Some(Reply::Error(text)) if text.contains("stopping") => client = None,
                Some(other) => panic!("{other:?}"),
                None => {
                    self.unsure.lock().unwrap().insert(name);
                    client = None;
                }
            }
        }
    }

    /// Checks that every acknowledged change is stored, and that each change was applied at most
    /// once.
    #[track_caller]
    pub fn is_kept(&self, contents: &Contents) {
        let mut applied: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows(contents, "audit") {
            if let Value::Text(names) = &row[5] {
                *applied.entry(names.clone()).or_default() += 1;
            }
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        let unsure = self.unsure.lock().unwrap();
        let of = |name: &String| applied.get(&format!(r#"["{name}"]"#)).copied().unwrap_or(0);
        // The audit trail has a limit, so the movies show that none is lost.
        let stored = rows(contents, "movie").iter().map(|row| match &row[0] {
            Value::Text(name) => name.as_str(),
            other => panic!("{other:?}"),
        });
        let stored: BTreeSet<&str> = stored.collect();
        for name in acknowledged.iter() {
            assert!(
                stored.contains(name.as_str()),
                "{name} of {}",
                acknowledged.len()
            );
            assert!(of(name) <= 1, "{name}");
        }
        for name in unsure.iter() {
            assert!(of(name) <= 1, "{name}");
        }
    }
}

/// Runs `work` while writers write on all nodes, and checks that no acknowledged change is lost or
/// made twice. Returns the longest pause of a writer, and the number of acknowledged changes.
#[track_caller]
pub fn under_load(
    cluster: &mut TestCluster,
    writers: usize,
    work: impl FnOnce(&mut TestCluster, &History),
) -> (Duration, usize) {
    let history = History::new(cluster);
    /// Stops the writers after a failure too, so that the test ends at once.
    struct Enough<'h>(&'h History);
    impl Drop for Enough<'_> {
        fn drop(&mut self) {
            self.0.stop();
        }
    }
    thread::scope(|scope| {
        let _enough = Enough(&history);
        for node in 0..NODES {
            for writer in 0..writers {
                let history = &history;
                scope.spawn(move || history.write(node, &format!("w{node}-{writer}")));
            }
        }
        work(cluster, &history);
        (0..NODES).for_each(|node| history.follow(cluster, node));
        // After the failures, each node accepts changes again.
        let before = history.acknowledged();
        let began = Instant::now();
        while history.acknowledged() < before + 2 * NODES * writers {
            assert!(began.elapsed() < TIMEOUT, "no changes are made any more");
            thread::sleep(Duration::from_millis(20));
        }
    });
    history.is_kept(&cluster.are_equal());
    (history.longest_pause(), history.acknowledged())
}

#[test]
fn writers_on_all_nodes_lose_nothing_and_make_nothing_twice() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    under_load(&mut cluster, 8, |_, history| {
        let began = Instant::now();
        while history.acknowledged() < 2_000 && began.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(20));
        }
    });
}
