//! The messages of the protocol: JSON-RPC 2.0, one in a request.

use hyper::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::super::message::HttpResponse;
use super::super::response::{self, respond};
use super::tools::{self, ToolCall};
use crate::store::Role;

/// The versions of the protocol, the newest first. This server uses only features that all of them
/// have.
const VERSIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];
const INVALID_REQUEST: i64 = -32_600;
const UNKNOWN_METHOD: i64 = -32_601;
const INVALID_PARAMETERS: i64 = -32_602;
const NOT_JSON: i64 = -32_700;

/// A request or, without an id, a notification.
#[derive(Deserialize)]
struct RpcMessage {
    jsonrpc: String,
    /// `Some(Value::Null)` is an id too, which the protocol does not allow.
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Option<Map<String, Value>>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The action that a message requests.
pub(in super::super) enum McpStep {
    /// This response.
    Respond(HttpResponse),
    /// A call of a tool; its response belongs into [`result`] with this id.
    Call(Value, Box<ToolCall>),
}

/// Reads a message of a caller with this role.
pub(in super::super) fn step(body: &[u8], role: Option<Role>) -> McpStep {
    let message: RpcMessage = match serde_json::from_slice(body) {
        Ok(message) => message,
        Err(error) => {
            let code = if error.is_data() {
                INVALID_REQUEST
            } else {
                NOT_JSON
            };
            return failure(&Value::Null, code, "this is no message of JSON-RPC 2.0");
        }
    };
    let RpcMessage {
        jsonrpc,
        id,
        method,
        params,
    } = message;
    if jsonrpc != "2.0" {
        return failure(&Value::Null, INVALID_REQUEST, "`jsonrpc` is not 2.0");
    }
    let (Some(id), Some(method)) = (id, method) else {
        // A notification, or a response without a request.
        return McpStep::Respond(respond(StatusCode::ACCEPTED, ""));
    };
    if !id.is_number() && !id.is_string() {
        let text = "`id` is not a number or a string";
        return failure(&Value::Null, INVALID_REQUEST, text);
    }
    let params = params.unwrap_or_default();
    match method.as_str() {
        "initialize" => success(&id, &introduction(&params)),
        "ping" => success(&id, &json!({})),
        "tools/list" => success(&id, &json!({ "tools": tools::list(role) })),
        "tools/call" => match tools::call(&params) {
            Ok(call) => McpStep::Call(id, Box::new(call)),
            Err(message) => failure(&id, INVALID_PARAMETERS, &message),
        },
        _ => failure(
            &id,
            UNKNOWN_METHOD,
            "there are initialize, ping, tools/list and tools/call",
        ),
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
pub(in super::super) fn result(id: &Value, response: &HttpResponse) -> HttpResponse {
    let is_error = !response.status().is_success();
    let text = match response.body() {
        body if body.is_empty() => "done".into(),
        body => String::from_utf8_lossy(body),
    };
    let content = json!([{ "type": "text", "text": text }]);
    message(&json!({
        "jsonrpc": "2.0",
        "id": id,
        "result": { "content": content, "isError": is_error },
    }))
}

fn success(id: &Value, result: &Value) -> McpStep {
    McpStep::Respond(message(
        &json!({ "jsonrpc": "2.0", "id": id, "result": result }),
    ))
}

fn failure(id: &Value, code: i64, text: &str) -> McpStep {
    let error = json!({ "code": code, "message": text });
    McpStep::Respond(message(
        &json!({ "jsonrpc": "2.0", "id": id, "error": error }),
    ))
}

fn message(message: &Value) -> HttpResponse {
    response::json(message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn answer(body: &str) -> (u16, Value) {
        let McpStep::Respond(response) = step(body.as_bytes(), Some(Role::Reader)) else {
            panic!("a tool is called");
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
