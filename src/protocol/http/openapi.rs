//! The description of the routes for OpenAPI 3.1.

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::parameter::{Parameter, ParameterKind};
use super::policy::{Access, Verb};
use super::route::Route;
use super::router::routes;
use crate::movie;
use crate::protocol::commands::RequiredRole;

/// The schemas that the rows of the table name.
const SCHEMAS: &str = include_str!("schemas.json");
/// The media type of refusals.
const PROBLEM: &str = "application/problem+json";

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(describe().to_string()));

/// The description, as JSON.
pub fn document() -> Bytes {
    DOCUMENT.clone()
}

fn describe() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes().filter(|route| route.is_described()) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.as_str().to_ascii_lowercase()] = operation(route);
    }
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "catalogue",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
        },
    })
}

impl Route {
    /// Whether programs use it. Pages for people and their assets are not described.
    fn is_described(&self) -> bool {
        self.path.starts_with("/api/") || self.path.ends_with("z")
    }
}

fn operation(route: &Route) -> Value {
    let mut responses = Map::new();
    responses.insert(route.answer.status.to_string(), answer(route));
    for (status, description) in refusals(route) {
        let problem = json!({ PROBLEM: { "schema": reference("Problem") } });
        let refusal = json!({ "description": description, "content": problem });
        responses.insert(status.to_owned(), refusal);
    }
    // It is refused before the route is known, and has no body.
    let too_large = json!({ "description": "the head of the request is too large" });
    responses.insert("431".to_owned(), too_large);
    let captured = captures(route.path).map(|name| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": { "type": "string", "minLength": 1 },
        })
    });
    let parameters = captured.chain(route.parameters.iter().map(parameter));
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses,
    });
    if !matches!(route.access, Access::Open) {
        // No key is needed where the server permits anonymous readers.
        operation["security"] = match route.access.role() {
            RequiredRole::Admin => json!([{ "key": [] }]),
            _ => json!([{ "key": [] }, {}]),
        };
    }
    if let Some(rule) = &route.body {
        let schema = json!({ rule.media_type: { "schema": reference(rule.schema) } });
        operation["requestBody"] = json!({ "required": true, "content": schema });
    }
    operation
}

fn answer(route: &Route) -> Value {
    let shape = &route.answer;
    let mut answer = json!({ "description": route.summary });
    if !shape.media_type.is_empty() {
        let schema = match shape.schema {
            "" if shape.media_type.starts_with("text/") => json!({ "type": "string" }),
            "" => json!({}),
            schema => reference(schema),
        };
        let media_type = shape.media_type.split(';').next().unwrap_or_default();
        answer["content"] = json!({ media_type: { "schema": schema } });
    }
    answer
}

/// The statuses with which a route may refuse.
fn refusals(route: &Route) -> Vec<(&'static str, &'static str)> {
    let is_open = matches!(route.access, Access::Open);
    let is_admin = route.access.role() == RequiredRole::Admin;
    let is_change = route.verb != Verb::Get;
    let has_parameter = |name| route.parameters.iter().any(|known| known.name == name);
    let has_name = route.path.contains('{') || is_change && has_parameter("name");
    let takes = |number: bool, refusal| number.then_some(refusal);
    [
        takes(!is_open, ("400", "the request cannot be used")),
        takes(!is_open, ("401", "a key is required")),
        takes(!is_open, ("403", "the key does not suffice")),
        takes(has_name, ("404", "there is nothing of that name")),
        takes(
            is_admin && is_change,
            (
                "409",
                "the name is taken, or the data has changed meanwhile",
            ),
        ),
        takes(
            is_admin && has_name,
            ("412", "another version is stored than `If-Match` says"),
        ),
        takes(route.body.is_some(), ("413", "the body is too large")),
        takes(
            route.body.is_some(),
            ("415", "the body has another media type"),
        ),
        Some(("503", "the server is busy, or its database cannot be used")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The names in braces of a path.
pub(super) fn captures(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split('}').next())
}

pub(super) fn schema_of(kind: ParameterKind) -> Value {
    match kind {
        ParameterKind::Text(max) => json!({ "type": "string", "maxLength": max }),
        ParameterKind::Texts(max) => json!({
            "type": "array",
            "items": { "type": "string", "maxLength": max },
        }),
        ParameterKind::Integer(min, max) => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        ParameterKind::Number(min, max) => {
            json!({ "type": "number", "minimum": min, "maximum": max })
        }
        ParameterKind::Choice(words) => json!({ "type": "string", "enum": words }),
        ParameterKind::Choices(words) => some_of(words.to_vec()),
        ParameterKind::MovieFields => some_of(movie::fields().map(|field| field.name).collect()),
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": parameter.summary,
        "schema": schema_of(parameter.kind),
    });
    match parameter.kind {
        // Separated by commas, and as a parameter of its own each.
        ParameterKind::Choices(_) | ParameterKind::MovieFields => {
            described["explode"] = false.into()
        }
        ParameterKind::Texts(_) => described["explode"] = true.into(),
        _ => {}
    }
    described
}

fn some_of(words: Vec<&str>) -> Value {
    json!({
        "type": "array",
        "items": { "type": "string", "enum": words },
        "minItems": 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every schema is used, and every schema that is used is there.
    #[test]
    fn the_schemas_are_those_of_the_table() {
        let text = describe().to_string();
        let schemas: Map<String, Value> = serde_json::from_str(SCHEMAS).unwrap();
        for name in schemas.keys() {
            let used = format!("\"#/components/schemas/{name}\"");
            assert!(text.contains(&used), "{name} is not used");
        }
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "there is no {name}");
        }
    }
}
