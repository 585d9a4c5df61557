//! More logins and more changes at one moment than their queues hold.

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use catalogue::store::{Change, ChangeRequest, QueueFullError, Writer};
use rustix::process::Signal;

use crate::support::{Folder, RawClient, TestServer, wait_for};

/// Of more logins than the queue holds, some are refused at once. They lose no attempt,
/// and clients that are logged in are served as before.
#[test]
fn too_many_logins_at_once_are_refused_without_loss() {
    let server = TestServer::start();
    let mut watcher = server.reader();
    let before = server.own_memory_kib();
    let number = limits::HASH_QUEUE * 4;
    let mut clients: Vec<RawClient> = (0..number)
        .map(|n| server.raw_client_from(256 + n))
        .collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(format!("UP user{number} wrong\r\n"));
    }
    assert_eq!(watcher.ask(&["COUNT"]), Reply::Integer(3));
    let busy = Reply::error("BUSY", "too many logins at once, try again");
    let wrong = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
    let mut refused = Vec::new();
    for mut client in clients {
        let reply = client.reply();
        assert!(reply == wrong || reply == busy, "{reply:?}");
        if reply == busy {
            refused.push(client);
        }
    }
    if let Some(client) = refused.first_mut() {
        assert_eq!(client.ask(&["UP", "another", "wrong"]), wrong);
    }
    // Two hashes run at a time, with 19 MiB each.
    let grown = server.own_memory_kib().saturating_sub(before);
    assert!(grown < 100 * 1024, "{grown} KiB");
}

/// Sends more logins at one moment than the queue holds, all with the same wrong
/// password. Returns the number of those that were refused for the full queue.
fn refused_at_once(server: &TestServer, user: impl Fn(usize) -> String) -> usize {
    let number = limits::HASH_QUEUE * 4;
    // Each has an address of its own, so that no address is delayed.
    let mut clients: Vec<RawClient> = (0..number)
        .map(|n| server.raw_client_from(256 + n))
        .collect();
    for client in &mut clients {
        client.send("PING\r\n").expect("+PONG\r\n");
    }
    // A stopped server finds all of them when it continues.
    server.signal(Signal::STOP);
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(format!("UP {} wrong\r\n", user(number)));
    }
    server.signal(Signal::CONT);
    let busy = Reply::error("BUSY", "too many logins at once, try again");
    let wrong = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
    let replies = clients.iter_mut().map(RawClient::reply);
    let refused = replies.filter(|reply| {
        assert!(*reply == wrong || *reply == busy, "{reply:?}");
        *reply == busy
    });
    refused.count()
}

/// Logins of one user share a hash, and those of different users do not. If this
/// differed for unknown users, a full queue would reveal them.
#[test]
fn a_full_queue_treats_unknown_users_like_known_ones() {
    let server = TestServer::start_with(&["--workers", "1"]);
    let copied = server.folder().sqlite().execute(
        "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?1)
         INSERT INTO user (name, password_hash, role, created_at)
         SELECT 'known' || n, password_hash, role, created_at FROM n, user WHERE name = '1'",
        [limits::HASH_QUEUE as i64 * 4],
    );
    assert_eq!(copied, Ok(limits::HASH_QUEUE * 4));
    for kind in ["known", "unknown"] {
        assert_eq!(
            refused_at_once(&server, |_| format!("{kind}0")),
            0,
            "{kind}"
        );
        let refused = refused_at_once(&server, |number| format!("{kind}{number}"));
        let most = limits::HASH_QUEUE * 3;
        assert!((1..=most).contains(&refused), "{kind}: {refused}");
    }
}

/// More changes than the queue holds, while another process holds the lock.
#[test]
fn changes_above_the_limit_are_refused() {
    let folder = Folder::initialised();
    let (writer, thread) = Writer::open(&folder.db()).unwrap();
    let other = folder.sqlite();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut receipts = Vec::new();
    // Changes that the writer has taken are no longer in the queue.
    let most = limits::WRITE_QUEUE + limits::WRITE_BATCH;
    let refused = loop {
        let names = vec!["9".to_owned()];
        match writer.submit(ChangeRequest::from_operator(Change::DeleteMovies { names })) {
            Ok(receipt) => receipts.push(receipt),
            Err(busy) => break busy,
        }
        assert!(receipts.len() <= most, "nothing was refused");
    };
    assert_eq!(refused.to_string(), "1024 changes are waiting, try again");
    assert!(receipts.len() >= limits::WRITE_QUEUE);
    other.execute_batch("ROLLBACK").unwrap();
    for receipt in receipts {
        assert_eq!(receipt.wait().unwrap().rows, 0);
    }
    drop(writer);
    thread.join().unwrap();
}

/// Large changes are bounded by their bytes. A change that is larger than the bound is taken
/// when no other waits.
#[test]
fn changes_above_the_limit_of_bytes_are_refused() {
    let folder = Folder::initialised();
    let (writer, thread) = Writer::open(&folder.db()).unwrap();
    let other = folder.sqlite();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let change = |names: usize| {
        let names = vec!["n".repeat(limits::MAX_NAME_BYTES); names];
        ChangeRequest::from_operator(Change::DeleteMovies { names })
    };
    let names = limits::MAX_NAMES_PER_COMMAND;
    let mut receipts = Vec::new();
    let refused = loop {
        match writer.submit(change(names)) {
            Ok(receipt) => receipts.push(receipt),
            Err(busy) => break busy,
        }
        let bytes = receipts.len() * names * limits::MAX_NAME_BYTES;
        assert!(bytes <= limits::WRITE_QUEUE_BYTES, "nothing was refused");
    };
    assert_eq!(refused, QueueFullError::Bytes);
    let text = "changes of 16777216 bytes are waiting, try again";
    assert_eq!(refused.to_string(), text);
    other.execute_batch("ROLLBACK").unwrap();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The bytes of a change are free soon after its answer.
    let names = limits::WRITE_QUEUE_BYTES / limits::MAX_NAME_BYTES + 1;
    let largest = wait_for("room", || writer.submit(change(names)).ok());
    assert_eq!(writer.submit(change(1)).unwrap_err(), QueueFullError::Bytes);
    other.execute_batch("ROLLBACK").unwrap();
    largest.wait().unwrap();
    drop(writer);
    thread.join().unwrap();
}
