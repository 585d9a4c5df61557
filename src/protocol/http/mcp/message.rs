//! The messages of the protocol: JSON-RPC 2.0, one in a request, or several in a list.

use hyper::StatusCode;
use hyper::header::HeaderMap;
use serde_json::{Map, Value, json};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::parameter::shortened;
use super::super::request::header;
use super::super::response::{self, respond};
use super::tools::{self, ToolCall};
use crate::config::limits;
use crate::protocol::commands::CommandDescription;

/// The versions of the protocol, the newest first. This server uses only features that all of them
/// have.
const VERSIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];
/// The version of the header field [`VERSION_FIELD`] from which a request has one message only.
const WITHOUT_LISTS: &str = VERSIONS[0];
const VERSION_FIELD: &str = "mcp-protocol-version";
const INVALID_REQUEST: i64 = -32_600;
const UNKNOWN_METHOD: i64 = -32_601;
const INVALID_PARAMETERS: i64 = -32_602;
const NOT_JSON: i64 = -32_700;

/// The messages of a request.
pub(in super::super) enum McpMessages {
    /// One message.
    One(Value),
    /// A list, which is answered by a list.
    List(Vec<Value>),
}

/// The action that a message requests.
pub(in super::super) enum McpStep {
    /// This answer; none to a notification or a response.
    Answer(Option<Value>),
    /// A call of a tool; its response belongs into [`result`] with this id.
    Call(Value, Box<ToolCall>),
}

/// Checks the version of the protocol that a request names, if it names one.
///
/// # Errors
/// The status 400 for an unknown version, as the specification requires.
pub(in super::super) fn check_version(headers: &HeaderMap) -> Result<(), HttpError> {
    let Some(version) = headers.get(VERSION_FIELD) else {
        return Ok(());
    };
    if VERSIONS.iter().any(|known| version == known) {
        return Ok(());
    }
    let version = String::from_utf8_lossy(version.as_bytes());
    Err(HttpError::bad_request(format_args!(
        "`MCP-Protocol-Version` is `{}`, there are {}",
        shortened(&version),
        VERSIONS.join(", ")
    )))
}

/// Reads the messages of a request.
///
/// # Errors
/// The answer to a body that is none.
pub(in super::super) fn receive(body: &[u8], headers: &HeaderMap) -> Result<McpMessages, Value> {
    let refuse = |code, text: &str| Err(failure(&Value::Null, code, text));
    let most = limits::MAX_RPC_MESSAGES;
    match serde_json::from_slice(body) {
        Err(_) => refuse(NOT_JSON, "this is not JSON"),
        Ok(Value::Array(_)) if header(headers, VERSION_FIELD) == Some(WITHOUT_LISTS) => {
            let text = "this version has no lists of messages, send one message in a request";
            refuse(INVALID_REQUEST, text)
        }
        Ok(Value::Array(list)) if list.is_empty() || list.len() > most => {
            let text = format!("a list has 1 to {most} messages");
            refuse(INVALID_REQUEST, &text)
        }
        Ok(Value::Array(list)) => Ok(McpMessages::List(list)),
        Ok(one) => Ok(McpMessages::One(one)),
    }
}

/// Reads a message of a caller that may run these commands.
pub(in super::super) fn step(
    message: Value,
    may_run: impl Fn(&CommandDescription) -> bool,
) -> McpStep {
    let answer = |answer| McpStep::Answer(Some(answer));
    let refuse = |id: &Value, code, text: &str| answer(failure(id, code, text));
    let Value::Object(mut message) = message else {
        let text = "this is no message of JSON-RPC 2.0";
        return refuse(&Value::Null, INVALID_REQUEST, text);
    };
    let id = message.remove("id");
    let is_id = |id: &&Value| id.is_number() || id.is_string();
    let known = id.as_ref().filter(is_id).cloned().unwrap_or_default();
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return refuse(&known, INVALID_REQUEST, "`jsonrpc` is not 2.0");
    }
    let is_response = ["result", "error"]
        .iter()
        .any(|key| message.contains_key(*key));
    let method = match message.remove("method") {
        Some(Value::String(method)) => method,
        None if is_response => return McpStep::Answer(None),
        _ => return refuse(&known, INVALID_REQUEST, "the message has no `method`"),
    };
    if id.is_none() {
        return McpStep::Answer(None);
    }
    if known.is_null() {
        return refuse(&known, INVALID_REQUEST, "`id` is not a number or a string");
    }
    let params = match message.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return refuse(&known, INVALID_PARAMETERS, "`params` is no object"),
    };
    match method.as_str() {
        "initialize" => answer(success(&known, &introduction(&params))),
        "ping" => answer(success(&known, &json!({}))),
        "tools/list" => answer(success(&known, &json!({ "tools": tools::list(may_run) }))),
        "tools/call" => match tools::call(&params) {
            Ok(call) => McpStep::Call(known, Box::new(call)),
            Err(text) => refuse(&known, INVALID_PARAMETERS, &text),
        },
        _ => {
            let text = "there are initialize, ping, tools/list and tools/call";
            refuse(&known, UNKNOWN_METHOD, text)
        }
    }
}

