//! The tools: the routes of the JSON API about movies, with the same parameters and roles.

use bytes::Bytes;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::openapi::{captures, schema_of};
use super::super::parameter::{ParameterKind, shortened};
use super::super::policy::Access;
use super::super::route::Route;
use super::super::router;
use crate::protocol::commands::{CommandDescription, CommandId};

/// The end of the ids of operations with the name in a parameter. They are no tools of their own,
/// because a tool passes names as parameters.
const BY_NAME: &str = "ByName";
/// The beginning of the paths of the JSON API.
const API: &str = "/api/v1/";
/// The argument that holds a body.
const BODY: &str = "movie";

/// A call of a tool, as a request to its route.
#[derive(Debug)]
pub(in super::super) struct ToolCall {
    method: &'static str,
    target: String,
    body: Bytes,
}

impl ToolCall {
    /// The head and the body of the request, with the key and the host of the request that
    /// called the tool; nothing for a target that is too long.
    pub fn into_request(self, outer: &HeaderMap) -> Option<(Parts, Bytes)> {
        let request = Request::builder().method(self.method).uri(self.target);
        let (mut head, ()) = request.body(()).ok()?.into_parts();
        for field in [AUTHORIZATION, HOST] {
            if let Some(value) = outer.get(&field) {
                head.headers.insert(field, value.clone());
            }
        }
        let json = HeaderValue::from_static("application/json");
        head.headers.insert(CONTENT_TYPE, json);
        Some((head, self.body))
    }
}

fn routes() -> impl Iterator<Item = &'static Route> {
    let is_tool = |route: &&Route| match route.access {
        Access::Command(command) => {
            is_about_movies(command)
                && route.path.starts_with(API)
                && !route.operation.ends_with(BY_NAME)
        }
        _ => false,
    };
    router::routes().filter(is_tool)
}

fn is_about_movies(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::Send
            | CommandId::SendMany
            | CommandId::List
            | CommandId::Find
            | CommandId::Person
            | CommandId::People
            | CommandId::Episodes
            | CommandId::Count
            | CommandId::Put
            | CommandId::Delete
    )
}

/// The tools of a caller that may run these commands.
pub(super) fn list(may_run: impl Fn(&CommandDescription) -> bool) -> Vec<Value> {
    let may_call = |route: &&Route| match route.access {
        Access::Command(command) => may_run(command.description()),
        _ => false,
    };
    routes().filter(may_call).map(describe).collect()
}

fn describe(route: &'static Route) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in captures(route.path) {
        properties.insert(name.to_owned(), json!({ "type": "string" }));
        required.push(name);
    }
    for parameter in route.parameters {
        let mut schema = schema_of(parameter.kind);
        schema["description"] = parameter.summary.into();
        properties.insert(parameter.name.to_owned(), schema);
        if parameter.is_required {
            required.push(parameter.name);
        }
    }
    if route.body.is_some() {
        let description = "the fields of the movie; only `title` is required";
        let schema = json!({ "type": "object", "description": description });
        properties.insert(BODY.to_owned(), schema);
        required.push(BODY);
    }
    json!({
        "name": route.operation,
        "description": route.summary,
        "inputSchema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        },
    })
}

/// The call that these parameters of a message describe.
///
/// # Errors
/// The reason for the refusal.
pub(super) fn call(params: &Map<String, Value>) -> Result<ToolCall, String> {
    let name = params
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let route = routes().find(|route| route.operation == name);
    let route = route.ok_or_else(|| format!("there is no tool `{}`", shortened(name)))?;
    let none = Map::new();
    let arguments = match params.get("arguments") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err("`arguments` is no object".to_owned()),
    };
    let mut path = route.path.to_owned();
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut body = Bytes::new();
    for (name, value) in arguments {
        let parameter = route.parameters.iter().find(|known| known.name == *name);
        let place = format!("{{{name}}}");
        if path.contains(&place) {
            let text = text(name, value)?;
            let escaped = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            path = path.replace(&place, &escaped);
        } else if let Some(parameter) = parameter {
            match (parameter.kind, value) {
                (ParameterKind::Texts(_), Value::Array(values)) => {
                    for value in values {
                        query.append_pair(name, &text(name, value)?);
                    }
                }
                _ => {
                    query.append_pair(name, &text(name, value)?);
                }
            }
        } else if name == BODY && route.body.is_some() {
            body = value.to_string().into();
        } else {
            return Err(format!("the tool has no argument `{}`", shortened(name)));
        }
    }
    if let Some(missing) = captures(&path).next() {
        return Err(format!("the argument `{missing}` is missing"));
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    Ok(ToolCall {
        method: route.verb.as_str(),
        target: format!("{path}{mark}{query}"),
        body,
    })
}

