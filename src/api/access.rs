//! The only place that decides whether a session may run a command.

use std::fmt;

use crate::api::session::Session;
use crate::api::{Spec, unavailable};
use crate::protocol::resp::Reply;
use crate::store::{Reader, Role};

/// What a session has to be to run a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequiredRole {
    /// Nothing: what client libraries send on their own around a login, and the login itself.
    Anyone,
    /// Logged in.
    Reader,
    /// Logged in as an admin.
    Admin,
}

impl fmt::Display for RequiredRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            RequiredRole::Anyone => "anyone",
            RequiredRole::Reader => "reader",
            RequiredRole::Admin => "admin",
        })
    }
}

/// The right to run one command once. Only [`authorize`] makes one, and no command
/// can be parsed or run without, so a check that was forgotten does not compile.
#[derive(Debug)]
pub struct Permit {
    spec: &'static Spec,
}

impl Permit {
    /// The command that it is for.
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }
}

/// Decides. A command of ours before the login uses up an attempt, as the
/// report has it.
///
/// # Errors
/// The refusal, ready to be sent.
pub fn authorize(
    session: &mut Session,
    reader: &mut Reader,
    spec: &'static Spec,
) -> Result<Permit, Reply> {
    keep_current(session, reader)?;
    let role = session.who().map(|who| who.role);
    match (spec.access, role) {
        (RequiredRole::Anyone, _)
        | (RequiredRole::Reader, Some(_))
        | (RequiredRole::Admin, Some(Role::Admin)) => Ok(Permit { spec }),
        (RequiredRole::Reader | RequiredRole::Admin, None) => {
            Err(session.failed_attempt("login required, send UP <user> <password>"))
        }
        (RequiredRole::Admin, Some(Role::Reader)) => Err(Reply::error(
            "NOPERM",
            format_args!("{} needs the role admin", spec.name),
        )),
    }
}

/// Who has logged in is compared with the account again as soon as accounts may
/// have changed: whoever was removed, or given another role or password, runs
/// nothing more once that was acknowledged. While nothing has changed, it is
/// the comparison of two numbers.
fn keep_current(session: &mut Session, reader: &mut Reader) -> Result<(), Reply> {
    let Some(who) = session.who() else {
        return Ok(());
    };
    let accounts_seen = reader.accounts_seen();
    if session.accounts_seen == accounts_seen {
        return Ok(());
    }
    let account = reader.account(&who.user).map_err(unavailable)?;
    if !who.is_current(account.as_ref()) {
        return Err(session.account_changed());
    }
    session.accounts_seen = accounts_seen;
    Ok(())
}
