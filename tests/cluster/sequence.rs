//! Reading one's own changes on another node.

use std::time::Duration;

use catalogue::client::{ClientTimeouts, NodesClient};
use catalogue::movie::{Fields, Movie};
use catalogue::protocol::resp::Reply;
use rustix::process::Signal;

use super::TestCluster;
use super::test_cluster::NODES;
use crate::support::{TestServer, http};

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

/// A thousand changes, each read at once on another node, after a wait for its sequence or for the
/// end of the log.
#[test]
fn a_node_that_waited_is_never_behind() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    let mut admins: Vec<_> = (0..NODES).map(|node| cluster.admin(node)).collect();
    assert_eq!(admins[0].ask(&["CLUSTER", "SEQ"]), Reply::Integer(0));
    for round in 0..1_000_usize {
        let (writer, reader) = (round % NODES, (round + 1 + round % 2) % NODES);
        let title = format!("Title {round}");
        let json = format!(r#"{{"title":"{title}"}}"#);
        assert_eq!(admins[writer].ask(&["PUT", "m", &json]), ok());
        let waited = if round.is_multiple_of(10) {
            admins[reader].ask(&["CLUSTER", "WAIT", "HEAD", "20000"])
        } else {
            let Reply::Integer(sequence) = admins[writer].ask(&["CLUSTER", "SEQ"]) else {
                panic!("no sequence");
            };
            admins[reader].ask(&["CLUSTER", "WAIT", &sequence.to_string(), "20000"])
        };
        assert_eq!(waited, ok());
        let Reply::Bulk(row) = admins[reader].ask(&["SEND", "m"]) else {
            panic!("no movie");
        };
        assert_eq!(Movie::from_postcard(&row).unwrap().title, title);
    }
}

