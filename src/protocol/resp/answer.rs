//! Answers of the API as replies of RESP.

use std::fmt::Write as _;

use bytes::Bytes;

use super::Reply;
use crate::api::{Answer, ApiError, ApiErrorKind, InfoSection};
use crate::auth::ApiKey;
use crate::connections::{AdmissionError, ConnectionInfo};
use crate::store::{Account, AuditEntry, StoredKey};

/// The reply to a command of the API.
pub(super) fn reply(answer: Result<Answer, ApiError>) -> Reply {
    match answer {
        Ok(Answer::Row(Some(row))) => Reply::Bulk(row),
        Ok(Answer::Row(None)) => Reply::Null,
        Ok(Answer::Done) => Reply::OK,
        Ok(Answer::Number(number)) => integer(number),
        Ok(Answer::Rows(rows)) => {
            let rows = rows.into_iter();
            Reply::Array(
                rows.map(|row| row.map_or(Reply::Null, Reply::Bulk))
                    .collect(),
            )
        }
        Ok(Answer::Page(rows) | Answer::Found { rows, .. }) => {
            Reply::Array(rows.into_iter().map(Reply::Bulk).collect())
        }
        Ok(Answer::Connections(connections)) => {
            Reply::Array(connections.iter().map(connection).collect())
        }
        Ok(Answer::Audit(entries)) => Reply::Array(entries.iter().map(audit_entry).collect()),
        Ok(Answer::Keys(keys)) => Reply::Array(keys.iter().map(key).collect()),
        Ok(Answer::Accounts(accounts)) => Reply::Array(accounts.iter().map(account).collect()),
        // The owner overwrites the key when the reply is dropped.
        Ok(Answer::NewKey(key)) => Reply::Bulk(Bytes::from_owner(NewKeyText(key))),
        Ok(Answer::Info(sections)) => info(sections, None),
        Err(error) => Reply::from(error),
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Reply {
        Reply::error(code(error.kind), error.message)
    }
}

impl From<AdmissionError> for Reply {
    fn from(error: AdmissionError) -> Reply {
        Reply::error("BUSY", error)
    }
}

fn code(kind: ApiErrorKind) -> &'static str {
    match kind {
        ApiErrorKind::LoginRequired | ApiErrorKind::AuthenticationFailed => "ECHEC",
        ApiErrorKind::TooManyAttempts | ApiErrorKind::AccountChanged => "EC",
        ApiErrorKind::PermissionDenied => "NOPERM",
        ApiErrorKind::Busy | ApiErrorKind::Delayed => "BUSY",
        ApiErrorKind::InvalidArgument
        | ApiErrorKind::NotFound
        | ApiErrorKind::Conflict
        | ApiErrorKind::OtherVersion
        | ApiErrorKind::Unavailable
        | ApiErrorKind::Stopping
        | ApiErrorKind::Internal => "ERR",
    }
}

fn integer(number: u64) -> Reply {
    Reply::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// One line of `WHO`.
fn connection(info: &ConnectionInfo) -> Reply {
    let user = info.user.as_deref().map_or(Reply::Null, Reply::text);
    Reply::Map(vec![
        (Reply::text("id"), integer(info.id)),
        (
            Reply::text("address"),
            Reply::text(info.address.to_string()),
        ),
        (Reply::text("user"), user),
        (
            Reply::text("connected_seconds"),
            integer(info.connected_seconds),
        ),
        (Reply::text("idle_seconds"), integer(info.idle_seconds)),
        (Reply::text("commands"), integer(info.commands)),
    ])
}

/// One line of `AUDIT`.
fn audit_entry(entry: &AuditEntry) -> Reply {
    let account = entry.account.as_deref().map_or(Reply::Null, Reply::text);
    let names = entry.names.iter().map(|name| Reply::text(name.as_str()));
    Reply::Map(vec![
        (Reply::text("position"), Reply::Integer(entry.position)),
        (Reply::text("time"), Reply::Integer(entry.time)),
        (Reply::text("account"), account),
        (Reply::text("source"), Reply::text(entry.source.as_str())),
        (Reply::text("command"), Reply::text(entry.command.as_str())),
        (Reply::text("names"), Reply::Array(names.collect())),
        (Reply::text("named"), integer(entry.named)),
    ])
}

/// One line of `KEY LIST`.
fn key(key: &StoredKey) -> Reply {
    let grant = &key.grant;
    let time = |time: Option<i64>| time.map_or(Reply::Null, Reply::Integer);
    Reply::Map(vec![
        (Reply::text("name"), Reply::text(grant.name.as_str())),
        (Reply::text("role"), Reply::text(grant.role.as_str())),
        (Reply::text("scope"), Reply::text(grant.scope())),
        (Reply::text("added"), Reply::Integer(key.created_at)),
        (Reply::text("expires"), time(grant.expires_at)),
        (Reply::text("last_used"), time(key.last_used_at)),
    ])
}

/// One line of `USER LIST`.
fn account(account: &Account) -> Reply {
    Reply::Map(vec![
        (Reply::text("user"), Reply::text(account.name.as_str())),
        (Reply::text("role"), Reply::text(account.role.as_str())),
        (Reply::text("added"), Reply::Integer(account.created_at)),
    ])
}

/// A key as the bytes of a reply.
struct NewKeyText(ApiKey);

impl AsRef<[u8]> for NewKeyText {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

/// The section with every limit.
const LIMITS: &str = "Limits";

/// The text of `INFO`, with the lines that clients of Redis look for. Before a login it has
/// those lines only.
pub(super) fn info(mut sections: Vec<InfoSection>, wanted: Option<&[u8]>) -> Reply {
    if sections.is_empty() {
        return Reply::text("# Server\r\nloading:0\r\n# Replication\r\nrole:master\r\n");
    }
    let property = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for section in &mut sections {
        if section.name == "Server" {
            section.properties.push(property("loading", "0"));
        }
    }
    let replication = InfoSection {
        name: "Replication",
        properties: vec![property("role", "master")],
    };
    let after_stats = sections.iter().position(|section| section.name == "Stats");
    sections.insert(
        after_stats.map_or(sections.len(), |index| index + 1),
        replication,
    );
    let mut text = String::new();
    for InfoSection { name, properties } in &sections {
        if is_wanted(name, wanted) {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            let _ = write!(text, "{gap}# {name}\r\n");
            for (key, value) in properties {
                let _ = write!(text, "{key}:{value}\r\n");
            }
        }
    }
    Reply::text(text)
}

/// There are many limits, and they never change, so `INFO` without a section leaves them out.
fn is_wanted(name: &str, section: Option<&[u8]>) -> bool {
    let section = section.unwrap_or(b"default");
    let is = |word: &[u8]| section.eq_ignore_ascii_case(word);
    is(name.as_bytes()) || is(b"all") || is(b"everything") || (is(b"default") && name != LIMITS)
}
