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
    /// The sequence number of the last change.
    sequence: u64,
}

impl fmt::Debug for NodesClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodesClient")
            .field("addresses", &self.addresses)
            .field("sequence", &self.sequence)
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
            sequence: 0,
        }
    }

    /// With other timeouts.
    pub fn with_timeouts(self, timeouts: ClientTimeouts) -> NodesClient {
        NodesClient { timeouts, ..self }
    }

    /// Reads. If the node does not answer, the next node is asked, once for each node. A node that
    /// refuses the command is not replaced by another one.
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
            match self.connected().and_then(&mut ask) {
                Err(error) if !error.leaves_connection() => {
                    self.take_next_node();
                    if left == 0 {
                        return Err(error);
                    }
                }
                result => return result,
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
        let result = self.connected().and_then(change);
        if result
            .as_ref()
            .is_err_and(|error| !error.leaves_connection())
        {
            self.take_next_node();
        } else if let Some(client) = &mut self.client
            && let Ok(Reply::Integer(sequence)) = client.command(&["CLUSTER", "SEQ"])
        {
            self.sequence = self.sequence.max(sequence.unsigned_abs());
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
    fn connected(&mut self) -> Result<&mut Client, ClientError> {
        let client = match self.client.take() {
            Some(client) => client,
            None => {
                let mut client = Client::connect_with(self.address(), self.timeouts)?;
                client.login(&self.user, &self.password)?;
                if self.sequence > 0 {
                    let limit = self.timeouts.answer.as_millis().clamp(1, 60_000) / 2;
                    let (sequence, limit) = (self.sequence.to_string(), limit.max(1).to_string());
                    client.command(&["CLUSTER", "WAIT", &sequence, &limit])?;
                }
                client
            }
        };
        Ok(self.client.insert(client))
    }
}
