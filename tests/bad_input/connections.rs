//! Connections that end early, that are never read from, and that are too many.

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;

use super::still_answers;
use crate::support::{RawClient, TestServer, wait_for};

const BUSY: &str = "-BUSY too many clients are connected, try again later\r\n";

#[test]
fn clients_that_disconnect_leave_no_connection() {
    let server = TestServer::start();
    let mut watcher = server.reader();
    for file in [
        &b""[..],
        b"*3\r\n$2\r\nUP\r\n$5\r\nadm",
        b"UP admin",
        // Disconnects while the password is checked.
        b"UP admin mdp\r\n",
        b"UP 1 1\r\nLIST\r\nSEN",
        b"UP admin mdp\r\nPUT 1 '{\"title\":\"One\"}'\r\nDEL 9\r\nSEND",
    ] {
        for _ in 0..5 {
            let mut client = server.raw_client();
            client.send(file);
            client.vanish();
        }
    }
    wait_for("the connections did not close", || {
        (watcher.ask(&["NB"]) == Reply::Integer(1)).then_some(())
    });
    still_answers(&server);
}

/// A client that has closed its sending side still receives its answers.
#[test]
fn a_client_may_stop_sending_and_go_on_reading() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    client
        .send("UP 1 1\r\nCOUNT\r\nLIST LIMIT 1\r\nSEND 9\r\nCOU")
        .finish();
    client.expect("+PASSOK\r\n:3\r\n*1\r\n");
    assert!(matches!(client.reply(), Reply::Bulk(_)));
    client.expect("$-1\r\n").closed();
}

#[test]
fn clients_that_never_read_delay_no_other() {
    let server = TestServer::start_with(&["--workers", "1"]);
    let mut readers: Vec<RawClient> = (0..4).map(|_| server.reader()).collect();
    let names = "1 ".repeat(limits::MAX_NAMES_PER_COMMAND);
    let request = format!("MSEND {names}\r\n");
    for client in &mut readers {
        // Several megabytes of answers each: more than the buffers of the system hold.
        client.send(request.repeat(100));
    }
    let before = server.own_memory_kib();
    for _ in 0..20 {
        still_answers(&server);
    }
    let grown = server.own_memory_kib().saturating_sub(before);
    assert!(grown < 32 * 1024, "{grown} KiB for unread answers");
    // A client that reads late receives every answer.
    let mut late = readers.remove(0);
    for _ in 0..100 {
        let Reply::Array(rows) = late.reply() else {
            panic!("no rows");
        };
        assert_eq!(rows.len(), limits::MAX_NAMES_PER_COMMAND);
    }
}

#[test]
fn connections_above_the_limit_are_refused_on_their_first_command() {
    let server = TestServer::start_with(&["--max-connections", "2"]);
    let (mut one, two) = (server.reader(), server.reader());
    for first in ["PING\r\n", "UP 1 1\r\nSEND 1\r\n", "*1\r\n$4\r\nPING\r\n"] {
        let mut refused = server.raw_client();
        refused.send(first).expect(BUSY).closed();
    }
    assert_eq!(one.ask(&["COUNT"]), Reply::Integer(3));
    // A connection that closes makes room for the next one.
    drop(two);
    wait_for("no connection was accepted", || {
        let mut client = server.raw_client();
        (client.ask(&["PING"]) == Reply::Status("PONG".to_owned())).then_some(())
    });
}

/// A refusal needs a connection too, so refusals are limited. Above that limit,
/// connections are closed without an answer.
#[test]
fn refusals_have_a_limit_of_their_own() {
    let server = TestServer::start_with(&["--max-connections", "1"]);
    let mut one = server.reader();
    let mut refused: Vec<RawClient> = (0..limits::MAX_REFUSALS)
        .map(|_| server.raw_client())
        .collect();
    let mut above = server.raw_client();
    above.closed();
    for client in &mut refused {
        client.send("PING\r\n").expect(BUSY).closed();
    }
    assert_eq!(one.ask(&["COUNT"]), Reply::Integer(3));
}
