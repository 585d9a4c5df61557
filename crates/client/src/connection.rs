//! One connection that sends requests and receives replies, with limits on time and size.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Instant;

use zeroize::Zeroizing;

use super::error::reason;
#[cfg(feature = "tls")]
use super::tls::{ClientTls, TlsStream, explained};
use super::{ClientError, ClientTimeouts};
use catalogue_protocol::limits;
use catalogue_protocol::resp::{Reply, ReplyDecoder, ReplyError};

/// A connection over any stream of bytes: TCP, or TLS over TCP.
///
/// The stream must not block without a limit: [`RespConnection::open`] sets its timeouts.
#[derive(Debug)]
pub struct RespConnection<S> {
    stream: S,
    /// The server as the caller named it, for the error texts.
    address: String,
    timeouts: ClientTimeouts,
    /// Bytes that arrived and belong to no reply yet.
    received: Vec<u8>,
    decoder: ReplyDecoder,
    /// False once requests and answers may be out of step.
    usable: bool,
}

impl RespConnection<TcpStream> {
    /// Opens a TCP connection to the first of the address's hosts that answers.
    ///
    /// # Errors
    /// [`ClientError::Address`] or [`ClientError::Unreachable`].
    pub fn open(
        address: &str,
        timeouts: ClientTimeouts,
    ) -> Result<RespConnection<TcpStream>, ClientError> {
        let stream = dial(address, timeouts)?;
        Ok(RespConnection::new(stream, address, timeouts))
    }
}

#[cfg(feature = "tls")]
impl RespConnection<TlsStream> {
    /// Opens a TCP connection as [`RespConnection::open`] does, and TLS over it. The handshake has
    /// the same time limit as the connection. When this returns, the server has a trusted
    /// certificate for `address`.
    ///
    /// # Errors
    /// Also [`ClientError::Untrusted`], [`ClientError::Tls`], [`ClientError::TimedOut`] or
    /// [`ClientError::Gone`].
    pub fn open_tls(
        address: &str,
        timeouts: ClientTimeouts,
        tls: &ClientTls,
    ) -> Result<RespConnection<TlsStream>, ClientError> {
        let stream = tls.secure(dial(address, timeouts)?, address, timeouts)?;
        Ok(RespConnection::new(stream, address, timeouts))
    }
}

