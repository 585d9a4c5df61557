//! The server's log lines about connections, and the data that must not be in them.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use catalogue::config::limits;
use rexpect::session::{PtySession, spawn_command};
use serde_json::{Value, json};

use crate::support::{Cli, Folder, PROGRAM, RawClient, TIMEOUT, TestServer, dial};

const CLOSED: &str = "connection closed";

fn server(flags: &[&str]) -> TestServer {
    TestServer::start_with(&[&["--log-format", "json"], flags].concat())
}

/// The log line of the next connection that is closed.
#[track_caller]
fn closed(server: &TestServer) -> Value {
    serde_json::from_str(&server.logged(CLOSED)).unwrap()
}

#[test]
fn a_connection_is_logged_in_one_line() {
    let server = server(&[]);
    let mut client = server.raw_client();
    let address = client.address();
    client
        .send("UP 1 1\r\nCOUNT\r\nEND\r\n")
        .expect("+PASSOK\r\n:3\r\n+OK\r\n")
        .closed();
    drop(client);
    let line = closed(&server);
    let seconds = line["seconds"].as_f64().unwrap();
    assert!((0.0..TIMEOUT.as_secs_f64()).contains(&seconds), "{line}");
    assert!(line["timestamp"].is_string());
    for (key, value) in [
        ("level", json!("INFO")),
        ("message", json!(CLOSED)),
        ("client", json!(1)),
        ("address", json!(address.to_string())),
        ("user", json!("1")),
        ("commands", 3.into()),
        ("reason", json!("END")),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
    assert_eq!(line.as_object().unwrap().len(), 9, "{line}");
    let rest = server.stop_and_read_lines();
    assert!(!rest.iter().any(|line| line.contains(CLOSED)), "{rest:?}");
}

#[test]
fn the_line_names_the_close_reason() {
    let server = server(&["--max-connections", "2"]);
    let reason = |client: RawClient| {
        drop(client);
        closed(&server)["reason"].as_str().unwrap().to_owned()
    };
    let mut client = server.reader();
    client.send("COUNT\r\n").expect(":3\r\n");
    assert_eq!(reason(client), "left");
    let mut client = server.raw_client();
    client.send("*1\r\n$-7\r\n").finish();
    assert_eq!(reason(client), "protocol error");
    let mut client = server.raw_client();
    client.send("COUNT\r\nCOUNT\r\nUP 1 2\r\n").finish();
    assert_eq!(reason(client), "too many failed attempts");
    let (_one, _two) = (server.reader(), server.reader());
    let mut client = server.raw_client();
    client.send("PING\r\n").finish();
    assert_eq!(reason(client), "too many clients");
    // This connection is above the limit and sends nothing. It may not even be accepted
    // yet.
    let client = server.raw_client();
    let log = server.stop_and_read();
    let lines = log.lines().filter(|line| line.contains(CLOSED));
    let (authenticated, others): (Vec<Value>, Vec<Value>) = lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .partition(|line| line["user"] == "1");
    assert_eq!(authenticated.len(), 2, "{log}");
    assert!(
        authenticated
            .iter()
            .all(|line| line["reason"] == "server stopping")
    );
    let reasons = ["server stopping", "too many clients"];
    assert!(
        others
            .iter()
            .all(|line| reasons.iter().any(|reason| line["reason"] == *reason))
    );
    drop(client);
}

#[test]
fn the_line_names_the_evicted_connection() {
    let server = server(&["--max-unauthenticated", "1"]);
    let _member = server.reader();
    let _older = server.raw_client();
    let _newer = server.raw_client();
    assert_eq!(closed(&server)["reason"], "evicted");
    let removed = Cli::new(["deluser", "1"]).output(server.folder());
    assert!(removed.status.success());
    let line = closed(&server);
    assert_eq!(line["reason"], "account changed");
    assert_eq!(line["user"], "1");
}

#[test]
fn the_line_names_the_unread_answers() {
    let server = server(&[
        "--login-grace-seconds",
        "1",
        "--idle-seconds",
        "1",
        "--write-timeout-seconds",
        "1",
    ]);
    let _stranger = server.raw_client();
    assert_eq!(closed(&server)["reason"], "no login in time");
    let _idle = server.reader();
    let line = closed(&server);
    assert_eq!(
        (&line["reason"], &line["user"]),
        (&"idle for too long".into(), &"1".into())
    );
    let mut reader = server.reader();
    let names = " 1".repeat(limits::MAX_NAMES_PER_COMMAND);
    reader.send(format!("MSEND{names}\r\n").repeat(100));
    assert_eq!(closed(&server)["reason"], "answers left unread");
}

#[test]
fn the_line_names_the_tls_failure() {
    let folder = Folder::with_accounts();
    folder.certify(&["localhost"]);
    let flags = [
        "--log-format",
        "json",
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "key.pem",
    ];
    let server = TestServer::serve(folder, "127.0.0.1:0", &flags);
    for (sent, reason) in [
        (&b"PING\r\n"[..], "no TLS"),
        // A handshake record without content.
        (b"\x16\x03\x01\x00\x01\x00", "TLS handshake failed"),
        (b"", "left"),
    ] {
        let mut stream = dial(server.address());
        stream.write_all(sent).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        // Its answer is tested elsewhere.
        let _ = stream.read_to_end(&mut Vec::new());
        assert_eq!(closed(&server)["reason"], reason);
    }
}

/// The words that must not be in the log.
const CANARY: &str = "canary";

/// Every command that a client can send, with private data in it.
fn say_everything(server: &TestServer) {
    let mut client = server.raw_client();
    client.send(format!("UP {CANARY} {CANARY}\r\nUP admin {CANARY}\r\n"));
    client.send("UP admin mdp\r\n");
    let json = format!(r#"'{{"title":"{CANARY}","genres":["{CANARY}"]}}'"#);
    for line in [
        format!("PUT {CANARY} {json}"),
        format!("SEND {CANARY} JSON"),
        format!("SEND {CANARY}"),
        format!("MSEND {CANARY} {CANARY}{CANARY}"),
        "LIST".to_owned(),
        format!("PUT {CANARY} '{{\"title\":3,\"{CANARY}\":1}}'"),
        format!("PASSWD {CANARY} {CANARY}"),
        format!("CLIENT SETNAME {CANARY}"),
        format!("{CANARY} {CANARY}"),
        format!("ECHO \"{CANARY}"),
        format!("HELLO 3 AUTH {CANARY} {CANARY}"),
        format!("PASSWD mdp {CANARY}"),
        format!("DEL {CANARY}"),
    ] {
        client.send(line).send("\r\n");
    }
    client.send("END\r\n");
    while client.reply_or_end().is_some() {}
    let mut broken = server.raw_client();
    broken.send(format!("*1\r\n${CANARY}\r\n")).finish();
}

#[test]
fn no_secret_and_no_content_is_ever_logged() {
    for flags in [&["--log-format", "json"][..], &[]] {
        let variables = [("RUST_LOG", "trace")];
        let server = TestServer::start_with_variables(flags, &variables);
        say_everything(&server);
        // A row that another program has written.
        let sqlite = server.folder().sqlite();
        let title = format!("{CANARY}\u{7}");
        sqlite
            .execute("UPDATE movie SET title = ?1 WHERE name = '1'", [title])
            .unwrap();
        let mut reader = server.reader();
        reader.send("SEND 1\r\n");
        let stderr = String::from_utf8(reader.line()).unwrap();
        assert!(
            stderr.starts_with("-ERR the movie `1` in the database is not valid"),
            "{stderr}"
        );
        drop(reader);
        let log = server.stop_and_read_lines();
        assert!(log.iter().any(|line| line.contains(CLOSED)));
        assert!(log.iter().any(|line| line.contains("a movie is not valid")));
        for line in log {
            assert!(!line.contains(CANARY), "{line}");
            assert!(!line.contains("mdp"), "{line}");
        }
    }
}

#[test]
fn the_level_is_the_requested_one() {
    let is_silent = |flags: &[&str], variables: &[(&str, &str)]| {
        let server = TestServer::start_with_variables(flags, variables);
        server
            .raw_client()
            .send("END\r\n")
            .expect("+OK\r\n")
            .closed();
        server.stop_and_read_lines().is_empty()
    };
    assert!(!is_silent(&[], &[]));
    assert!(is_silent(&["--log-level", "warn"], &[]));
    assert!(is_silent(&[], &[("RUST_LOG", "warn")]));
    // The variable of this program overrides the one for all programs.
    assert!(is_silent(&["--log-level", "off"], &[("RUST_LOG", "trace")]));
    let variables = [("RUST_LOG", "trace"), ("CATALOGUE_LOG_LEVEL", "off")];
    assert!(is_silent(&[], &variables));
    assert!(!is_silent(
        &[],
        &[("RUST_LOG", "catalogue::server=info,off")]
    ));
}

#[test]
fn rust_log_overrides_the_level_of_the_file() {
    let folder = Folder::initialised();
    std::fs::write(
        folder.path().join("catalogue.toml"),
        "log_level = \"off\"\n",
    )
    .unwrap();
    let level = |variables: &[(&str, &str)]| {
        let mut command = Cli::new(["config", "--json"]);
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let found: Value = serde_json::from_slice(&command.output(&folder).stdout).unwrap();
        let level = &found["log_level"];
        (level["value"].clone(), level["where"].clone())
    };
    assert_eq!(level(&[]), ("off".into(), "catalogue.toml:1".into()));
    assert_eq!(
        level(&[("RUST_LOG", "debug,tokio=off")]),
        ("debug,tokio=off".into(), "RUST_LOG".into())
    );
    Cli::new(["serve"])
        .env("RUST_LOG", "a=b=c")
        .fails(
            "RUST_LOG is `a=b=c`, which is no filter (error parsing level filter: expected one of \
             \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\", or a number 0-5), \
             try `RUST_LOG=info`",
        )
        .status(2)
        .run(&folder);
}

/// A server on a terminal, until a client has connected and disconnected.
fn on_a_terminal(no_color: &str) -> String {
    let folder = Folder::with_accounts();
    let mut command = Command::new(PROGRAM);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--http", "off"])
        .current_dir(folder.path())
        .env_remove("RUST_LOG")
        .env("NO_COLOR", no_color);
    let timeouts = Duration::from_secs(30).as_millis() as u64;
    let mut session: PtySession = spawn_command(command, Some(timeouts)).unwrap();
    session.exp_string(" on ").unwrap();
    let address = session.exp_string(",").unwrap();
    drop(RawClient::connect(address.parse().unwrap()));
    let shown = session.exp_string("reason").unwrap();
    session.process_mut().exit().unwrap();
    shown
}

#[test]
fn colours_are_used_on_a_terminal_only() {
    const ESCAPE: char = '\u{1b}';
    assert!(on_a_terminal("").contains(ESCAPE));
    assert!(!on_a_terminal("1").contains(ESCAPE));
    let server = TestServer::start();
    drop(server.raw_client());
    let line = server.logged(CLOSED);
    assert!(!line.contains(ESCAPE), "{line}");
    assert!(
        line.contains(" INFO ") && line.contains("reason=\"left\""),
        "{line}"
    );
}

/// A file name can hold any characters.
#[test]
fn names_are_escaped_in_both_formats() {
    for (format, shown) in [
        ("text", r"e\x1b[2J\u{202e}\u{200b}vil.db"),
        ("json", r"e\u001b[2J\u202e\u200bvil.db"),
    ] {
        let folder = Folder::with_accounts();
        let odd = "e\u{1b}[2J\u{202e}\u{200b}vil.db";
        let path = folder.path().join(odd);
        std::fs::rename(folder.db(), &path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        let flags = ["--db", odd, "--log-format", format];
        let server = TestServer::serve(folder, "127.0.0.1:0", &flags);
        let line = server.logged("every user of this machine");
        assert!(line.contains(shown), "{line}");
        let is_raw =
            |letter: char| letter.is_control() || matches!(letter, '\u{202e}' | '\u{200b}');
        assert!(!line.contains(is_raw), "{line}");
    }
}
