//! Who is logged in.

use std::sync::Arc;

use crate::store::{Account, Actor, Role};

/// The account of a login, as it was at that login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's name.
    pub user: Arc<str>,
    /// The role.
    pub role: Role,
    /// The id of the password that was checked; a new password has another one.
    pub password_id: i64,
}

impl Identity {
    /// The identity that a login as this account gives.
    pub fn new(account: &Account) -> Identity {
        Identity {
            user: account.name.as_str().into(),
            role: account.role,
            password_id: account.password_id,
        }
    }

    /// The account as the actor of a change.
    pub(super) fn actor(&self) -> Actor {
        Actor::Account {
            name: self.user.to_string(),
            role: self.role,
            password_id: self.password_id,
        }
    }

    /// Whether the account of that name is still as it was at the login.
    pub fn is_current(&self, account: Option<&Account>) -> bool {
        account.is_some_and(|account| *self == Identity::new(account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_ends_with_its_account_its_role_and_its_password() {
        let account = Account {
            id: 1,
            name: "1".to_owned(),
            password_hash: "$".to_owned(),
            role: Role::Reader,
            created_at: 0,
            password_id: 1,
        };
        let identity = Identity::new(&account);
        assert!(identity.is_current(Some(&account)));
        assert!(!identity.is_current(None));
        let promoted = Account {
            role: Role::Admin,
            ..account.clone()
        };
        let with_new_password = Account {
            password_id: 2,
            ..account.clone()
        };
        for other in [promoted, with_new_password] {
            assert!(!identity.is_current(Some(&other)));
        }
        let rehashed = Account {
            password_hash: "$$".to_owned(),
            ..account
        };
        assert!(identity.is_current(Some(&rehashed)));
    }
}
