//! `UP` (`AUTH`), `HELLO`, `PASSWD`, `RESET`.

use super::outcome::{durable, or_error};
use super::{Args, Context, Desk, Outcome, Refused};
use crate::credentials::{CheckError, Checked, Password};
use crate::resp::{Protocol, Reply};
use crate::session::{Identity, Session};
use crate::store::{Account, change};

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
            desk,
            reader,
        } = context;
        let mut account = |user: &[u8]| match std::str::from_utf8(user) {
            Ok(user) => reader.account(user),
            Err(_) => Ok(None),
        };
        let unavailable = |error| or_error(Err(error)).into();
        match self {
            Accounts::LogIn { offer, welcome } => match account(offer.user) {
                Ok(account) => Outcome::later(async move {
                    log_in(session, desk, account, offer)
                        .await
                        .err()
                        .unwrap_or(welcome)
                }),
                Err(error) => unavailable(error),
            },
            Accounts::Hello {
                protocol,
                offer: None,
                client_name,
            } => hello(session, protocol, client_name).into(),
            Accounts::Hello {
                protocol,
                offer: Some(offer),
                client_name,
            } => match account(offer.user) {
                Ok(account) => Outcome::later(async move {
                    match log_in(session, desk, account, offer).await {
                        Ok(()) => hello(session, protocol, client_name),
                        Err(refusal) => refusal,
                    }
                }),
                Err(error) => unavailable(error),
            },
            Accounts::ChangePassword { old, new } => {
                let user = session
                    .who()
                    .map(|who| who.user.to_string())
                    .unwrap_or_default();
                match account(user.as_bytes()) {
                    Ok(account) => Outcome::later(async move {
                        change_password(session, desk, account, old, new).await
                    }),
                    Err(error) => unavailable(error),
                }
            }
            Accounts::Reset => {
                session.log_out();
                Reply::Simple("RESET").into()
            }
        }
    }
}

/// Checks the password on a hashing thread and logs in. An account that does
/// not exist costs the same and is refused in the same words.
async fn log_in(
    session: &mut Session,
    desk: &Desk,
    account: Option<Account>,
    offer: Offer<'_>,
) -> Result<(), Reply> {
    let stored = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let checked = desk
        .passwords
        .check(offer.user, offer.password, stored)
        .await
        .map_err(not_checked)?;
    let (Some(account), Checked::Right { renewed }) = (account, checked) else {
        return Err(session.failed_attempt("wrong user or password"));
    };
    if let Some(renewed) = renewed {
        // Only if the writer has room; the next login tries again.
        let old = &account.password_hash;
        let _ = desk
            .writer
            .submit(change::upgrade_password_hash(&account.name, old, &renewed));
    }
    session.log_in(Identity {
        user: account.name.into(),
        role: account.role,
    });
    Ok(())
}

/// Changes one's own password. A wrong old one is a failed attempt like any other.
async fn change_password(
    session: &mut Session,
    desk: &Desk,
    account: Option<Account>,
    old: Password,
    new: Password,
) -> Reply {
    let Some(account) = account else {
        return Reply::error("ERR", "your account has been removed");
    };
    let (user, stored) = (account.name.as_bytes(), account.password_hash.clone());
    let hash = match desk.passwords.change(user, old, Some(stored), new).await {
        Ok(Some(hash)) => hash,
        Ok(None) => return session.failed_attempt("wrong password"),
        Err(error) => return not_checked(error),
    };
    let change = change::upgrade_password_hash(&account.name, &account.password_hash, &hash);
    durable(desk, change, |rows| match rows {
        1 => Reply::OK,
        _ => Reply::error(
            "ERR",
            "the password was changed elsewhere meanwhile, log in again",
        ),
    })
    .await
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
