//! Three nodes and three members of etcd.

use std::fs;

use catalogue::protocol::resp::Reply;
use rusqlite::types::Value;

use crate::support::{Cli, Etcd, Folder, RawClient, TestServer, wait_for};

/// The number of nodes.
pub const NODES: usize = 3;

/// Three nodes of one cluster, with the accounts of [`Folder::with_accounts`].
pub struct TestCluster {
    // This field is dropped first.
    pub nodes: Vec<Option<TestServer>>,
    pub folders: Vec<Folder>,
    pub etcd: Etcd,
    /// More flags of each node.
    pub flags: &'static [&'static str],
}

impl TestCluster {
    /// Starts a cluster. Returns `None` if etcd is not installed.
    #[track_caller]
    pub fn start() -> Option<TestCluster> {
        TestCluster::start_in(|_| Folder::empty())
    }

    /// Starts a cluster with the folder of each node from `folder`.
    #[track_caller]
    pub fn start_in(folder: impl Fn(usize) -> Folder) -> Option<TestCluster> {
        TestCluster::start_with(Etcd::start()?, folder, &[])
    }

    /// Starts a cluster with a running etcd, and with flags for each node.
    #[track_caller]
    pub fn start_with(
        etcd: Etcd,
        folder: impl Fn(usize) -> Folder,
        flags: &'static [&'static str],
    ) -> Option<TestCluster> {
        let first = folder(0);
        fs::copy(Folder::with_accounts().db(), first.db()).unwrap();
        let of_cluster = flags
            .first()
            .is_some_and(|flag| flag.starts_with("--cluster"));
        let init_flags = if of_cluster { flags } else { &[] };
        init_with(&first, &etcd.endpoints(), init_flags);
        let bytes = fs::read(first.db()).unwrap();
        let folders: Vec<Folder> = (0..NODES).map(folder).collect();
        for folder in &folders {
            fs::write(folder.db(), &bytes).unwrap();
        }
        let mut cluster = TestCluster {
            nodes: (0..NODES).map(|_| None).collect(),
            folders,
            etcd,
            flags,
        };
        (0..NODES).for_each(|node| cluster.start_node(node));
        (0..NODES).for_each(|node| cluster.is_ready(node));
        Some(cluster)
    }

    /// Starts a node that does not run.
    #[track_caller]
    pub fn start_node(&mut self, node: usize) {
        self.nodes[node] = Some(self.serve(&self.folders[node]));
    }

    /// Starts a node with the file of a folder.
    #[track_caller]
    pub fn serve(&self, folder: &Folder) -> TestServer {
        let endpoints = self.etcd.endpoints();
        let mut flags = vec!["--cluster", endpoints.as_str()];
        flags.extend(["--cluster-listen", "127.0.0.1:0"]);
        flags.extend(self.flags);
        TestServer::serve_in(folder, &flags)
    }

    /// Adds a node whose folder is empty. It fetches the file of another node.
    #[track_caller]
    pub fn add_node(&mut self, folder: Folder) -> usize {
        self.nodes.push(Some(self.serve(&folder)));
        self.folders.push(folder);
        self.nodes.len() - 1
    }

    /// A running node.
    pub fn node(&self, node: usize) -> &TestServer {
        self.nodes[node].as_ref().unwrap()
    }

    /// Ends a node with SIGKILL.
    pub fn kill_node(&mut self, node: usize) {
        self.nodes[node].take().unwrap().kill_and_wait();
    }

    /// The admin's connection to a node.
    #[track_caller]
    pub fn admin(&self, node: usize) -> RawClient {
        self.node(node).admin()
    }

    /// A property of a node's section about the cluster.
    #[track_caller]
    pub fn property(&self, node: usize, name: &str) -> String {
        let Reply::Bulk(text) = self.admin(node).ask(&["INFO", "cluster"]) else {
            panic!("no section");
        };
        let text = String::from_utf8(text.to_vec()).unwrap();
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    /// Waits until a node follows the cluster.
    #[track_caller]
    pub fn is_ready(&self, node: usize) {
        wait_for("a ready node", || {
            (self.property(node, "cluster_state") == "ready").then_some(())
        });
    }

    /// Waits until all running nodes have applied the whole log, and checks that their contents and
    /// hashes are equal. Returns the contents.
    #[track_caller]
    pub fn are_equal(&self) -> Contents {
        let running = || (0..self.nodes.len()).filter(|&node| self.nodes[node].is_some());
        let writer = running().next().unwrap();
        let done = self
            .admin(writer)
            .ask(&["PUT", "last", r#"{"title":"The last one"}"#]);
        assert_eq!(done, Reply::Status("OK".to_owned()));
        let last = self.property(writer, "cluster_sequence");
        let mut all = running().map(|node| {
            wait_for("the last entry", || {
                (self.property(node, "cluster_sequence") == last).then_some(())
            });
            contents(&self.folders[node])
        });
        let first = all.next().unwrap();
        for other in all {
            assert_eq!(first.len(), other.len());
            for (one, other) in first.iter().zip(&other) {
                assert_eq!(one, other);
            }
        }
        first
    }
}

/// The rows of all tables.
pub type Contents = Vec<(String, Vec<Vec<Value>>)>;

/// The rows of all tables of a catalogue.
pub fn contents(folder: &Folder) -> Contents {
    let sqlite = folder.sqlite();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = sqlite.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let read = |table: String| {
        let mut rows = sqlite.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let rows = rows.query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect()
        });
        let rows: rusqlite::Result<Vec<Vec<Value>>> = rows.unwrap().collect();
        (table, rows.unwrap())
    };
    tables.map(|table| read(table.unwrap())).collect()
}

/// The rows of one table.
pub fn rows<'c>(contents: &'c Contents, table: &str) -> &'c [Vec<Value>] {
    let mut tables = contents.iter();
    &tables.find(|(name, _)| name == table).unwrap().1
}

/// Makes a cluster of the catalogue of a folder.
#[track_caller]
pub fn init(folder: &Folder, endpoints: &str) {
    init_with(folder, endpoints, &[]);
}

/// Adds such a node with more flags. Their certificates are in the working folder.
#[track_caller]
pub fn init_with(folder: &Folder, endpoints: &str, flags: &[&str]) {
    let mut args = vec!["cluster", "init", "--cluster", endpoints];
    args.extend(flags);
    let output = Cli::new(args).output(folder);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("is the first catalogue of the cluster"),
        "{text}"
    );
}
