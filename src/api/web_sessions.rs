//! The logins in browsers. A cookie has an opaque id, and the server has the identity.
//!
//! They are only in memory, so a restart ends them. Ids are stored as hashes, so the contents of
//! this table cannot be used to log in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::error::{ApiError, ApiErrorKind};
use super::identity::Identity;
use crate::auth::ApiKey;
use crate::config::limits;

/// The logins by the hash of their id. All threads share it; only requests with a cookie
/// take its lock.
#[derive(Debug, Default)]
pub struct WebSessions(Mutex<HashMap<[u8; 32], WebSession>>);

#[derive(Debug)]
struct WebSession {
    identity: Identity,
    began: Instant,
    used: Instant,
}

impl WebSession {
    fn has_ended(&self, now: Instant) -> bool {
        now.duration_since(self.began) >= limits::WEB_SESSION_LIFETIME
            || now.duration_since(self.used) >= limits::WEB_SESSION_IDLE
    }
}

impl WebSessions {
    /// Begins a login. Returns its id for the cookie, which has the form of an API key.
    ///
    /// # Errors
    /// The operating system's random generator failed.
    pub fn begin(&self, identity: Identity) -> Result<ApiKey, ApiError> {
        let id = ApiKey::generate().map_err(|error| {
            tracing::error!(%error, "a login has no id");
            ApiError::new(
                ApiErrorKind::Internal,
                "internal error, see the server's log",
            )
        })?;
        self.insert(id.hash(), identity, Instant::now());
        Ok(id)
    }

    /// Adds a login. If there are too many, it replaces the least recently used one, first one of
    /// the same user.
    fn insert(&self, hash: [u8; 32], identity: Identity, now: Instant) {
        let mut sessions = self.sessions();
        sessions.retain(|_, session| !session.has_ended(now));
        let is_own = |session: &WebSession| session.identity.user == identity.user;
        let own = sessions.values().filter(|session| is_own(session)).count();
        if own >= limits::MAX_WEB_SESSIONS_PER_USER {
            remove_oldest(&mut sessions, is_own);
        } else if sessions.len() >= limits::MAX_WEB_SESSIONS {
            remove_oldest(&mut sessions, |_| true);
        }
        let session = WebSession {
            identity,
            began: now,
            used: now,
        };
        sessions.insert(hash, session);
    }

    /// The identity of a login, as it was when the login began: whether the account is still
    /// the same is checked by [`authorize`](super::access::authorize). `None` for an unknown
    /// id, and for a login that has ended.
    pub fn identify(&self, id: &[u8]) -> Option<Identity> {
        self.identify_at(id, Instant::now())
    }

    fn identify_at(&self, id: &[u8], now: Instant) -> Option<Identity> {
        let hash = ApiKey::hash_of(id)?;
        let mut sessions = self.sessions();
        let session = sessions.get_mut(&hash)?;
        if session.has_ended(now) {
            sessions.remove(&hash);
            return None;
        }
        session.used = now;
        Some(session.identity.clone())
    }

    /// Replaces the identity of a login after its user has changed the password.
    pub fn set_identity(&self, id: &[u8], identity: Identity) {
        let hash = ApiKey::hash_of(id);
        let mut sessions = self.sessions();
        if let Some(session) = hash.and_then(|hash| sessions.get_mut(&hash)) {
            session.identity = identity;
        }
    }

    /// Ends a login, if there is one of that id.
    pub fn end(&self, id: &[u8]) {
        if let Some(hash) = ApiKey::hash_of(id) {
            self.sessions().remove(&hash);
        }
    }

    /// The table stays valid after a panic, so a poisoned lock is used.
    fn sessions(&self) -> MutexGuard<'_, HashMap<[u8; 32], WebSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the least recently used one of those.
fn remove_oldest(
    sessions: &mut HashMap<[u8; 32], WebSession>,
    of_those: impl Fn(&WebSession) -> bool,
) {
    let those = sessions.iter().filter(|(_, session)| of_those(session));
    let oldest = those.min_by_key(|(_, session)| session.used);
    if let Some(hash) = oldest.map(|(hash, _)| *hash) {
        sessions.remove(&hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::AuthMethod;
    use crate::store::Role;
    use std::time::Duration;

    fn identity(user: &str) -> Identity {
        Identity {
            user: user.into(),
            role: Role::Reader,
            method: AuthMethod::Password(1),
        }
    }

    #[test]
    fn a_login_lasts_until_it_is_ended() {
        let sessions = WebSessions::default();
        let (one, two) = (
            sessions.begin(identity("a")).unwrap(),
            sessions.begin(identity("a")).unwrap(),
        );
        assert_eq!(sessions.identify(one.expose()), Some(identity("a")));
        sessions.end(one.expose());
        assert_eq!(sessions.identify(one.expose()), None);
        assert_eq!(sessions.identify(two.expose()), Some(identity("a")));
        let unknown = ApiKey::generate().unwrap();
        assert_eq!(sessions.identify(unknown.expose()), None);
        assert_eq!(sessions.identify(b"a"), None);
    }

    #[test]
    fn a_login_ends_when_it_is_idle_and_when_it_is_old() {
        let sessions = WebSessions::default();
        let id = sessions.begin(identity("a")).unwrap();
        let began = Instant::now();
        let idle = limits::WEB_SESSION_IDLE - Duration::from_secs(1);
        let at = |after: Duration| sessions.identify_at(id.expose(), began + after).is_some();
        let mut after = Duration::ZERO;
        while after + idle < limits::WEB_SESSION_LIFETIME {
            after += idle;
            assert!(at(after), "{after:?}");
        }
        assert!(!at(limits::WEB_SESSION_LIFETIME));
        let id = sessions.begin(identity("a")).unwrap();
        let later = Instant::now() + limits::WEB_SESSION_IDLE;
        assert_eq!(sessions.identify_at(id.expose(), later), None);
    }

    #[test]
    fn logins_are_bounded_for_each_user_and_in_all() {
        let sessions = WebSessions::default();
        let own = |user: &str| {
            let sessions = sessions.sessions();
            let of_user = sessions.values().filter(|one| *one.identity.user == *user);
            of_user.count()
        };
        let other = sessions.begin(identity("other")).unwrap();
        for _ in 0..limits::MAX_WEB_SESSIONS_PER_USER + 5 {
            sessions.begin(identity("a")).unwrap();
        }
        assert_eq!(own("a"), limits::MAX_WEB_SESSIONS_PER_USER);
        let now = Instant::now();
        for number in 0..limits::MAX_WEB_SESSIONS + 5 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            sessions.insert(hash, identity(&number.to_string()), now);
        }
        assert_eq!(sessions.sessions().len(), limits::MAX_WEB_SESSIONS);
        assert_eq!(sessions.identify(other.expose()), None);
    }
}
