//! The only place that decides whether a session may run a command.

use super::error::{ApiError, ApiErrorKind, unavailable};
use super::identity::Identity;
use super::session::Session;
use crate::protocol::commands::{CommandDescription, RequiredRole};
use crate::store::{Reader, Role, now};

/// Permission to run one command. Only [`authorize`] makes one, and
/// [`execute`](super::execute) needs one, so a forgotten check does not compile.
#[derive(Debug)]
pub struct Permit {
    command: &'static CommandDescription,
}

impl Permit {
    /// The command that may be run.
    pub fn command(&self) -> &'static CommandDescription {
        self.command
    }
}

/// Compares the role of the session with the role that the command requires. Before a login, a
/// command that requires one uses an attempt.
///
/// # Errors
/// The reason for the refusal.
pub fn authorize(
    session: &mut Session,
    reader: &mut Reader,
    command: &'static CommandDescription,
) -> Result<Permit, ApiError> {
    keep_current(session, reader)?;
    let is_limited = session.identity().is_some_and(Identity::is_search_only);
    if is_limited && command.role != RequiredRole::Anyone && !command.is_search() {
        let message = "this key may only search";
        return Err(ApiError::new(ApiErrorKind::PermissionDenied, message));
    }
    let role = session.role();
    match (command.role, role) {
        (RequiredRole::Anyone, _)
        | (RequiredRole::Reader, Some(_))
        | (RequiredRole::Admin, Some(Role::Admin)) => Ok(Permit { command }),
        (RequiredRole::Reader | RequiredRole::Admin, None) => Err(session.failed_attempt(
            ApiErrorKind::LoginRequired,
            "login required, send UP <user> <password>",
        )),
        (RequiredRole::Admin, Some(Role::Reader)) => Err(ApiError::permission_denied(command)),
    }
}

/// Compares the session's identity with its account or key again when these may have changed: after
/// a removal, or a change of role or password, was acknowledged, the session runs no further
/// command. While nothing has changed, this compares two numbers.
fn keep_current(session: &mut Session, reader: &mut Reader) -> Result<(), ApiError> {
    let Some(identity) = session.identity() else {
        return Ok(());
    };
    if identity.has_expired(now) {
        return Err(session.key_expired());
    }
    let accounts_version = reader.accounts_seen();
    if session.accounts_version == accounts_version {
        return Ok(());
    }
    if !identity.is_current(reader).map_err(unavailable)? {
        return Err(session.account_changed());
    }
    session.accounts_version = accounts_version;
    Ok(())
}
