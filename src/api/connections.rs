//! `NB` and `WHO`.

use super::Context;
use crate::connections::ConnectionInfo;
use crate::protocol::resp::Reply;

/// A command about the connected clients.
pub enum Connections {
    /// `NB`: how many there are, the asking one included.
    Number,
    /// `WHO`: a map for each: id, address, user, seconds connected and idle, commands served.
    Who,
}

impl Connections {
    pub(super) fn execute(&self, context: &Context<'_, '_>) -> Reply {
        let clients = &context.state.clients;
        match self {
            Connections::Number => Reply::Integer(clients.connected() as i64),
            Connections::Who => Reply::Array(clients.seen().iter().map(line).collect()),
        }
    }
}

fn line(seen: &ConnectionInfo) -> Reply {
    let number = |number: u64| Reply::Integer(number as i64);
    let user = seen.user.as_deref().map_or(Reply::Null, Reply::text);
    Reply::Map(vec![
        (Reply::text("id"), number(seen.id)),
        (
            Reply::text("address"),
            Reply::text(seen.address.to_string()),
        ),
        (Reply::text("user"), user),
        (
            Reply::text("connected_seconds"),
            number(seen.connected_seconds),
        ),
        (Reply::text("idle_seconds"), number(seen.idle_seconds)),
        (Reply::text("commands"), number(seen.commands)),
    ])
}