/// A TCP connection to the first host that answers.
fn dial(address: &str, timeouts: ClientTimeouts) -> Result<TcpStream, ClientError> {
    let hosts = address
        .to_socket_addrs()
        .map_err(|error| ClientError::Address {
            address: address.to_owned(),
            reason: reason(&error),
        })?;
    let started = Instant::now();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for host in hosts {
        let left = timeouts.connect.saturating_sub(started.elapsed());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&host, left).and_then(|stream| prepare(stream, timeouts)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(ClientError::Unreachable {
        address: address.to_owned(),
        source: last,
    })
}

/// Sets the timeouts of the stream, and turns off the delay of small packets (Nagle).
fn prepare(stream: TcpStream, timeouts: ClientTimeouts) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(timeouts.answer))?;
    stream.set_write_timeout(Some(timeouts.answer))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl<S: Read + Write> RespConnection<S> {
    /// A connection over a stream that is open.
    pub fn new(stream: S, address: &str, timeouts: ClientTimeouts) -> RespConnection<S> {
        RespConnection {
            stream,
            address: address.to_owned(),
            timeouts,
            received: Vec::new(),
            decoder: ReplyDecoder::default(),
            usable: true,
        }
    }

    /// The server's address as the caller gave it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends one command and waits for its answer.
    ///
    /// # Errors
    /// Every [`ClientError`] except those of connecting; the server's error replies are
    /// [`ClientError::Refused`].
    pub fn request(&mut self, words: &[impl AsRef<[u8]>]) -> Result<Reply, ClientError> {
        if words.is_empty() {
            // The server would not answer, and this side would wait.
            return Err(ClientError::refused("a command has at least one word"));
        }
        if let Err(error) = self.send(words) {
            // A server sends the reason before it closes, and the reason may have arrived.
            return match self.receive() {
                Ok(Reply::Error(words)) => Err(ClientError::refused(&words)),
                _ => Err(error),
            };
        }
        match self.receive()? {
            Reply::Error(words) => Err(ClientError::refused(&words)),
            reply => Ok(reply),
        }
    }

    /// Sends one command. Its words are overwritten in the buffer afterwards, because one of them
    /// may be a password.
    ///
    /// # Errors
    /// [`ClientError::Gone`] or [`ClientError::TimedOut`].
    pub fn send(&mut self, words: &[impl AsRef<[u8]>]) -> Result<(), ClientError> {
        if !self.usable {
            return Err(self.broken(io::ErrorKind::NotConnected.into()));
        }
        let request = encode_request(words);
        self.stream
            .write_all(&request)
            .and_then(|()| self.stream.flush())
            .map_err(|error| self.broken(error))
    }

    /// Waits for one answer; the server's error replies are [`Reply::Error`].
    ///
    /// # Errors
    /// [`ClientError::Gone`], [`ClientError::TimedOut`] or [`ClientError::Garbled`].
    pub fn receive(&mut self) -> Result<Reply, ClientError> {
        let started = Instant::now();
        loop {
            match self.decoder.next(&self.received) {
                Ok(Some((reply, taken))) => {
                    self.take(taken);
                    return Ok(reply);
                }
                Ok(None) if self.received.len() > limits::MAX_REPLY_BYTES => {
                    return Err(self.garbled(ReplyError::TooLarge));
                }
                Ok(None) => {}
                Err(error) => return Err(self.garbled(error)),
            }
            // A server that sends byte by byte must not extend the time limit.
            if started.elapsed() > self.timeouts.answer {
                return Err(self.broken(io::ErrorKind::TimedOut.into()));
            }
            self.read_more()?;
        }
    }

    /// Reads what has arrived, in pieces that grow with a large reply.
    fn read_more(&mut self) -> Result<(), ClientError> {
        const SMALLEST_READ: usize = 16 * 1024;
        let before = self.received.len();
        self.received.resize(before + before.max(SMALLEST_READ), 0);
        let read = loop {
            match self.stream.read(&mut self.received[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.received
            .truncate(before + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => Err(self.broken(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => Ok(()),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// Forgets the bytes of a reply, and the memory that a large one took.
    fn take(&mut self, bytes: usize) {
        const KEPT: usize = 64 * 1024;
        self.received.drain(..bytes);
        self.received.shrink_to(KEPT);
    }

    fn broken(&mut self, source: io::Error) -> ClientError {
        #[cfg(not(feature = "tls"))]
        let explained = ClientError::from_io;
        self.usable = false;
        explained(&self.address, self.timeouts.answer, source)
    }

    fn garbled(&mut self, source: ReplyError) -> ClientError {
        self.usable = false;
        ClientError::Garbled {
            address: self.address.clone(),
            source,
        }
    }
}

/// A command as an array of bulk strings. Its memory is reserved first, so that a vector that grows
/// leaves no copy of a password in memory.
fn encode_request(words: &[impl AsRef<[u8]>]) -> Zeroizing<Vec<u8>> {
    let room = |word: &[u8]| word.len() + limits::MAX_LENGTH_LINE_BYTES;
    let bytes: usize = words.iter().map(|word| room(word.as_ref())).sum();
    let mut request = Zeroizing::new(Vec::with_capacity(bytes + limits::MAX_LENGTH_LINE_BYTES));
    let length_line = |mark: u8, length: usize, request: &mut Vec<u8>| {
        request.push(mark);
        request.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
        request.extend_from_slice(b"\r\n");
    };
    length_line(b'*', words.len(), &mut request);
    for word in words {
        let word = word.as_ref();
        length_line(b'$', word.len(), &mut request);
        request.extend_from_slice(word);
        request.extend_from_slice(b"\r\n");
    }
    request
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeServer, Reaction};
    use super::*;
    use std::time::Duration;

    const IMPATIENT: ClientTimeouts = ClientTimeouts {
        connect: Duration::from_millis(500),
        answer: Duration::from_millis(100),
    };

    fn connect(server: &FakeServer) -> RespConnection<TcpStream> {
        RespConnection::open(server.address(), IMPATIENT).unwrap()
    }

    #[test]
    fn a_request_is_an_array_of_bulk_strings() {
        let request = encode_request(&["UP", "admin", "a b:\r\n"]);
        assert_eq!(
            *request,
            b"*3\r\n$2\r\nUP\r\n$5\r\nadmin\r\n$6\r\na b:\r\n\r\n".to_vec()
        );
        let reserved: usize = 4 * limits::MAX_LENGTH_LINE_BYTES + 2 + 5 + 6;
        assert_eq!(request.capacity(), reserved);
    }

    #[test]
    fn answers_come_in_order_and_in_pieces() {
        let server = FakeServer::start([
            ("ECHO a", Reaction::Pieces(&[b"$", b"1\r", b"\na\r\n"])),
            ("ECHO b", Reaction::Bytes(b"$1\r\nb\r\n")),
        ]);
        let mut connection = connect(&server);
        assert_eq!(
            connection.request(&["ECHO", "a"]).unwrap(),
            Reply::text("a")
        );
        assert_eq!(
            connection.request(&["ECHO", "b"]).unwrap(),
            Reply::text("b")
        );
    }

    #[test]
    fn a_large_answer_arrives_whole() {
        let text = "x".repeat(3 * 1024 * 1024);
        let bytes = format!("${}\r\n{text}\r\n", text.len()).into_bytes();
        let server = FakeServer::start([("HELP", Reaction::Bytes(bytes.leak()))]);
        let mut connection = connect(&server);
        assert_eq!(connection.request(&["HELP"]).unwrap(), Reply::text(text));
        assert!(connection.received.capacity() <= 64 * 1024);
    }

    #[test]
    fn a_silent_server_is_given_up() {
        let server = FakeServer::start([("NB", Reaction::Silence)]);
        let mut connection = connect(&server);
        let started = Instant::now();
        let error = connection.request(&["NB"]).unwrap_err();
        assert!(matches!(error, ClientError::TimedOut { .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(5));
        let next = connection.request(&["NB"]).unwrap_err();
        assert!(matches!(next, ClientError::Gone { .. }), "{next:?}");
    }

    #[test]
    fn a_server_that_trickles_is_given_up() {
        let server = FakeServer::start([("NB", Reaction::Trickle)]);
        let error = connect(&server).request(&["NB"]).unwrap_err();
        assert!(matches!(error, ClientError::TimedOut { .. }), "{error:?}");
    }

    #[test]
    fn a_closed_connection_differs_from_a_refusal() {
        let server = FakeServer::start([
            ("NB", Reaction::Bytes(b"-BUSY too many clients\r\n")),
            ("NB", Reaction::Close),
        ]);
        let mut connection = connect(&server);
        let refused = connection.request(&["NB"]).unwrap_err();
        assert_eq!(refused.to_string(), "too many clients");
        assert!(refused.leaves_connection());
        let gone = connection.request(&["NB"]).unwrap_err();
        assert_eq!(
            gone.to_string(),
            format!(
                "the server at {} has closed the connection",
                server.address()
            )
        );
        assert!(!gone.leaves_connection());
    }

    #[test]
    fn what_is_no_catalogue_server_is_said_to_be_none() {
        let server = FakeServer::start([("NB", Reaction::Bytes(b"HTTP/1.1 400 Bad Request\r\n"))]);
        let error = connect(&server).request(&["NB"]).unwrap_err();
        assert!(matches!(error, ClientError::Garbled { .. }), "{error:?}");
    }

    #[test]
    fn an_unreachable_server_differs_from_an_invalid_address() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = unused.local_addr().unwrap().to_string();
        drop(unused);
        assert_eq!(
            RespConnection::open(&address, IMPATIENT)
                .unwrap_err()
                .to_string(),
            format!("no server answers at {address}: connection refused")
        );
        for address in ["", "localhost", "localhost:port", ":"] {
            let error = RespConnection::open(address, IMPATIENT).unwrap_err();
            assert!(matches!(error, ClientError::Address { .. }), "{error:?}");
        }
    }
}
