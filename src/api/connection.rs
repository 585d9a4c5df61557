//! `PING`, `ECHO`, `SELECT`, `CLIENT`, `UNWATCH`, `END`: what client libraries
//! send around their real work.

use bytes::Bytes;

use super::{Args, Refused};
use crate::api::session::Session;
use crate::config::limits;
use crate::connections::CloseReason;
use crate::protocol::resp::Reply;

/// A command about the connection itself.
pub enum Connection<'a> {
    /// `PING [<text>]`.
    Ping(Option<&'a [u8]>),
    /// `ECHO <text>`.
    Echo(&'a [u8]),
    /// `SELECT 0`.
    Select,
    /// `CLIENT ID`.
    Id,
    /// `CLIENT GETNAME`: null without a name.
    GetName,
    /// `CLIENT SETNAME <name>`; an empty one takes the name away.
    SetName(&'a str),
    /// `CLIENT SETINFO <attribute> <value>`: heard and forgotten.
    SetInfo,
    /// `UNWATCH`.
    Unwatch,
    /// `END`.
    End,
}

impl<'a> Connection<'a> {
    pub(super) fn ping(mut args: Args<'a>) -> Result<Connection<'a>, Refused> {
        let text = args.take();
        args.finish()?;
        Ok(Connection::Ping(text))
    }

    pub(super) fn echo(mut args: Args<'a>) -> Result<Connection<'a>, Refused> {
        let text = args.bytes()?;
        args.finish()?;
        Ok(Connection::Echo(text))
    }

    pub(super) fn select(mut args: Args<'a>) -> Result<Connection<'a>, Refused> {
        let database = args.bytes()?;
        args.finish()?;
        match database {
            b"0" => Ok(Connection::Select),
            _ => Err(Refused::Because(Reply::error(
                "NO",
                "there is only database 0",
            ))),
        }
    }

    pub(super) fn client(mut args: Args<'a>) -> Result<Connection<'a>, Refused> {
        let command = if args.keyword("ID") {
            Connection::Id
        } else if args.keyword("GETNAME") {
            Connection::GetName
        } else if args.keyword("SETNAME") {
            Connection::SetName(client_name(&mut args)?)
        } else if args.keyword("SETINFO") {
            args.bytes()?;
            args.bytes()?;
            Connection::SetInfo
        } else {
            args.bytes()?;
            let words = "CLIENT takes ID, GETNAME, SETNAME and SETINFO here";
            return Err(Refused::Because(Reply::error("NO", words)));
        };
        args.finish()?;
        Ok(command)
    }

    pub(super) fn execute(self, session: &mut Session) -> Reply {
        match self {
            Connection::Ping(None) => Reply::Simple("PONG"),
            Connection::Ping(Some(text)) | Connection::Echo(text) => {
                Reply::Bulk(Bytes::copy_from_slice(text))
            }
            Connection::Select | Connection::SetInfo | Connection::Unwatch => Reply::OK,
            Connection::Id => Reply::Integer(session.client().id as i64),
            Connection::GetName => session.client_name().map_or(Reply::Null, Reply::text),
            Connection::SetName(name) => {
                session.set_client_name(name);
                Reply::OK
            }
            Connection::End => {
                session.end(CloseReason::End);
                Reply::OK
            }
        }
    }
}

/// The name of a connection: printable ASCII without spaces, as Redis has it.
pub(super) fn client_name<'a>(args: &mut Args<'a>) -> Result<&'a str, Refused> {
    let name = args.text("the client name")?;
    if name.len() > limits::MAX_CLIENT_NAME_BYTES {
        return Err(Refused::because(format_args!(
            "the client name has {} bytes, at most {} are allowed",
            name.len(),
            limits::MAX_CLIENT_NAME_BYTES
        )));
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        let words = "a client name cannot hold spaces, newlines or special characters";
        return Err(Refused::because(words));
    }
    Ok(name)
}
