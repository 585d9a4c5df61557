//! Whole conversations, from `tests/scripts/<topic>/<case>.txt`.
//!
//! Each case has a server of its own with the report's accounts. A line is one of these:
//!
//! | line | meaning |
//! | --- | --- |
//! | `# words` | a comment |
//! | `> SEND 1` | sent as an inline command |
//! | `*> SEND 1` | the same words sent as an array, as client libraries send them |
//! | `< +OK` | the next line of the answer, which ends with `\r\n` |
//! | `<| text` | the next line of the answer, which ends with `\n` alone |
//! | `< (closed)` | the server has closed the connection |
//!
//! `{}` in an answer stands for any text. A name before the mark selects one of several
//! connections, `ann> NB`. A connection opens when it is first named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use catalogue::movie::Movie;
use catalogue::protocol::resp::{Reply, split_words};

use crate::support::{RawClient, TestServer, frame};

macro_rules! topics {
    ($($topic:ident)*) => {
        const TOPICS: &[&str] = &[$(stringify!($topic)),*];
        $(
            #[test]
            fn $topic() {
                run_topic(stringify!($topic));
            }
        )*
    };
}

topics! { attempts changes framing handshakes login movies people records server }

fn scripts(topic: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts")).join(topic)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_topic_is_run() {
    let folders = entries(&scripts(""));
    let names: Vec<_> = folders
        .iter()
        .map(|path| path.file_name().unwrap())
        .collect();
    assert_eq!(names, TOPICS);
}

fn run_topic(topic: &str) {
    for path in entries(&scripts(topic)) {
        let text = fs::read_to_string(&path).unwrap();
        let server = TestServer::start();
        let mut clients = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let position = format!("{}:{}: {line}", path.display(), index + 1);
            run_line(line, &position, &server, &mut clients);
        }
        // The server sent nothing beyond what the script expects.
        for (name, client) in &mut clients {
            if let Some(client) = client {
                let end = Reply::text("the end");
                assert_eq!(
                    client.ask(&["ECHO", "the end"]),
                    end,
                    "{} {name}",
                    path.display()
                );
            }
        }
    }
}

/// The connections of a script by their names; `None` after the connection was closed.
type Clients<'a> = BTreeMap<&'a str, Option<RawClient>>;

fn run_line<'a>(line: &'a str, position: &str, server: &TestServer, clients: &mut Clients<'a>) {
    if line.trim().is_empty() || line.starts_with('#') {
        return;
    }
    let mark = line
        .find(['>', '<', '*'])
        .unwrap_or_else(|| panic!("no mark: {position}"));
    let (name, rest) = line.split_at(mark);
    let (mark, words) = rest.split_once(' ').unwrap_or((rest, ""));
    let slot = clients
        .entry(name)
        .or_insert_with(|| Some(server.raw_client()));
    let client = slot
        .as_mut()
        .unwrap_or_else(|| panic!("already closed: {position}"));
    match mark {
        ">" => drop(client.send(format!("{words}\r\n"))),
        "*>" => drop(client.send(array(words))),
        "<" if words == "(closed)" => {
            client.closed();
            *slot = None;
        }
        "<" => expect(client, &format!("{words}\r\n"), position),
        "<|" => expect(client, &format!("{words}\n"), position),
        _ => panic!("no such mark: {position}"),
    }
}

fn array(line: &str) -> Vec<u8> {
    let (mut bytes, mut spans) = (Vec::new(), Vec::new());
    split_words(line.as_bytes(), &mut bytes, &mut spans).unwrap();
    let words: Vec<_> = spans
        .iter()
        .map(|span| &bytes[span.start as usize..span.end as usize])
        .collect();
    frame(&words)
}

fn expect(client: &mut RawClient, pattern: &str, position: &str) {
    let line = String::from_utf8(client.line()).unwrap();
    assert!(matches(&line, pattern), "found {line:?} at {position}");
}

/// Whether a line matches the pattern, in which `{}` stands for any text.
fn matches(line: &str, pattern: &str) -> bool {
    match pattern.split_once("{}") {
        None => line == pattern,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|skip| rest.get(skip..).is_some_and(|rest| matches(rest, after)))
        }),
    }
}

