//! The caller of a request: its key or login, and the commands that it may run.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::http::request::Parts;
use zeroize::{Zeroize, Zeroizing};

use super::cookie;
use super::error::HttpError;
use super::origin;
use super::policy::{Access, Policy};
use super::request::HttpRequest;
use crate::api::access::authorize;
use crate::api::session::Session;
use crate::api::{self, Answer, ApiError, ApiErrorKind, Command, Context, Execution, Permit};
use crate::api::{AuthMethod, Identity, KeyCache, ServerState};
use crate::auth::Password;
use crate::config::{HttpConfig, limits};
use crate::connections::{ConnectionRecord, Registry};
use crate::metrics::Recorder;
use crate::protocol::commands::{CommandDescription, RequiredRole};
use crate::store::{ReadTransaction, Reader, Role};

/// The scheme of a key in `Authorization` (RFC 6750).
const BEARER: &[u8] = b"Bearer ";

/// The state that all HTTP connections of a worker share.
pub struct HttpContext<'w> {
    /// The state of the server.
    pub state: &'w ServerState,
    /// The reader of the worker.
    pub reader: &'w RefCell<Reader>,
    /// The keys that the worker has seen.
    pub keys: &'w RefCell<KeyCache>,
    /// The recorder that counts requests.
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
    /// Whether it uses TLS.
    pub(super) is_secure: bool,
}

/// The caller of one request.
pub struct Caller<'w> {
    /// The state that the connections share.
    pub context: HttpContext<'w>,
    /// The connection.
    pub session: &'w mut HttpSession,
}

impl HttpSession {
    /// The state of a new connection that arrived at this address of the server, with or
    /// without TLS.
    pub fn new(
        client: Arc<ConnectionRecord>,
        config: &HttpConfig,
        (local, is_secure): (IpAddr, bool),
    ) -> HttpSession {
        HttpSession {
            session: Session::per_request(client, config.anonymous),
            key: Zeroizing::default(),
            looked_up: None,
            local,
            is_secure,
        }
    }

    /// The state of an operator in the same process, whose requests need no key.
    pub fn with_operator(
        client: Arc<ConnectionRecord>,
        clients: &Registry,
        role: Role,
    ) -> HttpSession {
        let local = (client.address.ip(), false);
        let mut session = HttpSession::new(client, &HttpConfig::default(), local);
        let identity = Identity::from_operator(role);
        session
            .session
            .log_in(clients, identity, Session::NEVER_COMPARED);
        session
    }

    /// Whether the session has the identity of this key. Once a minute it is looked up again, so
    /// that its use is noted.
    fn has_key(&self, key: &[u8]) -> bool {
        let is_recent = |time: Instant| time.elapsed() < limits::KEY_USE_INTERVAL;
        *self.key == key
            && self.session.identity().is_some()
            && self.looked_up.is_some_and(is_recent)
    }

    /// Forgets the change of an earlier request.
    pub(super) fn begin_request(&mut self) {
        self.session.last_sequence = 0;
    }

    /// The entry of the cluster's log with the change of this request, or 0.
    pub(super) fn last_sequence(&self) -> u64 {
        self.session.last_sequence
    }

    /// The identity of the last request.
    fn identity(&self) -> Option<&Identity> {
        self.session.identity()
    }

