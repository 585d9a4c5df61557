//! The administration of accounts.

use super::accounts::not_checked;
use super::answer::{Answer, Execution};
use super::execution::{durable, query};
use super::session::Session;
use super::state::ServerState;
use crate::auth::{HashError, Password, new_password_id};
use crate::store::{Change, NewPassword, ReadTransaction, Reader, Role};

/// An account that is to be added.
pub struct NewUser {
    /// The user's name in its canonical form.
    pub name: String,
    /// The password.
    pub password: Password,
    /// The role of the account.
    pub role: Role,
}

/// Adds an account; its password is hashed on a hashing thread.
pub(super) fn add<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    user: Box<NewUser>,
) -> Execution<'s> {
    Execution::later(async move {
        let NewUser {
            name,
            password,
            role,
        } = *user;
        let hash = state.passwords.hash(password).await.map_err(not_checked)?;
        let id = new_password_id().map_err(|error| not_checked(HashError::from(error).into()))?;
        let password = NewPassword { hash, id };
        let change = Change::AddUser {
            name,
            password,
            role,
        };
        durable(session, state, change).await?;
        Ok(Answer::Done)
    })
}

pub(super) fn list(state: &ServerState) -> Execution<'_> {
    let read = |reader: &mut Reader| ReadTransaction::new(reader).accounts();
    query(state, read, Answer::Accounts)
}
