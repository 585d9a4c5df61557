//! An acknowledged change survives `kill -9`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use catalogue::resp::Reply;

use crate::support::{Dice, Folder, Peer, TestServer, wait_for};

const ROUNDS: u64 = 20;
const WRITERS: u64 = 4;

/// The number that each name got last, with the `OK` of the server.
type Acknowledged = BTreeMap<String, u64>;

/// Writers put new movies and replace old ones until the server is killed under
/// them. Whatever was acknowledged is there when it starts again, and so on.
#[test]
fn no_acknowledged_change_is_lost_to_kill_9() {
    let mut dice = Dice(1);
    let mut folder = Folder::with_accounts();
    let mut acknowledged = Acknowledged::new();
    for round in 0..ROUNDS {
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        look(&mut server.reader(), &acknowledged, round);
        let after = 1 + dice.below(150) as usize;
        folder = kill_while_writing(server, round, after, &mut acknowledged);
    }
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    look(&mut server.reader(), &acknowledged, ROUNDS);
    let (status, folder) = server.stop();
    assert!(status.success());
    let sqlite = folder.sqlite();
    let ask = |sql: &str| -> String { sqlite.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    let counted = ask("SELECT CAST(movies AS TEXT) FROM tally");
    assert_eq!(counted, ask("SELECT CAST(count(*) AS TEXT) FROM movie"));
    assert!(acknowledged.len() > WRITERS as usize * ROUNDS as usize);
}

/// Kills the server with SIGKILL once `after` changes were acknowledged.
fn kill_while_writing(
    server: TestServer,
    round: u64,
    after: usize,
    acknowledged: &mut Acknowledged,
) -> Folder {
    let count = AtomicUsize::new(0);
    let peers: Vec<Peer> = (0..WRITERS).map(|_| server.admin()).collect();
    thread::scope(|scope| {
        let writers: Vec<_> = peers
            .into_iter()
            .zip(0..)
            .map(|(peer, writer)| {
                let count = &count;
                scope.spawn(move || write_until_killed(peer, writer, round, count))
            })
            .collect();
        wait_for("changes", || {
            (count.load(Ordering::Relaxed) >= after).then_some(())
        });
        let folder = server.kill();
        for writer in writers {
            acknowledged.extend(writer.join().unwrap());
        }
        folder
    })
}

/// Puts a new movie and replaces a common one in turn, a few at a time, and
/// gives back what was acknowledged before the connection broke.
fn write_until_killed(
    mut peer: Peer,
    writer: u64,
    round: u64,
    count: &AtomicUsize,
) -> Acknowledged {
    const PIPELINED: u64 = 4;
    let mut acknowledged = Acknowledged::new();
    for first in (0..1_000_000).step_by(PIPELINED as usize) {
        let sent: Vec<(String, u64)> = (first..first + PIPELINED)
            .map(|number| {
                let name = match number % 2 {
                    0 => format!("new-{round}-{writer}-{number}"),
                    _ => format!("again-{writer}"),
                };
                (name, round * 1_000_000 + number)
            })
            .collect();
        let lines = sent
            .iter()
            .map(|(name, number)| format!("PUT {name} '{{\"title\":\"{number}\"}}'\r\n"));
        peer.send_what_is_taken(lines.collect::<String>());
        for (name, number) in sent {
            match peer.reply_or_end() {
                Some(reply) => assert_eq!(reply, Reply::Status("OK".to_owned())),
                None => return acknowledged,
            }
            acknowledged.insert(name, number);
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    panic!("the server was not killed");
}

/// Every name has the number that was acknowledged last, or a later one whose
/// acknowledgement was under way.
fn look(peer: &mut Peer, acknowledged: &Acknowledged, round: u64) {
    let names: Vec<&String> = acknowledged.keys().collect();
    for names in names.chunks(100) {
        let lines = names.iter().map(|name| format!("SEND {name} JSON\r\n"));
        peer.send(lines.collect::<String>());
        for name in names {
            let Reply::Bulk(row) = peer.reply() else {
                panic!("{name} is lost in round {round}");
            };
            let row = catalogue::movie::Movie::from_json(std::str::from_utf8(&row).unwrap());
            let found: u64 = row.unwrap().title.parse().unwrap();
            let least = acknowledged[*name];
            let exact = name.starts_with("new-");
            assert!(
                found == least || (found > least && !exact),
                "{name} is {found}, acknowledged was {least}, in round {round}"
            );
        }
    }
}
