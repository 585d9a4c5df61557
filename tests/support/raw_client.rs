//! A connection as bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpStream};

use catalogue::protocol::resp::{Reply, decode_reply};
use rustix::net::{self, AddressFamily, SocketType};

use super::TIMEOUT;

/// A raw connection to a server. Nothing waits longer than [`TIMEOUT`].
pub struct RawClient<S = TcpStream> {
    stream: S,
    unread: Vec<u8>,
}

/// The words of a command as client libraries send them.
pub fn frame(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend_from_slice(word);
        bytes.extend(b"\r\n");
    }
    bytes
}

impl RawClient {
    /// Connects.
    #[track_caller]
    pub fn connect(address: SocketAddr) -> RawClient {
        RawClient::from_stream(dial(address))
    }

    /// Connects if a server listens there.
    pub fn try_connect(address: SocketAddr) -> Option<RawClient> {
        let stream = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
        Some(RawClient::from_stream(with_timeouts(stream)))
    }

    /// Connects from another loopback address, 127.0.0.0/8 on Linux.
    #[track_caller]
    pub fn connect_from(source: Ipv4Addr, address: SocketAddr) -> RawClient {
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        net::bind(&socket, &SocketAddrV4::new(source, 0)).unwrap();
        net::connect(&socket, &address).unwrap();
        RawClient::from_stream(with_timeouts(TcpStream::from(socket)))
    }

    /// The address that the server sees.
    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    /// Closes the sending side.
    pub fn finish(&mut self) -> &mut RawClient {
        self.stream.shutdown(Shutdown::Write).unwrap();
        self
    }
}

/// An open connection on which nothing waits longer than [`TIMEOUT`].
#[track_caller]
pub fn dial(address: SocketAddr) -> TcpStream {
    with_timeouts(TcpStream::connect_timeout(&address, TIMEOUT).unwrap())
}

#[track_caller]
fn with_timeouts(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(TIMEOUT)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

impl<S: Read + Write> RawClient<S> {
    /// A client over an open stream.
    pub fn from_stream(stream: S) -> RawClient<S> {
        RawClient {
            stream,
            unread: Vec::new(),
        }
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut RawClient<S> {
        self.stream.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Sends bytes to a server that may close at any moment.
    pub fn send_unless_closed(&mut self, bytes: impl AsRef<[u8]>) -> &mut RawClient<S> {
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Reads as many bytes as `expected` has, and compares them.
    #[track_caller]
    pub fn expect(&mut self, expected: impl AsRef<[u8]>) -> &mut RawClient<S> {
        let expected = expected.as_ref();
        while self.unread.len() < expected.len() && self.unread == expected[..self.unread.len()] {
            if self.read() == 0 {
                break;
            }
        }
        let taken = self.unread.len().min(expected.len());
        let found: Vec<u8> = self.unread.drain(..taken).collect();
        assert_eq!(
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(expected)
        );
        assert_eq!(found, expected);
        self
    }

    /// Reads one reply.
    #[track_caller]
    pub fn reply(&mut self) -> Reply {
        self.reply_or_end().expect("the server closed instead")
    }

    /// Reads one reply; nothing when the server has closed.
    #[track_caller]
    pub fn reply_or_end(&mut self) -> Option<Reply> {
        loop {
            if let Some((reply, taken)) = decode_reply(&self.unread).unwrap() {
                self.unread.drain(..taken);
                return Some(reply);
            }
            if self.read() == 0 {
                return None;
            }
        }
    }

    /// Reads one line, which ends with `\n`, and returns it with its end.
    #[track_caller]
    pub fn line(&mut self) -> Vec<u8> {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                return self.unread.drain(..=end).collect();
            }
            assert_ne!(self.read(), 0, "the server closed instead");
        }
    }

    /// Sends a command and reads its reply.
    #[track_caller]
    pub fn ask(&mut self, words: &[&str]) -> Reply {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.send(frame(&words)).reply()
    }

    /// Logs in.
    #[track_caller]
    pub fn login(mut self, user: &str, password: &str) -> RawClient<S> {
        let answer = self.ask(&["UP", user, password]);
        assert_eq!(answer, Reply::Status("PASSOK".to_owned()));
        self
    }

    /// Reads until the server closes its side. Fails when there are unread bytes.
    #[track_caller]
    pub fn closed(&mut self) {
        while self.read() != 0 {}
        assert_eq!(String::from_utf8_lossy(&self.unread), "");
    }

    /// Disconnects as a crashing program does: with a reset when there are unread bytes.
    pub fn vanish(self) {
        drop(self);
    }

    /// Reads the bytes that are there; 0 when the server has closed.
    #[track_caller]
    fn read(&mut self) -> usize {
        let mut chunk = [0; 64 * 1024];
        let bytes = loop {
            match self.stream.read(&mut chunk) {
                Ok(bytes) => break bytes,
                // The system does not restart a read with a timeout after a signal.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break 0,
                Err(error) => panic!("no answer: {error}, unread: {:?}", self.unread),
            }
        };
        self.unread.extend_from_slice(&chunk[..bytes]);
        bytes
    }
}
