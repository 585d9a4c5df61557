//! Logins, and changes of one's own password.

use super::answer::{Answer, Execution};
use super::error::{ApiError, ApiErrorKind, unavailable};
use super::execution::durable;
use super::identity::{AuthMethod, Identity};
use super::keys;
use super::session::Session;
use super::state::ServerState;
use crate::auth::{
    Attempt, CheckError, HashError, LoginOutcome, Password, canonical_user, new_password_id,
};
use crate::store::{
    Account, Actor, Change, ChangeRequest, NewPassword, PasswordHash, Reader, StoreError,
};

/// A user and a password that are not checked yet.
pub struct Credentials<'a> {
    /// The user's name. No account has a name that is not UTF-8.
    pub user: &'a [u8],
    /// The password.
    pub password: Password,
}

pub(super) fn log_in<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    reader: &mut Reader,
    credentials: Credentials<'_>,
) -> Execution<'s> {
    let Credentials { user, password } = &credentials;
    match keys::log_in(session, state, reader, user, password) {
        Ok(true) => return Execution::Now(Ok(Answer::Done)),
        Ok(false) => {}
        Err(refusal) => return Execution::Now(Err(refusal)),
    }
    match Login::begin(session, state, reader, credentials) {
        Ok(login) => Execution::later(async move {
            login.finish(session, state).await?;
            Ok(Answer::Done)
        }),
        Err(refusal) => Execution::Now(Err(refusal)),
    }
}

/// A wrong old password is a failed attempt like any other.
pub(super) fn change_password<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    reader: &mut Reader,
    old: Password,
    new: Password,
) -> Execution<'s> {
    let Some(Identity {
        user,
        method: AuthMethod::Password(_),
        ..
    }) = session.identity().cloned()
    else {
        let message = "an API key has no password, revoke it and add another";
        return Execution::Now(Err(ApiError::new(ApiErrorKind::PermissionDenied, message)));
    };
    let credentials = Credentials {
        user: user.as_bytes(),
        password: old,
    };
    match Login::begin(session, state, reader, credentials) {
        Ok(login) => {
            Execution::later(async move { replace_password(session, state, login, new).await })
        }
        Err(refusal) => Execution::Now(Err(refusal)),
    }
}

/// A login that may be verified: the password and its account.
struct Login {
    attempt: Attempt,
    user: Vec<u8>,
    password: Password,
    account: Option<Account>,
    accounts_version: u64,
}

impl Login {
    /// Asks the throttle first: neither the answer nor its time may depend on the account.
    fn begin(
        session: &Session,
        state: &ServerState,
        reader: &mut Reader,
        credentials: Credentials<'_>,
    ) -> Result<Login, ApiError> {
        let Credentials { user, password } = credentials;
        let address = session.client().address.ip();
        let is_idle = state.passwords.waiting() == 0;
        let attempt = state
            .throttle
            .begin(address, user, &password, is_idle)
            .map_err(|delayed| ApiError::new(ApiErrorKind::Delayed, delayed))?;
        // In this order: the next command notices a change in between.
        let accounts_version = reader.accounts_seen();
        let account = match std::str::from_utf8(user) {
            Ok(user) => find_account(reader, user),
            Err(_) => Ok(None),
        };
        Ok(Login {
            attempt,
            user: user.to_vec(),
            password,
            account: account.map_err(unavailable)?,
            accounts_version,
        })
    }

    /// Checks the password on a hashing thread. Returns the account if the password is right, with
    /// a newer hash where the stored one is outdated. An account that does not exist costs the
    /// same.
    async fn check(
        self,
        state: &ServerState,
    ) -> Result<Option<(Account, Option<String>)>, ApiError> {
        let stored = self.account.as_ref();
        let stored = stored.map(|account| account.password_hash.clone());
        let outcome = (state.passwords).check(&self.user, self.password, stored, self.attempt);
        Ok(match outcome.await.map_err(not_checked)? {
            LoginOutcome::Succeeded { new_hash } => self.account.map(|account| (account, new_hash)),
            LoginOutcome::Failed => None,
        })
    }

    /// Logs in if the password is right.
    async fn finish(self, session: &mut Session, state: &ServerState) -> Result<(), ApiError> {
        let accounts_version = self.accounts_version;
        let Some((account, renewed)) = self.check(state).await? else {
            let kind = ApiErrorKind::AuthenticationFailed;
            return Err(session.failed_attempt(kind, "wrong user or password"));
        };
        if let Some(renewed) = renewed {
            // If the queue of the writer is full, the next login tries again.
            let change = Change::UpgradePasswordHash {
                name: account.name.clone(),
                old: PasswordHash(account.password_hash.clone()),
                new: PasswordHash(renewed),
            };
            let source = session.client().address;
            let request = ChangeRequest::new(Actor::Server, source, change);
            let _ = state.writer.submit(request);
        }
        session.log_in(&state.clients, Identity::new(&account), accounts_version);
        Ok(())
    }
}

/// Finds the account of a name as it was sent, or else of its canonical form. Looks up
/// both in any case, for the same time.
fn find_account(reader: &mut Reader, user: &str) -> Result<Option<Account>, StoreError> {
    let account = reader.account(user)?;
    let canonical = canonical_user(user).map(|user| reader.account(&user));
    Ok(account.or(canonical.transpose()?.flatten()))
}

/// Replaces the caller's password. The user's other sessions end; this one stays.
async fn replace_password(
    session: &mut Session,
    state: &ServerState,
    login: Login,
    new: Password,
) -> Result<Answer, ApiError> {
    let Some((account, _)) = login.check(state).await? else {
        let kind = ApiErrorKind::AuthenticationFailed;
        return Err(session.failed_attempt(kind, "wrong password"));
    };
    let hash = state.passwords.hash(new).await.map_err(not_checked)?;
    let id = new_password_id().map_err(|error| not_checked(HashError::from(error).into()))?;
    let change = Change::SetPassword {
        name: account.name,
        password: NewPassword { hash, id },
    };
    durable(session, state, change).await?;
    session.password_changed(&state.clients, id);
    Ok(Answer::Done)
}

/// The refusal of a password that could not be checked. It uses up no attempt.
pub(super) fn not_checked(error: CheckError) -> ApiError {
    let kind = match error {
        CheckError::Busy => ApiErrorKind::Busy,
        CheckError::Failed => ApiErrorKind::Internal,
    };
    ApiError::new(kind, error)
}
