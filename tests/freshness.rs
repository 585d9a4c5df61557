//! No client reads a row older than the last acknowledged change, by any process.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use catalogue::config::limits;
use catalogue::movie::{FullMovie, Movie};
use catalogue::protocol::resp::Reply;
use catalogue::store::{Change, ChangeRequest, ReadTransaction, Reader, Writer};

use crate::support::{Cli, Folder, RawClient, Rng, TestServer};

const NAMES: usize = 8;
const READERS: u64 = 6;
const CHANGES: u64 = 1_000;

/// A movie whose title is a number that only grows.
#[derive(Default)]
struct Row {
    /// The last number that was sent.
    begun: AtomicU64,
    /// The last number that was acknowledged.
    acknowledged: AtomicU64,
}

type Rows = [Row; NAMES];

fn name(row: usize) -> String {
    format!("row {row}")
}

/// A movie with the number in several fields, so that a mixed row is noticed.
fn json(number: u64) -> String {
    format!(r#"{{"title":"{number}","original_title":"{number}","votes":{number}}}"#)
}

/// Changes rows over the network, several at once, and records each acknowledgement.
fn change_over_the_wire(mut client: RawClient, rows: &Rows, mine: &[usize], mut rng: Rng) {
    let mut left = CHANGES;
    while left > 0 {
        let several = (1 + rng.below(6)).min(left);
        left -= several;
        let sent: Vec<(usize, u64)> = (0..several)
            .map(|_| {
                let row = mine[rng.below(mine.len() as u64) as usize];
                (row, rows[row].begun.fetch_add(1, Ordering::SeqCst) + 1)
            })
            .collect();
        let lines = sent
            .iter()
            .map(|(row, number)| format!("PUT '{}' '{}'\r\n", name(*row), json(*number)));
        client.send(lines.collect::<String>());
        for (row, number) in sent {
            match client.reply() {
                Reply::Status(status) if status == "OK" => {
                    rows[row].acknowledged.store(number, Ordering::SeqCst);
                }
                // SQLite's lock is not fair. On a busy machine the other process may hold
                // it for longer than the writer's timeout. Such a change was not
                // acknowledged.
                Reply::Error(words) if words.contains("is locked by another process") => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Changes rows as another process on the same file, which the test is.
fn change_the_file(folder: &Folder, rows: &Rows, mine: &[usize], mut rng: Rng) {
    let sqlite = folder.sqlite();
    for _ in 0..CHANGES / 2 {
        let row = mine[rng.below(mine.len() as u64) as usize];
        let number = rows[row].begun.fetch_add(1, Ordering::SeqCst) + 1;
        let changed = sqlite.execute(
            "UPDATE movie SET title = ?2, original_title = ?2, votes = ?3 WHERE name = ?1",
            (name(row), number.to_string(), number as i64),
        );
        assert_eq!(changed, Ok(1));
        rows[row].acknowledged.store(number, Ordering::SeqCst);
    }
}

/// Reads rows with up to forty requests in a pipeline, by every command. Compares each
/// answer with the changes that were acknowledged, and with the answers that were seen,
/// before the request was sent.
fn read(mut client: RawClient, rows: &Rows, finished: &AtomicBool, mut rng: Rng) -> u64 {
    let mut seen = [0; NAMES];
    let mut checked = 0;
    while !finished.load(Ordering::SeqCst) {
        let several = 1 + rng.below(40);
        let mut request = String::new();
        let mut requests = Vec::new();
        for _ in 0..several {
            let row = rng.below(NAMES as u64) as usize;
            let question = Question::chance(&mut rng);
            request.push_str(&question.line(row));
            requests.push((row, question));
        }
        let least: Vec<u64> = rows
            .iter()
            .map(|row| row.acknowledged.load(Ordering::SeqCst))
            .collect();
        client.send(&request);
        for (row, question) in requests {
            let Some(found) = question.number(client.reply(), row) else {
                continue;
            };
            let most = rows[row].begun.load(Ordering::SeqCst);
            assert!(
                (least[row]..=most).contains(&found) && found >= seen[row],
                "row {row} was {found}; acknowledged {}, begun {most}, seen before {}",
                least[row],
                seen[row]
            );
            seen[row] = seen[row].max(found);
            checked += 1;
        }
    }
    checked
}

/// A request for a row, or one that makes the server read the file before a request for a
/// row in the same pipeline.
#[derive(Clone, Copy)]
enum Question {
    Send,
    SendJson,
    SendMany,
    List,
    Exists,
    Count,
}

impl Question {
    /// Half of them are the look-up that the cache answers.
    fn chance(rng: &mut Rng) -> Question {
        match rng.below(10) {
            0 => Question::SendJson,
            1 => Question::SendMany,
            2 => Question::List,
            3 => Question::Exists,
            4 => Question::Count,
            _ => Question::Send,
        }
    }

    fn line(self, row: usize) -> String {
        let name = name(row);
        match self {
            Question::Send => format!("SEND '{name}'\r\n"),
            Question::SendJson => format!("SEND '{name}' JSON\r\n"),
            Question::SendMany => format!("MSEND '{name}' nothing\r\n"),
            // The page that begins with the row.
            Question::List => {
                let before = row.checked_sub(1).map_or("row".to_owned(), self::name);
                format!("LIST AFTER '{before}' LIMIT 1\r\n")
            }
            Question::Exists => format!("EXISTS '{name}' nothing\r\n"),
            Question::Count => "COUNT\r\n".to_owned(),
        }
    }

    /// The number in the row's title, if this request returns the row.
    fn number(self, reply: Reply, row: usize) -> Option<u64> {
        let movie = match (self, reply) {
            (Question::Exists, Reply::Integer(1)) => return None,
            (Question::Count, Reply::Integer(movies)) => {
                assert_eq!(movies, 3 + NAMES as i64);
                return None;
            }
            (Question::Send, Reply::Bulk(bytes)) => Movie::from_postcard(&bytes).unwrap(),
            (Question::SendJson, Reply::Bulk(bytes)) => {
                Movie::from_json(std::str::from_utf8(&bytes).unwrap()).unwrap()
            }
            (Question::SendMany | Question::List, Reply::Array(rows)) => match &rows[0] {
                Reply::Bulk(bytes) => Movie::from_postcard(bytes).unwrap(),
                other => panic!("row {row}: {other:?}"),
            },
            (_, other) => panic!("row {row}: {other:?}"),
        };
        assert_eq!(movie.name, name(row));
        let number = movie.title.parse().unwrap();
        let parts = (movie.original_title.as_deref(), movie.votes.map(u64::from));
        assert_eq!(parts, (Some(&*movie.title), Some(number)), "a torn row");
        Some(number)
    }
}

#[test]
fn no_client_reads_a_row_older_than_acknowledged() {
    let server = TestServer::start_with(&["--workers", "3"]);
    let rows = Rows::default();
    let mut admin = server.admin();
    for row in 0..NAMES {
        let put = admin.ask(&["PUT", &name(row), &json(0)]);
        assert_eq!(put, Reply::Status("OK".to_owned()));
    }
    let readers: Vec<RawClient> = (0..READERS).map(|_| server.reader()).collect();
    let (one, two) = (server.admin(), server.admin());
    let folder = server.folder();
    let finished = AtomicBool::new(false);
    let (rows, finished) = (&rows, &finished);
    // One client changes each row, so that its numbers are acknowledged in order.
    let checked: u64 = thread::scope(|scope| {
        let reading: Vec<_> = readers
            .into_iter()
            .zip(100..)
            .map(|(client, seed)| scope.spawn(move || read(client, rows, finished, Rng(seed))))
            .collect();
        let changing = [
            scope.spawn(move || change_over_the_wire(one, rows, &[0, 1, 2], Rng(1))),
            scope.spawn(move || change_over_the_wire(two, rows, &[3, 4], Rng(2))),
            scope.spawn(move || change_the_file(folder, rows, &[5, 6, 7], Rng(3))),
        ];
        let ended = changing.map(|thread| thread.join());
        finished.store(true, Ordering::SeqCst);
        ended.into_iter().for_each(Result::unwrap);
        reading
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert!(checked > 1_000, "only {checked} answers");
}

/// Commands one after the other, with `COUNT`: a change of another process counts at
/// once.
#[test]
fn the_next_command_sees_changes_of_another_process() {
    let server = TestServer::start();
    let sqlite = server.folder().sqlite();
    let mut client = server.reader();
    for number in 0..50 {
        let title = format!("Title {number}");
        sqlite
            .execute("UPDATE movie SET title = ?1 WHERE name = '1'", [&title])
            .unwrap();
        let Reply::Bulk(row) = client.ask(&["SEND", "1"]) else {
            panic!("no row");
        };
        assert_eq!(Movie::from_postcard(&row).unwrap().title, title);
        sqlite
            .execute("UPDATE counters SET movies = ?1", [number])
            .unwrap();
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(number));
    }
    sqlite
        .execute("DELETE FROM movie WHERE name = '2'", [])
        .unwrap();
    assert_eq!(client.ask(&["SEND", "2"]), Reply::Null);
    assert_eq!(client.ask(&["EXISTS", "2"]), Reply::Integer(0));
}

/// A batch that reads the file first (`EXISTS`, `COUNT`, `INFO`, `SEND … JSON`) keeps
/// that snapshot. A change during the batch must not count as seen. Otherwise the old row
/// would be cached as the new one.
#[test]
fn a_row_of_an_older_snapshot_is_not_cached_as_new() {
    const ROUNDS: usize = 30;
    const TURNS: usize = 6;
    let server = TestServer::start_with(&["--workers", "1"]);
    let other = server.folder().sqlite();
    let (mut asking, mut changing) = (server.reader(), server.admin());
    let title = |reply: Reply| match reply {
        Reply::Bulk(row) => Movie::from_postcard(&row).unwrap().title.clone(),
        other => panic!("{other:?}"),
    };
    // The longest read transaction, several times. All of it fits into one read.
    let many = 1_000;
    let exists = format!("EXISTS{}\r\n", " 1".repeat(many));
    let fill = limits::MAX_STEPS_PER_TURN - many - 4;
    let rest_of_turn = "PING\r\n".repeat(fill);
    for round in 0..ROUNDS {
        let first = match round % 3 {
            0 => "COUNT\r\n",
            1 => "INFO\r\n",
            _ => "SEND 1 JSON\r\n",
        };
        let before = title(changing.ask(&["SEND", "1"]));
        let new = format!("Title {round}");
        // The writer waits for the lock and gets it while the batch is answered.
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        changing.send(format!("PUT 1 '{{\"title\":\"{new}\"}}'\r\n"));
        thread::sleep(Duration::from_millis(1));
        let turn = format!("{first}{exists}SEND 1\r\n{rest_of_turn}");
        asking.send(turn.repeat(TURNS));
        thread::sleep(Duration::from_millis(1));
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(changing.reply(), Reply::Status("OK".to_owned()));
        let found = title(changing.ask(&["SEND", "1"]));
        assert_eq!(
            found, new,
            "round {round}: an acknowledged change is not seen"
        );
        for _ in 0..TURNS {
            asking.reply();
            assert_eq!(asking.reply(), Reply::Integer(many as i64));
            let seen = title(asking.reply());
            assert!(seen == before || seen == new, "{seen}");
            for _ in 0..fill {
                assert_eq!(asking.reply(), Reply::Status("PONG".to_owned()));
            }
        }
    }
}

/// The keys of a limited number of commits are kept for readers. A reader that missed
/// more commits clears its cache.
#[test]
fn a_reader_that_missed_many_commits_sees_the_new_rows() {
    let folder = Folder::initialised();
    let (writer, thread) = Writer::open(&folder.db()).unwrap();
    let mut reader = Reader::with_cache(&folder.db(), &writer, 1024 * 1024).unwrap();
    let mut title = |name: &str| {
        let row = ReadTransaction::new(&mut reader)
            .postcard(name)
            .unwrap()
            .unwrap();
        Movie::from_postcard(&row).unwrap().title.clone()
    };
    let put = |name: &str, title: &str| {
        let movie = FullMovie::from_json_named(name, &format!(r#"{{"title":"{title}"}}"#)).unwrap();
        let change = Change::PutMovie(Box::new(movie));
        let receipt = writer.submit(ChangeRequest::from_operator(change)).unwrap();
        receipt.wait().unwrap();
    };
    put("still", "Still");
    // Tests both the last commit whose keys are kept and the first one whose keys are
    // not.
    for others in [
        limits::MAX_INVALIDATIONS - 1,
        limits::MAX_INVALIDATIONS,
        limits::MAX_INVALIDATIONS * 2,
    ] {
        put("1", "Old");
        assert_eq!((title("1"), title("still")), ("Old".into(), "Still".into()));
        put("1", "New");
        for _ in 0..others {
            put("2", "Other");
        }
        let found = (title("1"), title("2"), title("still"));
        assert_eq!(
            found,
            ("New".into(), "Other".into(), "Still".into()),
            "{others}"
        );
    }
    drop(writer);
    thread.join().unwrap();
}

/// A search returns what was acknowledged before it, and no older state.
#[test]
fn a_search_finds_every_acknowledged_change() {
    let server = TestServer::start_with(&["--workers", "2"]);
    let (mut changing, mut asking) = (server.admin(), server.reader());
    let names = |reply: Reply| match reply {
        Reply::Array(rows) => rows.len(),
        other => panic!("{other:?}"),
    };
    for number in 0..100 {
        let json = format!(r#"{{"title":"Turn t{number}x"}}"#);
        let put = changing.ask(&["PUT", "9", &json]);
        assert_eq!(put, Reply::Status("OK".to_owned()));
        let now = format!("t{number}x");
        assert_eq!(names(asking.ask(&["FIND", &now])), 1, "{number}");
        assert_eq!(names(asking.ask(&["FIND", "turn"])), 1, "{number}");
        if number % 10 == 0 {
            assert_eq!(changing.ask(&["DEL", "9"]), Reply::Integer(1));
            assert_eq!(names(asking.ask(&["FIND", &now])), 0, "{number}");
        }
    }
}

/// The same with changes of another process: a few, and so many that the index is
/// rebuilt.
#[test]
fn a_search_finds_what_another_process_imported() {
    let server = TestServer::start();
    let mut client = server.reader();
    let mut title = |words: &str| match client.ask(&["FIND", words]) {
        Reply::Array(rows) => match rows.first() {
            Some(Reply::Bulk(row)) => Movie::from_postcard(row).unwrap().title.clone(),
            _ => String::new(),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(title("stalker"), "");
    for (rows, word) in [(1, "Stalker"), (300, "Solaris"), (1, "Mirror")] {
        let lines = (0..rows).map(|row| format!("{word}{row},{word} {row},1979\n"));
        let file = format!("name,title,year\n{}", lines.collect::<String>());
        std::fs::write(server.folder().path().join("films.csv"), file).unwrap();
        let stderr = format!(
            "imported `films.csv` (csv): {rows} added, 0 changed, 0 unchanged, 0 refused\n"
        );
        Cli::new(["import", "films.csv", "--key", "name"])
            .stdout(stderr)
            .run(server.folder());
        assert_eq!(title(word), format!("{word} 0"));
    }
    assert_eq!(title("stalker"), "Stalker 0");
}