/// A value as the text of a parameter. The items of a list are separated by commas.
fn text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        // `1.0` is an integer too.
        Value::Number(number) => Ok(match number.as_f64() {
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        }),
        Value::Bool(_) => Ok(value.to_string()),
        Value::Array(values) => {
            let texts: Result<Vec<_>, _> = values.iter().map(|value| text(name, value)).collect();
            Ok(texts?.join(","))
        }
        _ => Err(format!("the argument `{}` is no text", shortened(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::commands::RequiredRole;

    fn called(name: &str, arguments: Value) -> Result<ToolCall, String> {
        let params = json!({ "name": name, "arguments": arguments });
        call(params.as_object().unwrap())
    }

    #[test]
    fn a_call_is_a_request_to_the_route() {
        for (name, arguments, expected) in [
            (
                "getMovie",
                json!({ "name": "a/b?c" }),
                "GET /api/v1/movies/a%2Fb%3Fc",
            ),
            (
                "searchMovies",
                json!({ "q": "the deep", "limit": 5 }),
                "GET /api/v1/search?limit=5&q=the+deep",
            ),
            (
                "lookUpMovies",
                json!({ "name": ["1", "2"] }),
                "GET /api/v1/lookup?name=1&name=2",
            ),
            (
                "getMovie",
                json!({ "name": "1", "fields": ["title", "votes"] }),
                "GET /api/v1/movies/1?fields=title%2Cvotes",
            ),
            (
                "listMovies",
                json!({ "limit": 5.0, "min_rating": 8.5 }),
                "GET /api/v1/movies?limit=5&min_rating=8.5",
            ),
            ("countMovies", Value::Null, "GET /api/v1/count"),
            (
                "deleteMovie",
                json!({ "name": "1" }),
                "DELETE /api/v1/movies/1",
            ),
        ] {
            let call = called(name, arguments).unwrap();
            assert_eq!(format!("{} {}", call.method, call.target), expected);
        }
        let put = called(
            "putMovie",
            json!({ "name": "1", "movie": { "title": "T" } }),
        )
        .unwrap();
        assert_eq!(put.body, r#"{"title":"T"}"#);
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for (name, arguments, message) in [
            ("addKey", json!({}), "there is no tool `addKey`"),
            ("", json!({}), "there is no tool ``"),
            ("getMovie", json!({}), "the argument `name` is missing"),
            (
                "getMovie",
                json!({ "name": null }),
                "the argument `name` is no text",
            ),
            (
                "getMovie",
                json!({ "name": "1", "x": 1 }),
                "the tool has no argument `x`",
            ),
            ("getMovie", json!([]), "`arguments` is no object"),
        ] {
            assert_eq!(called(name, arguments).unwrap_err(), message);
        }
    }

    #[test]
    fn only_admins_see_the_tools_that_change_something() {
        let names = |may_run: fn(&CommandDescription) -> bool| {
            let tools = list(may_run).into_iter();
            let names = tools.map(|tool| tool["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let (reader, admin) = (
            names(|command| command.role == RequiredRole::Reader),
            names(|_| true),
        );
        let searches = names(CommandDescription::is_search);
        assert_eq!(searches, ["searchMovies", "suggestMovies", "searchPeople"]);
        assert!(reader.contains(&"searchMovies".to_owned()));
        let changes = admin.iter().filter(|name| !reader.contains(name));
        assert_eq!(changes.collect::<Vec<_>>(), ["putMovie", "deleteMovie"]);
    }
}
