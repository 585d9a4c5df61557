//! The Model Context Protocol: the messages of an assistant from its first one on.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{key, serve_to_keys};
use crate::support::http::{Answer, send};

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
fn only_a_caller_with_a_key_uses_tools() {
    let (server, address) = serve_to_keys(&[]);
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(post(address, "wrong", &ping).status, 401);
    assert_eq!(send(address, "GET", "/mcp", &[], "").status, 405);
    let page = key(&server, "page", &["SEARCH-ONLY"]);
    assert!(!call(address, &page, "searchMovies", json!({ "q": "alien" })).1);
    let (refusal, is_error) = call(address, &page, "getMovie", json!({ "name": "2" }));
    assert!(
        is_error && refusal.contains("this key may only search"),
        "{refusal}"
    );
}
