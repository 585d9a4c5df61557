//! API keys: `key add`, `keys`, `key revoke`, `KEY`, and logins with a key.

use std::collections::HashMap;

use catalogue::protocol::commands::{COMMANDS, RequiredRole};
use catalogue::protocol::resp::Reply;

use crate::support::{Cli, Folder, RawClient, TestServer, wait_for};

/// Adds a key at the command line and returns it.
#[track_caller]
fn add(folder: &Folder, args: &[&str]) -> String {
    let output = Cli::new(["key", "add"].iter().chain(args)).output(folder);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let key = text
        .lines()
        .nth(1)
        .and_then(|line| line.strip_prefix("key: "));
    key.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[track_caller]
fn revoke(folder: &Folder, name: &str) {
    Cli::new(["key", "revoke", name])
        .stdout(format!("revoked the key `{name}`\n"))
        .run(folder);
}

/// The keys as `keys --json` lists them.
fn listed(folder: &Folder) -> serde_json::Value {
    let output = Cli::new(["keys", "--json"]).output(folder);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

fn with_key(server: &TestServer, key: &str) -> RawClient {
    let mut client = server.raw_client();
    assert_eq!(client.ask(&["AUTH", key]), ok());
    client
}

#[test]
fn a_key_is_shown_once_and_stored_as_a_hash() {
    let folder = Folder::initialised();
    Cli::new(["keys"])
        .stdout("no keys yet, add one with `catalogue key add <name>`\n")
        .run(&folder);
    let key = add(&folder, &["kiosk"]);
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(key.len() == 31 && key.bytes().all(is_allowed), "{key}");
    assert_ne!(
        key,
        add(&folder, &["other", "--role", "admin", "--expires", "90d"])
    );
    let bytes = std::fs::read(folder.db()).unwrap();
    assert!(
        !bytes
            .windows(key.len())
            .any(|window| window == key.as_bytes())
    );
    let keys = listed(&folder);
    assert!(!keys.to_string().contains(&key));
    let properties = |index: usize| ["name", "role", "scope"].map(|name| keys[index][name].clone());
    assert_eq!(properties(0), ["kiosk", "reader", "all"]);
    assert_eq!(properties(1), ["other", "admin", "all"]);
    assert!(keys[0]["expires"].is_null() && keys[0]["last_used"].is_null());
    let seconds = |name: &str| {
        keys[1][name]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second()
    };
    let lifetime = seconds("expires") - seconds("added");
    assert!(
        (90 * 86_400 - 5..=90 * 86_400).contains(&lifetime),
        "{lifetime}"
    );
    let table = String::from_utf8(Cli::new(["keys"]).output(&folder).stdout).unwrap();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let kiosk = words(table.lines().nth(1).unwrap());
    assert_eq!(kiosk[kiosk.len() - 2..], ["never", "never"], "{table}");
}

#[test]
fn what_cannot_be_a_key_is_refused() {
    let folder = Folder::with_accounts();
    add(&folder, &["kiosk"]);
    Cli::new(["key", "add", "kiosk"])
        .fails("key `kiosk` exists already, revoke it with `catalogue key revoke kiosk`")
        .run(&folder);
    Cli::new(["key", "revoke", "none"])
        .fails("no key `none`, `catalogue keys` lists the keys")
        .run(&folder);
    for (args, message) in [
        (
            &["a b"][..],
            "the name of a key has 1 to 64 letters, digits, `-`, `_` and `.`, not `a b`",
        ),
        (
            &["k", "--expires", "soon"],
            "`soon` is no lifetime of a key, give hours, days, weeks or years like `90d`, at most 10y",
        ),
        (
            &["k", "--search-only", "--role", "admin"],
            "a key that may only search is one of a reader, leave the role admin out",
        ),
    ] {
        Cli::new(["key", "add"].iter().chain(args))
            .status(2)
            .stderr(format!("catalogue: {message}\n"))
            .run(&folder);
    }
    // Otherwise its sessions would look like those of a key.
    Cli::new(["adduser", "key:kiosk"])
        .stdin("x\n")
        .fails("a user name that begins with `key:` is that of an API key, choose another")
        .run(&folder);
}

/// In the forms in which clients of Redis send a password alone, a password for the default
/// user, and a user with a password.
#[test]
fn a_key_logs_in() {
    let server = TestServer::start();
    let key = add(server.folder(), &["kiosk"]);
    for words in [
        &["AUTH", &key][..],
        &["AUTH", "default", &key],
        &["AUTH", "key:kiosk", &key],
        &["UP", "key:kiosk", &key],
        &["HELLO", "3", "AUTH", "default", &key],
    ] {
        let mut client = server.raw_client();
        let reply = client.ask(words);
        assert!(!matches!(reply, Reply::Error(_)), "{words:?}: {reply:?}");
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
        let refused = client.ask(&["DEL", "1"]);
        assert_eq!(refused, Reply::error("NOPERM", "DEL needs the role admin"));
        let refused = client.ask(&["PASSWD", &key, "new"]);
        let message = "an API key has no password, revoke it and add another";
        assert_eq!(refused, Reply::error("NOPERM", message));
    }
    let mut wrong = key.clone().into_bytes();
    wrong[30] = if wrong[30] == b'A' { b'B' } else { b'A' };
    let wrong = String::from_utf8(wrong).unwrap();
    for words in [
        &["AUTH", &wrong][..],
        &["AUTH", "key:other", &key],
        &["UP", "kiosk", &key],
        &["AUTH", "admin", &key],
    ] {
        let refused = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
        assert_eq!(server.raw_client().ask(words), refused, "{words:?}");
    }
    wait_for("the last use", || {
        listed(server.folder())[0]["last_used"]
            .is_string()
            .then_some(())
    });
}

#[test]
fn a_revoked_key_ends_at_once() {
    for workers in ["1", "3"] {
        let server = TestServer::start_with(&["--workers", workers]);
        let folder = server.folder();
        let (key, other) = (add(folder, &["kiosk"]), add(folder, &["other"]));
        let mut sessions: Vec<RawClient> = (0..6).map(|_| with_key(&server, &key)).collect();
        let mut others = [with_key(&server, &other), server.reader()];
        revoke(folder, "kiosk");
        let (asking, silent) = sessions.split_at_mut(3);
        for client in asking {
            client.send_unless_closed("SEND 1\r\n");
            if let Some(reply) = client.reply_or_end() {
                let message = "your account was changed, connect and log in again";
                assert_eq!(reply, Reply::error("EC", message));
                client.closed();
            }
        }
        silent.iter_mut().for_each(RawClient::closed);
        for client in &mut others {
            assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
        }
        // The same name again is another key.
        add(folder, &["kiosk"]);
        let refused = server.raw_client().ask(&["AUTH", &key]);
        assert!(matches!(refused, Reply::Error(_)), "{refused:?}");
    }
}

#[test]
fn an_expired_key_ends_its_sessions_and_logs_in_no_more() {
    let server = TestServer::start();
    let key = add(server.folder(), &["kiosk", "--expires", "1h"]);
    let expire_in = |seconds: i64| {
        let end = jiff::Timestamp::now().as_second() + seconds;
        let sql = "UPDATE api_key SET expires_at = ?1";
        assert_eq!(server.folder().sqlite().execute(sql, [end]).unwrap(), 1);
    };
    expire_in(2);
    let mut client = with_key(&server, &key);
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    let message = "your API key has expired, connect and log in with another";
    let ended = wait_for("the end of the key", || match client.ask(&["PING"]) {
        Reply::Error(error) => Some(error),
        _ => None,
    });
    assert_eq!(ended, format!("EC {message}"));
    client.closed();
    let refused = Reply::error("ECHEC", "the API key has expired, 2 attempts left");
    assert_eq!(server.raw_client().ask(&["AUTH", &key]), refused);
    assert_eq!(listed(server.folder())[0]["expired"], true);
}

/// Every command of the table, so that a new one is tested without a change here.
#[test]
fn a_key_for_searches_does_nothing_else() {
    let server = TestServer::start();
    let key = add(server.folder(), &["page", "--search-only"]);
    let mut client = with_key(&server, &key);
    let Reply::Array(found) = client.ask(&["FIND", "god", "JSON"]) else {
        panic!("nothing found");
    };
    assert_eq!(found.len(), 1);
    let refusal = Reply::error("NOPERM", "this key may only search");
    for command in COMMANDS {
        if command.role != RequiredRole::Anyone && !["FIND", "PEOPLE"].contains(&command.name) {
            assert_eq!(client.ask(&[command.name, "1"]), refusal, "{command:?}");
        }
    }
    assert_eq!(client.ask(&["INFO"]), server.raw_client().ask(&["INFO"]));
}

/// An answer as text by name.
fn properties(reply: &Reply) -> HashMap<String, String> {
    let Reply::Array(items) = reply else {
        panic!("{reply:?}");
    };
    let text = |reply: &Reply| match reply {
        Reply::Bulk(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => format!("{other:?}"),
    };
    items
        .chunks(2)
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

#[test]
fn admins_manage_keys_over_the_wire() {
    let server = TestServer::start();
    let mut admin = server.admin();
    assert_eq!(admin.ask(&["KEY", "LIST"]), Reply::Array(Vec::new()));
    let Reply::Bulk(key) = admin.ask(&["KEY", "ADD", "bot", "ROLE", "admin", "EXPIRES", "8w"])
    else {
        panic!("no key");
    };
    let mut bot = with_key(&server, std::str::from_utf8(&key).unwrap());
    let put = bot.ask(&["PUT", "7", r#"{"title":"Heat"}"#]);
    assert_eq!(put, ok());
    let Reply::Bulk(_) = bot.ask(&["KEY", "ADD", "page", "SEARCH-ONLY"]) else {
        panic!("no key");
    };
    let Reply::Array(keys) = admin.ask(&["KEY", "LIST"]) else {
        panic!("no list");
    };
    let page = properties(&keys[1]);
    let found = ["name", "role", "scope"].map(|name| page[name].as_str());
    assert_eq!((found, keys.len()), (["page", "reader", "search"], 2));
    for (words, code) in [
        (&["KEY"][..], "ERR the syntax is: KEY ADD"),
        (&["KEY", "ADD", "bot"], "ERR key `bot` exists already"),
        (&["KEY", "ADD", "a b"], "ERR the name of a key has 1 to 64"),
        (
            &["KEY", "ADD", "x", "ROLE", "king"],
            "ERR `king` is no role",
        ),
        (
            &["KEY", "ADD", "x", "EXPIRES", "0d"],
            "ERR `0d` is no lifetime",
        ),
        (
            &["KEY", "ADD", "x", "FOREVER"],
            "ERR the syntax is: KEY ADD",
        ),
        (&["KEY", "REVOKE", "none"], "ERR no key `none`"),
        (&["KEY", "LIST", "all"], "ERR the syntax is: KEY ADD"),
    ] {
        let reply = admin.ask(words);
        assert!(
            matches!(&reply, Reply::Error(text) if text.starts_with(code)),
            "{reply:?}"
        );
    }
    assert_eq!(admin.ask(&["KEY", "REVOKE", "bot"]), ok());
    bot.send_unless_closed("COUNT\r\n");
    assert!(matches!(bot.reply_or_end(), None | Some(Reply::Error(_))));
    let audit = Cli::new(["audit", "--json"]).output(server.folder());
    let audit = String::from_utf8(audit.stdout).unwrap();
    let changes = audit
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let changes: Vec<_> = changes
        .map(|entry: serde_json::Value| {
            let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", text("account"), text("command"), entry["names"])
        })
        .collect();
    let last = &changes[changes.len() - 4..];
    assert_eq!(
        last,
        [
            r#"admin addkey ["bot"]"#,
            r#"key:bot put ["7"]"#,
            r#"key:bot addkey ["page"]"#,
            r#"admin revokekey ["bot"]"#,
        ]
    );
}

/// The keys are in a backup, and in no export.
#[test]
fn a_backup_has_the_keys_and_an_export_has_not() {
    let folder = Folder::with_accounts();
    let key = add(&folder, &["kiosk"]);
    let output = Cli::new(["export"]).output(&folder);
    assert!(!String::from_utf8(output.stdout).unwrap().contains("kiosk"));
    let output = Cli::new(["backup", "copy.db"]).output(&folder);
    assert!(output.status.success(), "{output:?}");
    revoke(&folder, "kiosk");
    let output = Cli::new(["restore", "--force", "copy.db"]).output(&folder);
    assert!(output.status.success(), "{output:?}");
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert_eq!(with_key(&server, &key).ask(&["COUNT"]), Reply::Integer(3));
}
