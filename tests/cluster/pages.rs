//! The commands of docs/cluster.md, run in the order in which an operator types them.

use catalogue::protocol::resp::Reply;

use crate::support::{Cli, Etcd, Folder, RawClient, TestServer, wait_for};

const PAGE: &str = include_str!("../../docs/cluster.md");

/// The address of etcd in the page.
const ETCD: &str = "http://127.0.0.1:2379";
/// The address for snapshots in the page.
const SNAPSHOTS: &str = "127.0.0.1:5892";

/// The command lines of the page, block by block.
fn blocks() -> Vec<Vec<&'static str>> {
    let fenced = PAGE.split("```").skip(1).step_by(2);
    let commands = fenced.filter_map(|block| block.strip_prefix("sh\n"));
    let lines = |block: &'static str| {
        let lines = block.lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).collect()
    };
    commands.map(lines).collect()
}

/// The arguments of a line, with the addresses of this test.
fn arguments(line: &str, etcd: &str) -> Vec<String> {
    let words = line.strip_prefix("catalogue ").expect(line).split(' ');
    let words = words.map(|word| word.replace(ETCD, etcd).replace(SNAPSHOTS, "127.0.0.1:0"));
    words.collect()
}

/// Runs a line that ends by itself.
#[track_caller]
fn run(folder: &Folder, line: &str, etcd: &str) {
    let output = Cli::new(arguments(line, etcd))
        .stdin("mdp\n")
        .output(folder);
    assert!(output.status.success(), "{line}: {output:?}");
}

/// Runs `catalogue serve` with the flags of a line.
#[track_caller]
fn serve(folder: &Folder, line: &str, etcd: &str) -> TestServer {
    let arguments = arguments(line, etcd);
    assert_eq!(arguments[0], "serve", "{line}");
    let flags: Vec<&str> = arguments[1..].iter().map(String::as_str).collect();
    TestServer::serve_in(folder, &flags)
}

#[track_caller]
fn put(admin: &mut RawClient, name: &str) {
    let put = ["PUT", name, r#"{"title":"X"}"#];
    wait_for("a change", || {
        (admin.ask(&put) == Reply::Status("OK".to_owned())).then_some(())
    });
}

/// Three machines become a cluster, one is lost and replaced, and the first one is a single server
/// in the end.
#[test]
fn the_page_for_operators_is_right() {
    let Some(etcd) = Etcd::start() else { return };
    let endpoints = etcd.endpoints();
    let blocks = blocks();
    let [init, start, status, leave] = blocks.as_slice() else {
        panic!("the page has other blocks: {blocks:?}");
    };
    let folders = [(); 4].map(|()| Folder::empty());
    init.iter()
        .for_each(|line| run(&folders[0], line, &endpoints));
    let [start] = start.as_slice() else {
        panic!("{start:?}");
    };
    let mut nodes: Vec<_> = folders[..3]
        .iter()
        .map(|folder| Some(serve(folder, start, &endpoints)))
        .collect();
    put(&mut nodes[2].as_ref().unwrap().admin(), "a");
    status
        .iter()
        .for_each(|line| run(&folders[0], line, &endpoints));
    // One machine is lost, and another one takes its place.
    nodes[1] = None;
    put(&mut nodes[2].as_ref().unwrap().admin(), "b");
    nodes[1] = Some(serve(&folders[3], start, &endpoints));
    let mut replaced = nodes[1].as_ref().unwrap().admin();
    wait_for("the changes on the new machine", || {
        (replaced.ask(&["EXISTS", "a", "b"]) == Reply::Integer(2)).then_some(())
    });
    // Back to a single server.
    nodes.clear();
    let [leave, alone] = leave.as_slice() else {
        panic!("{leave:?}");
    };
    run(&folders[0], leave, &endpoints);
    let server = serve(&folders[0], alone, &endpoints);
    put(&mut server.admin(), "c");
}
