//! A server within the test: lost threads, and requests whose answers are waited for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use super::*;
use crate::api::session::Session;
use crate::api::{AuthMethod, Context, Identity};
use crate::auth::{Cost, Memory, Password, hash};
use crate::cli::CliError;
use crate::protocol::resp::{
    DecodeStep, Decoder, FrameLimits, Reply, RespSession, Response, respond,
};
use crate::store::{Actor, Change, ChangeRequest, NewPassword, Role};

fn server() -> (tempfile::TempDir, Server) {
    server_with(&[])
}

fn server_with_metrics() -> (tempfile::TempDir, Server) {
    server_with(&[ServedProtocol::Metrics])
}

/// A server with these protocols in addition to RESP.
fn server_with(protocols: &[ServedProtocol]) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sae.db");
    store::create(&path).unwrap();
    let address = "127.0.0.1:0".parse().unwrap();
    let mut config = Config::new(path, address);
    let listeners = protocols
        .iter()
        .map(|&protocol| Listener::new(address, protocol));
    config.listeners.extend(listeners);
    let server = Server::bind(&config).unwrap();
    (folder, server)
}

/// The server ends by itself: nothing stops it here.
#[test]
fn a_thread_that_ended_ends_the_server() {
    let (_folder, mut server) = self::server();
    let writer = std::mem::replace(&mut server.writer, thread::spawn(|| ()));
    let error = server.run(std::future::pending()).unwrap_err();
    writer.join().unwrap();
    assert_eq!(
        error.to_string(),
        "a thread of the server has ended: writer, its log says more, start the server again"
    );
    let (_folder, mut server) = self::server();
    let worker = server.workers.first_mut().unwrap();
    let thread = std::mem::replace(&mut worker.thread, thread::spawn(|| ()));
    let error = server.run(std::future::pending()).unwrap_err();
    thread.join().unwrap();
    assert!(matches!(error, ServerError::ThreadEnded("worker")));
}

/// Serves until a thread is lost, and returns the name in the error of the server.
fn lost_thread(server: Server) -> &'static str {
    let error = server.run(std::future::pending()).unwrap_err();
    let ServerError::ThreadEnded(name) = error else {
        panic!("{error}");
    };
    assert_eq!(CliError::from(error).exit_status(), 1);
    name
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn a_lost_thread_of_a_pool_or_of_the_metrics_ends_the_server() {
    let (_folder, server) = self::server();
    block_on(server.state.queries.end_a_thread());
    assert_eq!(lost_thread(server), "query");
    let (_folder, server) = self::server();
    block_on(server.state.passwords.end_a_thread());
    assert_eq!(lost_thread(server), "hash");
    let (_folder, mut server) = server_with_metrics();
    let metrics = server.metrics.as_mut().unwrap();
    let thread = std::mem::replace(&mut metrics.thread, thread::spawn(|| ()));
    assert_eq!(lost_thread(server), "metrics");
    thread.join().unwrap();
}

#[test]
fn a_lost_thread_of_the_checkpoints_is_noticed() {
    let (folder, server) = self::server();
    drop(server);
    let path = folder.path().join("sae.db");
    let (writer, thread) = Writer::open(&path).unwrap();
    let config = Config::new(path, "127.0.0.1:0".parse().unwrap());
    let state = state(&config, writer.without_checkpoints(), None, false).unwrap();
    let vital = VitalThreads {
        workers: &[],
        writer: &thread,
        state: &state,
        metrics: None,
    };
    assert_eq!(block_on(vital.lost()), "checkpoint");
}