fn introduction(params: &Map<String, Value>) -> Value {
    let asked = params.get("protocolVersion").and_then(Value::as_str);
    let known = VERSIONS.into_iter().find(|version| asked == Some(version));
    json!({
        "protocolVersion": known.unwrap_or(VERSIONS[0]),
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "catalogue", "version": env!("CARGO_PKG_VERSION") },
        "instructions": "A catalogue of movies. Search by words of a title, then look up by name.",
    })
}

/// The response of a tool as that of its call. A refusal is returned to the assistant, which can
/// call again with other arguments.
pub(in super::super) fn result(id: &Value, response: &HttpResponse) -> Value {
    let is_error = !response.status().is_success();
    let text = match response.body() {
        body if body.is_empty() => "done".into(),
        body => String::from_utf8_lossy(body),
    };
    let content = json!([{ "type": "text", "text": text }]);
    success(id, &json!({ "content": content, "isError": is_error }))
}

fn success(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn failure(id: &Value, code: i64, text: &str) -> Value {
    let error = json!({ "code": code, "message": text });
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

/// The response with the answer to the message of a request.
pub(in super::super) fn respond_one(answer: Option<Value>) -> HttpResponse {
    answer.map_or_else(accepted, |answer| message(&answer))
}

/// The response with the answers to the messages of a list.
pub(in super::super) fn respond_list(answers: Vec<Value>) -> HttpResponse {
    if answers.is_empty() {
        return accepted();
    }
    message(&Value::Array(answers))
}

fn accepted() -> HttpResponse {
    respond(StatusCode::ACCEPTED, "")
}

fn message(message: &Value) -> HttpResponse {
    response::json(message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn answer(body: &str) -> (u16, Value) {
        let response = match receive(body.as_bytes(), &HeaderMap::new()) {
            Ok(McpMessages::One(message)) => match step(message, |_| true) {
                McpStep::Answer(answer) => respond_one(answer),
                McpStep::Call(..) => panic!("a tool is called"),
            },
            Ok(McpMessages::List(_)) => panic!("a list"),
            Err(refusal) => respond_one(Some(refusal)),
        };
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_slice(response.body()).unwrap_or_default(),
        )
    }

    #[test]
    fn an_id_is_a_number_or_a_text_and_parameters_can_be_absent() {
        for id in ["null", "[]", "{}", "true"] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let (status, refused) = answer(&body);
            assert_eq!((status, &refused["id"]), (200, &Value::Null), "{refused}");
            assert_eq!(refused["error"]["code"], INVALID_REQUEST);
        }
        for id in ["1", "0.5", r#""a""#] {
            for parameters in ["", r#","params":null"#, r#","params":{}"#] {
                let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"{parameters}}}"#);
                let (_, ponged) = answer(&body);
                assert_eq!(ponged["result"], json!({}), "{ponged}");
                assert_eq!(ponged["id"].to_string(), id);
            }
        }
    }

    #[test]
    fn every_message_is_answered() {
        for (body, code) in [
            ("", NOT_JSON),
            ("{", NOT_JSON),
            ("[]", INVALID_REQUEST),
            (r#"{"title":"Heat"}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0"}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":1}"#, INVALID_REQUEST),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
                INVALID_PARAMETERS,
            ),
            (
                r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
                INVALID_REQUEST,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#,
                UNKNOWN_METHOD,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
                INVALID_PARAMETERS,
            ),
        ] {
            assert_eq!(answer(body).1["error"]["code"], code, "{body}");
        }
        for body in [
            r#"{"id":"a","method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":"a"}"#,
        ] {
            assert_eq!(answer(body).1["id"], "a", "{body}");
        }
        let response = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(answer(response), (202, Value::Null));
        let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert_eq!(answer(notification), (202, Value::Null));
        let ping = answer(r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#);
        assert_eq!(
            ping,
            (200, json!({ "jsonrpc": "2.0", "id": "a", "result": {} }))
        );
        for (asked, given) in [("2025-03-26", "2025-03-26"), ("2199-01-01", VERSIONS[0])] {
            let params = json!({ "protocolVersion": asked });
            let body =
                json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
            let (_, answer) = answer(&body.to_string());
            assert_eq!(answer["result"]["protocolVersion"], given);
        }
    }
}
