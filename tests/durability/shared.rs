//! Two servers and other programs on one file, with checkpoints of every kind, `VACUUM` and
//! `kill -9`: no read is older than what was acknowledged before it.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::movie::Movie;
use catalogue::protocol::resp::Reply;

use super::is_whole;
use crate::support::{Folder, RawClient, Rng, TIMEOUT, TestServer, measured, soak_rounds};

/// Checked reads, and those of each round of `just soak`: ten million in 200 rounds.
const READS: u64 = 20_000;
const READS_PER_ROUND: u64 = 50_000;
/// The fewest times that a server is killed.
const KILLS: u64 = 4;
/// A run that takes longer has failed.
const MOST_TIME: Duration = Duration::from_secs(1_200);
const SERVERS: usize = 2;
const READERS: u64 = 2;
/// Rows; each has one writer: a client of a server, a connection in this process, or the
/// `sqlite3` shell.
const ROWS: usize = 5;
const PIPELINED: usize = 32;
const CHECKPOINTS: [&str; 4] = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"];

/// A movie whose title is a number that only grows.
#[derive(Default)]
struct NumberedRow {
    /// The last number that was sent.
    begun: AtomicU64,
    /// The last number that was acknowledged.
    acknowledged: AtomicU64,
}

impl NumberedRow {
    fn next(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn acknowledge(&self, number: u64) {
        self.acknowledged.store(number, Ordering::SeqCst);
    }
}

struct Run {
    folder: Folder,
    rows: [NumberedRow; ROWS],
    addresses: [Mutex<SocketAddr>; SERVERS],
    reads: AtomicU64,
    kills: AtomicU64,
    most_reads: u64,
    has_failed: AtomicBool,
    began: Instant,
}

impl Run {
    fn is_over(&self) -> bool {
        let acknowledged = |row: &NumberedRow| row.acknowledged.load(Ordering::SeqCst);
        let has_done_all = self.reads.load(Ordering::SeqCst) >= self.most_reads
            && self.kills.load(Ordering::SeqCst) >= KILLS
            && self.rows[..ROWS - 1]
                .iter()
                .all(|row| acknowledged(row) > 0);
        if !has_done_all && self.began.elapsed() > MOST_TIME {
            self.has_failed.store(true, Ordering::SeqCst);
        }
        has_done_all || self.has_failed.load(Ordering::SeqCst)
    }

