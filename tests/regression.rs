//! One test for each defect that was found, with its effect.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use catalogue::protocol::resp::Reply;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Cli, Folder, PROGRAM, RawClient, TestServer};

/// Empty lines and empty arrays request nothing. They were kept in memory and parsed
/// again with every read until the next real command, so an unauthenticated client could
/// fill the memory with newlines.
#[test]
fn empty_requests_are_not_kept() {
    const TOTAL_BYTES: usize = 8 * 1024 * 1024;
    let server = TestServer::start();
    for empty in ["\n", "\r\n", "*0\r\n", "*-1\r\n"] {
        let mut client = server.raw_client();
        let before = server.own_memory_kib();
        let chunk = empty.repeat(64 * 1024 / empty.len());
        for _ in 0..TOTAL_BYTES / chunk.len() {
            client.send(&chunk);
        }
        let answer = client.ask(&["PING"]);
        assert_eq!(answer, Reply::Status("PONG".to_owned()), "{empty:?}");
        let grown = server.own_memory_kib().saturating_sub(before);
        assert!(grown < 4 * 1024, "{empty:?} used {grown} KiB");
    }
}

/// Connections were counted when a worker took them, so a burst of them was accepted far
/// above the limit. Connections that wait for their refusal counted as accepted, so a
/// silent one kept a permit.
#[test]
fn a_burst_of_connections_is_counted_one_by_one() {
    let server = TestServer::start_with(&["--max-connections", "3", "--max-unauthenticated", "3"]);
    let mut clients: Vec<RawClient> = (0..30).map(|_| server.raw_client()).collect();
    let pong = Reply::Status("PONG".to_owned());
    let (mut admitted, refused): (Vec<_>, Vec<_>) = clients
        .iter_mut()
        .map(|client| (client.ask(&["PING"]) == pong, client))
        .partition(|(admitted, _)| *admitted);
    assert_eq!((admitted.len(), refused.len()), (3, 27));
    for (_, client) in &mut admitted {
        assert_eq!(client.ask(&["PING"]), pong);
    }
}

/// A refused connection that sends nothing blocked others after permits were free again.
#[test]
fn a_connection_that_waits_for_its_refusal_takes_no_permit() {
    let server = TestServer::start_with(&["--max-connections", "1"]);
    let mut first = server.reader();
    let _silent: Vec<RawClient> = (0..5).map(|_| server.raw_client()).collect();
    crate::support::wait_for("the silent ones", || {
        (server.metric(&mut first, "rejected_connections") == 5).then_some(())
    });
    // They do not count as clients either.
    assert_eq!(first.ask(&["NB"]), Reply::Integer(1));
    drop(first);
    crate::support::wait_for("room", || {
        let mut client = server.raw_client();
        (client.ask(&["PING"]) == Reply::Status("PONG".to_owned())).then_some(())
    });
}

/// A server that could not listen had opened the database already, and left `-wal` and
/// `-shm` files.
#[test]
fn a_port_in_use_leaves_no_files() {
    let folder = Folder::with_accounts();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Cli::new(["serve", "--listen", &address]).output(&folder);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(folder.files(), ["sae.db"]);
}

/// `MULTI` and `EXEC` were unknown, and the commands between them ran. A client reported
/// that its transaction had failed, and all of it had been applied.
#[test]
fn no_command_of_a_refused_transaction_runs() {
    let server = TestServer::start();
    let mut client = server.admin();
    client.send("MULTI\r\nDEL 1\r\nPUT 4 '{\"title\":\"Four\"}'\r\nexec\r\nCOUNT\r\n");
    let not_run = "-NO not run, there are no transactions, DISCARD leaves this one\r\n";
    client
        .expect("-NO there are no transactions, a change stands alone\r\n")
        .expect(not_run)
        .expect(not_run)
        .expect("-NO there are no transactions, nothing of this one was run\r\n")
        .expect(":3\r\n");
    for way_out in ["DISCARD", "RESET"] {
        let mut client = server.reader();
        client.send(format!("MULTI\r\n{way_out}\r\nPING\r\n"));
        client.reply();
        client.reply();
        client.expect("+PONG\r\n");
    }
    client
        .send("MULTI\r\nQUIT\r\n")
        .expect("-NO there are no transactions, a change stands alone\r\n+OK\r\n")
        .closed();
}

/// An export to the file of the catalogue replaced the catalogue, even under a running
/// server.
#[test]
fn an_export_replaces_no_database() {
    let folder = Folder::with_accounts();
    let path = |name: &str| folder.path().join(name);
    std::fs::copy(folder.db(), path("copy.jsonl")).unwrap();
    std::fs::hard_link(folder.db(), path("hard.csv")).unwrap();
    std::os::unix::fs::symlink("sae.db", path("soft.gz")).unwrap();
    // So that there are `-wal` and `-shm` files.
    let other = folder.sqlite();
    let count = "SELECT count(*) FROM movie";
    let _: i64 = other.query_row(count, [], |row| row.get(0)).unwrap();
    let before = std::fs::read(folder.db()).unwrap();
    for name in [
        "sae.db",
        "./sae.db",
        "hard.csv",
        "soft.gz",
        "copy.jsonl",
        "sae.db-wal",
        "sae.db-shm",
        "sae.db-journal",
    ] {
        Cli::new(["export", name])
            .fails(format!(
                "`{name}` is a database and was left as it is, export to another file like `movies.jsonl`"
            ))
            .run(&folder);
    }
    drop(other);
    Cli::new(["export", "--db", "soft.gz", "sae.db-wal"])
        .fails("`sae.db-wal` is a database and was left as it is, export to another file like `movies.jsonl`")
        .run(&folder);
    Cli::new(["export", "sae.db.csv"])
        .stdout("exported 3 movies to `sae.db.csv`\n")
        .run(&folder);
    assert_eq!(std::fs::read(folder.db()).unwrap(), before);
}