/// The answer to a client that waits for a lock keeps the server from ending at once.
#[test]
fn a_server_that_lost_a_thread_says_so_on_readyz() {
    let (folder, server) = server_with_metrics();
    let address = server.address(ServedProtocol::Metrics).unwrap();
    let mut client = TcpStream::connect(server.local_addr()).unwrap();
    add_admin(&server.state);
    let other = rusqlite::Connection::open(folder.path().join("sae.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let state = Arc::clone(&server.state);
    let served = thread::spawn(move || server.run(std::future::pending()));
    assert_eq!(get(address, "/readyz"), "HTTP/1.1 200 OK ready");
    // While this change waits for the lock, the worker of the client cannot end.
    client.write_all(b"UP ann right\r\nDEL 1\r\n").unwrap();
    let mut welcome = [0; 9];
    client.read_exact(&mut welcome).unwrap();
    assert_eq!(&welcome, b"+PASSOK\r\n");
    block_on(state.queries.end_a_thread());
    let refused = "HTTP/1.1 503 Service Unavailable a thread of the server has ended";
    let until = Instant::now() + limits::BUSY_TIMEOUT;
    while get(address, "/readyz") != refused {
        assert!(Instant::now() < until);
    }
    drop(state);
    other.execute_batch("ROLLBACK").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, ":1\r\n");
    assert!(matches!(
        served.join().unwrap(),
        Err(ServerError::ThreadEnded("query"))
    ));
}

/// The first and the last line of an answer.
fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let mut lines = answer.lines();
    let first = lines.next().unwrap_or_default();
    format!("{first} {}", lines.next_back().unwrap_or_default())
}

/// Makes a change as an operator.
fn change(state: &ServerState, change: Change) {
    let request = ChangeRequest::new(Actor::Operator, "test", change);
    state.writer.submit(request).unwrap().wait().unwrap();
}

/// Adds the admin `ann` with the password `right`.
fn add_admin(state: &ServerState) {
    let password = Password::from_bytes(b"right");
    let hash = hash(&password, Cost::default(), &mut Memory::default());
    let password = NewPassword {
        hash: hash.unwrap(),
        id: 7,
    };
    let (name, role) = ("ann".to_owned(), Role::Admin);
    change(
        state,
        Change::AddUser {
            name,
            password,
            role,
        },
    );
}

/// Sends a request on a connection of the admin `ann`, or of no user. `meanwhile` runs before
/// the answer of another thread is waited for; it says whether the client is still there.
fn ask(
    folder: &tempfile::TempDir,
    server: &Server,
    request: &str,
    is_admin: bool,
    meanwhile: impl FnOnce(&ServerState) -> bool,
) -> Option<Reply> {
    let state = &*server.state;
    add_admin(state);
    let client = state.clients.join("127.0.0.1:1".parse().unwrap(), |_| ());
    let mut session = Session::new(client.unwrap());
    let mut reader = Reader::open(&folder.path().join("sae.db")).unwrap();
    if is_admin {
        let identity = Identity {
            user: "ann".into(),
            role: Role::Admin,
            method: AuthMethod::Password(7),
        };
        session.log_in(&state.clients, identity, 0);
    }
    let (mut decoder, mut resp) = (Decoder::default(), RespSession::default());
    let step = decoder.next(request.as_bytes(), FrameLimits::LOGGED_IN);
    let Ok(DecodeStep::Request(request, _)) = step else {
        panic!("no request");
    };
    let recorder = state.metrics.join(Arc::default());
    let context = Context {
        session: &mut session,
        state,
        reader: &mut reader,
        recorder: &recorder,
    };
    let Response::Later(reply) = respond(request, &mut resp, context) else {
        panic!("answered at once");
    };
    if !meanwhile(state) {
        return None;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    Some(runtime.block_on(reply))
}

/// A pipeline whose answers are not read keeps its last request waiting for a long time.
#[test]
fn a_change_that_waited_is_refused_after_the_removal_of_its_admin() {
    let (folder, server) = server();
    let put = "PUT new '{\"title\":\"New\"}'\n";
    let reply = ask(&folder, &server, put, true, |state| {
        let (name, force) = ("ann".to_owned(), true);
        change(state, Change::DeleteUser { name, force });
        true
    });
    let refusal = Reply::error("EC", "your account was changed, connect and log in again");
    assert_eq!(reply, Some(refusal));
    let mut reader = Reader::open(&folder.path().join("sae.db")).unwrap();
    assert!(!ReadTransaction::new(&mut reader).exists("new").unwrap());
}

#[test]
fn a_login_that_was_not_verified_is_no_failure() {
    let (folder, server) = server();
    let reply = ask(&folder, &server, "UP ann right\n", false, |_| false);
    assert_eq!(reply, None);
    let throttle = &server.state.throttle;
    assert_eq!((throttle.failed(), throttle.cancelled()), (0, 1));
}
