//! The commands that only RESP has: those that client libraries send by themselves, and the
//! descriptions of the commands.

use bytes::Bytes;

use super::args::quoted;
use super::operands::credentials;
use super::session::RespSession;
use super::{Args, ArgumentError, Reply, RespVersion, help};
use crate::api::Credentials;
use crate::api::session::Session;
use crate::config::limits;
use crate::connections::CloseReason;
use crate::protocol::commands::{COMMANDS, CommandDescription, find};

/// A command that is answered without the API.
pub enum LocalCommand<'a> {
    /// `PING [<text>]`.
    Ping(Option<&'a [u8]>),
    /// `ECHO <text>`.
    Echo(&'a [u8]),
    /// `SELECT 0`.
    Select,
    /// `CLIENT ID`.
    ClientId,
    /// `CLIENT GETNAME`: null without a name.
    GetName,
    /// `CLIENT SETNAME <name>`; an empty one removes the name.
    SetName(&'a str),
    /// `CLIENT SETINFO <attribute> <value>`: accepted and ignored.
    SetInfo,
    /// `UNWATCH`.
    Unwatch,
    /// `END`.
    End,
    /// `HELP [<command>]`.
    Help(Option<&'static CommandDescription>),
    /// `COMMAND COUNT`.
    CommandCount(usize),
    /// `COMMAND INFO`: names, arity and flags; null for an unknown command.
    CommandInfo(Vec<Option<&'static CommandDescription>>),
    /// `COMMAND DOCS`: summaries and arguments, from which `redis-cli` makes its hints.
    CommandDocs(Vec<&'static CommandDescription>),
    /// `CONFIG GET <parameter> …`.
    Config(Vec<&'a [u8]>),
}

/// `HELLO [2|3] [AUTH <user> <password>] [SETNAME <client name>]`.
pub struct Hello<'a> {
    /// The version of RESP for this answer and the following ones.
    pub protocol: Option<RespVersion>,
    /// The login, if there is one.
    pub credentials: Option<Credentials<'a>>,
    /// The name that the connection gives itself.
    pub client_name: Option<&'a str>,
}

pub(super) fn hello(mut args: Args<'_>) -> Result<Hello<'_>, ArgumentError> {
    let protocol = match args.take() {
        None => None,
        Some(b"2") => Some(RespVersion::Resp2),
        Some(b"3") => Some(RespVersion::Resp3),
        Some(_) => {
            let message = "unsupported protocol version";
            return Err(ArgumentError::with_code("NOPROTO", message));
        }
    };
    let mut hello = Hello {
        protocol,
        credentials: None,
        client_name: None,
    };
    while !args.is_empty() {
        if args.keyword("AUTH") {
            hello.credentials = Some(credentials(&mut args)?);
        } else if args.keyword("SETNAME") {
            hello.client_name = Some(client_name(&mut args)?);
        } else {
            return Err(ArgumentError::Syntax);
        }
    }
    Ok(hello)
}

pub(super) fn ping(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    let text = args.take();
    args.finish()?;
    Ok(LocalCommand::Ping(text))
}

pub(super) fn echo(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    let text = args.bytes()?;
    args.finish()?;
    Ok(LocalCommand::Echo(text))
}

pub(super) fn select(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    let database = args.bytes()?;
    args.finish()?;
    match database {
        b"0" => Ok(LocalCommand::Select),
        _ => Err(ArgumentError::with_code("NO", "there is only database 0")),
    }
}

pub(super) fn client(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    let command = if args.keyword("ID") {
        LocalCommand::ClientId
    } else if args.keyword("GETNAME") {
        LocalCommand::GetName
    } else if args.keyword("SETNAME") {
        LocalCommand::SetName(client_name(&mut args)?)
    } else if args.keyword("SETINFO") {
        args.bytes()?;
        args.bytes()?;
        LocalCommand::SetInfo
    } else {
        args.bytes()?;
        let message = "CLIENT takes ID, GETNAME, SETNAME and SETINFO here";
        return Err(ArgumentError::with_code("NO", message));
    };
    args.finish()?;
    Ok(command)
}

/// The name of a connection: printable ASCII without spaces, as in Redis.
fn client_name<'a>(args: &mut Args<'a>) -> Result<&'a str, ArgumentError> {
    let name = args.text_within("the client name", limits::MAX_CLIENT_NAME_BYTES)?;
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "a client name cannot hold spaces, newlines or special characters";
        return Err(ArgumentError::new(message));
    }
    Ok(name)
}

pub(super) fn help(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    let word = args.take();
    args.finish()?;
    let Some(word) = word else {
        return Ok(LocalCommand::Help(None));
    };
    let command = find(word).ok_or_else(|| {
        let word = quoted(word);
        ArgumentError::new(format_args!("no command `{word}`, HELP lists all of them"))
    })?;
    Ok(LocalCommand::Help(Some(command)))
}

pub(super) fn command(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    type Listing = fn(Vec<Option<&'static CommandDescription>>) -> LocalCommand<'static>;
    let listing: Listing = if args.is_empty() || args.keyword("INFO") {
        LocalCommand::CommandInfo
    } else if args.keyword("COUNT") {
        |commands| LocalCommand::CommandCount(commands.iter().flatten().count())
    } else if args.keyword("DOCS") {
        |commands| LocalCommand::CommandDocs(commands.into_iter().flatten().collect())
    } else {
        let message = "COMMAND takes COUNT, DOCS and INFO here";
        return Err(ArgumentError::with_code("NO", message));
    };
    if args.is_empty() {
        return Ok(listing(COMMANDS.iter().map(Some).collect()));
    }
    let named = std::iter::from_fn(|| args.take()).map(find);
    Ok(listing(named.collect()))
}

pub(super) fn config(mut args: Args<'_>) -> Result<LocalCommand<'_>, ArgumentError> {
    if args.keyword("GET") {
        return Ok(LocalCommand::Config(args.names()?.collect()));
    }
    Err(ArgumentError::with_code("NO", "CONFIG takes only GET here"))
}

impl LocalCommand<'_> {
    pub(super) fn execute(self, session: &mut Session, resp: &mut RespSession) -> Reply {
        match self {
            LocalCommand::Ping(None) => Reply::Simple("PONG"),
            LocalCommand::Ping(Some(text)) | LocalCommand::Echo(text) => {
                Reply::Bulk(Bytes::copy_from_slice(text))
            }
            LocalCommand::Select | LocalCommand::SetInfo | LocalCommand::Unwatch => Reply::OK,
            LocalCommand::ClientId => Reply::Integer(session.client().id as i64),
            LocalCommand::GetName => resp.client_name.as_deref().map_or(Reply::Null, Reply::text),
            LocalCommand::SetName(name) => {
                resp.set_client_name(name);
                Reply::OK
            }
            LocalCommand::End => {
                session.end(CloseReason::End);
                Reply::OK
            }
            LocalCommand::Help(None) => Reply::text(help::all()),
            LocalCommand::Help(Some(command)) => Reply::text(help::one(command)),
            LocalCommand::CommandCount(number) => Reply::Integer(number as i64),
            LocalCommand::CommandInfo(commands) => {
                let info = |command: Option<_>| command.map_or(Reply::Null, help::command_info);
                Reply::Array(commands.into_iter().map(info).collect())
            }
            LocalCommand::CommandDocs(commands) => {
                let docs = commands.into_iter().flat_map(|command| {
                    command
                        .words()
                        .map(|word| help::command_docs(word, command))
                });
                Reply::Map(docs.collect())
            }
            LocalCommand::Config(parameters) => {
                Reply::Map(parameters.into_iter().filter_map(parameter).collect())
            }
        }
    }
}

/// The answer to `HELLO`, in the version that it chose.
pub(super) fn greet(
    client_id: u64,
    resp: &mut RespSession,
    protocol: Option<RespVersion>,
    client_name: Option<&str>,
) -> Reply {
    resp.protocol = protocol.unwrap_or(resp.protocol);
    if let Some(name) = client_name {
        resp.set_client_name(name);
    }
    let version = match resp.protocol {
        RespVersion::Resp2 => 2,
        RespVersion::Resp3 => 3,
    };
    let text = |text: &str| Reply::text(text);
    Reply::Map(vec![
        (text("server"), text("catalogue")),
        (text("version"), text(env!("CARGO_PKG_VERSION"))),
        (text("proto"), Reply::Integer(version)),
        (text("id"), Reply::Integer(client_id as i64)),
        (text("mode"), text("standalone")),
        (text("role"), text("master")),
        (text("modules"), Reply::Array(Vec::new())),
    ])
}

/// The parameters that `redis-benchmark` asks for: a server that saves nothing by itself.
fn parameter(name: &[u8]) -> Option<(Reply, Reply)> {
    let (name, value) = match name.to_ascii_lowercase().as_slice() {
        b"save" => ("save", ""),
        b"appendonly" => ("appendonly", "no"),
        _ => return None,
    };
    Some((Reply::text(name), Reply::text(value)))
}
