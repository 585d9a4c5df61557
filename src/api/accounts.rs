//! `UP` (`AUTH`), `HELLO`, `PASSWD`, `RESET`.

use std::sync::Arc;

use super::outcome::{durable, unavailable};
use super::{Args, Context, Outcome, Refused, ServerState};
use crate::api::session::{Identity, Session};
use crate::auth::{Attempt, CheckError, Checked, HashError, Password, new_password_id};
use crate::protocol::resp::{Protocol, Reply};
use crate::store::{Account, NewPassword, Reader, change};

/// A command about who is asking.
pub enum Accounts<'a> {
    /// `UP <user> <password>`, or `AUTH`, which has another word for yes.
    LogIn {
        /// Who wants to log in.
        offer: Offer<'a>,
        /// The answer to a login that is right.
        welcome: Reply,
    },
    /// `HELLO [2|3] [AUTH <user> <password>] [SETNAME <client name>]`.
    Hello {
        /// The protocol to speak from its answer on.
        protocol: Option<Protocol>,
        /// Who wants to log in.
        offer: Option<Offer<'a>>,
        /// What the connection calls itself.
        client_name: Option<&'a str>,
    },
    /// `PASSWD <old> <new>`.
    ChangePassword {
        /// The password until now, offered as at a login.
        old: Password,
        /// The password from now on.
        new: Password,
    },
    /// `RESET`: a stranger again.
    Reset,
}

/// A user and a password, not yet checked.
pub struct Offer<'a> {
    user: &'a [u8],
    password: Password,
}

