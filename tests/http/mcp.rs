//! The Model Context Protocol: the messages of an assistant from its first one on.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{key, serve_to_keys};
use crate::support::http::{Answer, send};
use crate::support::{Cli, Folder, PROGRAM};

fn post(address: SocketAddr, key: &str, message: &Value) -> Answer {
    let fields = [
        &format!("Authorization: Bearer {key}"),
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        "MCP-Protocol-Version: 2025-06-18",
    ];
    send(address, "POST", "/mcp", &fields, &message.to_string())
}

fn ask(address: SocketAddr, key: &str, method: &str, params: Value) -> Value {
    let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let answer = post(address, key, &message);
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!(
        (&answer["jsonrpc"], &answer["id"]),
        (&json!("2.0"), &json!(7))
    );
    answer
}

/// The text of a tool's answer, and whether it is a refusal.
fn call(address: SocketAddr, key: &str, name: &str, arguments: Value) -> (String, bool) {
    let params = json!({ "name": name, "arguments": arguments });
    let result = &ask(address, key, "tools/call", params)["result"];
    let text = result["content"][0]["text"].as_str().unwrap().to_owned();
    (text, result["isError"].as_bool().unwrap())
}

#[test]
fn an_assistant_searches_and_an_admin_changes() {
    let (server, address) = serve_to_keys(&[]);
    let reader = key(&server, "reader", &[]);
    let admin = key(&server, "admin", &["ROLE", "admin"]);
    let hello = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let hello = ask(address, &reader, "initialize", hello);
    assert_eq!(hello["result"]["serverInfo"]["name"], "catalogue");
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let ready = post(address, &reader, &ready);
    assert_eq!((ready.status, ready.body.as_str()), (202, ""));
    let tools = ask(address, &reader, "tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    let search = tools
        .iter()
        .find(|tool| tool["name"] == "searchMovies")
        .unwrap();
    assert_eq!(search["inputSchema"]["required"], json!(["q"]));
    let (found, is_error) = call(address, &reader, "searchMovies", json!({ "q": "alie" }));
    assert!(!is_error && found.contains(r#""title":"Alien""#), "{found}");
    let (movie, is_error) = call(address, &reader, "getMovie", json!({ "name": "2" }));
    assert!(
        !is_error && movie.starts_with(r#"{"id":2,"name":"2""#),
        "{movie}"
    );
    let (refusal, is_error) = call(address, &reader, "getMovie", json!({ "name": "9" }));
    assert!(
        is_error && refusal.contains("there is no movie of that name"),
        "{refusal}"
    );
    let (refusal, is_error) = call(
        address,
        &reader,
        "searchMovies",
        json!({ "q": "a", "limit": 0 }),
    );
    assert!(is_error && refusal.contains("`limit` is `0`"), "{refusal}");
    let put = json!({ "name": "7", "movie": { "title": "Heat" } });
    let (refusal, is_error) = call(address, &reader, "putMovie", put.clone());
    assert!(
        is_error && refusal.contains("needs the role admin"),
        "{refusal}"
    );
    assert!(!call(address, &admin, "putMovie", put).1);
    let (movie, _) = call(address, &reader, "getMovie", json!({ "name": "7" }));
    assert!(movie.contains(r#""title":"Heat""#), "{movie}");
    assert!(!call(address, &admin, "deleteMovie", json!({ "name": "7" })).1);
    let unknown = ask(address, &reader, "tools/call", json!({ "name": "format" }));
    assert_eq!(unknown["error"]["code"], -32_602);
}

#[test]
fn a_request_of_version_2025_03_26_can_have_several_messages() {
    let (server, address) = serve_to_keys(&[]);
    let key = key(&server, "reader", &[]);
    let ping = |id: Value| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let post = |version: &str, message: &Value| {
        let mut fields = vec![
            format!("Authorization: Bearer {key}"),
            "Content-Type: application/json".to_owned(),
        ];
        if !version.is_empty() {
            fields.push(format!("MCP-Protocol-Version: {version}"));
        }
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        send(address, "POST", "/mcp", &fields, &message.to_string())
    };
    let movie = called(1, "getMovie", json!({ "name": "2" }));
    let list = json!([movie, notification, ping(json!("b")), 7]);
    for version in ["", "2025-03-26"] {
        let answers = post(version, &list).json();
        assert_eq!(answers.as_array().unwrap().len(), 3, "{answers}");
        assert!(answers[0].to_string().contains("Alien"), "{answers}");
        assert_eq!(answers[1]["id"], "b");
        assert_eq!(answers[2]["error"]["code"], -32_600);
    }
    let silent = post("2025-03-26", &json!([notification]));
    assert_eq!((silent.status, silent.body.as_str()), (202, ""));
    let most = limits::MAX_RPC_MESSAGES;
    let pings = |number: usize| vec![ping(json!(1)); number];
    let all = post("", &json!(pings(most))).json();
    assert_eq!(all.as_array().unwrap().len(), most);
    for (version, list) in [
        ("", json!(pings(most + 1))),
        ("", json!([])),
        ("2025-06-18", json!(pings(1))),
    ] {
        let refused = post(version, &list).json();
        assert_eq!(refused["error"]["code"], -32_600, "{refused}");
    }
    let unknown = post("1999-01-01", &ping(json!(1)));
    let (status, detail) = unknown.problem();
    assert!(status == 400 && detail.contains("2025-06-18"), "{detail}");
}

#[test]
fn only_a_caller_with_a_key_uses_tools() {
    let (server, address) = serve_to_keys(&[]);
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(post(address, "wrong", &ping).status, 401);
    assert_eq!(send(address, "GET", "/mcp", &[], "").status, 405);
    let page = key(&server, "page", &["SEARCH-ONLY"]);
    assert!(!call(address, &page, "searchMovies", json!({ "q": "alien" })).1);
    let listed = ask(address, &page, "tools/list", json!({})).to_string();
    assert!(
        listed.contains("searchMovies") && !listed.contains("getMovie"),
        "{listed}"
    );
    let (refusal, is_error) = call(address, &page, "getMovie", json!({ "name": "2" }));
    assert!(
        is_error && refusal.contains("this key may only search"),
        "{refusal}"
    );
}

/// Runs `catalogue mcp` with these lines on standard input.
fn over_stdio(folder: &Folder, args: &[&str], lines: &[Value]) -> Vec<Value> {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let output = Cli::new([&["mcp"], args].concat())
        .stdin(input)
        .output(folder);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn called(id: u64, name: &str, arguments: Value) -> Value {
    let params = json!({ "name": name, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
}

#[test]
fn an_assistant_on_this_machine_needs_no_server_and_no_key() {
    let folder = Folder::with_accounts();
    let lines = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {} }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" }),
        called(3, "searchMovies", json!({ "q": "alie" })),
        called(
            4,
            "putMovie",
            json!({ "name": "new", "movie": { "title": "New" } }),
        ),
        json!("no message"),
        called(5, "getMovie", json!({ "name": "new" })),
    ];
    let read = over_stdio(&folder, &[], &lines);
    let text = |answer: &Value| {
        answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(read.len(), 6);
    assert_eq!(read[0]["result"]["serverInfo"]["name"], "catalogue");
    let names = read[1]["result"]["tools"].to_string();
    assert!(names.contains("getMovie") && !names.contains("putMovie"));
    assert!(text(&read[2]).contains(r#""title":"Alien""#));
    assert!(
        text(&read[3]).contains("needs the role admin"),
        "{}",
        read[3]
    );
    assert_eq!(
        (&read[4]["error"]["code"], &read[4]["id"]),
        (&json!(-32600), &Value::Null)
    );
    assert_eq!(read[5]["result"]["isError"], true);
    let changed = over_stdio(&folder, &["--role", "admin"], &lines);
    assert!(changed[1].to_string().contains("putMovie"));
    assert_eq!(text(&changed[3]), "done");
    assert!(text(&changed[5]).contains(r#""title":"New""#));
    let audit = Cli::new(["audit", "--json"]).output(&folder);
    let audit = String::from_utf8(audit.stdout).unwrap();
    assert!(
        audit
            .lines()
            .any(|line| line.contains(r#""command":"put""#)),
        "{audit}"
    );
}

/// The command runs next to a server, and sees its changes.
#[test]
fn the_tools_see_what_a_running_server_changes_and_end_with_a_signal() {
    let (server, _) = serve_to_keys(&[]);
    let mut assistant = Command::new(PROGRAM)
        .arg("mcp")
        .current_dir(server.folder().path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = assistant.stdin.take().unwrap();
    let mut answers = BufReader::new(assistant.stdout.take().unwrap()).lines();
    let mut title = || {
        writeln!(stdin, "{}", called(1, "getMovie", json!({ "name": "2" }))).unwrap();
        answers.next().unwrap().unwrap()
    };
    assert!(title().contains("Alien"));
    server.admin().ask(&["PUT", "2", r#"{"title":"Renamed"}"#]);
    assert!(title().contains("Renamed"));
    kill_process(Pid::from_child(&assistant), Signal::INT).unwrap();
    assert_eq!(assistant.wait().unwrap().code(), Some(0));
    drop(stdin);
    assert!(server.admin().ask(&["SEND", "2", "JSON"]) != Reply::Null);
}

#[test]
fn a_message_that_is_too_long_ends_the_assistant() {
    let folder = Folder::with_accounts();
    let line = "x".repeat(limits::MAX_RPC_BYTES + 1);
    let output = Cli::new(["mcp"]).stdin(line).output(&folder);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "catalogue: line 1 is longer than {} bytes\n",
        limits::MAX_RPC_BYTES
    );
    assert_eq!(stderr, expected);
    let missing = Cli::new(["mcp", "--db", "none.db"]).output(&folder);
    assert_eq!(missing.status.code(), Some(1));
}
