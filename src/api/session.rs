//! Who a connection is: attempts left, then a user and a role.

use std::sync::Arc;

use crate::config::limits;
use crate::connections::CloseReason;
use crate::connections::{ConnectionRecord, Registry};
use crate::protocol::resp::{FrameLimits, Protocol, Reply};
use crate::store::{Account, Role};

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    client: Arc<ConnectionRecord>,
    attempts_left: u8,
    who: Option<Identity>,
    /// [`Reader::accounts_seen`](crate::store::Reader::accounts_seen) when the
    /// identity was last compared with its account.
    pub accounts_seen: u64,
    close_reason: Option<CloseReason>,
    secret: bool,
    /// Which RESP it speaks.
    pub protocol: Protocol,
    /// Whether it sends a transaction, of which nothing is run.
    pub in_transaction: bool,
    client_name: Option<String>,
}

/// A user who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's name.
    pub user: Arc<str>,
    /// What the user may do.
    pub role: Role,
    /// Which password it was: the account may get another.
    pub password_id: i64,
}

impl Identity {
    /// The user of an account.
    pub fn new(account: &Account) -> Identity {
        Identity {
            user: account.name.as_str().into(),
            role: account.role,
            password_id: account.password_id,
        }
    }

    /// Whether the account of that name, if there is one, is still as it was
    /// at the login.
    pub fn is_current(&self, account: Option<&Account>) -> bool {
        account.is_some_and(|account| *self == Identity::new(account))
    }
}

impl Session {
    /// A stranger, with every attempt left.
    pub fn new(client: Arc<ConnectionRecord>) -> Session {
        Session {
            client,
            attempts_left: limits::MAX_LOGIN_ATTEMPTS,
            who: None,
            accounts_seen: 0,
            close_reason: None,
            secret: false,
            protocol: Protocol::default(),
            in_transaction: false,
            client_name: None,
        }
    }

    /// The connection's entry in the list of clients.
    pub fn client(&self) -> &ConnectionRecord {
        &self.client
    }

    /// The name that the connection gave itself.
    pub fn client_name(&self) -> Option<&str> {
        self.client_name.as_deref()
    }

    /// Names the connection; an empty name takes the name away.
    pub fn set_client_name(&mut self, name: &str) {
        self.client_name = (!name.is_empty()).then(|| name.to_owned());
    }

    /// Who has logged in.
    pub fn who(&self) -> Option<&Identity> {
        self.who.as_ref()
    }

    /// What the connection may send in one frame.
    pub fn frame_limits(&self) -> FrameLimits {
        match self.who {
            Some(_) => FrameLimits::LOGGED_IN,
            None => FrameLimits::BEFORE_LOGIN,
        }
    }

    /// The user is who he says he is, and the account was read when so much had
    /// been seen of the accounts. Attempts that were used up stay so, or the
    /// owner of one account could go on guessing at another.
    pub fn log_in(&mut self, clients: &Registry, identity: Identity, accounts_seen: u64) {
        clients.identify(&self.client, Some(identity.clone()));
        self.who = Some(identity);
        self.accounts_seen = accounts_seen;
    }

    /// A stranger again, as after `RESET`.
    pub fn log_out(&mut self, clients: &Registry) {
        clients.identify(&self.client, None);
        self.who = None;
        self.protocol = Protocol::default();
        self.client_name = None;
    }

    /// The user has given the account another password, and stays.
    pub fn password_changed(&mut self, clients: &Registry, password_id: i64) {
        if let Some(who) = &mut self.who {
            who.password_id = password_id;
            clients.identify(&self.client, Some(who.clone()));
        }
    }

    /// The account is not what it was at the login: nothing more is run.
    pub fn account_changed(&mut self) -> Reply {
        self.who = None;
        self.end(CloseReason::AccountChanged);
        Reply::error("EC", "your account was changed, connect and log in again")
    }

    /// Uses up one attempt: the answer says how many are left, and with the
    /// last of them the session ends.
    pub fn failed_attempt(&mut self, words: &str) -> Reply {
        self.attempts_left = self.attempts_left.saturating_sub(1);
        match self.attempts_left {
            0 => {
                self.end(CloseReason::TooManyAttempts);
                Reply::error("EC", "too many failed attempts")
            }
            1 => Reply::error("ECHEC", format_args!("{words}, 1 attempt left")),
            left => Reply::error("ECHEC", format_args!("{words}, {left} attempts left")),
        }
    }

    /// A password has arrived, so what was read is to be overwritten.
    pub fn note_secret(&mut self) {
        self.secret = true;
    }

    /// Whether a password has arrived since this was last asked.
    pub fn take_secret(&mut self) -> bool {
        std::mem::take(&mut self.secret)
    }

    /// The connection is to be closed behind the answer that is under way.
    pub fn end(&mut self, why: CloseReason) {
        self.close_reason = Some(why);
    }

    /// Why the connection is to be closed, if it is.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.close_reason
    }
}

#[cfg(test)]
mod tests {
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
            password_id: 1,
        }
    }

    #[test]
    fn the_third_failure_ends_the_session() {
        let clients = Registry::new(ConnectionLimits::default());
        let mut session = session(&clients);
        let said = [(); 3].map(|()| session.failed_attempt("wrong user or password"));
        assert_eq!(
            said,
            [
                Reply::error("ECHEC", "wrong user or password, 2 attempts left"),
                Reply::error("ECHEC", "wrong user or password, 1 attempt left"),
                Reply::error("EC", "too many failed attempts"),
            ]
        );
        assert_eq!(session.close_reason(), Some(CloseReason::TooManyAttempts));
    }

    #[test]
    fn a_login_gives_no_attempts_back() {
        let clients = Registry::new(ConnectionLimits::default());
        let mut session = session(&clients);
        session.failed_attempt("no");
        session.log_in(&clients, reader(), 1);
        assert_eq!(session.frame_limits(), FrameLimits::LOGGED_IN);
        assert_eq!(
            session.failed_attempt("no"),
            Reply::error("ECHEC", "no, 1 attempt left")
        );
        session.log_out(&clients);
        assert_eq!(
            (session.who(), session.frame_limits()),
            (None, FrameLimits::BEFORE_LOGIN)
        );
        session.failed_attempt("no");
        assert_eq!(session.close_reason(), Some(CloseReason::TooManyAttempts));
    }
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
        assert!(reader().is_current(Some(&account)));
        assert!(!reader().is_current(None));
        for other in [
            Account {
                role: Role::Admin,
                ..account.clone()
            },
            Account {
                password_id: 2,
                ..account.clone()
            },
        ] {
            assert!(!reader().is_current(Some(&other)));
        }
        let rehashed = Account {
            password_hash: "$$".to_owned(),
            ..account
        };
        assert!(reader().is_current(Some(&rehashed)));
    }
}
