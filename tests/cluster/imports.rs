//! Imports of uploaded files on a node.

use std::net::SocketAddr;

use catalogue::protocol::resp::Reply;

use super::TestCluster;
use super::test_cluster::NODES;
use crate::support::{Etcd, Folder, RawClient, http, wait_for};

const FORM: &str = "Content-Type: multipart/form-data; boundary=x";

/// The body of the form with a file and options that are chosen.
fn form(file: &str, options: &[&str]) -> String {
    let field = |rest: &str| format!("--x\r\nContent-Disposition: form-data; name={rest}\r\n");
    let mut body: String = options
        .iter()
        .map(|option| field(&format!("\"{option}\"\r\n\r\non")))
        .collect();
    body += &field(&format!("\"file\"; filename=\"films.csv\"\r\n\r\n{file}"));
    body + "--x--\r\n"
}

/// Uploads a file, and returns the end of the import.
#[track_caller]
fn import(address: SocketAddr, key: &str, file: &str, options: &[&str]) -> String {
    let body = form(file, options);
    let answer = http::send(address, "POST", "/admin/import", &[FORM, key], &body);
    assert_eq!(answer.status, 303, "{answer:?}");
    wait_for("the end of the import", || {
        let page = http::send(address, "GET", "/admin/import/progress", &[key], "");
        (!page.body.contains("/admin/import/cancel")).then_some(page.body)
    })
}

#[test]
fn a_node_imports_an_uploaded_file_for_all_nodes() {
    let Some(etcd) = Etcd::start() else {
        return;
    };
    let flags = &["--http", "127.0.0.1:0"];
    let Some(cluster) = TestCluster::start_with(etcd, |_| Folder::empty(), flags) else {
        return;
    };
    let mut admins: Vec<RawClient> = (0..NODES).map(|node| cluster.admin(node)).collect();
    let Reply::Bulk(key) = admins[0].ask(&["KEY", "ADD", "app", "ROLE", "admin"]) else {
        panic!("no key");
    };
    let key = format!("Authorization: Bearer {}", String::from_utf8_lossy(&key));
    let address = cluster.node(0).http_address();
    let with_plot = r#"{"title":"Old","votes":5,"plot":"A plot."}"#;
    assert_eq!(
        admins[1].ask(&["PUT", "m3", with_plot]),
        Reply::Status("OK".to_owned())
    );
    cluster.are_equal();
    let mut file = "name,title,year,rating\n".to_owned();
    (0..2_000).for_each(|n| file += &format!("m{n},Title {n},2001,7.5\n"));

    let dry = import(address, &key, &file, &["dry_run"]);
    assert!(dry.contains("1999 added, 1 changed, 0 unchanged"), "{dry}");
    assert_eq!(admins[2].ask(&["SEND", "m7"]), Reply::Null);

    let done = import(address, &key, &file, &["merge"]);
    assert!(
        done.contains("1999 added, 1 changed, 0 unchanged"),
        "{done}"
    );
    cluster.are_equal();
    for admin in &mut admins {
        let Reply::Bulk(json) = admin.ask(&["SEND", "m3", "FULL", "JSON"]) else {
            panic!("no movie");
        };
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let fields = ["title", "votes", "plot", "rating"].map(|field| json[field].clone());
        assert_eq!(
            serde_json::Value::from(fields.to_vec()),
            serde_json::json!(["Title 3", 5, "A plot.", 7.5])
        );
    }
    let again = import(address, &key, &file, &["merge"]);
    assert!(
        again.contains("0 added, 0 changed, 2000 unchanged"),
        "{again}"
    );

    // Nothing is sent when a row is refused.
    let bad = import(
        address,
        &key,
        "name,title,rating\nx1,One,7\nx2,Two,11\n",
        &[],
    );
    assert!(bad.contains("nothing was changed"), "{bad}");
    assert_eq!(admins[0].ask(&["SEND", "x1"]), Reply::Null);
    cluster.are_equal();
}
