//! The client: one connection, and a method for each command.

use std::io::{Read, Write};
use std::net::TcpStream;

#[cfg(feature = "tls")]
use super::tls::{ClientTls, TlsStream};
use super::{ClientError, ClientTimeouts, ConnectedClient, RespConnection};
use catalogue_protocol::resp::Reply;

/// A blocking connection to a catalogue server.
///
/// Movies are sent as postcard, and returned as [`Movie`](catalogue_protocol::movie::Movie). Every
/// call returns within its [`ClientTimeouts`]. After an error for which
/// [`ClientError::leaves_connection`] is false, connect again.
///
/// ```no_run
/// use catalogue_client::Client;
///
/// let mut client = Client::connect("127.0.0.1:5890")?;
/// client.login("admin", &std::env::var("CATALOGUE_PASSWORD").unwrap_or_default())?;
/// if let Some(movie) = client.send("1")? {
///     println!("{}", movie.title);
/// }
/// # Ok::<(), catalogue_client::ClientError>(())
/// ```
#[derive(Debug)]
pub struct Client<S = TcpStream> {
    connection: RespConnection<S>,
}

impl Client {
    /// Connects to `host:port` over TCP, with the default [`ClientTimeouts`].
    ///
    /// # Errors
    /// [`ClientError::Address`] or [`ClientError::Unreachable`].
    pub fn connect(address: &str) -> Result<Client, ClientError> {
        Client::connect_with(address, ClientTimeouts::default())
    }

    /// Connects, with these timeouts.
    ///
    /// # Errors
    /// [`ClientError::Address`] or [`ClientError::Unreachable`].
    pub fn connect_with(address: &str, timeouts: ClientTimeouts) -> Result<Client, ClientError> {
        RespConnection::open(address, timeouts).map(Client::from_connection)
    }
}

#[cfg(feature = "tls")]
impl Client<TlsStream> {
    /// Connects to `host:port` over TLS, with the default [`ClientTimeouts`]. When this
    /// returns, the server has shown a certificate that [`ClientTls`] trusts and that
    /// is for that host, so a password may be sent.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] and what [`RespConnection::open_tls`] lists.
    pub fn connect_tls(address: &str, tls: &ClientTls) -> Result<Client<TlsStream>, ClientError> {
        Client::connect_tls_with(address, ClientTimeouts::default(), tls)
    }

    /// Connects over TLS, with these timeouts.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] and what [`RespConnection::open_tls`] lists.
    pub fn connect_tls_with(
        address: &str,
        timeouts: ClientTimeouts,
        tls: &ClientTls,
    ) -> Result<Client<TlsStream>, ClientError> {
        RespConnection::open_tls(address, timeouts, tls).map(Client::from_connection)
    }
}

impl<S: Read + Write> Client<S> {
    /// A client over a connection that is open, for streams other than TCP.
    pub fn from_connection(connection: RespConnection<S>) -> Client<S> {
        Client { connection }
    }

    /// The server's address as it was given.
    pub fn address(&self) -> &str {
        self.connection.address()
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the code `ECHEC` for a wrong user or password, `EC` for the
    /// third failed attempt, after which the server closes the connection, and `BUSY` for a login
    /// that is delayed or does not fit into the queue.
    pub fn login(&mut self, user: &str, password: &str) -> Result<(), ClientError> {
        self.command(&["UP", user, password]).map(drop)
    }

    /// Changes the password of the user that is logged in.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when `old` is wrong or `new` breaks a rule.
    pub fn change_password(&mut self, old: &str, new: &str) -> Result<(), ClientError> {
        self.command(&["PASSWD", old, new]).map(drop)
    }

    /// The number of open connections (`NB`).
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn clients(&mut self) -> Result<u64, ClientError> {
        self.number("NB", &[])
    }

    /// The connections of the server. Requires the role admin.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn who(&mut self) -> Result<Vec<ConnectedClient>, ClientError> {
        let reply = self.command(&["WHO"])?;
        ConnectedClient::list(&reply).ok_or_else(|| unexpected("WHO", "it is no list of clients"))
    }

    /// Sends any command, and returns its answer without decoding it.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection. A server's error reply is
    /// [`ClientError::Refused`].
    pub fn command(&mut self, words: &[impl AsRef<[u8]>]) -> Result<Reply, ClientError> {
        self.connection.request(words)
    }

