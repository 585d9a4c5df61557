//! Tests with false nodes, false members of etcd, and certificates.

use std::net::SocketAddr;

use catalogue::protocol::resp::Reply;
use serde_json::Value;

use super::TestCluster;
use crate::support::{Cli, Etcd, Folder, http, wait_for};

/// The addresses for snapshots of a cluster's nodes, once all of them are registered.
fn snapshot_addresses(cluster: &TestCluster) -> Vec<SocketAddr> {
    let endpoints = cluster.etcd.endpoints();
    let mut args = vec!["cluster", "status", "--json", "--cluster", &endpoints];
    args.extend(cluster.flags);
    wait_for("the registration of every node", || {
        let output = Cli::new(args.clone()).output(&cluster.folders[0]);
        let report: Value = serde_json::from_slice(&output.stdout).ok()?;
        let nodes = report["nodes"].as_array()?.iter();
        let urls = nodes.filter_map(|node| node["snapshots"].as_str()?.split_once("://"));
        let addresses: Vec<SocketAddr> = urls.map(|(_, at)| at.parse().unwrap()).collect();
        (addresses.len() == cluster.folders.len()).then_some(addresses)
    })
}

#[test]
fn a_snapshot_needs_the_secret_of_the_cluster() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    let addresses = snapshot_addresses(&cluster);
    assert_eq!(addresses.len(), 3);
    for address in addresses {
        assert_eq!(http::get(address, "/snapshot").status, 401);
        let wrong = ["Authorization: Bearer 00000000000000000000000000000000"];
        let answer = http::send(address, "GET", "/snapshot", &wrong, "");
        assert_eq!((answer.status, answer.bytes.len() < 100), (401, true));
        assert_eq!(http::get(address, "/").status, 404);
    }
}

const TLS: [&str; 6] = [
    "--cluster-ca",
    "cert.pem",
    "--cluster-cert",
    "cert.pem",
    "--cluster-key",
    "key.pem",
];

#[test]
fn a_cluster_over_tls_takes_its_own_certificates_alone() {
    let certified = Folder::empty();
    certified.certify(&["127.0.0.1"]);
    let Some(etcd) = Etcd::start_tls(certified.path()) else {
        return;
    };
    let with_certificate = |_: usize| {
        let folder = Folder::empty();
        for name in ["cert.pem", "key.pem"] {
            let from = certified.path().join(name);
            std::fs::copy(from, folder.path().join(name)).unwrap();
        }
        folder
    };
    let Some(mut cluster) = TestCluster::start_with(etcd, with_certificate, &TLS) else {
        return;
    };
    let put = |cluster: &TestCluster, node: usize, name: &str| {
        let done = cluster.admin(node).ask(&["PUT", name, r#"{"title":"X"}"#]);
        assert_eq!(done, Reply::Status("OK".to_owned()));
    };
    put(&cluster, 0, "a");
    // Snapshots are sent over TLS too.
    let new = cluster.add_node(with_certificate(3));
    cluster.is_ready(new);
    put(&cluster, new, "b");
    cluster.are_equal();
    // A node with another certificate gets no snapshot, and a node without a certificate neither.
    let endpoints = cluster.etcd.endpoints();
    let stranger = Folder::empty();
    stranger.certify(&["127.0.0.1"]);
    let status = |flags: &[&str]| {
        let mut args = vec!["cluster", "status", "--cluster", &endpoints];
        args.extend(flags);
        Cli::new(args).output(&stranger)
    };
    let other = status(&TLS);
    assert_eq!(other.status.code(), Some(1), "{other:?}");
    let authorities = stranger.path().join("ca.pem");
    std::fs::copy(certified.path().join("cert.pem"), authorities).unwrap();
    for flags in [
        &["--cluster-ca", "ca.pem"][..],
        &[
            "--cluster-ca",
            "ca.pem",
            "--cluster-cert",
            "cert.pem",
            "--cluster-key",
            "key.pem",
        ],
    ] {
        let refused = status(flags);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        // Only the members are listed, each with the error, and nothing that they store.
        let listed = String::from_utf8(refused.stdout).unwrap();
        assert!(
            !listed.contains("NODE") && !listed.contains("known"),
            "{listed}"
        );
        for endpoint in endpoints.split(',') {
            assert!(listed.contains(endpoint), "{listed}");
        }
    }
    for address in snapshot_addresses(&cluster) {
        let answer = http::exchange(address, b"GET /snapshot HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(answer.is_none(), "{answer:?}");
    }
}
