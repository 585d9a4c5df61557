//! The limits on connections, and which connections are refused or closed.

use std::collections::VecDeque;
use std::io::Write;
use std::net::TcpStream;

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;

use crate::support::{Cli, RawClient, TestServer, dial, wait_for};

const UNAUTHENTICATED: usize = 50;

fn crowded() -> TestServer {
    TestServer::start_with(&["--max-unauthenticated", &UNAUTHENTICATED.to_string()])
}

/// Five thousand half-open connections, a hundred for each permit of unauthenticated
/// connections, from one address and from many. Authenticated connections stay, and a
/// client with a password can log in at any time.
#[test]
fn unauthenticated_connections_do_not_block_accounts() {
    const ROUNDS: usize = 100;
    /// How many the test keeps open, because its own files are limited.
    const KEPT: usize = 4 * UNAUTHENTICATED;
    let server = crowded();
    let mut client = server.reader();
    let mut half_open: VecDeque<RawClient> = VecDeque::new();
    for round in 0..ROUNDS {
        for number in 0..UNAUTHENTICATED {
            let address = match round % 2 {
                0 => 2,
                _ => 1_000 + round * UNAUTHENTICATED + number,
            };
            let mut client = server.raw_client_from(address);
            // Some send a few bytes, as a slow client would.
            if number % 3 == 0 {
                client.send_unless_closed("*3\r\n$2\r\nUP\r\n");
            }
            half_open.push_back(client);
        }
        half_open.drain(..half_open.len().saturating_sub(KEPT));
        assert_eq!(
            server.reader().ask(&["COUNT"]),
            Reply::Integer(3),
            "{round}"
        );
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    }
    assert!(server.metric(&mut client, "unauthenticated") <= UNAUTHENTICATED as u64);
    // Evicted connections are closed, not only forgotten.
    wait_for("no connection was evicted", || {
        let connected = server.metric(&mut client, "connected_clients");
        (connected <= UNAUTHENTICATED as u64 + 2).then_some(())
    });
    half_open[0].closed();
}

/// One address has many unauthenticated connections and another one has one, which stays.
#[test]
fn the_busiest_address_loses_its_connections_first() {
    let server = crowded();
    let mut lonely = server.raw_client_from(1);
    assert_eq!(lonely.ask(&["PING"]), Reply::Status("PONG".to_owned()));
    let _many: Vec<RawClient> = (0..10 * UNAUTHENTICATED)
        .map(|_| server.raw_client_from(2))
        .collect();
    assert_eq!(
        lonely.ask(&["UP", "1", "1"]),
        Reply::Status("PASSOK".to_owned())
    );
}

/// With TLS a connection counts as unauthenticated before, during and after the
/// handshake.
#[test]
fn half_open_handshakes_do_not_block_accounts() {
    let server = TestServer::start_tls(&["--max-unauthenticated", "20"]);
    let mut client = server.tls_client().login("1", "1");
    let mut half_open: VecDeque<TcpStream> = VecDeque::new();
    for round in 0..10 {
        for number in 0..50 {
            let mut stream = dial(server.address());
            if number % 2 == 0 {
                // The beginning of a handshake.
                let _ = stream.write_all(&[0x16, 3, 1, 2, 0]);
            }
            half_open.push_back(stream);
        }
        half_open.drain(..half_open.len().saturating_sub(100));
        let mut newcomer = server.tls_client().login("2", "2");
        assert_eq!(newcomer.ask(&["COUNT"]), Reply::Integer(3), "{round}");
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    }
    wait_for("no connection was evicted", || {
        let Reply::Integer(connected) = client.ask(&["NB"]) else {
            panic!("no number");
        };
        (connected <= 22).then_some(())
    });
}

