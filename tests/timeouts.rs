//! Time limits on clients, and the queue of queries.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rustix::process::Signal;

use crate::support::{RawClient, TestServer, dial, wait_for};

/// How late the server may be on a busy machine.
const MARGIN: Duration = Duration::from_secs(5);

fn alone(watcher: &mut RawClient) {
    wait_for("the others to be gone", || {
        (watcher.ask(&["NB"]) == Reply::Integer(1)).then_some(())
    });
}

/// Requests more than the buffers of the system hold, and reads no answer.
fn reader(server: &TestServer) -> RawClient {
    let mut client = server.reader();
    let names = " 1".repeat(limits::MAX_NAMES_PER_COMMAND);
    // The server stops reading requests while its answers are not read.
    client.send(format!("MSEND{names}\r\n").repeat(100));
    client
}

#[test]
fn only_unauthenticated_connections_are_closed_after_the_grace_time() {
    let server = TestServer::start_with(&["--login-grace-seconds", "1"]);
    let mut client = server.reader();
    let (began, mut silent, mut busy) = (Instant::now(), server.raw_client(), server.raw_client());
    // Commands that need no login do not extend the time.
    while began.elapsed() < Duration::from_secs(60) {
        busy.send_unless_closed("PING\r\n");
        if busy.reply_or_end().is_none() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(began.elapsed() >= Duration::from_secs(1));
    busy.closed();
    silent.closed();
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    alone(&mut client);
}

/// A client that leaves answers unread keeps the server writing. The grace time holds then, too.
#[test]
fn an_unauthenticated_client_that_reads_slowly_is_closed_after_the_grace_time() {
    let server = TestServer::start_with(&["--login-grace-seconds", "1"]);
    let mut stream = dial(server.address());
    stream.set_nonblocking(true).unwrap();
    let ping = format!("*2\r\n$4\r\nPING\r\n$16000\r\n{}\r\n", "x".repeat(16_000));
    let (began, mut sent) = (Instant::now(), 0);
    let is_open = loop {
        while let Ok(bytes @ 1..) = stream.write(&ping.as_bytes()[sent..]) {
            sent = (sent + bytes) % ping.len();
        }
        match stream.read(&mut [0; 512]) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => break false,
        }
        if began.elapsed() > Duration::from_secs(15) {
            break true;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(!is_open, "the grace time was evaded");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
}

#[test]
fn an_idle_client_is_closed_and_an_active_one_is_not() {
    let server = TestServer::start_with(&["--idle-seconds", "2"]);
    let mut watcher = server.reader();
    let (began, mut idle) = (Instant::now(), server.reader());
    assert_eq!(watcher.ask(&["NB"]), Reply::Integer(2));
    alone(&mut watcher);
    assert!(began.elapsed() >= Duration::from_secs(2));
    idle.closed();
    assert_eq!(watcher.ask(&["COUNT"]), Reply::Integer(3));
}

#[test]
fn a_client_that_never_reads_is_closed_and_delays_no_other() {
    let server = TestServer::start_with(&["--workers", "1", "--write-timeout-seconds", "1"]);
    let mut watcher = server.reader();
    let began = Instant::now();
    let _greedy: Vec<RawClient> = (0..3).map(|_| reader(&server)).collect();
    assert_eq!(watcher.ask(&["COUNT"]), Reply::Integer(3));
    alone(&mut watcher);
    assert!(began.elapsed() >= Duration::from_secs(1));
}

/// A client that does not close its side after `END` is disconnected in the end.
#[test]
fn a_client_that_stays_after_end_is_closed() {
    let server = TestServer::start();
    let mut watcher = server.reader();
    let began = Instant::now();
    let mut staying = server.raw_client();
    staying.send("END\r\n").expect("+OK\r\n").closed();
    alone(&mut watcher);
    assert!(began.elapsed() < limits::LINGER + MARGIN);
    // Requests in progress do not cost it the answer, however large it is.
    for bytes in [limits::MAX_LINGER_BYTES / 2, limits::MAX_LINGER_BYTES * 2] {
        let mut sending = server.raw_client();
        sending.send("END\r\n");
        sending.send_unless_closed(vec![b'x'; bytes]);
        sending.expect("+OK\r\n").closed();
    }
    alone(&mut watcher);
}

/// The workers wait at the same time, not one after the other.
#[test]
fn stopping_takes_no_longer_than_the_drain_timeout() {
    let mut server = TestServer::start_with(&["--workers", "3"]);
    // Connections are distributed in turn, so each worker has one of them.
    let _greedy: Vec<RawClient> = (0..3).map(|_| reader(&server)).collect();
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
    let began = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    let took = began.elapsed();
    // A shorter time would mean that no worker had to wait.
    assert!(took >= limits::DRAIN_TIMEOUT, "{took:?}");
    assert!(took < limits::DRAIN_TIMEOUT + MARGIN, "{took:?}");
    assert_eq!(server.folder().files(), ["sae.db"]);
}

/// Of more queries than the queue holds, some are refused at once, and all others are
/// answered.
#[test]
fn queries_above_the_limit_are_refused() {
    let server = TestServer::start_with(&["--workers", "1"]);
    let rows = limits::MAX_LIST_ROWS;
    let lines = (3..rows).map(|n| format!("PUT n{n} '{{\"title\":\"x\"}}'\r\n"));
    let mut admin = server.admin();
    admin.send(lines.collect::<String>());
    for _ in 3..rows {
        assert_eq!(admin.reply(), Reply::Status("OK".to_owned()));
    }
    let number = limits::QUERY_QUEUE + 100;
    let mut clients: Vec<RawClient> = (0..number).map(|_| server.raw_client()).collect();
    for client in &mut clients {
        client.send("UP 1 1\r\n").expect("+PASSOK\r\n");
    }
    // A stopped server finds all of them when it continues.
    server.signal(Signal::STOP);
    for client in &mut clients {
        client.send("LIST LIMIT 1000\r\n");
    }
    server.signal(Signal::CONT);
    let busy = Reply::error("BUSY", "too many requests are waiting, try again");
    let mut refused = 0;
    for client in &mut clients {
        match client.reply() {
            Reply::Array(page) => assert_eq!(page.len(), rows),
            reply => {
                assert_eq!(reply, busy);
                refused += 1;
            }
        }
    }
    assert!(
        (1..=number - limits::QUERY_QUEUE).contains(&refused),
        "{refused}"
    );
    // A refused client is served when there is room.
    for client in &mut clients {
        assert!(matches!(client.ask(&["LIST"]), Reply::Array(_)));
    }
}

/// A hash takes 19 MiB. The memory is kept while there are logins and released
/// afterwards, also the second time, when many allocators keep it.
#[test]
fn the_memory_for_hashes_is_released() {
    const HASH_KIB: u64 = 19_456;
    let server = TestServer::start();
    let before = server.own_memory_kib();
    for round in 0..2 {
        let refused = server
            .raw_client()
            .ask(&["UP", "admin", &format!("no {round}")]);
        assert!(matches!(refused, Reply::Error(_)), "{refused:?}");
        assert!(server.own_memory_kib() >= before + HASH_KIB);
        wait_for("the memory to be given back", || {
            (server.own_memory_kib() < before + HASH_KIB / 2).then_some(())
        });
    }
}