    /// Sends many commands before it reads their answers, which saves round trips. The answers are
    /// in the order of the commands. An error reply is an answer too, as [`Reply::Error`].
    ///
    /// # Errors
    /// Errors after which the connection cannot be used; the answers before them are lost.
    pub fn pipeline<C, W>(&mut self, commands: &[C]) -> Result<Vec<Reply>, ClientError>
    where
        C: AsRef<[W]>,
        W: AsRef<[u8]>,
    {
        /// The answers to so few commands fit into the network buffers while neither side reads.
        const SENT_AT_ONCE: usize = 32;
        let mut replies = Vec::with_capacity(commands.len());
        for batch in commands.chunks(SENT_AT_ONCE) {
            for command in batch {
                self.connection.send(command.as_ref())?;
            }
            for _ in batch {
                replies.push(self.connection.receive()?);
            }
        }
        Ok(replies)
    }

    /// Sends `END`, and does not wait for the answer.
    pub fn end(mut self) {
        // An error does not matter, because the connection ends anyway.
        let _ = self.connection.send(&["END"]);
    }

    /// Sends a command whose answer is a number that is not negative.
    pub(super) fn number(
        &mut self,
        command: &'static str,
        arguments: &[&str],
    ) -> Result<u64, ClientError> {
        let words: Vec<&str> = [command].iter().chain(arguments).copied().collect();
        match self.command(&words)? {
            Reply::Integer(number) => {
                u64::try_from(number).map_err(|_| unexpected(command, "it is a negative number"))
            }
            _ => Err(unexpected(command, "it is no number")),
        }
    }
}

/// An answer of the wrong kind.
pub(super) fn unexpected(command: &'static str, reason: impl ToString) -> ClientError {
    ClientError::Unexpected {
        command,
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeServer, Reaction};
    use super::*;

    #[test]
    fn a_login_is_granted_or_refused_in_the_servers_words() {
        let server = FakeServer::start([
            (
                "UP admin \"wrong one\"",
                Reaction::Answer(Reply::error(
                    "ECHEC",
                    "wrong user or password, 2 attempts left",
                )),
            ),
            ("UP admin right", Reaction::Answer(Reply::Simple("PASSOK"))),
            ("PASSWD right better", Reaction::Answer(Reply::OK)),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        let error = client.login("admin", "wrong one").unwrap_err();
        assert!(matches!(&error, ClientError::Refused { code, .. } if code == "ECHEC"));
        assert_eq!(error.to_string(), "wrong user or password, 2 attempts left");
        client.login("admin", "right").unwrap();
        client.change_password("right", "better").unwrap();
        client.end();
    }

    #[test]
    fn numbers_are_numbers() {
        let server = FakeServer::start([
            ("NB", Reaction::Answer(Reply::Integer(3))),
            ("NB", Reaction::Answer(Reply::OK)),
            ("NB", Reaction::Answer(Reply::Integer(-1))),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        assert_eq!(client.clients().unwrap(), 3);
        for _ in 0..2 {
            let error = client.clients().unwrap_err();
            assert!(matches!(error, ClientError::Unexpected { .. }), "{error:?}");
        }
    }

    #[test]
    fn an_empty_command_is_not_sent() {
        let server = FakeServer::start([]);
        let mut client = Client::connect(server.address()).unwrap();
        let error = client.command(&[""; 0]).unwrap_err();
        assert_eq!(error.to_string(), "a command has at least one word");
    }

    #[test]
    fn a_pipeline_keeps_its_order_and_its_errors() {
        let server = FakeServer::start([
            ("ECHO 1", Reaction::Answer(Reply::text("1"))),
            (
                "FOO",
                Reaction::Answer(Reply::error("NO", "unknown command 'FOO'")),
            ),
            ("ECHO 2", Reaction::Answer(Reply::text("2"))),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        let commands = [vec!["ECHO", "1"], vec!["FOO"], vec!["ECHO", "2"]];
        assert_eq!(
            client.pipeline(&commands).unwrap(),
            [
                Reply::text("1"),
                Reply::error("NO", "unknown command 'FOO'"),
                Reply::text("2"),
            ]
        );
    }
}
