//! The login state of one connection: the remaining attempts, and then an identity.

use std::sync::Arc;

use super::error::{ApiError, ApiErrorKind};
use super::identity::{AuthMethod, Identity};
use crate::config::limits;
use crate::connections::{CloseReason, ConnectionRecord, Registry};
use crate::store::Role;

/// The login state of one connection.
#[derive(Debug)]
pub struct Session {
    client: Arc<ConnectionRecord>,
    /// `None` where each request brings its own login, as over HTTP.
    attempts_left: Option<u8>,
    /// The role without an identity.
    anonymous: Option<Role>,
    identity: Option<Identity>,
    /// [`Reader::accounts_seen`](crate::store::Reader::accounts_seen) when the
    /// identity was last compared with its account.
    pub accounts_version: u64,
    /// The entry of the cluster's log that has the last change of this session; 0 without one.
    pub last_sequence: u64,
    close_reason: Option<CloseReason>,
}

impl Session {
    /// A version of the accounts that no reader has. An identity with this version is compared with
    /// its account before the next command.
    pub const NEVER_COMPARED: u64 = u64::MAX;

    /// An unauthenticated session with every attempt left.
    pub fn new(client: Arc<ConnectionRecord>) -> Session {
        Session {
            client,
            attempts_left: Some(limits::MAX_LOGIN_ATTEMPTS),
            anonymous: None,
            identity: None,
            accounts_version: 0,
            last_sequence: 0,
            close_reason: None,
        }
    }

    /// A session in which each request brings its own login, so that no failure ends it.
    /// Requests without a login have the role `anonymous`.
    pub fn per_request(client: Arc<ConnectionRecord>, anonymous: Option<Role>) -> Session {
        Session {
            attempts_left: None,
            anonymous,
            ..Session::new(client)
        }
    }

    /// The connection's entry in the registry.
    pub fn client(&self) -> &ConnectionRecord {
        &self.client
    }

    /// The identity of the last login, if there is one.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The role of the identity, or that of requests without a login.
    pub fn role(&self) -> Option<Role> {
        let identity = self.identity.as_ref();
        identity.map(|identity| identity.role).or(self.anonymous)
    }

    /// Marks the session authenticated as of `accounts_version`. Used attempts are not given back,
    /// so that the owner of one account cannot guess at another account without a limit.
    pub fn log_in(&mut self, clients: &Registry, identity: Identity, accounts_version: u64) {
        clients.identify(&self.client, Some(identity.clone()));
        self.identity = Some(identity);
        self.accounts_version = accounts_version;
    }

    /// Marks the session unauthenticated.
    pub fn log_out(&mut self, clients: &Registry) {
        clients.identify(&self.client, None);
        self.identity = None;
    }

    /// Keeps the session after its user has changed the password.
    pub fn password_changed(&mut self, clients: &Registry, password_id: i64) {
        if let Some(identity) = &mut self.identity {
            identity.method = AuthMethod::Password(password_id);
            clients.identify(&self.client, Some(identity.clone()));
        }
    }

    /// Ends the session because its account has changed since the login.
    pub fn account_changed(&mut self) -> ApiError {
        self.log_in_again("your account was changed, connect and log in again")
    }

    /// Ends the session because its key has expired since the login.
    pub fn key_expired(&mut self) -> ApiError {
        self.log_in_again("your API key has expired, connect and log in with another")
    }

    fn log_in_again(&mut self, message: &str) -> ApiError {
        self.identity = None;
        self.end(CloseReason::AccountChanged);
        ApiError::new(ApiErrorKind::AccountChanged, message)
    }

    /// Uses up one attempt. The message says how many are left; the last one ends the session.
    pub fn failed_attempt(&mut self, kind: ApiErrorKind, message: &str) -> ApiError {
        let Some(left) = &mut self.attempts_left else {
            return ApiError::new(kind, message);
        };
        *left = left.saturating_sub(1);
        match left {
            0 => {
                self.end(CloseReason::TooManyAttempts);
                ApiError::new(ApiErrorKind::TooManyAttempts, "too many failed attempts")
            }
            1 => ApiError::new(kind, format_args!("{message}, 1 attempt left")),
            left => ApiError::new(kind, format_args!("{message}, {left} attempts left")),
        }
    }

    /// Requests that the connection is closed after the current answer.
    pub fn end(&mut self, reason: CloseReason) {
        self.close_reason = Some(reason);
    }

    /// The reason why the connection is to be closed, if it is.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.close_reason
    }
}

#[cfg(test)]
mod tests {
    use super::ApiErrorKind::{AuthenticationFailed, LoginRequired, TooManyAttempts};
    use super::*;
    use crate::config::ConnectionLimits;

    fn session(clients: &Registry) -> Session {
        let address = "127.0.0.1:1".parse().unwrap();
        Session::new(clients.join(address, |_| {}).unwrap())
    }

    fn reader() -> Identity {
        Identity {
            user: "1".into(),
            role: Role::Reader,
            method: AuthMethod::Password(1),
        }
    }

    #[test]
    fn the_third_failure_ends_the_session() {
        let clients = Registry::new(ConnectionLimits::default());
        let mut session = session(&clients);
        let errors = [(); 3].map(|()| session.failed_attempt(AuthenticationFailed, "wrong user"));
        assert_eq!(
            errors,
            [
                ApiError::new(AuthenticationFailed, "wrong user, 2 attempts left"),
                ApiError::new(AuthenticationFailed, "wrong user, 1 attempt left"),
                ApiError::new(TooManyAttempts, "too many failed attempts"),
            ]
        );
        assert_eq!(session.close_reason(), Some(CloseReason::TooManyAttempts));
    }

    #[test]
    fn a_login_gives_no_attempts_back() {
        let clients = Registry::new(ConnectionLimits::default());
        let mut session = session(&clients);
        session.failed_attempt(LoginRequired, "no");
        session.log_in(&clients, reader(), 1);
        assert_eq!(session.identity(), Some(&reader()));
        assert_eq!(
            session.failed_attempt(LoginRequired, "no"),
            ApiError::new(LoginRequired, "no, 1 attempt left")
        );
        session.log_out(&clients);
        assert_eq!(session.identity(), None);
        session.failed_attempt(LoginRequired, "no");
        assert_eq!(session.close_reason(), Some(CloseReason::TooManyAttempts));
    }
}
