//! The audit trail: the changes with their accounts.

use catalogue::protocol::resp::Reply;

use crate::support::{Cli, TestServer};

/// The value of a key in an entry.
fn field<'r>(entry: &'r Reply, key: &str) -> &'r Reply {
    let Reply::Map(pairs) = entry else {
        panic!("no map: {entry:?}");
    };
    let found = pairs
        .iter()
        .find(|(name, _)| *name == Reply::text(key.to_owned()));
    &found.unwrap_or_else(|| panic!("no {key}")).1
}

#[test]
fn every_change_has_an_entry() {
    let server = TestServer::start();
    let mut admin = server.admin();
    for command in [
        &["PUT", "m", r#"{"title":"One"}"#][..],
        &["DEL", "1", "2", "none"],
        &["DEL", "none"],
        &["PASSWD", "mdp", "a longer one"],
    ] {
        admin.ask(command);
    }
    Cli::new(["deluser", "2"])
        .stdout("removed `2`\n")
        .run(server.folder());
    admin.send("HELLO 3\r\n").reply();
    let Reply::Array(entries) = admin.ask(&["AUDIT", "LIMIT", "4"]) else {
        panic!("no array");
    };
    let text = |text: &str| Reply::text(text.to_owned());
    let names = |names: &[&str]| Reply::Array(names.iter().map(|name| text(name)).collect());
    let admin_name = text("admin");
    let expected = [
        ("put", names(&["m"]), admin_name.clone()),
        ("del", names(&["1", "2", "none"]), admin_name.clone()),
        ("passwd", names(&["admin"]), admin_name),
        ("deluser", names(&["2"]), Reply::Null),
    ];
    assert_eq!(entries.len(), expected.len());
    for (entry, (command, names, account)) in entries.iter().zip(expected) {
        assert_eq!(field(entry, "command"), &text(command));
        assert_eq!(field(entry, "names"), &names);
        assert_eq!(field(entry, "account"), &account);
    }
    let Reply::Bulk(source) = field(&entries[0], "source") else {
        panic!("no source");
    };
    assert!(source.starts_with(b"127.0.0.1:"), "{source:?}");
    let Reply::Integer(second) = field(&entries[1], "position") else {
        panic!("no position");
    };
    let after = admin.ask(&["AUDIT", "AFTER", &second.to_string()]);
    assert_eq!(after, Reply::Array(entries[2..].to_vec()));
    let refused = server.reader().ask(&["AUDIT"]);
    assert_eq!(
        refused,
        Reply::error("NOPERM", "AUDIT needs the role admin")
    );
    let output = Cli::new(["audit", "--json", "--limit", "1"]).output(server.folder());
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["command"], "deluser");
    assert_eq!(line["account"], serde_json::Value::Null);
    assert_eq!(line["names"], serde_json::json!(["2"]));
}
