//! A server for tests that follows a script: the expected commands, and the reaction to each.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use catalogue_protocol::movie::{Fields, Movie};
use catalogue_protocol::resp::{
    DecodeStep, Decoder, FrameLimits, Reply, RespVersion, encode, quote_word,
};

/// The reaction of the server to the expected command.
pub enum Reaction {
    /// Answers.
    Answer(Reply),
    /// Answers, then closes the connection.
    Last(Reply),
    /// Sends these bytes.
    Bytes(&'static [u8]),
    /// Sends these pieces, with a pause between them.
    Pieces(&'static [&'static [u8]]),
    /// Sends the start of an answer, byte by byte, for longer than any time limit.
    Trickle,
    /// Sends nothing, and keeps the connection open.
    Silence,
    /// Closes the connection.
    Close,
}

/// A running script. Dropping it waits for the client to leave, and fails the
/// test if a command came that the script did not expect, or one did not come.
pub struct FakeServer {
    address: String,
    thread: Option<JoinHandle<()>>,
}

impl FakeServer {
    /// Listens on a free port and follows the script on the first connection.
    pub fn start<const N: usize>(script: [(&'static str, Reaction); N]) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            follow(stream, script.into());
        });
        FakeServer {
            address,
            thread: Some(thread),
        }
    }

    /// The address of its listener.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        let ended = self.thread.take().unwrap().join();
        if !thread::panicking() {
            ended.expect("the script was not followed");
        }
    }
}

fn follow(mut stream: TcpStream, script: Vec<(&'static str, Reaction)>) {
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut pending = Vec::new();
    for (expected, then) in script {
        let command = next_command(&mut stream, &mut pending);
        assert_eq!(command.as_deref(), Some(expected));
        let mut bytes = Vec::new();
        match then {
            Reaction::Answer(reply) => encode(&reply, RespVersion::Resp2, &mut bytes),
            Reaction::Last(reply) => {
                encode(&reply, RespVersion::Resp2, &mut bytes);
                stream.write_all(&bytes).unwrap();
                return;
            }
            Reaction::Bytes(answer) => bytes.extend_from_slice(answer),
            Reaction::Pieces(pieces) => {
                for piece in pieces {
                    stream.write_all(piece).unwrap();
                    thread::sleep(Duration::from_millis(5));
                }
            }
            Reaction::Trickle => {
                while stream.write_all(b"+").is_ok() {
                    thread::sleep(Duration::from_millis(5));
                }
            }
            Reaction::Silence => {}
            Reaction::Close => return,
        }
        // A client that has left is noticed at the next command.
        let _ = stream.write_all(&bytes);
    }
    // `END` is how a client may leave at any time.
    match next_command(&mut stream, &mut pending).as_deref() {
        None | Some("END") => {}
        Some(command) => panic!("`{command}` came after the end of the script"),
    }
}

/// The next request as a line; `None` when the client has left.
fn next_command(stream: &mut TcpStream, pending: &mut Vec<u8>) -> Option<String> {
    let mut decoder = Decoder::default();
    loop {
        if let DecodeStep::Request(request, taken) =
            decoder.next(pending, FrameLimits::LOGGED_IN).unwrap()
        {
            let words = (0..request.len()).map(|n| quote_word(request.word(n).unwrap()));
            let line = words.collect::<Vec<_>>().join(" ");
            pending.drain(..taken);
            return Some(line);
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => pending.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A movie with a name and a title as the server sends it.
pub fn row(name: &str, title: &str) -> Reply {
    let movie = Movie::new(Fields {
        name: name.into(),
        title: title.into(),
        ..Fields::default()
    });
    Reply::Bulk(movie.unwrap().to_postcard().into())
}
