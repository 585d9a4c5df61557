//! Failures of nodes.

use std::thread;
use std::time::Duration;

use catalogue::protocol::resp::Reply;
use rustix::process::Signal;

use super::TestCluster;
use super::test_cluster::NODES;
use super::writers::under_load;
use crate::support::{Folder, SmallDisk, measured, skipped, soak_rounds, wait_for};

#[test]
fn a_node_that_is_killed_follows_when_it_is_back() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    let kills = soak_rounds().map_or(NODES, |rounds| usize::try_from(rounds).unwrap());
    let (_, changes) = under_load(&mut cluster, 2, |cluster, history| {
        for node in (0..NODES).cycle().take(kills) {
            cluster.kill_node(node);
            let before = history.acknowledged();
            wait_for("changes on the others", || {
                (history.acknowledged() > before + 50).then_some(())
            });
            cluster.start_node(node);
            history.follow(cluster, node);
            cluster.is_ready(node);
        }
    });
    measured(&format!(
        "cluster: {kills} kills of nodes, {changes} acknowledged changes, none lost, none made twice"
    ));
}

#[test]
fn a_node_that_is_stopped_for_a_while_follows() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    under_load(&mut cluster, 2, |cluster, _| {
        cluster.node(1).signal(Signal::STOP);
        // This is longer than its lease.
        thread::sleep(Duration::from_secs(12));
        cluster.node(1).signal(Signal::CONT);
        cluster.is_ready(1);
    });
}

/// The node serves its file, refuses changes, and continues at the same entry.
#[test]
fn a_node_with_a_full_disk_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(8 * 1024 * 1024) else {
        return skipped("mounting is not permitted");
    };
    let place = disk.path();
    let folder = |node| match node {
        2 => Folder::empty_in(place),
        _ => Folder::empty(),
    };
    let Some(cluster) = TestCluster::start_in(folder) else {
        return;
    };
    let (mut first, mut third) = (cluster.admin(0), cluster.admin(2));
    disk.fill(64 * 1024);
    let title = "t".repeat(1_000);
    let mut number = 0;
    let stopped = wait_for("a node that stops", || {
        number += 1;
        let name = format!("n{number}");
        let json = format!(r#"{{"title":"{title}"}}"#);
        assert_eq!(
            first.ask(&["PUT", &name, &json]),
            Reply::Status("OK".to_owned())
        );
        let state = cluster.property(2, "cluster_state");
        state.contains("cannot write to its disk").then_some(state)
    });
    let refused = third.ask(&["PUT", "x", r#"{"title":"X"}"#]);
    let expected = format!("ERR not made: {stopped}, try again");
    assert_eq!(refused, Reply::Error(expected));
    assert!(matches!(third.ask(&["COUNT"]), Reply::Integer(3..)));
    disk.make_room();
    cluster.is_ready(2);
    cluster.are_equal();
}

/// An entry that a node of a later version could append.
#[test]
fn an_entry_of_a_later_version_stops_changes_and_not_reads() {
    let Some(cluster) = TestCluster::start() else {
        return;
    };
    // The key `log`, and the one byte of a later format.
    let put = r#"{"key":"bG9n","value":"Ag=="}"#;
    assert!(cluster.etcd.call(0, "kv/put", put).is_some());
    for node in 0..NODES {
        let state = wait_for("a node that has to be upgraded", || {
            let state = cluster.property(node, "cluster_state");
            state.contains("upgrade").then_some(state)
        });
        let mut admin = cluster.admin(node);
        let refused = admin.ask(&["PUT", "x", r#"{"title":"X"}"#]);
        let expected = format!("ERR not made: {state}, try again");
        assert_eq!(refused, Reply::Error(expected));
        assert_eq!(admin.ask(&["COUNT"]), Reply::Integer(3));
    }
}