    /// Forgets the identity of an earlier request.
    fn forget(&mut self, state: &ServerState) {
        match self.session.identity() {
            None => {}
            // An operator sends no key.
            Some(identity) if identity.method == AuthMethod::Operator => return,
            Some(_) => self.session.log_out(&state.clients),
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
        self.session.identity()
    }

    /// The role of the request, if it may do anything.
    pub fn role(&self) -> Option<Role> {
        self.session.session.role()
    }

    /// Whether the role and the key of the caller permit a command.
    pub(super) fn may_run(&self, command: &CommandDescription) -> bool {
        let is_limited = self.identity().is_some_and(Identity::is_search_only);
        let has_role = command.role != RequiredRole::Admin || self.role() == Some(Role::Admin);
        has_role && (!is_limited || command.is_search())
    }

    /// Whether the caller has a key or a login, and is not anonymous.
    fn is_known(&self) -> bool {
        self.identity().is_some()
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
                // The key may have got another role.
                self.session.forget(self.context.state);
                self.identify(request, policy)?;
                let permit = self.authorize(command);
                if let Err(error) = &permit
                    && error.kind == ApiErrorKind::AccountChanged
                {
                    self.end_web_session(request.head);
                }
                permit
            }
            Err(error) if error.kind == ApiErrorKind::PermissionDenied && !self.is_known() => {
                return Err(ApiError::new(ApiErrorKind::LoginRequired, error.message).into());
            }
            permit => permit,
        }?;
        if access.role() == RequiredRole::Admin && self.role() != Some(Role::Admin) {
            let kind = if self.is_known() {
                ApiErrorKind::PermissionDenied
            } else {
                ApiErrorKind::LoginRequired
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
        let is_secure = self.session.is_secure;
        let id = cookie::session_id(headers, is_secure).filter(|_| policy.takes_cookies);
        let Some(id) = id else {
            self.session.forget(state);
            return Ok(());
        };
        self.check_origin(request.head)?;
        let identity = state.web_sessions.identify(id);
        let session = &mut self.session;
        match identity {
            Some(identity) if session.identity() == Some(&identity) => {}
            Some(identity) => {
                session.forget(state);
                let never = Session::NEVER_COMPARED;
                session.session.log_in(&state.clients, identity, never);
            }
            None => session.forget(state),
        }
        Ok(())
    }

    /// Checks that no page of another site sent the request.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn check_origin(&self, head: &Parts) -> Result<(), HttpError> {
        if origin::is_own(head) {
            return Ok(());
        }
        let detail = "a page of another site may not do this with your login";
        Err(HttpError::new(StatusCode::FORBIDDEN, detail))
    }

    /// Begins a login that continues with the cookie of the browser. Returns the field that sets
    /// the cookie.
    ///
    /// # Errors
    /// There is no login, or no random number.
    pub(super) fn begin_web_session(&mut self) -> Result<HeaderValue, HttpError> {
        let identity = self.identity().cloned();
        let identity = identity.ok_or_else(|| HttpError::internal("there is no login"))?;
        let id = self.context.state.web_sessions.begin(identity)?;
        Ok(cookie::set(&id, self.session.is_secure))
    }

    /// Runs the change of the caller's own password. The login of the cookie stays valid.
    ///
    /// # Errors
    /// The refusal.
    pub(super) async fn change_password(
        &mut self,
        head: &Parts,
        old: Password,
        new: Password,
    ) -> Result<(), ApiError> {
        let command = Command::ChangePassword { old, new };
        let permit = self.authorize(command.id().description())?;
        self.execute(&permit, command).await?;
        let id = cookie::session_id(&head.headers, self.session.is_secure);
        if let (Some(id), Some(identity)) = (id, self.identity()) {
            let sessions = &self.context.state.web_sessions;
            sessions.set_identity(id, identity.clone());
        }
        Ok(())
    }

    /// Ends the login of the cookie. Returns the field that removes the cookie.
    pub(super) fn end_web_session(&mut self, head: &Parts) -> HeaderValue {
        let is_secure = self.session.is_secure;
        if let Some(id) = cookie::session_id(&head.headers, is_secure) {
            self.context.state.web_sessions.end(id);
        }
        self.session.forget(self.context.state);
        cookie::removal(is_secure)
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
    /// The reason why it failed.
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
            // The read transaction ends before the first wait, because other connections use the
            // reader.
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
    let is_key =
        |(name, key): &(&str, &str)| name.eq_ignore_ascii_case(parameter) && !key.is_empty();
    let found = pairs.find(is_key);
    Ok(found.map(|(_, key)| key.as_bytes()))
}
