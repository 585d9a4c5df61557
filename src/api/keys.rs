//! API keys: logins with one, and their administration.

use super::answer::{Answer, Execution};
use super::error::{ApiError, ApiErrorKind, unavailable};
use super::execution::{done, durable, query};
use super::identity::Identity;
use super::session::Session;
use super::state::ServerState;
use crate::auth::{ApiKey, HashError, KEY_USER_PREFIX, Password};
use crate::config::limits;
use crate::store::{
    Actor, Change, ChangeRequest, KeyGrant, KeyHash, ReadTransaction, Reader, Writer, now,
};

/// The user name of a client that sends a password alone, as in Redis.
const DEFAULT_USER: &[u8] = b"default";

/// Logs in if the password is a key and the user is `default` or that of the key. Otherwise the
/// caller checks the password of an account. A key cannot be guessed, so its check needs no
/// throttle and no slow hash.
///
/// # Errors
/// The key has expired, or the database cannot be used.
pub(super) fn log_in(
    session: &mut Session,
    state: &ServerState,
    reader: &mut Reader,
    user: &[u8],
    password: &Password,
) -> Result<bool, ApiError> {
    let Some(hash) = ApiKey::hash_of(password.expose()) else {
        return Ok(false);
    };
    let accounts_version = reader.accounts_seen();
    let Some(key) = reader.key(&KeyHash(hash)).map_err(unavailable)? else {
        return Ok(false);
    };
    let of_key = user.strip_prefix(KEY_USER_PREFIX.as_bytes());
    if user != DEFAULT_USER && of_key != Some(key.grant.name.as_bytes()) {
        return Ok(false);
    }
    let now = now();
    if key.grant.has_expired(now) {
        let kind = ApiErrorKind::AuthenticationFailed;
        return Err(session.failed_attempt(kind, "the API key has expired"));
    }
    let mut noted_at = key.last_used_at;
    note_use(&state.writer, key.hash, &mut noted_at, now);
    session.log_in(&state.clients, Identity::from_key(&key), accounts_version);
    Ok(true)
}

/// Writes the time of use of a key, at most once a minute. No request waits for it: if the queue is
/// full, a later use is written.
pub(super) fn note_use(writer: &Writer, hash: KeyHash, noted_at: &mut Option<i64>, now: i64) {
    let interval = limits::KEY_USE_INTERVAL.as_secs() as i64;
    if noted_at.is_some_and(|time| now - time < interval) {
        return;
    }
    *noted_at = Some(now);
    let change = Change::NoteKeyUse { hash };
    let _ = writer.submit(ChangeRequest::new(Actor::Server, "server", change));
}

/// Makes a key; the answer is the only time that it is shown.
pub(super) fn add<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    grant: Box<KeyGrant>,
) -> Execution<'s> {
    Execution::later(async move {
        let key = ApiKey::generate().map_err(|error| {
            let error = HashError::from(error);
            tracing::error!(%error, "a key could not be made");
            ApiError::new(
                ApiErrorKind::Internal,
                "internal error, see the server's log",
            )
        })?;
        let hash = KeyHash(key.hash());
        let grant = *grant;
        durable(session, state, Change::AddKey { grant, hash }).await?;
        Ok(Answer::NewKey(key))
    })
}

pub(super) fn list(state: &ServerState) -> Execution<'_> {
    let read = |reader: &mut Reader| ReadTransaction::new(reader).keys();
    query(state, read, Answer::Keys)
}

pub(super) fn revoke<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    name: String,
) -> Execution<'s> {
    done(session, state, Change::RevokeKey { name })
}