    /// A connection to a server, which may be killed at any moment.
    fn connect(&self, server: usize, user: &str, password: &str) -> Option<RawClient> {
        while !self.is_over() {
            let address = *self.addresses[server].lock().unwrap();
            if let Some(mut client) = RawClient::try_connect(address) {
                client.send_unless_closed(format!("UP {user} {password}\r\n"));
                if let Some(Reply::Status(_)) = client.reply_or_end() {
                    return Some(client);
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }

    fn write_over_the_wire(&self, server: usize, row: usize) {
        while let Some(mut client) = self.connect(server, "admin", "mdp") {
            while !self.is_over() {
                let number = self.rows[row].next();
                let json = format!(r#"{{"title":"{number}","original_title":"{number}"}}"#);
                client.send_unless_closed(format!("PUT r{row} '{json}'\r\n"));
                match client.reply_or_end() {
                    Some(Reply::Status(_)) => self.rows[row].acknowledge(number),
                    // Another program holds the lock for longer than the timeout.
                    Some(Reply::Error(words)) if words.starts_with("BUSY") => {}
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
            }
        }
    }

    fn write_as_a_connection(&self, row: usize) {
        let sqlite = self.folder.sqlite();
        while !self.is_over() {
            let number = self.rows[row].next();
            sqlite.execute_batch(&update(row, number)).unwrap();
            self.rows[row].acknowledge(number);
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// As an operator with the `sqlite3` shell, if it is installed.
    fn write_as_the_shell(&self, row: usize) {
        let mut shell = match Command::new("sqlite3")
            .arg(self.folder.db())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
        {
            Ok(shell) => shell,
            Err(_) => return,
        };
        let mut stdin = shell.stdin.take().unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        writeln!(stdin, ".timeout {}", TIMEOUT.as_millis()).unwrap();
        while !self.is_over() {
            let number = self.rows[row].next();
            writeln!(stdin, "{}; SELECT changes();", update(row, number)).unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), "1");
            self.rows[row].acknowledge(number);
            thread::sleep(Duration::from_millis(2));
        }
        drop(stdin);
        assert!(shell.wait().unwrap().success());
    }

    fn maintain(&self, mut rng: Rng) {
        let sqlite = self.folder.sqlite();
        while !self.is_over() {
            let kind = CHECKPOINTS[rng.below(4) as usize];
            let maintenance = if rng.below(8) == 0 {
                "VACUUM".to_owned()
            } else {
                format!("PRAGMA wal_checkpoint({kind})")
            };
            // Others may hold their locks for longer than the timeout.
            let _ = sqlite.execute_batch(&maintenance);
            thread::sleep(Duration::from_millis(rng.below(50)));
        }
    }

    /// Kills one server and then the other, now and then, and starts it again.
    fn kill(&self, mut servers: [TestServer; SERVERS], mut rng: Rng) {
        for round in 0.. {
            thread::sleep(Duration::from_millis(100 + rng.below(400)));
            if self.is_over() {
                break;
            }
            let number = round % SERVERS;
            servers[number].kill_and_wait();
            servers[number] = TestServer::serve_next_to_others(&self.folder);
            *self.addresses[number].lock().unwrap() = servers[number].address();
            self.kills.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Compares each answer with what was acknowledged, and with what this reader had seen,
    /// before the request was sent.
    fn read(&self, server: usize, mut rng: Rng) {
        let mut seen = [0; ROWS];
        while let Some(mut client) = self.connect(server, "1", "1") {
            while !self.is_over() {
                let asked: Vec<_> = (0..PIPELINED)
                    .map(|_| rng.below(ROWS as u64) as usize)
                    .collect();
                let least = self
                    .rows
                    .each_ref()
                    .map(|row| row.acknowledged.load(Ordering::SeqCst));
                let lines = asked.iter().map(|row| match rng.below(4) {
                    0 => format!("EXISTS r{row}\r\nSEND r{row}\r\n"),
                    _ => format!("PING\r\nSEND r{row}\r\n"),
                });
                client.send_unless_closed(lines.collect::<String>());
                let answers: Option<Vec<_>> = asked
                    .iter()
                    .map(|_| {
                        client.reply_or_end()?;
                        client.reply_or_end()
                    })
                    .collect();
                // A killed server may have answered the first ones.
                let Some(answers) = answers else { break };
                for (&row, answer) in asked.iter().zip(answers) {
                    let found = number_of(answer);
                    let most = self.rows[row].begun.load(Ordering::SeqCst);
                    assert!(
                        (least[row].max(seen[row])..=most).contains(&found),
                        "r{row} was {found}; acknowledged {}, seen {}, begun {most}",
                        least[row],
                        seen[row]
                    );
                    seen[row] = found;
                }
                self.reads.fetch_add(PIPELINED as u64, Ordering::SeqCst);
            }
        }
    }
}

fn update(row: usize, number: u64) -> String {
    format!(
        "UPDATE movie SET title = '{number}', original_title = '{number}' WHERE name = 'r{row}'"
    )
}

fn number_of(answer: Reply) -> u64 {
    let Reply::Bulk(bytes) = answer else {
        panic!("{answer:?}");
    };
    let movie = Movie::from_postcard(&bytes).unwrap();
    assert_eq!(
        movie.original_title.as_deref(),
        Some(&*movie.title),
        "a torn row"
    );
    movie.title.parse().unwrap()
}

#[test]
fn servers_and_programs_that_share_a_file_read_nothing_stale() {
    let folder = Folder::with_accounts();
    let sqlite = folder.sqlite();
    for row in 0..ROWS {
        let added = "INSERT INTO movie (name, id, title, original_title, genres) VALUES \
                     ('r' || ?1, ?1 + 100, '0', '0', '')";
        sqlite.execute(added, [row as i64]).unwrap();
    }
    let counted = "UPDATE counters SET movies = movies + ?1, next_movie_id = 1000";
    sqlite.execute(counted, [ROWS as i64]).unwrap();
    let servers: [TestServer; SERVERS] =
        std::array::from_fn(|_| TestServer::serve_next_to_others(&folder));
    let run = Run {
        addresses: servers
            .each_ref()
            .map(|server| Mutex::new(server.address())),
        folder,
        rows: Default::default(),
        reads: AtomicU64::new(0),
        kills: AtomicU64::new(0),
        most_reads: soak_rounds().map_or(READS, |rounds| rounds * READS_PER_ROUND),
        has_failed: AtomicBool::new(false),
        began: Instant::now(),
    };
    let run = &run;
    thread::scope(|scope| {
        let mut work: Vec<Box<dyn FnOnce() + Send + '_>> = vec![
            Box::new(|| run.write_over_the_wire(0, 0)),
            Box::new(|| run.write_over_the_wire(1, 1)),
            Box::new(|| run.write_as_a_connection(2)),
            Box::new(|| run.write_as_a_connection(3)),
            Box::new(|| run.write_as_the_shell(4)),
            Box::new(|| run.maintain(Rng(1))),
            Box::new(|| run.kill(servers, Rng(2))),
        ];
        for reader in 0..READERS * SERVERS as u64 {
            let server = reader as usize % SERVERS;
            work.push(Box::new(move || run.read(server, Rng(10 + reader))));
        }
        let threads: Vec<_> = work
            .into_iter()
            .map(|work| {
                scope.spawn(|| {
                    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
                    run.has_failed.fetch_or(ended.is_err(), Ordering::SeqCst);
                    ended.map_err(std::panic::resume_unwind)
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| drop(thread.join()));
    });
    assert!(!run.has_failed.load(Ordering::SeqCst), "see above");
    drop(sqlite);
    is_whole(&run.folder);
    let acknowledged = |row: &NumberedRow| row.acknowledged.load(Ordering::SeqCst);
    if soak_rounds().is_some() {
        let changes: u64 = run.rows.iter().map(acknowledged).sum();
        measured(&format!(
            "\n- two servers and other programs on one file, checkpoints of every kind, `VACUUM` and {} times kill -9: {changes} changes acknowledged, {} reads checked, stale: 0",
            run.kills.load(Ordering::SeqCst),
            run.reads.load(Ordering::SeqCst)
        ));
    }
}
