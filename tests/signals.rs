//! Stopping, and starting again at once.

use catalogue::protocol::resp::Reply;
use rustix::process::Signal;

use crate::support::{Folder, RawClient, TestServer};

fn stops_cleanly(signal: Signal) {
    let mut server = TestServer::start();
    let address = server.address().to_string();
    let mut waiting = server.reader();
    let mut unauthenticated = server.raw_client();
    assert_eq!(unauthenticated.ask(&["PING"]), Reply::Status("PONG".into()));
    server.signal(signal);
    assert_eq!(server.wait().code(), Some(0));
    waiting.closed();
    unauthenticated.closed();
    assert_eq!(server.folder().files(), ["sae.db"]);
    let (_, folder) = server.stopped();
    let server = TestServer::serve(folder, &address, &[]);
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
}

#[test]
fn sigterm_closes_everything_and_leaves_one_file() {
    stops_cleanly(Signal::TERM);
}

#[test]
fn sigint_does_the_same() {
    stops_cleanly(Signal::INT);
}

/// A signal right after the greeting ended the process without cleanup, or was lost.
#[test]
fn a_signal_right_after_the_greeting_is_handled() {
    for _ in 0..10 {
        let (status, folder) = TestServer::start().stop();
        assert_eq!(status.code(), Some(0));
        assert_eq!(folder.files(), ["sae.db"]);
    }
}

/// Sends changes while another process holds the lock, until the writer has begun with
/// one and another one is in its queue. Returns the connections that wait for an answer.
fn with_changes_under_way(server: &TestServer) -> Vec<RawClient> {
    let mut reader = server.reader();
    let mut one_waits = || {
        let Reply::Bulk(metrics) = reader.ask(&["INFO", "stats"]) else {
            panic!("no metrics");
        };
        let metrics = String::from_utf8(metrics.to_vec()).unwrap();
        !metrics.contains("changes_waiting:0\r\n")
    };
    let mut asking = Vec::new();
    // The writer takes all queued changes when it begins: usually the first one, at most
    // the first few.
    for number in 0..20 {
        let mut client = server.admin();
        client.send(format!("PUT new{number} '{{\"title\":\"New\"}}'\r\n"));
        asking.push(client);
        for _ in 0..20 {
            if one_waits() {
                return asking;
            }
        }
    }
    panic!("no change waits");
}

fn new_movies(folder: &Folder) -> i64 {
    let sql = "SELECT count(*) FROM movie WHERE title = 'New'";
    folder
        .sqlite()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn requests_in_progress_are_finished() {
    let folder = Folder::with_accounts();
    let other = folder.sqlite();
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut asking = with_changes_under_way(&server);
    server.signal(Signal::TERM);
    server.logged("stopping, a second signal stops at once");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    for client in &mut asking {
        client.expect("+OK\r\n").closed();
    }
    let (status, folder) = server.stopped();
    assert_eq!(status.code(), Some(0));
    assert_eq!(folder.files(), ["sae.db"]);
    assert_eq!(new_movies(&folder), asking.len() as i64);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = Folder::with_accounts();
    let other = folder.sqlite();
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asking = with_changes_under_way(&server);
    server.signal(Signal::TERM);
    server.logged("stopping, a second signal stops at once");
    server.signal(Signal::INT);
    let (status, folder) = server.stopped();
    assert_eq!(status.code(), Some(1));
    for mut client in asking {
        client.closed();
    }
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(new_movies(&folder), 0);
}

/// Every accepted connection receives its answers, at whatever moment the signal arrives.
#[test]
fn every_acknowledged_change_is_kept_when_stopped() {
    for round in 0..3 {
        let server = TestServer::start();
        let mut clients: Vec<RawClient> = (0..4).map(|_| server.admin()).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            for change in 0..50 {
                client.send(format!("PUT {number}.{change} '{{\"title\":\"x\"}}'\r\n"));
            }
        }
        assert_eq!(clients[round % 4].reply(), Reply::Status("OK".into()));
        let (status, folder) = server.stop();
        assert_eq!(status.code(), Some(0));
        let sqlite = folder.sqlite();
        let mut acknowledged: i64 = 1;
        for client in &mut clients {
            while let Some(reply) = client.reply_or_end() {
                assert_eq!(reply, Reply::Status("OK".into()));
                acknowledged += 1;
            }
        }
        let kept: i64 = sqlite
            .query_row("SELECT count(*) FROM movie WHERE title = 'x'", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert!(kept >= acknowledged, "{kept} of {acknowledged}");
    }
}