#[test]
fn a_wait_that_is_too_long_is_refused_in_time() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    let mut admin = cluster.admin(0);
    let late = "ERR this node has not applied that within 50 ms, try again or ask another node";
    let wait = ["CLUSTER", "WAIT", "1000000000", "50"];
    assert_eq!(admin.ask(&wait), Reply::Error(late.to_owned()));
    assert_eq!(admin.ask(&["CLUSTER", "WAIT", "0", "1"]), ok());
    let unknown = "NO CLUSTER takes SEQ and WAIT here";
    assert_eq!(
        admin.ask(&["CLUSTER", "SLOTS"]),
        Reply::Error(unknown.to_owned())
    );
    // On a server without a cluster, the same commands are of no effect.
    let server = TestServer::start();
    let mut alone = server.admin();
    assert_eq!(alone.ask(&["PUT", "m", r#"{"title":"One"}"#]), ok());
    assert_eq!(alone.ask(&["CLUSTER", "SEQ"]), Reply::Integer(0));
    for target in ["0", "HEAD"] {
        assert_eq!(alone.ask(&["CLUSTER", "WAIT", target, "1"]), ok());
    }
    let refused = "ERR this server is not a node of a cluster";
    let asked = alone.ask(&["CLUSTER", "WAIT", "5", "1"]);
    assert_eq!(asked, Reply::Error(refused.to_owned()));
}

#[test]
fn over_http_a_header_field_has_the_sequence() {
    let Some(etcd) = crate::support::Etcd::start() else {
        return;
    };
    let flags = &["--http", "127.0.0.1:0"];
    let Some(cluster) = TestCluster::start_with(etcd, |_| crate::support::Folder::empty(), flags)
    else {
        return;
    };
    let Reply::Bulk(key) = cluster
        .admin(0)
        .ask(&["KEY", "ADD", "app", "ROLE", "admin"])
    else {
        panic!("no key");
    };
    let key = format!("Authorization: Bearer {}", String::from_utf8_lossy(&key));
    cluster.are_equal();
    let addresses: Vec<_> = (0..NODES)
        .map(|node| cluster.node(node).http_address())
        .collect();
    let put = |number: usize| {
        let json = ["Content-Type: application/json", &key];
        let body = format!(r#"{{"title":"Title {number}"}}"#);
        let answer = http::send(addresses[0], "PUT", "/api/v1/movies/m", &json, &body);
        assert!((200..300).contains(&answer.status), "{answer:?}");
        answer.field("catalogue-sequence").unwrap().to_owned()
    };
    for round in 0..20 {
        let sequence = format!("Catalogue-Sequence: {}", put(round));
        let fields = [sequence.as_str(), &key];
        let answer = http::send(
            addresses[1 + round % 2],
            "GET",
            "/api/v1/movies/m",
            &fields,
            "",
        );
        assert_eq!(answer.json()["title"], format!("Title {round}"));
        assert_eq!(answer.field("catalogue-sequence"), None);
    }
    // The node waits before it asks for the key, which it may not know yet.
    let mut admin = cluster.admin(0);
    for round in 0..20 {
        let name = format!("app{round}");
        let Reply::Bulk(key) = admin.ask(&["KEY", "ADD", &name, "ROLE", "reader"]) else {
            panic!("no key");
        };
        let Reply::Integer(sequence) = admin.ask(&["CLUSTER", "SEQ"]) else {
            panic!("no sequence");
        };
        let sequence = format!("Catalogue-Sequence: {sequence}");
        let key = format!("Authorization: Bearer {}", String::from_utf8_lossy(&key));
        let address = addresses[1 + round % 2];
        let answer = http::send(address, "GET", "/api/v1/movies/m", &[&sequence, &key], "");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let bad = ["Catalogue-Sequence: x", &key];
    let (status, detail) = http::send(addresses[1], "GET", "/api/v1/movies/m", &bad, "").problem();
    let expected = "`Catalogue-Sequence` is no number, send what a response had";
    assert_eq!((status, detail.as_str()), (400, expected));
}

/// The client library moves to the next node when one is killed or stopped, and reads its own
/// changes there.
#[test]
fn a_client_of_all_nodes_follows_when_one_goes() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    let addresses = (0..NODES).map(|node| cluster.node(node).address().to_string());
    let addresses: Vec<String> = addresses.collect();
    let mut timeouts = ClientTimeouts::default();
    // A login takes seconds in a program without optimisation, next to other tests.
    timeouts.answer = Duration::from_secs(20);
    let mut client = NodesClient::new(addresses.clone(), "admin", "mdp").with_timeouts(timeouts);
    let movie = |title: &str| {
        let fields = Fields {
            name: "m".to_owned(),
            title: title.to_owned(),
            ..Fields::default()
        };
        Movie::new(fields).unwrap()
    };
    for round in 0..50 {
        match round {
            10 => cluster.kill_node(0),
            30 => {
                cluster.node(1).signal(Signal::STOP);
                // It may answer one more request before it stops.
                std::thread::sleep(Duration::from_millis(200));
            }
            _ => {}
        }
        let title = format!("Title {round}");
        client.write(|node| node.put(&movie(&title))).unwrap();
        if round == 9 {
            cluster.kill_node(0);
            cluster.start_node(0);
            cluster.is_ready(0);
        }
        let read = client.read(|node| node.send("m")).unwrap().unwrap();
        assert_eq!(read.title, title);
    }
    assert_eq!(client.address(), addresses[2]);
    cluster.node(1).signal(Signal::CONT);
    cluster.is_ready(1);
    cluster.are_equal();
}

/// A node that does not have the last change of a client in time is left for the next one.
#[test]
fn a_client_leaves_a_node_that_is_behind() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    // It refuses to wait for an entry.
    let alone = TestServer::start();
    let addresses = [
        cluster.node(0).address().to_string(),
        alone.address().to_string(),
        cluster.node(1).address().to_string(),
    ];
    let mut timeouts = ClientTimeouts::default();
    timeouts.answer = Duration::from_secs(20);
    let mut client = NodesClient::new(addresses.clone(), "admin", "mdp").with_timeouts(timeouts);
    let fields = Fields {
        name: "m".to_owned(),
        title: "One".to_owned(),
        ..Fields::default()
    };
    let movie = Movie::new(fields).unwrap();
    client.write(|node| node.put(&movie)).unwrap();
    assert_eq!(client.address(), addresses[0]);
    cluster.kill_node(0);
    let read = client.read(|node| node.send("m")).unwrap().unwrap();
    assert_eq!(read.title, "One");
    assert_eq!(client.address(), addresses[2]);
}
