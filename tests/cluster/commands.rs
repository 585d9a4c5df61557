//! Tests of the commands on every node.

use std::thread;

use catalogue::protocol::resp::Reply;

use super::TestCluster;
use super::test_cluster::{NODES, init};
use crate::support::{Cli, Etcd, Folder, RawClient, wait_for};

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

/// Waits until a node gives this answer.
#[track_caller]
fn answers(client: &mut RawClient, words: &[&str], expected: &Reply) {
    wait_for("the change on another node", || {
        (client.ask(words) == *expected).then_some(())
    });
}

#[test]
fn changes_of_every_kind_reach_every_node() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    let mut admins: Vec<_> = (0..NODES).map(|node| cluster.admin(node)).collect();
    let put = |number: usize| format!(r#"{{"title":"Film {number}"}}"#);
    for (number, admin) in admins.iter_mut().enumerate() {
        let name = format!("film {number}");
        assert_eq!(admin.ask(&["PUT", &name, &put(number)]), ok());
        // On the same node the change is visible at once.
        assert_eq!(admin.ask(&["EXISTS", &name]), Reply::Integer(1));
    }
    for admin in &mut admins {
        let names = ["EXISTS", "film 0", "film 1", "film 2"];
        answers(admin, &names, &Reply::Integer(3));
        answers(admin, &["COUNT"], &Reply::Integer(6));
    }
    assert_eq!(admins[1].ask(&["DEL", "film 0", "none"]), Reply::Integer(1));
    answers(&mut admins[2], &["COUNT"], &Reply::Integer(5));
    // Refusals are the same as on one node.
    let bad = admins[2].ask(&["PUT", "x", "{}"]);
    assert!(
        matches!(&bad, Reply::Error(text) if text.starts_with("ERR ")),
        "{bad:?}"
    );
    cluster.are_equal();
}

#[test]
fn accounts_and_keys_are_the_same_on_every_node() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    let mut admins: Vec<_> = (0..NODES).map(|node| cluster.admin(node)).collect();
    assert_eq!(
        admins[2].ask(&["USER", "ADD", "nina", "a good password"]),
        ok()
    );
    let log_in = |node: usize, password: &str| {
        cluster
            .node(node)
            .raw_client()
            .ask(&["UP", "nina", password])
    };
    wait_for("the account on another node", || {
        (log_in(0, "a good password") == Reply::Status("PASSOK".to_owned())).then_some(())
    });
    let mut nina = cluster
        .node(0)
        .raw_client()
        .login("nina", "a good password");
    let changed = nina.ask(&["PASSWD", "a good password", "a better password"]);
    assert_eq!(changed, ok());
    wait_for("the password on another node", || {
        (log_in(1, "a better password") == Reply::Status("PASSOK".to_owned())).then_some(())
    });
    let mut elsewhere = cluster
        .node(1)
        .raw_client()
        .login("nina", "a better password");
    let twice = admins[0].ask(&["USER", "ADD", "nina", "a good password"]);
    assert_eq!(
        twice,
        Reply::Error("ERR user `nina` exists already".to_owned())
    );
    assert_eq!(admins[0].ask(&["USER", "DEL", "nina"]), ok());
    // Open sessions on other nodes end.
    wait_for("the end of the session", || {
        match elsewhere.ask(&["COUNT"]) {
            Reply::Integer(_) => None,
            Reply::Error(text) if text.starts_with("EC ") => Some(()),
            other => panic!("{other:?}"),
        }
    });
    let Reply::Bulk(key) = admins[1].ask(&["KEY", "ADD", "kiosk"]) else {
        panic!("no key");
    };
    let key = String::from_utf8(key.to_vec()).unwrap();
    wait_for("the key on another node", || {
        let mut client = cluster.node(2).raw_client();
        (client.ask(&["UP", "default", &key]) == Reply::Status("PASSOK".to_owned())).then_some(())
    });
    cluster.are_equal();
}

#[test]
fn two_admins_that_demote_each_other_on_two_nodes_leave_one() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    let mut first = cluster.admin(0);
    let add = ["USER", "ADD", "second", "a good password", "ROLE", "admin"];
    assert_eq!(first.ask(&add), ok());
    let mut second = wait_for("the second admin", || {
        let mut client = cluster.node(1).raw_client();
        let welcome = client.ask(&["UP", "second", "a good password"]);
        (welcome == Reply::Status("PASSOK".to_owned())).then_some(client)
    });
    let demoted = thread::scope(|scope| {
        let one = scope.spawn(|| first.ask(&["USER", "ROLE", "second", "reader"]));
        let other = scope.spawn(|| second.ask(&["USER", "ROLE", "admin", "reader"]));
        [one.join().unwrap(), other.join().unwrap()]
    });
    let done = demoted.iter().filter(|reply| **reply == ok()).count();
    assert_eq!(done, 1, "{demoted:?}");
    if demoted[1] == ok() {
        let again = second.ask(&["USER", "ROLE", "admin", "admin"]);
        assert_eq!(again, ok());
        wait_for("the role on another node", || {
            let put = cluster.admin(0).ask(&["PUT", "x", r#"{"title":"X"}"#]);
            (put == ok()).then_some(())
        });
    }
    cluster.are_equal();
}

/// One change can be larger than the limit of an entry.
#[test]
fn changes_larger_than_an_entry_are_made() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    thread::scope(|scope| {
        for node in 0..NODES {
            let mut admin = cluster.admin(node);
            scope.spawn(move || {
                let put = ["PUT", &format!("kept {node}"), r#"{"title":"Kept"}"#];
                assert_eq!(admin.ask(&put), ok());
                // 200 KB.
                let names = (0..1_000).map(|n| format!("{n}{}", "n".repeat(200)));
                let names: Vec<String> = names.collect();
                let mut words = vec!["DEL", put[1]];
                words.extend(names.iter().map(String::as_str));
                assert_eq!(admin.ask(&words), Reply::Integer(1));
            });
        }
    });
    cluster.are_equal();
}

/// Without a majority etcd returns nothing about the cluster, and each member its own state.
#[test]
fn the_status_lists_the_members_of_etcd_without_a_majority() {
    let Some(mut etcd) = Etcd::start() else {
        return;
    };
    let folder = Folder::with_accounts();
    let endpoints = etcd.endpoints();
    init(&folder, &endpoints);
    etcd.kill(0);
    etcd.kill(1);
    let status = ["cluster", "status", "--cluster", &endpoints];
    let output = Cli::new(status).output(&folder);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (listed, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert_eq!(listed.matches("cannot be reached").count(), 2, "{listed}");
    assert_eq!(error.lines().count(), 1, "{error}");
    let output = Cli::new(status.into_iter().chain(["--json"])).output(&folder);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(object["error"].is_string(), "{object}");
    assert_eq!(object["etcd"].as_array().unwrap().len(), 3);
}
