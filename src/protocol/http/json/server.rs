//! Counts, connections, metrics and the audit trail.

use serde_json::{Map, Value, json};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::parameter::{Parameter, ParameterKind};
use super::super::request::HttpRequest;
use super::super::response;
use crate::api::{Answer, Command};
use crate::config::limits;

pub(super) const AUDIT_PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "after",
        ParameterKind::Integer(0, i64::MAX as u64),
        "the position after which the entries begin; without it, the last ones",
    ),
    Parameter::new(
        "limit",
        ParameterKind::Integer(1, limits::MAX_AUDIT_ROWS as u64),
        "the most entries; without it, 20",
    ),
];

fn respond(body: &Value) -> Result<HttpResponse, HttpError> {
    Ok(response::json(body.to_string()))
}

fn unexpected<T>() -> Result<T, HttpError> {
    Err(HttpError::internal("another answer was expected"))
}

pub(super) fn count<'r>(_: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    Ok(Command::Count)
}

pub(super) fn counted(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    match answer {
        Answer::Number(movies) => respond(&json!({ "movies": movies })),
        _ => unexpected(),
    }
}

pub(super) fn connections<'r>(_: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    Ok(Command::ListConnections)
}

pub(super) fn connected(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    let Answer::Connections(connections) = answer else {
        return unexpected();
    };
    let connections = connections.into_iter().map(|connection| {
        json!({
            "id": connection.id,
            "address": connection.address.to_string(),
            "user": connection.user.as_deref(),
            "connected_seconds": connection.connected_seconds,
            "idle_seconds": connection.idle_seconds,
            "commands": connection.commands,
        })
    });
    respond(&json!({ "connections": connections.collect::<Vec<_>>() }))
}

pub(super) fn audit<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let (after, limit) = (
        request.query.integer("after"),
        request.query.integer("limit"),
    );
    Ok(Command::Audit {
        after: after.map(|after| after as i64),
        limit: limit.map_or(limits::DEFAULT_AUDIT_ROWS, |limit| limit as u32),
    })
}

pub(super) fn audited(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    match answer {
        Answer::Audit(entries) => respond(&json!({ "entries": entries })),
        _ => unexpected(),
    }
}

pub(super) fn metrics<'r>(_: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    Ok(Command::Info)
}

pub(super) fn measured(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    let Answer::Info(sections) = answer else {
        return unexpected();
    };
    let sections = sections.into_iter().map(|section| {
        let properties = section.properties.into_iter();
        let properties = properties.map(|(name, value)| {
            let number = value.parse::<u64>().map(Value::from);
            (name, number.unwrap_or(Value::String(value)))
        });
        let name = section.name.to_ascii_lowercase();
        (name, Value::Object(properties.collect()))
    });
    respond(&Value::Object(sections.collect::<Map<_, _>>()))
}
