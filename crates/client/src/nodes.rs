//! A client of a cluster, which moves to the next node when one does not answer.

use std::fmt;

use catalogue_protocol::resp::Reply;
use zeroize::Zeroizing;

use super::{Client, ClientError, ClientTimeouts};

/// A client of several nodes of one cluster. It is connected to one of them. When that one does not
/// answer, it connects to the next one, logs in, and waits until that node has the last change of
/// this client.
///
/// ```no_run
/// use catalogue_client::NodesClient;
///
/// let password = std::env::var("CATALOGUE_PASSWORD").unwrap_or_default();
/// let nodes = ["10.0.0.1:5890", "10.0.0.2:5890", "10.0.0.3:5890"];
/// let mut client = NodesClient::new(nodes, "admin", &password);
/// let movie = client.read(|node| node.send("1"))?;
/// # Ok::<(), catalogue_client::ClientError>(())
/// ```
pub struct NodesClient {
    addresses: Vec<String>,
    timeouts: ClientTimeouts,
    user: String,
    password: Zeroizing<String>,
    /// The index of the node in use, or of the next one to try.
    node: usize,
    client: Option<Client>,
    last: LastChange,
}

/// The last change of a client, which a node must have applied before the client uses it.
#[derive(Clone, Copy, Debug)]
enum LastChange {
    None,
    /// The change with this sequence number.
    At(u64),
    /// The connection was lost before the sequence number was known.
    Unknown,
}

/// The reason why a node cannot be used.
enum Unusable {
    /// It does not answer, or has not applied the last change.
    NotNow(ClientError),
    /// It refuses the login. The other nodes would refuse it too.
    Login(ClientError),
}

impl fmt::Debug for NodesClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodesClient")
            .field("addresses", &self.addresses)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl NodesClient {
    /// A client of the nodes at these addresses, each a `host:port`. It connects at its first call.
    pub fn new<A: Into<String>>(
        addresses: impl IntoIterator<Item = A>,
        user: &str,
        password: &str,
    ) -> NodesClient {
        NodesClient {
            addresses: addresses.into_iter().map(Into::into).collect(),
            timeouts: ClientTimeouts::default(),
            user: user.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            node: 0,
            client: None,
            last: LastChange::None,
        }
    }

    /// With other timeouts.
    pub fn with_timeouts(self, timeouts: ClientTimeouts) -> NodesClient {
        NodesClient { timeouts, ..self }
    }

    /// Reads. If the node does not answer, or does not have the last change of this client in time,
    /// the next node is asked, once for each node. A node that refuses the command is not replaced by
    /// another one.
    ///
    /// # Errors
    /// The error of the last node, or a refusal.
    pub fn read<T>(
        &mut self,
        mut ask: impl FnMut(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let mut left = self.addresses.len();
        loop {
            left = left.saturating_sub(1);
            let error = match self.connected().map(&mut ask) {
                Ok(Err(error)) if !error.leaves_connection() => error,
                Ok(result) => return result,
                Err(Unusable::NotNow(error)) => error,
                Err(Unusable::Login(error)) => return Err(error),
            };
            self.take_next_node();
            if left == 0 {
                return Err(error);
            }
        }
    }

    /// Makes a change. It is sent once: after an error that is not a refusal, it is unknown whether
    /// the change was made. The next call uses the next node.
    ///
    /// # Errors
    /// Every [`ClientError`].
    pub fn write<T>(
        &mut self,
        change: impl FnOnce(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        // A connection that broke since the last call is noticed before the change is sent.
        self.read(|client| client.command(&["PING"]).map(drop))?;
        let client = match self.connected() {
            Ok(client) => client,
            Err(Unusable::NotNow(error) | Unusable::Login(error)) => return Err(error),
        };
        let result = change(client);
        let is_open = (result.as_ref()).map_or_else(ClientError::leaves_connection, |_| true);
        let sequence = is_open.then(|| client.command(&["CLUSTER", "SEQ"]));
        match sequence {
            Some(Ok(Reply::Integer(sequence))) if sequence > 0 => {
                self.last = LastChange::At(sequence.unsigned_abs());
            }
            // A server without a cluster, or a connection without a change.
            Some(Ok(_)) => {}
            Some(Err(error)) if error.leaves_connection() => {}
            Some(Err(_)) | None => {
                self.last = LastChange::Unknown;
                self.take_next_node();
            }
        }
        result
    }

    /// The address of the node in use.
    pub fn address(&self) -> &str {
        self.addresses.get(self.node).map_or("", String::as_str)
    }

    fn take_next_node(&mut self) {
        self.client = None;
        self.node = (self.node + 1) % self.addresses.len().max(1);
    }

    /// The client of a node that has the last change.
    fn connected(&mut self) -> Result<&mut Client, Unusable> {
        let client = match self.client.take() {
            Some(client) => client,
            None => self.connect()?,
        };
        Ok(self.client.insert(client))
    }

    fn connect(&self) -> Result<Client, Unusable> {
        let connected = Client::connect_with(self.address(), self.timeouts);
        let mut client = connected.map_err(Unusable::NotNow)?;
        client.login(&self.user, &self.password).map_err(|error| {
            if error.leaves_connection() {
                Unusable::Login(error)
            } else {
                Unusable::NotNow(error)
            }
        })?;
        let target = match self.last {
            LastChange::None => return Ok(client),
            LastChange::At(sequence) => sequence.to_string(),
            LastChange::Unknown => "HEAD".to_owned(),
        };
        let limit = self.timeouts.answer.as_millis().clamp(2, 60_000) / 2;
        let waited = client.command(&["CLUSTER", "WAIT", &target, &limit.to_string()]);
        waited.map_err(Unusable::NotNow)?;
        Ok(client)
    }
}
