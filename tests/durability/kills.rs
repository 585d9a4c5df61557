//! Repeated `kill -9` during changes of every kind.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use catalogue::auth::{Cost, Memory, Password, Verification, verify};
use catalogue::config::limits;
use catalogue::movie::Movie;
use catalogue::protocol::resp::Reply;

use super::history::History;
use super::is_whole;
use crate::support::{
    Folder, PROGRAM, RawClient, Rng, TestServer, frame, measured, soak_rounds, wait_for,
};

const ROUNDS: u64 = 20;
const WRITERS: u64 = 3;
/// The number of changes that a writer sends at once.
const PIPELINED: usize = 4;
/// The key in the history for a writer's password.
const PASSWORD: &str = "password";

/// Writers put, replace and remove movies and change their passwords until the server is
/// killed. Every acknowledged change is there after the restart. Some rounds kill the
/// server while it starts.
#[test]
fn no_acknowledged_change_is_lost_to_kill_9() {
    let rounds = soak_rounds().unwrap_or(ROUNDS);
    let acknowledged = AtomicU64::new(0);
    let mut rng = Rng(1);
    let (mut folder, mut history) = begin(Folder::with_accounts());
    for round in 0..rounds {
        if round % 4 == 3 {
            kill_while_starting(&folder, Duration::from_micros(rng.below(40_000)));
        }
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        history.compare(&found(&server, &history));
        is_whole(server.folder());
        // Some rounds write so much that a checkpoint runs meanwhile.
        let more = if is_heavy(round) {
            400 + rng.below(200)
        } else {
            1 + rng.below(50)
        };
        let until = acknowledged.load(Ordering::Relaxed) + more;
        folder = kill_while_writing(server, &mut history, round, until, &acknowledged);
    }
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    history.compare(&found(&server, &history));
    let (status, folder) = server.stop();
    assert!(status.success());
    is_whole(&folder);
    let acknowledged = acknowledged.into_inner();
    assert!(acknowledged > rounds * 10);
    if soak_rounds().is_some() {
        measured(&format!(
            "\n- kill -9 while {WRITERS} accounts write: {rounds} rounds, {acknowledged} writes acknowledged, lost: 0"
        ));
    }
}

/// Removes the movies of a catalogue and adds an account for each writer.
pub fn begin(folder: Folder) -> (Folder, History) {
    let sqlite = folder.sqlite();
    sqlite
        .execute_batch("DELETE FROM movie; UPDATE counters SET movies = 0")
        .unwrap();
    let mut history = History::default();
    for writer in 0..WRITERS {
        let sql = "INSERT INTO user (name, password_hash, role, created_at) \
                   SELECT ?1, password_hash, role, created_at FROM user WHERE name = '1'";
        sqlite.execute(sql, [account(writer)]).unwrap();
        sqlite
            .execute(
                "UPDATE user SET role = 'admin' WHERE name = ?1",
                [account(writer)],
            )
            .unwrap();
        history.begin(&format!("{writer}:{PASSWORD}"), 1);
    }
    (folder, history)
}

fn is_heavy(round: u64) -> bool {
    round % 16 == 6
}

fn account(writer: u64) -> String {
    format!("writer {writer}")
}

