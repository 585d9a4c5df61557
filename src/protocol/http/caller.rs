//! The caller of a request: whose key it has, and what may be run as that.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, COOKIE};
use zeroize::{Zeroize, Zeroizing};

use super::error::HttpError;
use super::origin;
use super::policy::{Access, Policy};
use super::request::HttpRequest;
use crate::api::access::authorize;
use crate::api::session::Session;
use crate::api::{self, Answer, ApiError, ApiErrorKind, Command, Context, Execution, Permit};
use crate::api::{Identity, KeyCache, ServerState};
use crate::config::{HttpConfig, limits};
use crate::connections::ConnectionRecord;
use crate::metrics::Recorder;
use crate::protocol::commands::{CommandDescription, RequiredRole};
use crate::store::{ReadTransaction, Reader, Role};

/// The scheme of a key in `Authorization` (RFC 6750).
const BEARER: &[u8] = b"Bearer ";

/// What all HTTP connections of a worker share.
pub struct HttpContext<'w> {
    /// The state of the server.
    pub state: &'w ServerState,
    /// The reader of the worker.
    pub reader: &'w RefCell<Reader>,
    /// The keys that the worker has seen.
    pub keys: &'w RefCell<KeyCache>,
    /// Where requests are counted.
    pub recorder: &'w Recorder,
    /// The configuration of HTTP.
    pub config: &'w HttpConfig,
}

/// HTTP's state of one connection.
pub struct HttpSession {
    session: Session,
    /// The key of the session's identity, and when it was last looked up. A request with the same
    /// key needs no hash of it.
    key: Zeroizing<Vec<u8>>,
    looked_up: Option<Instant>,
    /// The address of the server that the connection arrived at.
    pub(super) local: IpAddr,
}

/// The caller of one request.
pub struct Caller<'w> {
    /// What the connections share.
    pub context: HttpContext<'w>,
    /// The connection.
    pub session: &'w mut HttpSession,
}

impl HttpSession {
    /// The state of a new connection that arrived at this address of the server.
    pub fn new(client: Arc<ConnectionRecord>, config: &HttpConfig, local: IpAddr) -> HttpSession {
        HttpSession {
            session: Session::per_request(client, config.anonymous),
            key: Zeroizing::default(),
            looked_up: None,
            local,
        }
    }

    /// Whether the session has the identity of this key. Once a minute it is looked up again, so
    /// that its use is noted.
    fn has_key(&self, key: &[u8]) -> bool {
        let is_recent = |time: Instant| time.elapsed() < limits::KEY_USE_INTERVAL;
        *self.key == key
            && self.session.identity().is_some()
            && self.looked_up.is_some_and(is_recent)
    }

    /// Forgets the identity of an earlier request.
    fn forget(&mut self, state: &ServerState) {
        if self.session.identity().is_some() {
            self.session.log_out(&state.clients);
        }
        self.key.zeroize();
    }

    /// Counts a request.
    pub fn count_request(&self, now: Instant) {
        let client = self.session.client();
        client.count_command();
        client.is_active(now);
    }
}

impl Caller<'_> {
    /// The identity of the request's key or login, if it has one.
    pub fn identity(&self) -> Option<&Identity> {
        self.session.session.identity()
    }

    /// The role of the request, if it may do anything.
    pub fn role(&self) -> Option<Role> {
        self.session.session.role()
    }

    /// Identifies the caller by the request's key, and checks that it may use a route.
    ///
    /// # Errors
    /// A key that is unknown or has ended, or the refusal.
    pub(super) fn admit(
        &mut self,
        request: &HttpRequest<'_>,
        access: Access,
        policy: &Policy,
    ) -> Result<Option<Permit>, HttpError> {
        let command = match access {
            Access::Open => return Ok(None),
            Access::Command(command) | Access::AdminOnly(command) => command.description(),
        };
        self.identify(request, policy)?;
        let permit = match self.authorize(command) {
            Err(error) if error.kind == ApiErrorKind::AccountChanged => {
                // The key may be valid with another role.
                self.session.forget(self.context.state);
                self.identify(request, policy)?;
                self.authorize(command)
            }
            permit => permit,
        }?;
        if access.role() == RequiredRole::Admin && self.role() != Some(Role::Admin) {
            let kind = match self.role() {
                Some(_) => ApiErrorKind::PermissionDenied,
                None => ApiErrorKind::LoginRequired,
            };
            return Err(ApiError::new(kind, "this needs the role admin").into());
        }
        Ok(Some(permit))
    }

    fn identify(&mut self, request: &HttpRequest<'_>, policy: &Policy) -> Result<(), HttpError> {
        let headers = &request.head.headers;
        let HttpContext {
            state,
            reader,
            keys,
            ..
        } = self.context;
        if let Some(key) = sent_key(request, policy)? {
            if self.session.has_key(key) {
                return Ok(());
            }
            let HttpSession { session, .. } = &mut *self.session;
            let mut reader = ReadTransaction::new(reader.borrow_mut());
            keys.borrow_mut().log_in(session, state, &mut reader, key)?;
            self.session.key.zeroize();
            self.session.key.extend_from_slice(key);
            self.session.looked_up = Some(Instant::now());
            return Ok(());
        }
        self.session.forget(state);
        if policy.takes_cookies
            && headers.contains_key(COOKIE)
            && !origin::is_own(&request.head.method, headers)
        {
            let detail = "a page of another site may not do this with your login";
            return Err(HttpError::new(StatusCode::FORBIDDEN, detail));
        }
        Ok(())
    }

    /// Permission to run a command.
    ///
    /// # Errors
    /// The refusal.
    pub fn authorize(&mut self, command: &'static CommandDescription) -> Result<Permit, ApiError> {
        let mut reader = ReadTransaction::new(self.context.reader.borrow_mut());
        authorize(&mut self.session.session, &mut reader, command)
    }

    /// Runs a command, and waits for the answer of another thread.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn execute(
        &mut self,
        permit: &Permit,
        command: Command<'_>,
    ) -> Result<Answer, ApiError> {
        let HttpContext {
            state,
            reader,
            recorder,
            ..
        } = self.context;
        recorder.begin();
        recorder.count(Some(command.id().index()));
        let execution = {
            // It ends before anything is waited for, because other connections use the reader.
            let mut reader = ReadTransaction::new(reader.borrow_mut());
            let context = Context {
                session: &mut self.session.session,
                state,
                reader: &mut reader,
                recorder,
            };
            api::execute(permit, command, context)
        };
        match execution {
            Execution::Now(answer) => {
                recorder.end();
                answer
            }
            Execution::Later(answer) => {
                let pending = recorder.end_with_pending();
                recorder.time(pending, answer).await
            }
        }
    }
}

/// The key that a request has in `Authorization`, or in its query string where that is allowed.
fn sent_key<'r>(
    request: &'r HttpRequest<'_>,
    policy: &Policy,
) -> Result<Option<&'r [u8]>, HttpError> {
    if let Some(field) = request.head.headers.get(AUTHORIZATION) {
        let field = field.as_bytes();
        return match field.split_at_checked(BEARER.len()) {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case(BEARER) => {
                Ok(Some(key.trim_ascii()))
            }
            _ => {
                let detail = "send a key as `Authorization: Bearer <key>`";
                Err(HttpError::new(StatusCode::UNAUTHORIZED, detail))
            }
        };
    }
    let Some(parameter) = policy.key_parameter else {
        return Ok(None);
    };
    let mut pairs = request.query.pairs();
    let found = pairs.find(|(name, _)| name.eq_ignore_ascii_case(parameter));
    Ok(found.map(|(_, key)| key.as_bytes()))
}
