//! A minimal HTTP client.

use std::io::{Read, Write};
use std::net::SocketAddr;

use crate::support::dial;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The lines between the status and the body, in lower case.
    pub head: Vec<String>,
    pub body: String,
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
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next().unwrap();
    let status = status.strip_prefix("HTTP/1.1 ").unwrap();
    Some(Answer {
        status: status[..3].parse().unwrap(),
        head: lines.map(str::to_ascii_lowercase).collect(),
        body: body.to_owned(),
    })
}

/// Sends a request with this method.
#[track_caller]
pub fn ask(address: SocketAddr, method: &str, path: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    exchange(address, request.as_bytes()).expect("an answer")
}

/// Requests a page.
#[track_caller]
pub fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path)
}