/// An interrupted `init` left its temporary file and a journal.
#[test]
fn an_interrupted_init_leaves_no_files() {
    use std::sync::atomic::AtomicBool;
    let folder = Folder::empty();
    let error = catalogue::store::create_unless(
        &folder.db(),
        catalogue::store::Contents::Seed,
        &AtomicBool::new(true),
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "interrupted, nothing was changed");
    assert_eq!(folder.files(), [""; 0]);
    for round in 0..30 {
        let folder = Folder::empty();
        let mut child = Command::new(PROGRAM)
            .args(["init", "--db", "sae.db"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(round));
        let _ = kill_process(Pid::from_child(&child), Signal::TERM);
        let made = child.wait().unwrap().success();
        let files = folder.files();
        assert!(files.is_empty() || files == ["sae.db"], "{files:?}");
        assert!(!made || !files.is_empty());
    }
}

/// A demo that was ended by a signal left its folder.
#[test]
fn a_stopped_demo_leaves_no_files() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = Folder::empty();
        let mut child = Command::new(PROGRAM)
            .arg("demo")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut asking = child.stdin.take().unwrap();
        asking.write_all(b"NB\n").unwrap();
        let mut answer = [0; 2];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut answer)
            .unwrap();
        assert_eq!(&answer, b"1\n");
        assert_eq!(folder.files().len(), 1);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(signal.as_raw()));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(folder.files(), [""; 0]);
    }
}

/// Of several concurrent `init`s, all but one reported that the file was not a catalogue.
#[test]
fn of_several_inits_at_once_one_creates_and_the_others_find() {
    use catalogue::store::{self, Created};
    for _ in 0..5 {
        let folder = Folder::empty();
        let mut made: Vec<Created> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| store::create(&folder.db()).unwrap()))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        made.sort_by_key(|created| matches!(created, Created::AlreadyThere { .. }));
        let there = Created::AlreadyThere { movies: 3 };
        assert_eq!(made, [Created::New { movies: 3 }, there, there, there]);
        assert_eq!(folder.files(), ["sae.db"]);
    }
}

/// `init` next to the `-wal` file of a removed catalogue wrote the pages of the old one
/// into the new one.
#[test]
fn init_ignores_the_wal_of_a_removed_catalogue() {
    for ending in ["wal", "shm", "journal"] {
        let folder = Folder::empty();
        let name = format!("sae.db-{ending}");
        std::fs::write(folder.path().join(&name), "pages").unwrap();
        Cli::new(["init"])
            .fails(format!(
                "`{name}` belongs to a database that is gone, move it away and try again"
            ))
            .run(&folder);
        assert_eq!(folder.files(), [name]);
    }
}

/// A header was three columns by its commas and one column by its quotes. The import
/// ended with a panic.
#[test]
fn quotes_around_a_whole_header_are_no_three_columns() {
    let folder = Folder::initialised();
    folder.write("movies.csv", "\"movieId,title,genres\"\nx\n");
    Cli::new(["import", "movies.csv"])
        .fails(
            "no column of `movies.csv` is a title; its columns are `movieId,title,genres`; name it \
             with --map title=COLUMN, skip lines before the header with --skip-lines, or name the \
             columns of a file without a header with --columns",
        )
        .run(&folder);
}

/// A carriage return before the last column was searched in that column. The import ended
/// with a panic.
#[test]
fn a_carriage_return_in_front_of_an_empty_column_is_no_line_end() {
    let folder = Folder::initialised();
    folder.write("movies.csv", "title;released\nAlien\r;\n");
    Cli::new(["import", "movies.csv"])
        .stdout("imported `movies.csv` (csv with semicolons): 1 added, 0 changed, 0 unchanged, 0 refused\n")
        .run(&folder);
}

/// With a backlog of 128 connections, further clients had to retry after a second, after
/// two, and so on.
#[test]
fn many_connections_at_once_wait_for_no_retry() {
    let kernel = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
    let least = catalogue::config::limits::ACCEPT_BACKLOG;
    if !kernel.is_ok_and(|most| most.trim().parse::<i32>().unwrap() >= least) {
        return crate::support::skipped("the kernel keeps fewer connections than we ask for");
    }
    let server = TestServer::start();
    // No connection is accepted meanwhile, so a retry would fail too.
    server.signal(Signal::STOP);
    let mut clients: Vec<RawClient> = (0..500).map(|_| server.raw_client()).collect();
    server.signal(Signal::CONT);
    for client in &mut clients {
        assert_eq!(client.ask(&["PING"]), Reply::Status("PONG".to_owned()));
    }
}

/// A CSV export whose reader closed the pipe after the first line reported an error and
/// ended with 1.
#[test]
fn the_first_line_of_a_csv_export_is_enough() {
    let folder = Folder::initialised();
    let movies = (0..5_000).map(|number| format!("A film with a long name {number}\n"));
    folder.write(
        "movies.csv",
        &("title\n".to_owned() + &movies.collect::<String>()),
    );
    let imported = Cli::new(["import", "movies.csv"]).output(&folder);
    assert!(imported.status.success(), "{imported:?}");
    let first = Cli::new(["export", "--format", "csv"]).first_line(&folder);
    assert!(first.starts_with("id,name,title,"), "{first}");
}
