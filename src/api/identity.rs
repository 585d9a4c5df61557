//! The identity of a session: its account or its API key.

use std::sync::Arc;

use crate::auth::KEY_USER_PREFIX;
use crate::store::{Account, Actor, KeyHash, Reader, Role, StoreError, StoredKey};

/// The account or key of a login, as it was at that login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The user's name; that of a key is `key:` and the name of the key.
    pub user: Arc<str>,
    /// The role.
    pub role: Role,
    /// The kind of credentials of the login.
    pub method: AuthMethod,
}

/// The kind of credentials of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthMethod {
    /// The password of this id; a new password has another one.
    Password(i64),
    /// An API key.
    Key {
        /// Its hash.
        hash: KeyHash,
        /// Whether it may search and do nothing else.
        is_search_only: bool,
        /// The time at which it ends, in seconds since 1970.
        expires_at: Option<i64>,
    },
    /// No login: an operator at the command line, who can write to the file without the server too.
    Operator,
}

impl Identity {
    /// The identity that a login as this account gives.
    pub fn new(account: &Account) -> Identity {
        Identity {
            user: account.name.as_str().into(),
            role: account.role,
            method: AuthMethod::Password(account.password_id),
        }
    }

    /// The identity that a login with this key gives.
    pub fn from_key(key: &StoredKey) -> Identity {
        Identity {
            user: format!("{KEY_USER_PREFIX}{}", key.grant.name).into(),
            role: key.grant.role,
            method: AuthMethod::Key {
                hash: key.hash,
                is_search_only: key.grant.is_search_only,
                expires_at: key.grant.expires_at,
            },
        }
    }

    /// The identity of an operator, limited to this role.
    pub fn from_operator(role: Role) -> Identity {
        Identity {
            user: "operator".into(),
            role,
            method: AuthMethod::Operator,
        }
    }

    /// The account or key as the actor of a change.
    pub(super) fn actor(&self) -> Actor {
        let role = self.role;
        match self.method {
            AuthMethod::Password(password_id) => Actor::Account {
                name: self.user.to_string(),
                role,
                password_id,
            },
            AuthMethod::Key { hash, .. } => Actor::Key { hash, role },
            AuthMethod::Operator => Actor::Operator,
        }
    }

    /// Whether it may search and do nothing else.
    pub fn is_search_only(&self) -> bool {
        matches!(
            self.method,
            AuthMethod::Key {
                is_search_only: true,
                ..
            }
        )
    }

    /// Whether its key has expired at a time in seconds since 1970. Only a key that expires
    /// asks for the time.
    pub fn has_expired(&self, now: impl FnOnce() -> i64) -> bool {
        match self.method {
            AuthMethod::Key {
                expires_at: Some(end),
                ..
            } => end <= now(),
            _ => false,
        }
    }

    /// Whether the account or key is still as it was at the login.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn is_current(&self, reader: &mut Reader) -> Result<bool, StoreError> {
        let stored = match &self.method {
            AuthMethod::Password(_) => reader.account(&self.user)?.as_ref().map(Identity::new),
            AuthMethod::Key { hash, .. } => reader.key(hash)?.as_ref().map(Identity::from_key),
            AuthMethod::Operator => return Ok(true),
        };
        Ok(stored.as_ref() == Some(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyGrant;

    #[test]
    fn an_identity_changes_with_its_role_and_its_password() {
        let account = Account {
            id: 1,
            name: "1".to_owned(),
            password_hash: "$".to_owned(),
            role: Role::Reader,
            created_at: 0,
            password_id: 1,
        };
        let identity = Identity::new(&account);
        let promoted = Account {
            role: Role::Admin,
            ..account.clone()
        };
        let with_new_password = Account {
            password_id: 2,
            ..account.clone()
        };
        for other in [promoted, with_new_password] {
            assert_ne!(identity, Identity::new(&other));
        }
        let rehashed = Account {
            password_hash: "$$".to_owned(),
            ..account
        };
        assert_eq!(identity, Identity::new(&rehashed));
    }

    #[test]
    fn a_key_ends_at_its_time() {
        let key = |expires_at| StoredKey {
            grant: KeyGrant {
                name: "k".to_owned(),
                role: Role::Reader,
                is_search_only: true,
                expires_at,
            },
            hash: KeyHash([1; 32]),
            created_at: 0,
            last_used_at: None,
        };
        let identity = Identity::from_key(&key(Some(5)));
        assert_eq!(
            (&*identity.user, identity.is_search_only()),
            ("key:k", true)
        );
        assert!(!identity.has_expired(|| 4) && identity.has_expired(|| 5));
        let endless = Identity::from_key(&key(None));
        assert!(!endless.has_expired(|| unreachable!("the time is not needed")));
    }
}