/// Kills the server before its first output or soon after it.
fn kill_while_starting(folder: &Folder, after: Duration) {
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--http", "off"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Kills the server with SIGKILL when this many changes were acknowledged in total.
pub fn kill_while_writing(
    server: TestServer,
    history: &mut History,
    round: u64,
    until: u64,
    acknowledged: &AtomicU64,
) -> Folder {
    let writers: Vec<Writer> = (0..WRITERS)
        .map(|number| Writer::connect(&server, number, round, history))
        .collect();
    thread::scope(|scope| {
        let threads: Vec<_> = writers
            .into_iter()
            .map(|writer| scope.spawn(move || writer.write_until_killed(acknowledged)))
            .collect();
        wait_for("changes", || {
            (acknowledged.load(Ordering::Relaxed) >= until).then_some(())
        });
        let folder = server.kill();
        for thread in threads {
            history.extend(thread.join().unwrap());
        }
        folder
    })
}

/// One connection that changes its own keys.
struct Writer {
    number: u64,
    client: RawClient,
    history: History,
    rng: Rng,
    /// The number of the last change. It only grows.
    last: u64,
    /// Whether its movies fill half a page.
    fat: bool,
}

impl Writer {
    fn connect(server: &TestServer, number: u64, round: u64, history: &mut History) -> Writer {
        let history = history.take(&format!("{number}:"));
        let password = history.last(&format!("{number}:{PASSWORD}")).unwrap();
        Writer {
            number,
            client: server
                .raw_client()
                .login(&account(number), &password.to_string()),
            history,
            rng: Rng(round * WRITERS + number),
            last: (round + 1) * 1_000_000,
            fat: is_heavy(round),
        }
    }

    /// Returns the requested changes, and how many of them were acknowledged before the
    /// connection broke.
    fn write_until_killed(mut self, acknowledged: &AtomicU64) -> History {
        for _ in 0..1_000_000 / PIPELINED {
            let mut expected = Vec::new();
            let mut bytes = Vec::new();
            for _ in 0..PIPELINED {
                let (name, words, answer) = self.change();
                let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
                bytes.extend(frame(&words));
                expected.push((name, answer));
            }
            self.client.send_unless_closed(bytes);
            for (name, answer) in expected {
                match self.client.reply_or_end() {
                    Some(reply) => assert_eq!(reply, answer, "{name}"),
                    None => return self.history,
                }
                self.history.acknowledge(&name);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
        }
        panic!("the server was not killed");
    }

    /// Chooses a change: the key, the words of the command, and the expected answer.
    fn change(&mut self) -> (String, Vec<String>, Reply) {
        self.last += 1;
        let (me, last) = (self.number, self.last);
        let ok = Reply::Status("OK".to_owned());
        let (name, state) = match self.rng.below(32) {
            0 => (format!("{me}:{PASSWORD}"), Some(last)),
            1..8 => (format!("{me}:{}", last - self.rng.below(10)), None),
            8..16 => (format!("{me}:again"), Some(last)),
            _ => (format!("{me}:{last}"), Some(last)),
        };
        let before = self.history.last(&name);
        self.history.ask(&name, state);
        let (words, answer) = match (state, before) {
            (Some(new), Some(old)) if name.ends_with(PASSWORD) => {
                let words = ["PASSWD".to_owned(), old.to_string(), new.to_string()];
                (words.to_vec(), ok)
            }
            (Some(number), _) => {
                let ballast = if self.fat { limits::MAX_TITLE_BYTES } else { 1 };
                // The title has no words, because the search index would otherwise have
                // more work than the WAL.
                let ballast = "-".repeat(ballast);
                let json = format!(r#"{{"title":"{number}","original_title":"{ballast}"}}"#);
                (vec!["PUT".to_owned(), name.clone(), json], ok)
            }
            (None, before) => {
                let answer = Reply::Integer(before.is_some().into());
                (vec!["DEL".to_owned(), name.clone()], answer)
            }
        };
        (name, words, answer)
    }
}

/// The content: the movies that the server lists, and the passwords that match the
/// hashes.
pub fn found(server: &TestServer, history: &History) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut client = server.reader();
    let mut after = String::new();
    loop {
        let limit = limits::MAX_LIST_ROWS.to_string();
        let page = client.ask(&["LIST", "AFTER", &after, "LIMIT", &limit, "JSON"]);
        let Reply::Array(rows) = page else {
            panic!("no page: {page:?}");
        };
        for row in &rows {
            let Reply::Bulk(row) = row else {
                panic!("no row: {row:?}");
            };
            let movie = Movie::from_json(std::str::from_utf8(row).unwrap()).unwrap();
            after = movie.name.clone();
            found.insert(movie.name.clone(), movie.title.parse().unwrap());
        }
        if rows.len() < limits::MAX_LIST_ROWS {
            break;
        }
    }
    let sqlite = server.folder().sqlite();
    for writer in 0..WRITERS {
        let sql = "SELECT password_hash FROM user WHERE name = ?1";
        let hash: String = sqlite
            .query_row(sql, [account(writer)], |row| row.get(0))
            .unwrap();
        let name = format!("{writer}:{PASSWORD}");
        let is = |number: &u64| {
            let password = Password::from_bytes(number.to_string().as_bytes());
            let result = verify(&password, &hash, Cost::default(), &mut Memory::default()).unwrap();
            matches!(result, Verification::Match { .. })
        };
        let mut possible = history.possible(&name).iter().flatten().copied();
        found.extend(possible.find(is).map(|number| (name, number)));
    }
    found
}
