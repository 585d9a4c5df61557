//! API keys, for admins.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::response::{self, respond};
use super::super::route::{Exchange, TaskFuture};
use super::accounts::body;
use crate::api::{Answer, Command};
use crate::auth::KeyLifetime;
use crate::store::{KeyGrant, Role, StoredKey, now};

/// The body of `POST /api/v1/keys`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    name: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    search_only: bool,
    /// A time like `90d`.
    #[serde(default)]
    expires: Option<String>,
}

pub(super) fn list<'r>(_: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    Ok(Command::ListKeys)
}

pub(super) fn listed(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    let Answer::Keys(keys) = answer else {
        return Err(HttpError::internal("no keys were answered"));
    };
    let keys: Vec<Value> = keys.iter().map(described).collect();
    Ok(response::json(json!({ "keys": keys }).to_string()))
}

fn described(key: &StoredKey) -> Value {
    let grant = &key.grant;
    json!({
        "name": grant.name,
        "role": grant.role.as_str(),
        "search_only": grant.is_search_only,
        "added": key.created_at,
        "expires": grant.expires_at,
        "last_used": key.last_used_at,
    })
}

/// `POST /api/v1/keys`. The answer is the only time that the key is shown.
pub(super) fn add<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let new: NewKey = body(exchange.request)?;
        let role = new.role.as_deref().unwrap_or(Role::Reader.as_str());
        let role: Role = role.parse().map_err(HttpError::bad_request)?;
        let lifetime = new.expires.as_deref().map(str::parse::<KeyLifetime>);
        let lifetime = lifetime.transpose().map_err(HttpError::bad_request)?;
        let grant = KeyGrant::new(&new.name, role, new.search_only, lifetime, now());
        let grant = grant.map_err(HttpError::bad_request)?;
        let Answer::NewKey(key) = exchange.run(Command::AddKey(Box::new(grant))).await? else {
            return Err(HttpError::internal("no key was answered"));
        };
        let key = String::from_utf8_lossy(key.expose());
        let body = json!({ "name": new.name, "key": key }).to_string();
        let mut response = response::json(body);
        *response.status_mut() = StatusCode::CREATED;
        Ok(response)
    })
}

/// `DELETE /api/v1/keys/{name}`.
pub(super) fn revoke<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let name = exchange.request.capture_text("name")?.to_owned();
        exchange.run(Command::RevokeKey(name)).await?;
        Ok(respond(StatusCode::NO_CONTENT, ""))
    })
}
