//! The attacks. Each has a bounded number of connections, and ends when it is asked to.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use catalogue::config::limits;

use super::Front;
use crate::support::Rng;

/// Returns a description of the attack with its figures.
pub type Attack = fn(&Front<'_>) -> String;

pub const ATTACKS: &[Attack] = &[
    slow_loris,
    half_open_logins,
    floods_of_garbage,
    pipelined_logins,
    clients_that_never_read,
    login_storm,
];

/// Connections of readers among the attackers, which never read.
pub const MEMBERS: usize = 4;

/// A pause after a step in which nothing could be done.
const MOMENT: Duration = Duration::from_millis(1);

/// Many connections that send one byte of a login now and then.
fn slow_loris(front: &Front<'_>) -> String {
    const LOGIN: &[u8] = b"*3\r\n$2\r\nUP\r\n$5\r\nadmin\r\n$900\r\nwrong wrong wrong";
    let number = front.choose(200, 1_000);
    let mut connections = Crowd::new(front, number);
    let mut bytes = 0;
    while front.goes_on() {
        connections.each(|stream, sent| {
            let byte = LOGIN.get(*sent).unwrap_or(&b'g');
            *sent += stream.write(&[*byte])?;
            bytes += 1;
            Ok(())
        });
        thread::sleep(Duration::from_millis(100));
    }
    format!("{number} logins a byte at a time, {bytes} bytes")
}

/// More connections than the limit, which begin to log in and wait.
fn half_open_logins(front: &Front<'_>) -> String {
    let number = front.choose(1_500, 5_000);
    let mut open = Vec::new();
    while front.goes_on() {
        if open.len() < number {
            if let Some(mut stream) = front.connect(open.len()) {
                let _ = stream.write(b"*3\r\n$2\r\nUP\r\n$5\r\nadm");
                open.push(stream);
            }
        } else {
            thread::sleep(MOMENT);
        }
    }
    let kept = open.iter_mut().filter_map(is_open).count();
    format!("{} half-open logins, {kept} of them kept", open.len())
}

fn is_open(stream: &mut TcpStream) -> Option<()> {
    match stream.read(&mut [0; 1024]) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Some(()),
        _ => None,
    }
}

/// Random bytes, as many as the server accepts.
fn floods_of_garbage(front: &Front<'_>) -> String {
    let mut rng = Rng(3);
    let block: Vec<u8> = (0..64 * 1024).map(|_| rng.below(256) as u8).collect();
    let most = front.choose(64, 4_096) * 1024 * 1024;
    let mut connections = Crowd::new(front, 16);
    let mut bytes = 0;
    while front.goes_on() {
        let before = bytes;
        if bytes < most {
            connections.each(|stream, _| {
                let from = rng.below(block.len() as u64) as usize;
                bytes += stream.write(&block[from..])?;
                // Reads the answers, so that the server continues.
                take(stream).map(drop)
            });
        }
        if bytes == before {
            thread::sleep(MOMENT);
        }
    }
    format!(
        "{} MiB of garbage in {} connections",
        bytes >> 20,
        connections.connected
    )
}

/// A thousand guesses at once, repeatedly.
fn pipelined_logins(front: &Front<'_>) -> String {
    const AT_ONCE: usize = 1_000;
    let mut connections = Crowd::new(front, 8);
    let mut guesses = 0;
    while front.goes_on() {
        connections.each(|stream, _| {
            let lines = (guesses..guesses + AT_ONCE).map(|guess| format!("UP admin {guess}\r\n"));
            stream.write_all(lines.collect::<String>().as_bytes())?;
            guesses += AT_ONCE;
            take(stream).map(drop)
        });
        thread::sleep(MOMENT);
    }
    format!("{guesses} logins sent in pipelines of {AT_ONCE}")
}

/// Readers and unauthenticated clients that request a lot and read no answer.
fn clients_that_never_read(front: &Front<'_>) -> String {
    let names = " 1".repeat(limits::MAX_NAMES_PER_COMMAND);
    let greedy = format!("UP 1 1\r\n{}", format!("MSEND{names}\r\n").repeat(100));
    let idle = "PING\r\n".repeat(10_000);
    let mut open = Vec::new();
    for number in 0..front.choose(20, 64) {
        let Some(mut stream) = front.connect(number) else {
            continue;
        };
        // A small request for a large answer. No more than this is ever sent.
        let asks = if number < MEMBERS { &greedy } else { &idle };
        thread::sleep(MOMENT);
        let _ = stream.write(asks.as_bytes());
        open.push(stream);
    }
    while front.goes_on() {
        thread::sleep(MOMENT);
    }
    format!("{} clients that never read", open.len())
}

/// Guesses from many addresses at many accounts, each sent after the answer to the one
/// before.
fn login_storm(front: &Front<'_>) -> String {
    let mut connections = Crowd::new(front, front.choose(64, 256));
    let mut guesses = 0;
    while front.goes_on() {
        connections.each(|stream, sent| {
            if *sent > 0 && take(stream)? == 0 {
                return Ok(());
            }
            let user = ["admin", "nobody"][guesses % 2];
            *sent += stream.write(format!("UP {user} {guesses}\r\n").as_bytes())?;
            guesses += 1;
            Ok(())
        });
        thread::sleep(MOMENT);
    }
    format!("{guesses} guesses from {} addresses", connections.connected)
}

/// Reads the bytes that are there, and returns the number of answers.
fn take(stream: &mut TcpStream) -> std::io::Result<u64> {
    let mut buffer = [0; 16 * 1024];
    match stream.read(&mut buffer) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(bytes) => Ok(buffer[..bytes]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error),
    }
}

/// A number of connections, each from an address of its own. One that was closed is
/// replaced by a connection from another address.
struct Crowd<'f> {
    front: &'f Front<'f>,
    /// Each with the number of bytes that it has sent.
    streams: Vec<Option<(TcpStream, usize)>>,
    connected: usize,
}

impl<'f> Crowd<'f> {
    fn new(front: &'f Front<'f>, number: usize) -> Crowd<'f> {
        let streams = (0..number).map(|_| None).collect();
        Crowd {
            front,
            streams,
            connected: 0,
        }
    }

    /// Calls `each` for every connection. A step that would have to wait is left for the
    /// next round.
    fn each(&mut self, mut act: impl FnMut(&mut TcpStream, &mut usize) -> std::io::Result<()>) {
        for slot in &mut self.streams {
            let Some((stream, sent)) = slot else {
                *slot = self.front.connect(self.connected).map(|stream| (stream, 0));
                self.connected += 1;
                continue;
            };
            match act(stream, sent) {
                Err(error) if error.kind() != ErrorKind::WouldBlock => *slot = None,
                _ => {}
            }
        }
    }
}