impl<'a> Offer<'a> {
    fn take(args: &mut Args<'a>) -> Result<Offer<'a>, Refused> {
        Ok(Offer {
            user: args.bytes()?,
            password: Password::offered(args.bytes()?),
        })
    }
}

impl<'a> Accounts<'a> {
    pub(super) fn log_in(mut args: Args<'a>) -> Result<Accounts<'a>, Refused> {
        let redis = args.command_word().eq_ignore_ascii_case(b"AUTH");
        if redis && args.len() == 1 {
            let words = "AUTH takes a user and a password";
            return Err(Refused::Because(Reply::error("NO", words)));
        }
        let offer = Offer::take(&mut args)?;
        args.finish()?;
        let welcome = if redis {
            Reply::OK
        } else {
            Reply::Simple("PASSOK")
        };
        Ok(Accounts::LogIn { offer, welcome })
    }

    pub(super) fn hello(mut args: Args<'a>) -> Result<Accounts<'a>, Refused> {
        let protocol = match args.take() {
            None => None,
            Some(b"2") => Some(Protocol::Resp2),
            Some(b"3") => Some(Protocol::Resp3),
            Some(_) => {
                let words = "unsupported protocol version";
                return Err(Refused::Because(Reply::error("NOPROTO", words)));
            }
        };
        let (mut offer, mut client_name) = (None, None);
        while !args.is_empty() {
            if args.keyword("AUTH") {
                offer = Some(Offer::take(&mut args)?);
            } else if args.keyword("SETNAME") {
                client_name = Some(super::connection::client_name(&mut args)?);
            } else {
                return Err(Refused::Syntax);
            }
        }
        Ok(Accounts::Hello {
            protocol,
            offer,
            client_name,
        })
    }

    pub(super) fn change_password(mut args: Args<'a>) -> Result<Accounts<'a>, Refused> {
        let old = Password::offered(args.bytes()?);
        let new = Password::chosen(args.bytes()?).map_err(Refused::because)?;
        args.finish()?;
        Ok(Accounts::ChangePassword { old, new })
    }

    pub(super) fn execute<'s>(self, context: Context<'s, '_>) -> Outcome<'s>
    where
        'a: 's,
    {
        let Context {
            session,
            state,
            reader,
            ..
        } = context;
        match self {
            Accounts::LogIn { offer, welcome } => {
                match Login::begin(session, state, reader, offer) {
                    Ok(login) => Outcome::later(async move {
                        let done = login.finish(session, state).await;
                        done.err().unwrap_or(welcome)
                    }),
                    Err(refusal) => refusal.into(),
                }
            }
            Accounts::Hello {
                protocol,
                offer: None,
                client_name,
            } => hello(session, protocol, client_name).into(),
            Accounts::Hello {
                protocol,
                offer: Some(offer),
                client_name,
            } => match Login::begin(session, state, reader, offer) {
                Ok(login) => Outcome::later(async move {
                    match login.finish(session, state).await {
                        Ok(()) => hello(session, protocol, client_name),
                        Err(refusal) => refusal,
                    }
                }),
                Err(refusal) => refusal.into(),
            },
            Accounts::ChangePassword { old, new } => {
                let user = session.who().map(|who| Arc::clone(&who.user));
                let user = user.unwrap_or_default();
                let offer = Offer {
                    user: user.as_bytes(),
                    password: old,
                };
                match Login::begin(session, state, reader, offer) {
                    Ok(login) => {
                        Outcome::later(
                            async move { change_password(session, state, login, new).await },
                        )
                    }
                    Err(refusal) => refusal.into(),
                }
            }
            Accounts::Reset => {
                session.log_out(&state.clients);
                Reply::Simple("RESET").into()
            }
        }
    }
}

/// A password that may be tried, and what it has to be the password of.
struct Login<'s> {
    attempt: Attempt<'s>,
    user: Vec<u8>,
    password: Password,
    account: Option<Account>,
    accounts_seen: u64,
}

impl<'s> Login<'s> {
    /// Asks whether it has to wait before anything else: the answer must not
    /// depend on the account, in its time neither.
    fn begin(
        session: &Session,
        state: &'s ServerState,
        reader: &mut Reader,
        offer: Offer<'_>,
    ) -> Result<Login<'s>, Reply> {
        let Offer { user, password } = offer;
        let address = session.client().address.ip();
        let is_idle = state.passwords.waiting() == 0;
        let attempt = state
            .throttle
            .begin(address, user, &password, is_idle)
            .map_err(|delayed| Reply::error("BUSY", delayed))?;
        // In this order: a change in between is found with the next command.
        let accounts_seen = reader.accounts_seen();
        let account = match std::str::from_utf8(user) {
            Ok(user) => reader.account(user),
            Err(_) => Ok(None),
        };
        match account {
            Ok(account) => Ok(Login {
                attempt,
                user: user.to_vec(),
                password,
                account,
                accounts_seen,
            }),
            Err(error) => {
                attempt.untried();
                Err(unavailable(error))
            }
        }
    }

    /// Checks the password on a hashing thread: gives the account of which it
    /// is the password, with a newer hash where there is one, or nothing. An
    /// account that does not exist costs the same.
    async fn check(self, state: &ServerState) -> Result<Option<(Account, Option<String>)>, Reply> {
        let stored = self.account.as_ref();
        let stored = stored.map(|account| account.password_hash.clone());
        let checked = state.passwords.check(&self.user, self.password, stored);
        match (self.account, checked.await) {
            (Some(account), Ok(Checked::Right { renewed })) => {
                self.attempt.right();
                Ok(Some((account, renewed)))
            }
            (_, Ok(_)) => {
                self.attempt.wrong();
                Ok(None)
            }
            (_, Err(error)) => {
                self.attempt.untried();
                Err(not_checked(error))
            }
        }
    }

    /// Logs in, if the password is right.
    async fn finish(self, session: &mut Session, state: &ServerState) -> Result<(), Reply> {
        let accounts_seen = self.accounts_seen;
        let Some((account, renewed)) = self.check(state).await? else {
            return Err(session.failed_attempt("wrong user or password"));
        };
        if let Some(renewed) = renewed {
            // Only if the writer has room; the next login tries again.
            let old = &account.password_hash;
            let change = change::upgrade_password_hash(&account.name, old, &renewed);
            let _ = state.writer.submit(change);
        }
        session.log_in(&state.clients, Identity::new(&account), accounts_seen);
        Ok(())
    }
}

/// Changes one's own password. A wrong old one is a failed attempt like any
/// other. The user's other sessions end; this one stays.
async fn change_password(
    session: &mut Session,
    state: &ServerState,
    login: Login<'_>,
    new: Password,
) -> Reply {
    let (account, _) = match login.check(state).await {
        Ok(Some(right)) => right,
        Ok(None) => return session.failed_attempt("wrong password"),
        Err(refusal) => return refusal,
    };
    let hash = match state.passwords.hash(new).await {
        Ok(hash) => hash,
        Err(error) => return not_checked(error),
    };
    let id = match new_password_id() {
        Ok(id) => id,
        Err(error) => return not_checked(HashError::from(error).into()),
    };
    let new = NewPassword { hash: &hash, id };
    let change = change::replace_password(&account.name, &account.password_hash, new);
    let mut is_changed = false;
    let reply = durable(state, change, |rows| match rows {
        1 => {
            is_changed = true;
            Reply::OK
        }
        _ => Reply::error(
            "ERR",
            "the password was changed elsewhere meanwhile, log in again",
        ),
    });
    let reply = reply.await;
    if is_changed {
        session.password_changed(&state.clients, id);
    }
    reply
}

/// The refusal of a login that could not even be tried: it uses up no attempt.
fn not_checked(error: CheckError) -> Reply {
    match error {
        CheckError::Busy => Reply::error("BUSY", error),
        CheckError::Failed => Reply::error("ERR", error),
    }
}

/// The answer to `HELLO`, in the protocol that it chose.
fn hello(session: &mut Session, protocol: Option<Protocol>, client_name: Option<&str>) -> Reply {
    session.protocol = protocol.unwrap_or(session.protocol);
    if let Some(name) = client_name {
        session.set_client_name(name);
    }
    let version = match session.protocol {
        Protocol::Resp2 => 2,
        Protocol::Resp3 => 3,
    };
    Reply::Map(vec![
        (Reply::text("server"), Reply::text("catalogue")),
        (
            Reply::text("version"),
            Reply::text(env!("CARGO_PKG_VERSION")),
        ),
        (Reply::text("proto"), Reply::Integer(version)),
        (
            Reply::text("id"),
            Reply::Integer(session.client().id as i64),
        ),
        (Reply::text("mode"), Reply::text("standalone")),
        (Reply::text("role"), Reply::text("master")),
        (Reply::text("modules"), Reply::Array(Vec::new())),
    ])
}
