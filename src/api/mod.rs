//! The commands: one table of what there is, one file per noun for how it works.

pub mod access;
mod accounts;
mod args;
mod connection;
mod connections;
mod find;
mod movies;
mod outcome;
mod server;
pub mod session;
pub mod state;
mod table;
mod transaction;

use crate::api::session::Session;
use crate::metrics::Recorder;
use crate::protocol::resp::{Reply, Request};
use crate::store::Reader;

pub use args::{Args, Refused};
pub use outcome::Outcome;
pub(crate) use outcome::unavailable;
pub use state::ServerState;
pub use table::{Spec, TABLE, find};

/// What one command may use while it runs.
pub struct Context<'s, 'b> {
    /// The connection that asks.
    pub session: &'s mut Session,
    /// What all connections share.
    pub state: &'s ServerState,
    /// The connection's view of the catalogue for this batch of commands.
    pub reader: &'b mut Reader,
    /// Where the request is counted.
    pub recorder: &'b Recorder,
}

/// A command that was understood, ready to run. Made by [`Spec::parse`] alone.
pub enum Command<'a> {
    /// Who asks.
    Accounts(accounts::Accounts<'a>),
    /// The movies.
    Movies(movies::Movies<'a>),
    /// Pages of them.
    Pages(find::Pages),
    /// Who else is there.
    Connections(connections::Connections),
    /// What client libraries ask for around their real work.
    Connection(connection::Connection<'a>),
    /// The server and its commands.
    Server(server::Server<'a>),
}

impl<'a> Command<'a> {
    /// Apart from what calls it: as a part of [`answer`] it has the whole command
    /// copied once more, which costs a pipelined look-up 4 % of its time.
    #[inline(never)]
    fn execute<'s>(self, context: Context<'s, '_>) -> Outcome<'s>
    where
        'a: 's,
    {
        match self {
            Command::Accounts(command) => command.execute(context),
            Command::Movies(command) => command.execute(context),
            Command::Pages(command) => command.execute(&context),
            Command::Connections(command) => command.execute(&context).into(),
            Command::Connection(command) => command.execute(context.session).into(),
            Command::Server(command) => command.execute(context),
        }
    }
}

/// Answers one request: find the command, ask whether the session may run it,
/// understand its arguments, run it.
pub fn answer<'a, 's>(request: Request<'a>, context: Context<'s, '_>) -> Outcome<'s>
where
    'a: 's,
{
    let word = request.word(0).unwrap_or_default();
    let place = table::position(word);
    context.recorder.count(place);
    let found = place.map(|place| &TABLE[place]);
    // What is no command may be a mistyped PASSWD.
    if found.is_none_or(|spec| spec.secret) {
        context.session.note_secret();
    }
    if (found.is_none() || context.session.in_transaction)
        && let Some(refusal) = transaction::refuse(context.session, word)
    {
        return refusal.into();
    }
    let Some(spec) = found else {
        return unknown(word).into();
    };
    let permit = match access::authorize(context.session, context.reader, spec) {
        Ok(permit) => permit,
        Err(refusal) => return refusal.into(),
    };
    match Spec::parse(&permit, request) {
        Ok(command) => command.execute(context),
        Err(refused) => refused.reply(spec).into(),
    }
}

/// How long the part of an unknown command word is that its refusal repeats.
const REPEATED_BYTES: usize = 64;

fn unknown(word: &[u8]) -> Reply {
    let word = String::from_utf8_lossy(&word[..word.len().min(REPEATED_BYTES)]);
    Reply::error(
        "NO",
        format_args!("unknown command '{}'", word.escape_debug()),
    )
}
