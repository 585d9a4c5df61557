//! Tests with nodes that fetch the file of another node.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use catalogue::protocol::resp::Reply;
use rustix::process::Signal;
use serde_json::json;

use super::TestCluster;
use super::test_cluster::NODES;
use crate::support::{Folder, wait_for};

fn put(cluster: &TestCluster, node: usize, names: std::ops::Range<usize>) {
    let mut admin = cluster.admin(node);
    for name in names {
        let put = ["PUT", &format!("n{name}"), r#"{"title":"One"}"#];
        assert_eq!(admin.ask(&put), Reply::Status("OK".to_owned()));
    }
}

#[test]
fn a_node_with_an_empty_folder_fetches_the_file_of_another() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    put(&cluster, 0, 0..20);
    let new = cluster.add_node(Folder::empty());
    cluster.is_ready(new);
    put(&cluster, new, 20..30);
    cluster.are_equal();
    assert!(
        cluster.folders[new]
            .files()
            .iter()
            .all(|file| file.starts_with("sae.db"))
    );
    // A node can leave the cluster.
    cluster.kill_node(new);
    put(&cluster, 0, 30..40);
    cluster.are_equal();
}

#[test]
fn a_node_behind_a_compaction_fetches_a_snapshot_by_itself() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    cluster.kill_node(2);
    put(&cluster, 0, 0..50);
    let head = cluster.property(0, "cluster_sequence");
    let compact = format!(r#"{{"revision":"{head}"}}"#);
    assert!(cluster.etcd.call(0, "kv/compaction", &compact).is_some());
    cluster.start_node(2);
    cluster.nodes[2].as_mut().unwrap().follow_restart();
    cluster.is_ready(2);
    cluster.are_equal();
}

#[test]
fn a_node_whose_hash_differs_stops_serving_and_fetches_a_snapshot() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    put(&cluster, 0, 0..5);
    cluster.are_equal();
    cluster.node(2).signal(Signal::TERM);
    assert!(cluster.nodes[2].take().unwrap().stopped_alone().success());
    // This is the state of a node that has applied a different change.
    let changed = "UPDATE cluster SET hash = zeroblob(32); DELETE FROM movie WHERE name = 'n1'";
    cluster.folders[2].sqlite().execute_batch(changed).unwrap();
    cluster.start_node(2);
    cluster.nodes[2].as_mut().unwrap().follow_restart();
    cluster.is_ready(2);
    cluster.are_equal();
}

/// A peer with more entries than all others, that dies half-way through the snapshot.
#[test]
fn a_peer_that_dies_half_way_is_left_for_another() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let dying = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4_096];
        let read = stream.read(&mut request).unwrap();
        assert!(request[..read].starts_with(b"GET /snapshot "));
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        stream.write_all(head).unwrap();
        stream.write_all(&[b'S'; 500_000]).unwrap();
    });
    let member = json!({
        "node": "0", "host": "h", "address": "a", "version": "v", "schema_version": 1,
        "durable": 1_000_000_000, "hash": "", "snapshots": url,
    });
    register(&cluster, &member.to_string());
    let new = cluster.add_node(Folder::empty());
    dying.join().unwrap();
    cluster.is_ready(new);
    cluster.are_equal();
    assert!(
        cluster.folders[new]
            .files()
            .iter()
            .all(|file| file.starts_with("sae.db"))
    );
}

/// Adds a node to the register.
fn register(cluster: &TestCluster, member: &str) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let (key, value) = (STANDARD.encode("node/0"), STANDARD.encode(member));
    let body = format!(r#"{{"key":"{key}","value":"{value}"}}"#);
    assert!(cluster.etcd.call(0, "kv/put", &body).is_some());
}

/// A node with a file starts without other nodes, and waits for no snapshot.
#[test]
fn a_node_without_a_file_and_without_others_says_what_to_do() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    for node in 0..NODES {
        cluster.node(node).signal(Signal::TERM);
        assert!(
            cluster.nodes[node]
                .take()
                .unwrap()
                .stopped_alone()
                .success()
        );
    }
    wait_for("the end of the registrations", || {
        let found = cluster.etcd.call(
            0,
            "kv/range",
            r#"{"key":"bm9kZS8=","range_end":"bm9kZTA="}"#,
        );
        found.filter(|found| found["kvs"].is_null()).map(drop)
    });
    let endpoints = cluster.etcd.endpoints();
    crate::support::Cli::new(["serve", "--cluster", &endpoints])
        .fails(
            "no node sent a snapshot for `sae.db`: no other node serves snapshots \
             (--cluster-listen); start a node with --cluster-listen, or put a `catalogue backup` of a \
             node in its place",
        )
        .run(&Folder::empty());
}
