//! One line of `WHO`.

use crate::protocol::resp::Reply;

/// A client of the server, as `WHO` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The number of the connection.
    pub id: u64,
    /// Where it comes from.
    pub address: String,
    /// Who logged in; `None` before that.
    pub user: Option<String>,
    /// Seconds since it connected.
    pub connected_seconds: u64,
    /// Seconds since its last command.
    pub idle_seconds: u64,
    /// Commands served.
    pub commands: u64,
}

impl ConnectionInfo {
    /// Reads the answer of `WHO`; `None` when it is no such answer.
    pub(super) fn list(reply: &Reply) -> Option<Vec<ConnectionInfo>> {
        match reply {
            Reply::Array(lines) => lines.iter().map(ConnectionInfo::read).collect(),
            _ => None,
        }
    }

    /// Keys that a later server may add are left out.
    fn read(line: &Reply) -> Option<ConnectionInfo> {
        let mut visitor = ConnectionInfo::default();
        for (key, value) in pairs(line)? {
            match text(key)?.as_str() {
                "id" => visitor.id = number(value)?,
                "address" => visitor.address = text(value)?,
                "user" => visitor.user = text(value).filter(|user| !user.is_empty()),
                "connected_seconds" => visitor.connected_seconds = number(value)?,
                "idle_seconds" => visitor.idle_seconds = number(value)?,
                "commands" => visitor.commands = number(value)?,
                _ => {}
            }
        }
        Some(visitor)
    }
}

/// The pairs of a map, which RESP2 sends as a flat array.
pub(super) fn pairs(reply: &Reply) -> Option<Vec<(&Reply, &Reply)>> {
    match reply {
        Reply::Map(pairs) => Some(pairs.iter().map(|(key, value)| (key, value)).collect()),
        Reply::Array(flat) if flat.len() % 2 == 0 => {
            Some(flat.chunks(2).map(|pair| (&pair[0], &pair[1])).collect())
        }
        _ => None,
    }
}

/// A text, however it was sent.
pub(super) fn text(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Simple(text) => Some((*text).to_owned()),
        Reply::Status(text) => Some(text.clone()),
        Reply::Bulk(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn number(reply: &Reply) -> Option<u64> {
    match reply {
        Reply::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(user: Reply) -> Vec<(Reply, Reply)> {
        vec![
            (Reply::text("id"), Reply::Integer(7)),
            (Reply::text("address"), Reply::text("127.0.0.1:40000")),
            (Reply::text("user"), user),
            (Reply::text("connected_seconds"), Reply::Integer(60)),
            (Reply::text("idle_seconds"), Reply::Integer(2)),
            (Reply::text("commands"), Reply::Integer(9)),
            (Reply::text("of a later version"), Reply::Array(vec![])),
        ]
    }

    #[test]
    fn both_protocols_tell_the_same() {
        let visitor = ConnectionInfo {
            id: 7,
            address: "127.0.0.1:40000".to_owned(),
            user: Some("bob".to_owned()),
            connected_seconds: 60,
            idle_seconds: 2,
            commands: 9,
        };
        let map = Reply::Map(line(Reply::text("bob")));
        let flat = line(Reply::text("bob")).into_iter();
        let flat = Reply::Array(flat.flat_map(|(key, value)| [key, value]).collect());
        assert_eq!(
            ConnectionInfo::list(&Reply::Array(vec![map, flat])),
            Some(vec![visitor.clone(), visitor])
        );
    }

    #[test]
    fn nobody_logged_in_has_no_user() {
        for nobody in [Reply::Null, Reply::text("")] {
            let map = Reply::Map(line(nobody));
            let visitors = ConnectionInfo::list(&Reply::Array(vec![map])).unwrap();
            assert_eq!(visitors[0].user, None);
        }
    }

    #[test]
    fn what_is_no_list_of_clients_is_refused() {
        let odd = Reply::Array(vec![Reply::text("id")]);
        let negative = Reply::Map(vec![(Reply::text("id"), Reply::Integer(-1))]);
        for reply in [
            Reply::OK,
            Reply::Array(vec![odd]),
            Reply::Array(vec![negative]),
            Reply::Array(vec![Reply::OK]),
        ] {
            assert_eq!(ConnectionInfo::list(&reply), None, "{reply:?}");
        }
    }
}
