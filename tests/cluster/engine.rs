//! Failures of etcd under load.

use std::thread;
use std::time::{Duration, Instant};

use catalogue::protocol::resp::Reply;
use rustix::process::Signal;
use serde_json::Value;

use super::TestCluster;
use super::test_cluster::NODES;
use super::writers::under_load;
use crate::support::{Cli, Etcd, measured, soak_rounds, wait_for};

/// A member that is not the leader.
fn follower(etcd: &Etcd) -> usize {
    (etcd.leader() + 1) % 3
}

#[test]
fn the_leader_of_the_engine_is_killed_and_writes_go_on() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    let kills = soak_rounds().unwrap_or(2);
    let (pause, changes) = under_load(&mut cluster, 2, |cluster, _| {
        for _ in 0..kills {
            let leader = cluster.etcd.leader();
            cluster.etcd.kill(leader);
            cluster.etcd.leader();
            thread::sleep(Duration::from_millis(500));
            cluster.etcd.start_member(leader);
            thread::sleep(Duration::from_secs(1));
        }
    });
    assert!(pause < Duration::from_secs(6), "{pause:?}");
    measured(&format!(
        "cluster: {kills} kills of etcd's leader, {changes} acknowledged changes, none lost, none made \
         twice, longest time without an acknowledged change of a writer {:.1} s",
        pause.as_secs_f64()
    ));
}

#[test]
fn the_status_names_a_member_that_is_down() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    cluster.etcd.kill(0);
    let endpoints = cluster.etcd.endpoints();
    let report = wait_for("the status from another member", || {
        let arguments = ["cluster", "status", "--json", "--cluster", &endpoints];
        let output = Cli::new(arguments).output(&cluster.folders[0]);
        output.status.success().then_some(output.stdout)
    });
    let report: Value = serde_json::from_slice(&report).unwrap();
    let members = report["etcd"].as_array().unwrap();
    let is_down: Vec<bool> = members.iter().map(|one| one["error"].is_string()).collect();
    assert_eq!(is_down, [true, false, false], "{report}");
}

#[test]
fn a_leader_and_a_follower_that_are_stopped_for_a_while_lose_nothing() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    under_load(&mut cluster, 2, |cluster, _| {
        let leader = cluster.etcd.leader();
        for member in [follower(&cluster.etcd), leader] {
            cluster.etcd.signal(member, Signal::STOP);
            thread::sleep(Duration::from_secs(3));
            cluster.etcd.signal(member, Signal::CONT);
            thread::sleep(Duration::from_millis(500));
        }
    });
}

/// Reads continue, changes fail within the time limit with a certain or an unsure answer, and the
/// nodes are not ready.
#[test]
fn without_a_majority_reads_go_on_and_changes_fail_in_time() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    let mut admins: Vec<_> = (0..NODES).map(|node| cluster.admin(node)).collect();
    cluster.etcd.kill(0);
    cluster.etcd.kill(1);
    let began = Instant::now();
    for admin in &mut admins {
        assert!(matches!(admin.ask(&["COUNT"]), Reply::Integer(3)));
    }
    let put = ["PUT", "x", r#"{"title":"X"}"#];
    let Reply::Error(text) = admins[0].ask(&put) else {
        panic!("a change was made without a majority");
    };
    assert!(text.starts_with("ERR unsure whether it was made"), "{text}");
    let took = began.elapsed();
    assert!((4..8).contains(&took.as_secs()), "{took:?}");
    wait_for("a node that is not ready", || {
        let state = cluster.property(1, "cluster_state");
        (state == "the cluster's log does not answer").then_some(())
    });
    // Without any member, it is certain that the change was not made.
    cluster.etcd.kill(2);
    let refused = admins[2].ask(&put);
    let expected = "ERR not made: the cluster's log cannot be reached, try again";
    assert_eq!(refused, Reply::Error(expected.to_owned()));
    (0..3).for_each(|member| cluster.etcd.start_member(member));
    (0..NODES).for_each(|node| cluster.is_ready(node));
    assert_eq!(admins[0].ask(&put), Reply::Status("OK".to_owned()));
    cluster.are_equal();
}

#[test]
fn all_members_and_all_nodes_are_killed_and_nothing_is_lost() {
    let Some(mut cluster) = TestCluster::start() else {
        return;
    };
    under_load(&mut cluster, 2, |cluster, history| {
        wait_for("changes", || (history.acknowledged() > 50).then_some(()));
        (0..NODES).for_each(|node| cluster.kill_node(node));
        (0..3).for_each(|member| cluster.etcd.kill(member));
        (0..3).for_each(|member| cluster.etcd.start_member(member));
        (0..NODES).for_each(|node| cluster.start_node(node));
        (0..NODES).for_each(|node| cluster.is_ready(node));
    });
}
