//! One line of `WHO`.

use catalogue_protocol::resp::Reply;

/// A client of the server, as `WHO` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectedClient {
    /// The number of the connection.
    pub id: u64,
    /// Its address.
    pub address: String,
    /// The user; `None` before the login.
    pub user: Option<String>,
    /// Seconds since it connected.
    pub connected_seconds: u64,
    /// Seconds since its last command.
    pub idle_seconds: u64,
    /// Commands served.
    pub commands: u64,
}

impl ConnectedClient {
    /// Reads the answer of `WHO`; `None` when the reply is not such an answer.
    pub(super) fn list(reply: &Reply) -> Option<Vec<ConnectedClient>> {
        match reply {
            Reply::Array(lines) => lines.iter().map(ConnectedClient::read).collect(),
            _ => None,
        }
    }

    /// Keys that a later server may add are left out.
    fn read(line: &Reply) -> Option<ConnectedClient> {
        let mut client = ConnectedClient::default();
        for (key, value) in line.as_pairs()? {
            match key.to_text()?.as_str() {
                "id" => client.id = number(value)?,
                "address" => client.address = value.to_text()?,
                "user" => client.user = value.to_text().filter(|user| !user.is_empty()),
                "connected_seconds" => client.connected_seconds = number(value)?,
                "idle_seconds" => client.idle_seconds = number(value)?,
                "commands" => client.commands = number(value)?,
                _ => {}
            }
        }
        Some(client)
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
        let client = ConnectedClient {
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
            ConnectedClient::list(&Reply::Array(vec![map, flat])),
            Some(vec![client.clone(), client])
        );
    }

    #[test]
    fn an_unauthenticated_connection_has_no_user() {
        for nobody in [Reply::Null, Reply::text("")] {
            let map = Reply::Map(line(nobody));
            let clients = ConnectedClient::list(&Reply::Array(vec![map])).unwrap();
            assert_eq!(clients[0].user, None);
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
            assert_eq!(ConnectedClient::list(&reply), None, "{reply:?}");
        }
    }
}
