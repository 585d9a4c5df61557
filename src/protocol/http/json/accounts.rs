//! Accounts, for admins, and the caller's own password.

use bytes::Bytes;
use hyper::StatusCode;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::response::{self, respond};
use super::super::route::{Exchange, TaskFuture};
use crate::api::{Answer, Command, NewUser};
use crate::auth::{Password, new_user};
use crate::store::Role;

/// The body of `POST /api/v1/accounts`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRequest {
    name: String,
    #[serde(deserialize_with = "secret")]
    password: Zeroizing<String>,
    #[serde(default)]
    role: Option<String>,
}

/// The body of `PUT /api/v1/accounts/{name}/role`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleRequest {
    role: String,
}

/// The body of `PUT /api/v1/password`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    #[serde(deserialize_with = "secret")]
    old: Zeroizing<String>,
    #[serde(deserialize_with = "secret")]
    new: Zeroizing<String>,
}

/// A text whose only copy is overwritten. The parser would leave a copy of a text with escapes in
/// freed memory, so it gets each escape alone.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    let mut rest = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or_else(|| D::Error::custom("a password is a string"))?;
    let mut text = Zeroizing::new(String::with_capacity(rest.len()));
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        text.push_str(before);
        let (escape, after) = escaped.split_at(escape_length(escaped));
        let character = serde_json::from_str(&format!("\"{escape}\""));
        text.push(character.map_err(D::Error::custom)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// The length of the escape at the beginning of a text of JSON, in bytes: `\n`, `\u00e9`, or two
/// of the latter for one character.
fn escape_length(escaped: &str) -> usize {
    let is_first_of_two =
        |digits: &str| (0xD800..0xDC00).contains(&u16::from_str_radix(digits, 16).unwrap_or(0));
    let length = match escaped.as_bytes().get(1) {
        Some(b'u') if escaped.get(2..6).is_some_and(is_first_of_two) => 12,
        Some(b'u') => 6,
        _ => 2,
    };
    length.min(escaped.len())
}

/// The JSON of a body.
///
/// # Errors
/// The error of the body.
pub(super) fn body<T: DeserializeOwned>(request: &HttpRequest<'_>) -> Result<T, HttpError> {
    serde_json::from_slice(&request.body).map_err(HttpError::bad_request)
}

pub(super) fn list<'r>(_: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    Ok(Command::ListUsers)
}

pub(super) fn listed(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    let Answer::Accounts(accounts) = answer else {
        return Err(HttpError::internal("no accounts were answered"));
    };
    let accounts = accounts.iter().map(|account| {
        json!({
            "name": account.name,
            "role": account.role.as_str(),
            "added": account.created_at,
        })
    });
    let accounts: Vec<Value> = accounts.collect();
    Ok(response::json(json!({ "accounts": accounts }).to_string()))
}

/// `POST /api/v1/accounts`. The answer has the name in its canonical form.
pub(super) fn add<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let new: AccountRequest = body(exchange.request)?;
        let role = new.role.as_deref().unwrap_or(Role::Reader.as_str());
        let user = NewUser {
            name: new_user(&new.name).map_err(HttpError::bad_request)?,
            password: Password::new(new.password.as_bytes()).map_err(HttpError::bad_request)?,
            role: role.parse().map_err(HttpError::bad_request)?,
        };
        let body = json!({ "name": user.name, "role": user.role.as_str() }).to_string();
        exchange.run(Command::AddUser(Box::new(user))).await?;
        let mut response = response::json(body);
        *response.status_mut() = StatusCode::CREATED;
        Ok(response)
    })
}

/// `DELETE /api/v1/accounts/{name}`.
pub(super) fn remove<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let name = exchange.request.capture_text("name")?.to_owned();
        exchange.run(Command::RemoveUser(name)).await?;
        Ok(respond(StatusCode::NO_CONTENT, Bytes::new()))
    })
}

/// `PUT /api/v1/accounts/{name}/role`.
pub(super) fn set_role<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let RoleRequest { role } = body(exchange.request)?;
        let role = role.parse().map_err(HttpError::bad_request)?;
        let name = exchange.request.capture_text("name")?.to_owned();
        exchange.run(Command::SetRole(name, role)).await?;
        Ok(respond(StatusCode::NO_CONTENT, Bytes::new()))
    })
}

/// `PUT /api/v1/password`.
pub(super) fn change_password<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let PasswordRequest { old, new } = body(exchange.request)?;
        let old = Password::from_bytes(old.as_bytes());
        let new = Password::new(new.as_bytes()).map_err(HttpError::bad_request)?;
        let Exchange { request, caller } = exchange;
        caller.change_password(request.head, old, new).await?;
        Ok(respond(StatusCode::NO_CONTENT, Bytes::new()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn password(json: &str) -> Result<String, String> {
        let body = format!(r#"{{"old":{json},"new":"n"}}"#);
        let read: Result<PasswordRequest, _> = serde_json::from_slice(body.as_bytes());
        read.map(|read| read.old.to_string())
            .map_err(|error| error.to_string())
    }

    proptest! {
        #[test]
        fn a_secret_is_the_text_that_was_sent(text: String) {
            prop_assert_eq!(password(&json!(text).to_string()), Ok(text.clone()));
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(password(&format!("\"{escaped}\"")), Ok(text));
        }
    }

    #[test]
    fn a_secret_that_is_no_text_is_refused() {
        for json in [
            "5",
            "null",
            "[]",
            r#""\ud800""#,
            r#""\ud800x""#,
            r#""\ud800\u0041""#,
            r#""\udc00""#,
            r#""\x""#,
            r#""\u00""#,
            r#""a"#,
            "\"\u{1}\"",
            r#""\ud800aaaaéé""#,
        ] {
            assert!(password(json).is_err(), "{json}");
        }
        assert_eq!(
            password(r#""a\n\ud83d\ude00\"\\""#),
            Ok("a\n\u{1f600}\"\\".to_owned())
        );
    }
}