/// A connection whose password is being checked is not evicted. If the password was
/// wrong, it can be evicted afterwards.
#[test]
fn a_login_in_progress_is_finished() {
    let server = crowded();
    let mut admin = server.admin();
    // These hashes take long enough for the test to act meanwhile.
    for user in ["1", "2"] {
        Cli::new([
            "passwd",
            user,
            "--hash-memory-kib",
            "194560",
            "--hash-passes",
            "5",
        ])
        .stdin("slow\n")
        .stdout(format!("changed the password of `{user}`\n"))
        .run(server.folder());
    }
    let logins = ["1 slow", "2 wrong", "1 wrong", "2 other", "1 other"];
    let mut logins = logins.map(|login| {
        let mut client = server.raw_client_from(2);
        client.send(format!("UP {login}\r\n"));
        client
    });
    wait_for("the logins to be under way", || {
        (server.metric(&mut admin, "logins_waiting") > 0).then_some(())
    });
    let _many: Vec<RawClient> = (0..2 * UNAUTHENTICATED)
        .map(|_| server.raw_client_from(2))
        .collect();
    wait_for("no connection was evicted", || {
        (server.metric(&mut admin, "evicted_connections") > UNAUTHENTICATED as u64).then_some(())
    });
    let [right, wrong, ..] = &mut logins;
    right.expect("+PASSOK\r\n");
    assert_eq!(right.ask(&["COUNT"]), Reply::Integer(3));
    wrong
        .expect("-ECHEC wrong user or password, 2 attempts left\r\n")
        .closed();
}

#[test]
fn an_address_has_a_limit_of_its_own() {
    let flags = [
        "--max-connections-per-address",
        "3",
        "--shared-address",
        "127.0.0.9",
    ];
    let server = TestServer::start_with(&flags);
    let mut three: Vec<RawClient> = (0..3).map(|_| server.raw_client_from(5)).collect();
    for client in &mut three {
        client.send("UP 1 1\r\n").expect("+PASSOK\r\n");
    }
    let busy = "-BUSY too many connections from your address, at most 3 are allowed\r\n";
    server
        .raw_client_from(5)
        .send("PING\r\n")
        .expect(busy)
        .closed();
    server
        .raw_client_from(6)
        .send("PING\r\n")
        .expect("+PONG\r\n");
    // A connection that closes makes room for the next one.
    three.pop();
    wait_for("room", || {
        let reply = server.raw_client_from(5).ask(&["PING"]);
        (reply == Reply::Status("PONG".to_owned())).then_some(())
    });
    let mut shared: Vec<RawClient> = (0..10).map(|_| server.raw_client_from(9)).collect();
    for client in &mut shared {
        client.send("PING\r\n").expect("+PONG\r\n");
    }
}

/// `NB` and `WHO` show accepted connections, not those that wait for their refusal.
#[test]
fn refused_connections_are_not_counted() {
    let server = TestServer::start_with(&["--max-connections", "2"]);
    let (mut admin, _other) = (server.admin(), server.reader());
    let _refused: Vec<RawClient> = (0..5).map(|_| server.raw_client()).collect();
    wait_for("the refused", || {
        (server.metric(&mut admin, "rejected_connections") == 5).then_some(())
    });
    assert_eq!(admin.ask(&["NB"]), Reply::Integer(2));
    assert!(matches!(admin.ask(&["WHO"]), Reply::Array(seen) if seen.len() == 2));
    assert_eq!(server.metric(&mut admin, "connected_clients"), 2);
    assert_eq!(server.metric(&mut admin, "total_connections_received"), 7);
}

#[test]
fn info_shows_every_limit() {
    let server = TestServer::start_with(&["--max-connections", "100", "--idle-seconds", "77"]);
    let Reply::Bulk(shown) = server.reader().ask(&["INFO", "limits"]) else {
        panic!("no limits");
    };
    let shown = String::from_utf8(shown.to_vec()).unwrap();
    for line in [
        "# Limits".to_owned(),
        "max_connections:100".to_owned(),
        "max_unauthenticated:50".to_owned(),
        "idle_seconds:77".to_owned(),
        format!("max_frame_bytes:{}", limits::MAX_FRAME_BYTES),
        format!("address_free_failures:{}", limits::ADDRESS_FREE_FAILURES),
        "max_account_delay_seconds:60".to_owned(),
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}");
    }
}
