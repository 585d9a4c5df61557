//! The words of a request as a typed command.

use std::time::Duration;

use super::local::{self, Hello, LocalCommand};
use super::operands::{credentials, person_encoding, row_encoding, row_format};
use super::{Args, ArgumentError, Request, pages};
use crate::api::{AppliedTarget, Command, Credentials, FullEncoding, NewUser, RowEncoding};
use crate::auth::{ApiKey, KeyLifetime, Password, new_user};
use crate::config::limits;
use crate::movie::{self, FullMovie, RowFormat};
use crate::protocol::commands::CommandId;
use crate::store::{KeyGrant, Role, now};

/// A command as RESP has it.
pub enum RespCommand<'a> {
    /// A command of the API with the usual reply.
    Api(Command<'a>),
    /// `UP` or `AUTH`, with the status that a successful login is answered with.
    LogIn(Credentials<'a>, &'static str),
    /// `INFO [<section>]`.
    Info(Option<&'a [u8]>),
    /// `RESET`.
    Reset,
    /// `HELLO`.
    Hello(Box<Hello<'a>>),
    /// A command that RESP answers by itself.
    Local(LocalCommand<'a>),
}

/// Parses the arguments of a request.
///
/// # Errors
/// Arguments that the command cannot use.
pub fn parse<'a>(
    command: CommandId,
    request: Request<'a>,
) -> Result<RespCommand<'a>, ArgumentError> {
    let args = Args::new(request);
    match command {
        CommandId::Send => send(args),
        CommandId::SendMany => args.names().map(|names| {
            let encoding = RowEncoding::Postcard;
            RespCommand::Api(Command::SendMany { names, encoding })
        }),
        CommandId::Exists => args.names().map(Command::Exists).map(RespCommand::Api),
        CommandId::List => pages::list(args).map(RespCommand::Api),
        CommandId::Find => pages::find(args).map(RespCommand::Api),
        CommandId::Person => person(args),
        CommandId::People => pages::people(args).map(RespCommand::Api),
        CommandId::Episodes => pages::episodes(args).map(RespCommand::Api),
        CommandId::Count => alone(args, Command::Count),
        CommandId::Put => put(args),
        CommandId::Delete => args.names().map(Command::Delete).map(RespCommand::Api),
        CommandId::CountConnections => alone(args, Command::CountConnections),
        CommandId::ListConnections => alone(args, Command::ListConnections),
        CommandId::Audit => pages::audit(args).map(RespCommand::Api),
        CommandId::Cluster => cluster(args).map(RespCommand::Api),
        CommandId::Key => key(args).map(RespCommand::Api),
        CommandId::User => user(args).map(RespCommand::Api),
        CommandId::LogIn => log_in(args),
        CommandId::ChangePassword => change_password(args),
        CommandId::Info => info(args),
        CommandId::Reset => args.finish().map(|()| RespCommand::Reset),
        CommandId::Hello => local::hello(args).map(Box::new).map(RespCommand::Hello),
        CommandId::End => args
            .finish()
            .map(|()| LocalCommand::End)
            .map(RespCommand::Local),
        CommandId::Help => local::help(args).map(RespCommand::Local),
        CommandId::Ping => local::ping(args).map(RespCommand::Local),
        CommandId::Echo => local::echo(args).map(RespCommand::Local),
        CommandId::Select => local::select(args).map(RespCommand::Local),
        CommandId::Client => local::client(args).map(RespCommand::Local),
        CommandId::Command => local::command(args).map(RespCommand::Local),
        CommandId::Config => local::config(args).map(RespCommand::Local),
        CommandId::Unwatch => args
            .finish()
            .map(|()| RespCommand::Local(LocalCommand::Unwatch)),
    }
}

/// A command without arguments.
fn alone<'a>(args: Args<'a>, command: Command<'a>) -> Result<RespCommand<'a>, ArgumentError> {
    args.finish().map(|()| RespCommand::Api(command))
}

fn send(mut args: Args<'_>) -> Result<RespCommand<'_>, ArgumentError> {
    let name = args.bytes()?;
    if args.keyword("FULL") {
        return send_full(name, args);
    }
    let encoding = row_encoding(&mut args)?;
    args.finish()?;
    Ok(RespCommand::Api(Command::Send { name, encoding }))
}

fn send_full<'a>(name: &'a [u8], mut args: Args<'a>) -> Result<RespCommand<'a>, ArgumentError> {
    let encoding: FullEncoding = match row_format(&mut args)? {
        RowFormat::Postcard => |movie, details| movie::full_to_postcard(&movie, details).into(),
        RowFormat::Json => |movie, details| movie::full_to_json(movie, details).into(),
    };
    args.finish()?;
    Ok(RespCommand::Api(Command::SendFull { name, encoding }))
}

fn person(mut args: Args<'_>) -> Result<RespCommand<'_>, ArgumentError> {
    let name = args.bytes()?;
    let encoding = person_encoding(row_format(&mut args)?);
    args.finish()?;
    Ok(RespCommand::Api(Command::Person { name, encoding }))
}

fn put(mut args: Args<'_>) -> Result<RespCommand<'_>, ArgumentError> {
    args.check_length("not a movie in json form: name", limits::MAX_NAME_BYTES)?;
    let name = args.text("the name")?;
    let json = args.text_within("the movie", limits::MAX_MOVIE_JSON_BYTES)?;
    args.finish()?;
    let movie = FullMovie::from_json_named(name, json).map_err(ArgumentError::new)?;
    Ok(RespCommand::Api(Command::Put(Box::new(movie))))
}

fn log_in(mut args: Args<'_>) -> Result<RespCommand<'_>, ArgumentError> {
    let is_auth = args.command_word().eq_ignore_ascii_case(b"AUTH");
    let credentials = if is_auth && args.len() == 1 {
        password_alone(&mut args)?
    } else {
        credentials(&mut args)?
    };
    args.finish()?;
    let welcome = if is_auth { "OK" } else { "PASSOK" };
    Ok(RespCommand::LogIn(credentials, welcome))
}

/// `AUTH <key>`, as a client with a password and no user sends it. An account needs its name.
fn password_alone<'a>(args: &mut Args<'a>) -> Result<Credentials<'a>, ArgumentError> {
    let password = args.bytes()?;
    if ApiKey::hash_of(password).is_none() {
        let message = "AUTH takes a user and a password";
        return Err(ArgumentError::with_code("NO", message));
    }
    Ok(Credentials {
        user: b"default",
        password: Password::from_bytes(password),
    })
}

/// `CLUSTER SEQ|WAIT`.
fn cluster(mut args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let command = if args.keyword("SEQ") {
        Command::ClusterSequence
    } else if args.keyword("WAIT") {
        let target = if args.keyword("HEAD") {
            AppliedTarget::Head
        } else {
            let sequence = args.number("the sequence", 0..=i64::MAX as usize)?;
            AppliedTarget::Sequence(sequence as u64)
        };
        let most = limits::MAX_CLUSTER_WAIT.as_millis() as usize;
        let limit = args.number("the time", 1..=most)?;
        Command::ClusterWait(target, Duration::from_millis(limit as u64))
    } else {
        args.bytes()?;
        let message = "CLUSTER takes SEQ and WAIT here";
        return Err(ArgumentError::with_code("NO", message));
    };
    args.finish()?;
    Ok(command)
}

/// `KEY ADD|LIST|REVOKE`.
fn key(mut args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let command = if args.keyword("LIST") {
        Command::ListKeys
    } else if args.keyword("REVOKE") {
        let name = args.text_within("the name", limits::MAX_KEY_NAME_BYTES)?;
        Command::RevokeKey(name.to_owned())
    } else if args.keyword("ADD") {
        Command::AddKey(Box::new(key_grant(&mut args)?))
    } else {
        return Err(ArgumentError::Syntax);
    };
    args.finish()?;
    Ok(command)
}

/// `<name> [ROLE reader|admin] [SEARCH-ONLY] [EXPIRES <time>]`, the options in any order.
fn key_grant(args: &mut Args<'_>) -> Result<KeyGrant, ArgumentError> {
    let name = args.text_within("the name", limits::MAX_KEY_NAME_BYTES)?;
    let (mut given_role, mut is_search_only, mut lifetime) = (Role::Reader, false, None);
    loop {
        if args.keyword("ROLE") {
            given_role = role(args)?;
        } else if args.keyword("SEARCH-ONLY") {
            is_search_only = true;
        } else if args.keyword("EXPIRES") {
            let text = args.text_within("EXPIRES", limits::MAX_REPEATED_BYTES)?;
            let parsed: KeyLifetime = text.parse().map_err(ArgumentError::new)?;
            lifetime = Some(parsed);
        } else {
            break;
        }
    }
    KeyGrant::new(name, given_role, is_search_only, lifetime, now()).map_err(ArgumentError::new)
}

/// `ADD <name> <password> [ROLE reader|admin]`, `LIST`, `DEL <name>` or `ROLE <name> <role>`.
fn user(mut args: Args<'_>) -> Result<Command<'_>, ArgumentError> {
    let command = if args.keyword("LIST") {
        Command::ListUsers
    } else if args.keyword("DEL") {
        Command::RemoveUser(user_name(&mut args)?)
    } else if args.keyword("ROLE") {
        let name = user_name(&mut args)?;
        Command::SetRole(name, role(&mut args)?)
    } else if args.keyword("ADD") {
        let name = args.text_within("the user name", limits::MAX_USER_BYTES)?;
        let user = NewUser {
            name: new_user(name).map_err(ArgumentError::new)?,
            password: Password::new(args.bytes()?).map_err(ArgumentError::new)?,
            role: if args.keyword("ROLE") {
                role(&mut args)?
            } else {
                Role::Reader
            },
        };
        Command::AddUser(Box::new(user))
    } else {
        return Err(ArgumentError::Syntax);
    };
    args.finish()?;
    Ok(command)
}

/// The name of an account that exists. It may be older than the rules for new names.
fn user_name(args: &mut Args<'_>) -> Result<String, ArgumentError> {
    let name = args.text_within("the user name", limits::MAX_USER_BYTES)?;
    Ok(name.to_owned())
}

fn role(args: &mut Args<'_>) -> Result<Role, ArgumentError> {
    let word = args.text_within("ROLE", limits::MAX_REPEATED_BYTES)?;
    word.parse().map_err(ArgumentError::new)
}

fn change_password(mut args: Args<'_>) -> Result<RespCommand<'_>, ArgumentError> {
    let old = Password::from_bytes(args.bytes()?);
    let new = Password::new(args.bytes()?).map_err(ArgumentError::new)?;
    args.finish()?;
    Ok(RespCommand::Api(Command::ChangePassword { old, new }))
}

fn info(mut args: Args<'_>) -> Result<RespCommand<'_>, ArgumentError> {
    let section = args.take();
    args.finish()?;
    Ok(RespCommand::Info(section))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::commands::COMMANDS;
    use crate::protocol::resp::{DecodeStep, Decoder, FrameLimits};

    /// A command is copied several times on its way. Rare commands with more arguments have them
    /// in a box.
    #[test]
    fn a_command_is_small() {
        assert!(size_of::<Result<RespCommand<'_>, ArgumentError>>() <= 64);
    }

    #[test]
    fn every_example_is_accepted() {
        for command in COMMANDS
            .iter()
            .filter(|command| !command.example.is_empty())
        {
            let line = format!("{}\n", command.example);
            let mut decoder = Decoder::default();
            let decoded = decoder.next(line.as_bytes(), FrameLimits::LOGGED_IN);
            let Ok(DecodeStep::Request(request, _)) = decoded else {
                panic!("{line} is no request");
            };
            assert_eq!(request.word(0), Some(command.name.as_bytes()));
            assert!(parse(command.id, request).is_ok(), "{line}");
        }
    }
}
