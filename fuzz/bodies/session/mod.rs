//! A whole connection, compared with a model of its session: attempts, roles, answers.

mod model;
mod talk;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use catalogue::auth::{Cost, Memory, Password, hash};
use catalogue::config::{Config, ConnectionLimits};
use catalogue::protocol::resp::{Reply, decode_reply};
use catalogue::store::{self, Change, ChangeRequest, NewPassword, Role, Writer};
use tempfile::TempDir;

use super::running::RunningServer;
use model::Model;
use talk::Bytes;

/// No step takes this long on any machine.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The passwords of readers and of admins.
const READER: &str = "1";
const ADMIN: &str = "mdp";
/// The conversations for which accounts are added at once.
const ACCOUNTS: u64 = 64;

/// The accounts of one conversation: a reader and an admin. They are its own, because
/// failed logins of other conversations would delay it.
struct Accounts {
    number: u64,
    reader: String,
    admin: String,
}

impl Accounts {
    fn of(number: u64) -> Accounts {
        Accounts {
            number,
            reader: format!("reader {number}"),
            admin: format!("admin {number}"),
        }
    }
}

/// A server in this process, which ends when it is dropped.
pub struct Served {
    server: RunningServer,
    conversations: AtomicU64,
    /// Adds accounts, as another process would.
    writer: Option<(Writer, JoinHandle<()>)>,
    hashes: [(String, Role); 2],
    _folder: TempDir,
}

impl Served {
    /// Starts it with one worker and very cheap hashes.
    pub fn start() -> Served {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sae.db");
        store::create(&path).unwrap();
        let cost = Cost::new_unchecked(8, 1);
        let hashes = [(READER, Role::Reader), (ADMIN, Role::Admin)].map(|(password, role)| {
            let password = Password::from_bytes(password.as_bytes());
            (hash(&password, cost, &mut Memory::default()).unwrap(), role)
        });
        let writer = Writer::open(&path).unwrap();
        let listen: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config = Config {
            workers: 1,
            hash_cost: cost,
            // The many failed logins of this test must not be delayed.
            connection_limits: ConnectionLimits {
                shared: vec![listen.ip()],
                ..ConnectionLimits::default()
            },
            ..Config::new(path, listen)
        };
        Served {
            server: RunningServer::start(&config),
            conversations: AtomicU64::new(0),
            writer: Some(writer),
            hashes,
            _folder: folder,
        }
    }

    /// Turns the bytes into a conversation, sends it, and compares each answer with the
    /// one that the model expects.
    pub fn check(&self, data: &[u8]) {
        let accounts = Accounts::of(self.conversations.fetch_add(1, Ordering::Relaxed));
        if accounts.number.is_multiple_of(ACCOUNTS) {
            self.add_accounts(accounts.number);
        }
        let mut bytes = Bytes::of(data);
        let lines = talk::lines(&mut bytes, &accounts);
        let mut stream = TcpStream::connect_timeout(&self.server.address, TIMEOUT).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_nodelay(true).unwrap();
        let all: Vec<u8> = lines.iter().flat_map(|line| line.bytes.clone()).collect();
        let mut rest = &all[..];
        while !rest.is_empty() {
            let most = 1 + usize::from(bytes.next()) * 8;
            let (piece, behind) = rest.split_at(most.min(rest.len()));
            // The server may have closed already, which the model expects then.
            if stream.write_all(piece).is_err() {
                break;
            }
            rest = behind;
        }
        let mut answers = Answers {
            stream,
            unread: Vec::new(),
        };
        let mut model = Model::new(accounts);
        for line in &lines {
            if model.has_ended() {
                break;
            }
            if line.is_answered() {
                let reply = answers.next().expect("an answer is missing");
                model.expect(line, &reply);
            }
        }
        if model.has_ended() {
            assert_eq!(answers.next(), None, "behind the end");
        } else {
            answers.stream.write_all(b"\r\nRESET\r\nPING\r\n").unwrap();
            assert_eq!(answers.next(), Some(Reply::Status("RESET".to_owned())));
            assert_eq!(answers.next(), Some(Reply::Status("PONG".to_owned())));
        }
    }
}

impl Served {
    fn add_accounts(&self, first: u64) {
        let (writer, _) = self.writer.as_ref().unwrap();
        let mut receipts = Vec::new();
        for accounts in (first..first + ACCOUNTS).map(Accounts::of) {
            let users = [accounts.reader, accounts.admin];
            for (user, (hash, role)) in users.iter().zip(&self.hashes) {
                let change = Change::AddUser {
                    name: user.clone(),
                    password: NewPassword {
                        hash: hash.clone(),
                        id: 1,
                    },
                    role: *role,
                };
                let request = ChangeRequest::from_operator(change);
                receipts.push(writer.submit(request).unwrap());
            }
        }
        for receipt in receipts {
            assert_eq!(receipt.wait().unwrap().rows, 1);
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some((writer, thread)) = self.writer.take() {
            drop(writer);
            let _ = thread.join();
        }
    }
}

struct Answers {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Answers {
    /// The next answer; nothing when the server has closed.
    fn next(&mut self) -> Option<Reply> {
        loop {
            if let Some((reply, taken)) = decode_reply(&self.unread).unwrap() {
                self.unread.drain(..taken);
                return Some(reply);
            }
            let mut more = [0; 64 * 1024];
            match self.stream.read(&mut more) {
                Ok(0) => return None,
                Ok(bytes) => self.unread.extend_from_slice(&more[..bytes]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }
}