#[test]
fn a_row_is_postcard_unless_asked_otherwise() {
    let server = TestServer::start();
    let mut client = server.reader();
    let Reply::Bulk(row) = client.ask(&["SEND", "3"]) else {
        panic!("no row");
    };
    let movie = Movie::from_postcard(&row).unwrap();
    assert_eq!((movie.id, movie.title.as_str()), (3, "Amélie"));
    assert_eq!(
        client.ask(&["SEND", "3", "POSTCARD"]),
        Reply::Bulk(row.clone())
    );
    assert_eq!(client.ask(&["GET", "3"]), Reply::Bulk(row.clone()));
    let all = Reply::Array(vec![Reply::Bulk(row), Reply::Null]);
    assert_eq!(client.ask(&["MSEND", "3", "4"]), all);
    assert_eq!(client.ask(&["MGET", "3", "4"]), all);
    assert_eq!(
        client.ask(&["SEND", "3", "json"]),
        Reply::text(movie.to_json())
    );
}

#[test]
fn pages_have_no_gap_and_no_repetition() {
    let server = TestServer::start();
    let mut client = server.admin();
    let mut names: Vec<String> = (0..45).map(|number| format!("n{number:02}")).collect();
    for name in &names {
        let json = format!(r#"{{"title":"Movie {name}"}}"#);
        assert_eq!(
            client.ask(&["PUT", name, &json]),
            Reply::Status("OK".into())
        );
    }
    names.splice(0..0, ["1", "2", "3"].map(str::to_owned));
    let page = |client: &mut RawClient, words: &[&str]| -> Vec<String> {
        let Reply::Array(rows) = client.ask(words) else {
            panic!("no page");
        };
        let name = |row: &Reply| match row {
            Reply::Bulk(row) => Movie::from_postcard(row).unwrap().name.clone(),
            other => panic!("no row: {other:?}"),
        };
        rows.iter().map(name).collect()
    };
    assert_eq!(page(&mut client, &["LIST"]), names[..20]);
    let (mut walked, mut after) = (Vec::new(), String::new());
    loop {
        let rows = page(&mut client, &["LIST", "AFTER", &after, "LIMIT", "7"]);
        let Some(last) = rows.last() else { break };
        after.clone_from(last);
        walked.extend(rows);
        assert!(walked.len() <= names.len());
    }
    assert_eq!(walked, names);
}

#[test]
fn many_clients_are_counted_and_served_at_once() {
    let server = TestServer::start();
    let mut clients: Vec<RawClient> = (0..40).map(|_| server.raw_client()).collect();
    for client in &mut clients {
        // It was answered, so it is connected.
        assert_eq!(client.ask(&["PING"]), Reply::Status("PONG".into()));
    }
    let mut admin = server.admin();
    assert_eq!(admin.ask(&["NB"]), Reply::Integer(41));
    for client in &mut clients {
        client.send("AUTH 1 1\r\nGET 2 JSON\r\n");
    }
    let alien = admin.ask(&["SEND", "2", "JSON"]);
    for client in &mut clients {
        let login = client.reply();
        let busy = Reply::error("BUSY", "too many logins at once, try again");
        assert!(
            login == Reply::Status("OK".into()) || login == busy,
            "{login:?}"
        );
        let row = client.reply();
        assert!(row == alien || login == busy, "{row:?}");
    }
    drop(clients);
    crate::support::wait_for("the others to leave", || {
        (admin.ask(&["NB"]) == Reply::Integer(1)).then_some(())
    });
}

#[test]
fn the_port_is_free_again_at_once() {
    let server = TestServer::start();
    let address = server.address().to_string();
    let mut open = server.reader();
    let (status, folder) = server.stop();
    assert!(status.success());
    open.closed();
    let server = TestServer::serve(folder, &address, &[]);
    assert_eq!(server.address().to_string(), address);
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
}

#[test]
fn the_patterns_of_scripts_match_as_documented() {
    assert!(matches("+OK\r\n", "+OK\r\n"));
    assert!(matches(":12 é 3\r\n", ":{} 3\r\n"));
    assert!(matches("a1b2c", "a{}b{}c"));
    assert!(!matches("a1b2d", "a{}b{}c"));
    assert!(!matches("+OK\r\nx", "+OK\r\n"));
}
