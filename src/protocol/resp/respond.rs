//! From a request to its reply: find the command, authorize it, parse its arguments, run it.

use std::future::Future;
use std::pin::Pin;

use super::local::{Hello, greet};
use super::parse::{RespCommand, parse};
use super::session::RespSession;
use super::{Reply, Request, answer, transaction};
use crate::api::access::authorize;
use crate::api::{self, Answer, ApiError, Command, Context, Execution, Permit};
use crate::config::limits;
use crate::protocol::commands::{CommandId, find};

/// A reply, or the future of one.
pub enum Response<'s> {
    /// The reply.
    Now(Reply),
    /// The reply of another thread. The connection's next command waits for it.
    Later(Pin<Box<dyn Future<Output = Reply> + 's>>),
}

impl From<Reply> for Response<'_> {
    fn from(reply: Reply) -> Self {
        Response::Now(reply)
    }
}

/// Answers one request.
pub fn respond<'a, 's>(
    request: Request<'a>,
    resp: &'s mut RespSession,
    context: Context<'s, '_>,
) -> Response<'s>
where
    'a: 's,
{
    let word = request.word(0).unwrap_or_default();
    let found = find(word);
    let index = found.map(|command| command.id.index());
    context.recorder.count(index);
    // An unknown command may be a mistyped PASSWD.
    if found.is_none_or(|command| command.secret) {
        resp.note_secret();
    }
    if found.is_none() || resp.in_transaction {
        let is_logged_in = context.session.identity().is_some();
        if let Some(refusal) = transaction::refuse(resp, is_logged_in, word) {
            return refusal.into();
        }
    }
    let Some(command) = found else {
        return unknown(word).into();
    };
    let permit = match authorize(context.session, context.reader, command) {
        Ok(permit) => permit,
        Err(refusal) => return Reply::from(refusal).into(),
    };
    match parse(command.id, request) {
        Ok(command) => run(&permit, command, resp, context),
        Err(error) => error.reply(command).into(),
    }
}

fn run<'a, 's>(
    permit: &Permit,
    command: RespCommand<'a>,
    resp: &'s mut RespSession,
    context: Context<'s, '_>,
) -> Response<'s>
where
    'a: 's,
{
    match command {
        RespCommand::Api(command) => map(api::execute(permit, command, context), answer::reply),
        RespCommand::LogIn(credentials, welcome) => {
            let outcome = api::execute(permit, Command::LogIn(credentials), context);
            map(outcome, move |answer| {
                replace(answer, || Reply::Simple(welcome))
            })
        }
        RespCommand::Info(section) => {
            let outcome = api::execute(permit, Command::Info, context);
            map(outcome, move |answer| match answer {
                Ok(Answer::Info(sections)) => answer::info(sections, section),
                other => answer::reply(other),
            })
        }
        RespCommand::Reset => {
            resp.reset();
            let outcome = api::execute(permit, Command::LogOut, context);
            map(outcome, |answer| replace(answer, || Reply::Simple("RESET")))
        }
        RespCommand::Hello(hello) => greeted(*hello, resp, context),
        RespCommand::Local(command) => command.execute(context.session, resp).into(),
    }
}

/// Runs `HELLO`, which may hold a login.
fn greeted<'a, 's>(
    hello: Hello<'a>,
    resp: &'s mut RespSession,
    context: Context<'s, '_>,
) -> Response<'s>
where
    'a: 's,
{
    let Hello {
        protocol,
        credentials,
        client_name,
    } = hello;
    let client_id = context.session.client().id;
    let Some(credentials) = credentials else {
        return greet(client_id, resp, protocol, client_name).into();
    };
    let log_in = CommandId::LogIn.description();
    match authorize(context.session, context.reader, log_in) {
        Ok(permit) => {
            let outcome = api::execute(&permit, Command::LogIn(credentials), context);
            map(outcome, move |answer| {
                replace(answer, || greet(client_id, resp, protocol, client_name))
            })
        }
        Err(refusal) => Reply::from(refusal).into(),
    }
}

/// The reply to a result, which may come later.
fn map<'s>(
    outcome: Execution<'s>,
    reply: impl FnOnce(Result<Answer, ApiError>) -> Reply + 's,
) -> Response<'s> {
    match outcome {
        Execution::Now(answer) => Response::Now(reply(answer)),
        Execution::Later(answer) => Response::Later(Box::pin(async move { reply(answer.await) })),
    }
}

/// Replaces the reply to a success; an error stays as it is.
fn replace(answer: Result<Answer, ApiError>, success: impl FnOnce() -> Reply) -> Reply {
    match answer {
        Ok(_) => success(),
        Err(error) => error.into(),
    }
}

fn unknown(word: &[u8]) -> Reply {
    let word = String::from_utf8_lossy(&word[..word.len().min(limits::MAX_REPEATED_BYTES)]);
    Reply::error(
        "NO",
        format_args!("unknown command '{}'", word.escape_debug()),
    )
}
