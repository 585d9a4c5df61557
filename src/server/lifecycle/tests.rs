//! A server within the test: lost threads, and requests whose answers are waited for.

use std::thread;

use super::*;
use crate::api::session::Session;
use crate::api::{AuthMethod, Context, Identity};
use crate::auth::{Cost, Memory, Password, hash};
use crate::protocol::resp::{
    DecodeStep, Decoder, FrameLimits, Reply, RespSession, Response, respond,
};
use crate::store::{Actor, Change, ChangeRequest, NewPassword, Role};

fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sae.db");
    store::create(&path).unwrap();
    let config = Config::new(path, "127.0.0.1:0".parse().unwrap());
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

/// Makes a change as an operator.
fn change(state: &ServerState, change: Change) {
    let request = ChangeRequest::new(Actor::Operator, "test", change);
    state.writer.submit(request).unwrap().wait().unwrap();
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
    let hash = hash(
        &Password::from_bytes(b"right"),
        Cost::default(),
        &mut Memory::default(),
    );
    let password = NewPassword {
        hash: hash.unwrap(),
        id: 7,
    };
    let (name, role) = ("ann".to_owned(), Role::Admin);
    let user = name.as_str().into();
    change(
        state,
        Change::AddUser {
            name,
            password,
            role,
        },
    );
    let client = state.clients.join("127.0.0.1:1".parse().unwrap(), |_| ());
    let mut session = Session::new(client.unwrap());
    let mut reader = Reader::open(&folder.path().join("sae.db")).unwrap();
    if is_admin {
        let identity = Identity {
            user,
            role,
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
