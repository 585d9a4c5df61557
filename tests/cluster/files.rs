//! Tests of the files that a node accepts, and of the commands that refuse the file of a cluster.

use std::fs;

use catalogue::store::LATEST_SCHEMA_VERSION;

use super::test_cluster::init;
use crate::support::{Cli, Etcd, Folder, TestServer};

const OF_A_CLUSTER: &str = "`sae.db` belongs to a cluster and was left as it is, send changes to a node \
     of the cluster (PUT, DEL, USER, KEY), serve the file with --cluster, or take it out with \
     `catalogue cluster leave`";

#[test]
fn other_commands_leave_the_file_of_a_cluster_as_it_is() {
    let Some(etcd) = Etcd::start() else { return };
    let folder = Folder::with_accounts();
    fs::write(folder.path().join("more.csv"), "name,title\nx,X\n").unwrap();
    Cli::new(["backup", "before.db"])
        .stdout("backed up `sae.db` to `before.db`, 3 movies and 3 accounts\n")
        .run(&folder);
    init(&folder, &etcd.endpoints());
    let before = fs::read(folder.db()).unwrap();
    for args in [
        &["adduser", "nina"][..],
        &["passwd", "1"],
        &["role", "1", "admin"],
        &["deluser", "1"],
        &["key", "add", "kiosk"],
        &["import", "more.csv"],
        &["reindex"],
        &["restore", "before.db", "--force"],
        &["serve"],
    ] {
        Cli::new(args)
            .stdin("a good password\n")
            .fails(OF_A_CLUSTER)
            .run(&folder);
        assert_eq!(fs::read(folder.db()).unwrap(), before, "{args:?}");
    }
    // Commands that only read are not refused.
    let users = Cli::new(["users"]).output(&folder);
    assert!(users.status.success());
    let check = Cli::new(["check"]).output(&folder);
    assert!(check.status.success(), "{check:?}");
    Cli::new(["cluster", "leave"])
        .stdout("`sae.db` belongs to no cluster any more, start it with `catalogue serve`\n")
        .run(&folder);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert_eq!(
        server.admin().ask(&["PUT", "x", r#"{"title":"X"}"#]),
        catalogue::protocol::resp::Reply::Status("OK".to_owned())
    );
}

#[test]
fn a_file_that_is_not_of_the_cluster_is_refused() {
    let (Some(etcd), Some(other)) = (Etcd::start(), Etcd::start()) else {
        return;
    };
    let endpoints = etcd.endpoints();
    let serve = || Cli::new(["serve", "--cluster", &endpoints]);
    let none =
        "there is no cluster in this etcd, make one of a catalogue with `catalogue cluster init`";
    let alone = Folder::with_accounts();
    let of_none = "`sae.db` belongs to no cluster, make one of it with `catalogue cluster init`, or \
         start with an empty folder";
    serve().fails(of_none).run(&alone);
    let folder = Folder::with_accounts();
    init(&folder, &other.endpoints());
    serve().fails(none).run(&folder);
    let first = Folder::with_accounts();
    init(&first, &endpoints);
    let output = serve().output(&folder);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("`sae.db` belongs to the cluster "), "{text}");
    assert!(text.contains("and this etcd has the cluster "), "{text}");
    // An etcd has one cluster only.
    let again = Cli::new(["cluster", "init", "--cluster", &endpoints]).output(&folder);
    let text = String::from_utf8(again.stderr).unwrap();
    assert!(text.contains("this etcd has the cluster "), "{text}");
}

/// If etcd lost its data, or is an old copy, then the file is ahead of the log.
#[test]
fn a_log_that_ends_before_the_file_is_refused() {
    let Some(etcd) = Etcd::start() else { return };
    let folder = Folder::with_accounts();
    init(&folder, &etcd.endpoints());
    let changed = folder
        .sqlite()
        .execute("UPDATE cluster SET sequence = 1000, number = 7", []);
    assert_eq!(changed, Ok(1));
    let endpoints = etcd.endpoints();
    let output = Cli::new(["serve", "--cluster", &endpoints]).output(&folder);
    let text = String::from_utf8(output.stderr).unwrap();
    let begins = "catalogue: the log in etcd ends at 0, before `sae.db` at 1000";
    assert!(text.starts_with(begins), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

/// A restore uses a new etcd, a backup, and `cluster init`. Later entries of the old log are lost.
#[test]
fn a_restored_backup_begins_a_new_cluster() {
    let (Some(old), Some(new)) = (Etcd::start(), Etcd::start()) else {
        return;
    };
    let folder = Folder::with_accounts();
    init(&folder, &old.endpoints());
    let endpoints = old.endpoints();
    let server = TestServer::serve_in(&folder, &["--cluster", &endpoints]);
    let ok = catalogue::protocol::resp::Reply::Status("OK".to_owned());
    assert_eq!(server.admin().ask(&["PUT", "x", r#"{"title":"X"}"#]), ok);
    let backup = Cli::new(["backup", "copy.db"]).output(&folder);
    assert!(backup.status.success(), "{backup:?}");
    drop(server);
    let restored = Folder::empty();
    fs::copy(
        folder.path().join("copy.db"),
        restored.path().join("copy.db"),
    )
    .unwrap();
    let output = Cli::new(["restore", "copy.db"]).output(&restored);
    assert!(output.status.success(), "{output:?}");
    init(&restored, &new.endpoints());
    let endpoints = new.endpoints();
    let server = TestServer::serve_in(&restored, &["--cluster", &endpoints]);
    let count = || server.admin().ask(&["COUNT"]);
    assert_eq!(count(), catalogue::protocol::resp::Reply::Integer(4));
    assert_eq!(server.admin().ask(&["PUT", "y", r#"{"title":"Y"}"#]), ok);
    let version: i64 = restored
        .sqlite()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, LATEST_SCHEMA_VERSION as i64);
}

#[test]
fn the_flags_of_a_cluster_belong_together() {
    let folder = Folder::with_accounts();
    let usage = |args: &[&str], message: &str| {
        Cli::new(args)
            .status(2)
            .stderr(format!("catalogue: {message}\n"))
            .run(&folder);
    };
    usage(
        &["cluster", "init"],
        "give the addresses of etcd with --cluster",
    );
    let https = "https://etcd-1.example.org:2379";
    usage(
        &["serve", "--cluster", https],
        "https in --cluster needs --cluster-ca",
    );
    usage(
        &["serve", "--cluster", https, "--cluster-cert", "a.pem"],
        "--cluster-cert and --cluster-key belong together, give both",
    );
    usage(
        &["serve", "--cluster", "http://192.0.2.1:2379"],
        "the traffic of the cluster at `http://192.0.2.1:2379` is not encrypted, it could be read on \
         the network; give https and --cluster-ca, --cluster-cert and --cluster-key, or --allow-plaintext",
    );
}
