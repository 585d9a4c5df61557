//! A minimal HTTP client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::dial;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The lines between the status and the body, in lower case.
    pub head: Vec<String>,
    /// The same as they were sent.
    pub raw_head: String,
    /// The body; replaced where it is not UTF-8.
    pub body: String,
    /// The body as it was sent.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The value of a header field, in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.iter().filter_map(|line| line.split_once(": "));
        fields.find_map(|(given, value)| (given == name).then_some(value))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status and the detail of a refusal.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.field("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        (self.status, problem["detail"].as_str().unwrap().to_owned())
    }

    fn new(head: &str, bytes: Vec<u8>) -> Answer {
        let mut lines = head.lines();
        let status = lines.next().unwrap().strip_prefix("HTTP/1.").unwrap();
        Answer {
            status: status[2..5].parse().unwrap(),
            head: lines.map(str::to_ascii_lowercase).collect(),
            raw_head: head.to_owned(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

/// Sends bytes and reads until the server closes. Returns nothing if it closes without an
/// answer.
#[track_caller]
pub fn exchange(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = dial(address);
    // A refused connection may be closed before all bytes were sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = end_of_head(&answer)?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    Some(Answer::new(&head, answer[end + 4..].to_vec()))
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n")
}

/// Sends a request with this method.
#[track_caller]
pub fn ask(address: SocketAddr, method: &str, path: &str) -> Answer {
    send(address, method, path, &[], "")
}

/// Sends a request with these header fields and this body, after which the server closes.
#[track_caller]
pub fn send(address: SocketAddr, method: &str, path: &str, fields: &[&str], body: &str) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !fields.iter().any(|field| field.starts_with("Host:")) {
        request += &format!("Host: {address}\r\n");
    }
    for field in fields {
        request += &format!("{field}\r\n");
    }
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    request += &format!("\r\n{body}");
    exchange(address, request.as_bytes()).expect("an answer")
}

/// Requests a page.
#[track_caller]
pub fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path)
}

/// A connection for several requests.
pub struct HttpClient {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl HttpClient {
    /// Connects.
    #[track_caller]
    pub fn connect(address: SocketAddr) -> HttpClient {
        HttpClient {
            stream: dial(address),
            unread: Vec::new(),
        }
    }

    /// The stream.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends bytes to a server that may close at any moment.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut HttpClient {
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Reads one answer to a request other than `HEAD`; nothing when the server has closed.
    #[track_caller]
    pub fn answer_or_end(&mut self) -> Option<Answer> {
        let end = loop {
            match end_of_head(&self.unread) {
                Some(end) => break end,
                None if self.read() => {}
                None => {
                    assert!(self.unread.is_empty(), "the server closed within an answer");
                    return None;
                }
            }
        };
        let head = String::from_utf8(self.unread[..end].to_vec()).unwrap();
        let length = Answer::new(&head, Vec::new());
        let length = length.field("content-length").unwrap_or("0");
        let whole = end + 4 + length.parse::<usize>().unwrap();
        while self.unread.len() < whole {
            assert!(self.read(), "the server closed within a body");
        }
        let body = self.unread[end + 4..whole].to_vec();
        self.unread.drain(..whole);
        Some(Answer::new(&head, body))
    }

    /// Reads one answer.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        self.answer_or_end().expect("the server closed instead")
    }

    /// Requests a path.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        self.answer()
    }

    /// Waits until the server closes.
    #[track_caller]
    pub fn closed(&mut self) {
        assert!(
            self.answer_or_end().is_none(),
            "an answer instead of the end"
        );
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(read) => {
                self.unread.extend_from_slice(&bytes[..read]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("timeout: an answer")
            }
            Err(_) => false,
        }
    }
}
