//! Who a connection is: attempts left, then a user and a role.

use std::sync::Arc;

use crate::clients::Client;
use crate::limits;
use crate::resp::{FrameLimits, Protocol, Reply};
use crate::store::Role;

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    client: Arc<Client>,
    attempts_left: u8,
    who: Option<Identity>,
    ending: bool,
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
}

impl Session {
    /// A stranger, with every attempt left.
    pub fn new(client: Arc<Client>) -> Session {
        Session {
            client,
            attempts_left: limits::MAX_LOGIN_ATTEMPTS,
            who: None,
            ending: false,
            secret: false,
            protocol: Protocol::default(),
            in_transaction: false,
            client_name: None,
        }
    }

    /// The connection's entry in the list of clients.
    pub fn client(&self) -> &Client {
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

    /// The user is who he says he is. Attempts that were used up stay so, or
    /// the owner of one account could go on guessing at another.
    pub fn log_in(&mut self, identity: Identity) {
        self.client.set_user(Some(Arc::clone(&identity.user)));
        self.who = Some(identity);
    }

    /// A stranger again, as after `RESET`.
    pub fn log_out(&mut self) {
        self.client.set_user(None);
        self.who = None;
        self.protocol = Protocol::default();
        self.client_name = None;
    }

    /// Uses up one attempt: the answer says how many are left, and with the
    /// last of them the session ends.
    pub fn failed_attempt(&mut self, words: &str) -> Reply {
        self.attempts_left = self.attempts_left.saturating_sub(1);
        match self.attempts_left {
            0 => {
                self.end();
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
    pub fn end(&mut self) {
        self.ending = true;
    }

    /// Whether the connection is to be closed.
    pub fn is_ending(&self) -> bool {
        self.ending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Clients;

    fn session() -> Session {
        Session::new(Clients::default().join("127.0.0.1:1".parse().unwrap()))
    }

    #[test]
    fn the_third_failure_ends_the_session() {
        let mut session = session();
        let said = [(); 3].map(|()| session.failed_attempt("wrong user or password"));
        assert_eq!(
            said,
            [
                Reply::error("ECHEC", "wrong user or password, 2 attempts left"),
                Reply::error("ECHEC", "wrong user or password, 1 attempt left"),
                Reply::error("EC", "too many failed attempts"),
            ]
        );
        assert!(session.is_ending());
    }

    #[test]
    fn a_login_gives_no_attempts_back() {
        let mut session = session();
        session.failed_attempt("no");
        session.log_in(Identity {
            user: "1".into(),
            role: Role::Reader,
        });
        assert_eq!(session.frame_limits(), FrameLimits::LOGGED_IN);
        assert_eq!(
            session.failed_attempt("no"),
            Reply::error("ECHEC", "no, 1 attempt left")
        );
        session.log_out();
        assert_eq!(
            (session.who(), session.frame_limits()),
            (None, FrameLimits::BEFORE_LOGIN)
        );
        session.failed_attempt("no");
        assert!(session.is_ending());
    }
}
