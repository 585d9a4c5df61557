//! The typed commands, and the one match that runs them.

use std::time::Duration;

use super::access::Permit;
use super::accounts::{self, Credentials};
use super::answer::{
    Answer, EpisodeEncoding, Execution, FullEncoding, MatchEncoding, PersonEncoding, RowEncoding,
};
use super::cluster::{self, AppliedTarget};
use super::context::Context;
use super::error::ApiError;
use super::execution::{done, query};
use super::movies::{self, FilmsPage};
use super::names::MovieNames;
use super::numbered_page::{self, NumberedPage};
use super::state::ServerState;
use super::users::{self, NewUser};
use super::{info, keys};
use crate::auth::Password;
use crate::movie::FullMovie;
use crate::protocol::commands::CommandId;
use crate::store::{
    Change, EpisodePage, KeyGrant, Listing, MovieCondition, PeopleSearch, ReadTransaction, Reader,
    Role, Search,
};

/// A command with checked arguments. Any protocol can make one; [`execute`] runs it.
pub enum Command<'a> {
    /// One movie. No movie has a name that is not UTF-8.
    Send {
        /// The movie's name.
        name: &'a [u8],
        /// How it is encoded.
        encoding: RowEncoding,
    },
    /// One movie with its details.
    SendFull {
        /// The movie's name.
        name: &'a [u8],
        /// How it is encoded.
        encoding: FullEncoding,
    },
    /// The same, from the cache of the worker, which keeps documents of one encoding only.
    SendDocument {
        /// The movie's name.
        name: &'a [u8],
        /// How it is encoded.
        encoding: FullEncoding,
    },
    /// Several movies.
    SendMany {
        /// Their names.
        names: MovieNames<'a>,
        /// How they are encoded.
        encoding: RowEncoding,
    },
    /// The number of these names that exist. A repeated name is counted each time.
    Exists(MovieNames<'a>),
    /// A page of movies in the order of their names.
    List(Box<Listing>, RowEncoding),
    /// A page of movies whose titles have the words, the best first.
    Find(Box<Search>, RowEncoding),
    /// Such a page, each movie with its match.
    FindMatches(Box<Search>, MatchEncoding),
    /// A page of such movies by its number, with their details.
    FindPage(Box<NumberedPage>),
    /// The reasons for the order of such a page, as JSON. Only for admins.
    Explain(Box<Search>),
    /// One person.
    Person {
        /// The person's name.
        name: &'a [u8],
        /// How the person is encoded.
        encoding: PersonEncoding,
    },
    /// A page of people with the words in their full names, the best first.
    People(Box<PeopleSearch>, PersonEncoding),
    /// A page of the films of a person, the best known first.
    Films(Box<FilmsPage>, RowEncoding),
    /// A page of the episodes of a series in their order.
    Episodes(Box<EpisodePage>, EpisodeEncoding),
    /// The number of movies.
    Count,
    /// Adds a movie, or replaces the one of that name; answered once it is on disk.
    Put(Box<FullMovie>),
    /// The same, if the condition holds.
    PutIf(Box<FullMovie>, MovieCondition),
    /// Removes the movie of that name if the condition holds; answered with 1 once that is on
    /// disk.
    DeleteIf(String, MovieCondition),
    /// Removes movies; answered with how many, once that is on disk.
    Delete(MovieNames<'a>),
    /// The number of connections, the caller's included.
    CountConnections,
    /// The connections.
    ListConnections,
    /// Entries of the audit trail.
    Audit {
        /// The position after which they begin; without one, the last entries.
        after: Option<i64>,
        /// The maximum number of entries.
        limit: u32,
    },
    /// The entry of the cluster's log that has the last change of the session.
    ClusterSequence,
    /// Waits until this node has applied an entry, for at most this time.
    ClusterWait(AppliedTarget, Duration),
    /// Logs in.
    LogIn(Credentials<'a>),
    /// Changes the caller's own password, and ends the caller's other sessions.
    ChangePassword {
        /// The current password, verified as at a login.
        old: Password,
        /// The new password.
        new: Password,
    },
    /// Adds an API key; answered with the key once it is on disk.
    AddKey(Box<KeyGrant>),
    /// The API keys.
    ListKeys,
    /// Removes the API key of that name; answered once that is on disk.
    RevokeKey(String),
    /// Adds an account; answered once it is on disk.
    AddUser(Box<NewUser>),
    /// The accounts.
    ListUsers,
    /// Removes the account of that name; answered once that is on disk.
    RemoveUser(String),
    /// Sets the role of the account of that name; answered once that is on disk.
    SetRole(String, Role),
    /// Logs out.
    LogOut,
    /// Properties of the server.
    Info,
}

impl Command<'_> {
    /// The command's identifier. A permit for it is needed to run the command.
    pub fn id(&self) -> CommandId {
        match self {
            Command::Send { .. } | Command::SendFull { .. } | Command::SendDocument { .. } => {
                CommandId::Send
            }
            Command::SendMany { .. } => CommandId::SendMany,
            Command::Exists(_) => CommandId::Exists,
            Command::List(..) => CommandId::List,
            Command::Find(..)
            | Command::FindMatches(..)
            | Command::FindPage(_)
            | Command::Explain(_) => CommandId::Find,
            Command::Person { .. } | Command::Films(..) => CommandId::Person,
            Command::People(..) => CommandId::People,
            Command::Episodes(..) => CommandId::Episodes,
            Command::Count => CommandId::Count,
            Command::Put(_) | Command::PutIf(..) => CommandId::Put,
            Command::Delete(_) | Command::DeleteIf(..) => CommandId::Delete,
            Command::CountConnections => CommandId::CountConnections,
            Command::ListConnections => CommandId::ListConnections,
            Command::Audit { .. } => CommandId::Audit,
            Command::ClusterSequence | Command::ClusterWait(..) => CommandId::Cluster,
            Command::LogIn(_) => CommandId::LogIn,
            Command::ChangePassword { .. } => CommandId::ChangePassword,
            Command::AddKey(_) | Command::ListKeys | Command::RevokeKey(_) => CommandId::Key,
            Command::AddUser(_)
            | Command::ListUsers
            | Command::RemoveUser(_)
            | Command::SetRole(..) => CommandId::User,
            Command::LogOut => CommandId::Reset,
            Command::Info => CommandId::Info,
        }
    }
}

/// Runs a command. A permit for another command is refused.
///
/// It is not inlined: inlined into its caller, it copies the whole command once more, which costs a
/// pipelined look-up 4 % of its time.
#[inline(never)]
pub fn execute<'a, 's>(
    permit: &Permit,
    command: Command<'a>,
    context: Context<'s, '_>,
) -> Execution<'s>
where
    'a: 's,
{
    if permit.command().id != command.id() {
        return Execution::Now(Err(ApiError::permission_denied(command.id().description())));
    }
    let Context {
        session,
        state,
        reader,
        recorder,
    } = context;
    match command {
        Command::Send { name, encoding } => movies::send(reader, name, encoding).into(),
        Command::SendFull { name, encoding } => movies::send_full(reader, name, encoding).into(),
        Command::SendDocument { name, encoding } => movies::document(reader, name, encoding).into(),
        Command::SendMany { names, encoding } => movies::send_many(reader, names, encoding).into(),
        Command::Exists(names) => movies::exists(reader, names).into(),
        Command::List(listing, encoding) => movies::list(state, listing, encoding),
        Command::Find(search, encoding) => movies::find(state, search, encoding),
        Command::FindMatches(search, encoding) => movies::find_matches(state, search, encoding),
        Command::FindPage(page) => numbered_page::find(state, page),
        Command::Explain(search) => movies::explain(session, state, search),
        Command::Person { name, encoding } => movies::person(reader, name, encoding).into(),
        Command::People(search, encoding) => movies::people(state, search, encoding),
        Command::Films(page, encoding) => movies::films(state, page, encoding),
        Command::Episodes(page, encoding) => movies::episodes(state, page, encoding),
        Command::Count => movies::count(reader).into(),
        Command::Put(movie) => movies::put(session, state, movie),
        Command::PutIf(movie, condition) => movies::put_if(session, state, movie, condition),
        Command::DeleteIf(name, condition) => movies::delete_if(session, state, name, condition),
        Command::Delete(names) => movies::delete(session, state, names),
        Command::CountConnections => Answer::Number(state.clients.connected() as u64).into(),
        Command::ListConnections => Answer::Connections(state.clients.connections()).into(),
        Command::Audit { after, limit } => audit(state, after, limit),
        Command::ClusterSequence => cluster::sequence(session).into(),
        Command::ClusterWait(target, limit) => cluster::wait(state, target, limit),
        Command::LogIn(credentials) => accounts::log_in(session, state, reader, credentials),
        Command::ChangePassword { old, new } => {
            accounts::change_password(session, state, reader, old, new)
        }
        Command::AddKey(grant) => keys::add(session, state, grant),
        Command::ListKeys => keys::list(state),
        Command::RevokeKey(name) => keys::revoke(session, state, name),
        Command::AddUser(user) => users::add(session, state, user),
        Command::ListUsers => users::list(state),
        Command::RemoveUser(name) => {
            let force = false;
            done(session, state, Change::DeleteUser { name, force })
        }
        Command::SetRole(name, role) => {
            let force = false;
            done(session, state, Change::SetRole { name, role, force })
        }
        Command::LogOut => {
            session.log_out(&state.clients);
            Answer::Done.into()
        }
        Command::Info => info::info(session, state, reader, recorder).into(),
    }
}

fn audit(state: &ServerState, after: Option<i64>, limit: u32) -> Execution<'_> {
    let read = move |reader: &mut Reader| ReadTransaction::new(reader).audit(after, limit);
    query(state, read, Answer::Audit)
}
