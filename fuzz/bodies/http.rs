//! Any bytes as HTTP requests: each answer is complete, and a refusal by a route is a problem in
//! JSON.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use catalogue::config::{Config, HttpConfig, Listener, ServedProtocol};
use catalogue::store::{self, Role};
use tempfile::TempDir;

use super::running::RunningServer;

/// No step takes this long on any machine.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server of HTTP in this process, which ends when it is dropped.
pub struct HttpServed {
    server: RunningServer,
    _folder: TempDir,
}

impl HttpServed {
    /// Starts it with one worker. Every client may read.
    pub fn start() -> HttpServed {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sae.db");
        store::create(&path).unwrap();
        let listen: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config = Config {
            workers: 1,
            listeners: vec![Listener::new(listen, ServedProtocol::Http)],
            http: HttpConfig {
                anonymous: Some(Role::Reader),
                ..HttpConfig::default()
            },
            ..Config::new(path, listen)
        };
        HttpServed {
            server: RunningServer::start(&config),
            _folder: folder,
        }
    }

    /// Sends the bytes, and checks each answer. Then the server still answers.
    pub fn check(&self, data: &[u8]) {
        let (answers, is_whole) = self.send(data);
        let mut rest = &answers[..];
        while !rest.is_empty() {
            match after_answer(rest) {
                Some(behind) => rest = behind,
                None => {
                    let text = String::from_utf8_lossy(rest);
                    assert!(!is_whole, "an answer is incomplete: {text}");
                    break;
                }
            }
        }
        let (alive, _) = self.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(alive.starts_with(b"HTTP/1.1 200 OK"));
    }

    /// The answers, and whether the server closed the connection in order.
    fn send(&self, data: &[u8]) -> (Vec<u8>, bool) {
        let mut stream = TcpStream::connect_timeout(&self.server.address, TIMEOUT).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        // The server may have closed after a part.
        let _ = stream.write_all(data);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answers = Vec::new();
        let is_whole = stream.read_to_end(&mut answers).is_ok();
        (answers, is_whole)
    }
}

/// The bytes after the first answer; `None` if it is incomplete.
fn after_answer(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head is text");
    let mut lines = head.lines();
    let status = lines.next().unwrap();
    let status = status.strip_prefix("HTTP/1.").expect("a status line");
    let status: u16 = status[2..5].parse().expect("a status");
    let field = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
    };
    let length: usize = field("content-length").map_or(0, |length| length.parse().unwrap());
    let body = bytes.get(end + 4..)?.get(..length)?;
    if field("content-type") == Some("application/problem+json") {
        let problem: serde_json::Value = serde_json::from_slice(body).expect("a problem is JSON");
        assert_eq!(problem["status"], status);
        let detail = problem["detail"].as_str().expect("a problem has a detail");
        assert!(!detail.is_empty() && !detail.contains('\n'), "{detail}");
    }
    assert_ne!(status, 500, "{}", String::from_utf8_lossy(body));
    Some(&bytes[end + 4 + length..])
}
