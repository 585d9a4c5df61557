//! Too few file descriptors or threads: a clear message, and the server recovers.

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rustix::process::{Resource, Rlimit, getrlimit};

use crate::support::{Cli, Folder, RawClient, TestServer};

/// Files that a server with one worker needs in addition to its connections.
const RESERVED: usize = limits::MAX_REFUSALS + limits::RESERVED_FILES + limits::FILES_PER_WORKER;

/// With files for fewer connections than requested, exactly that many are accepted, and
/// the next one is refused with a reason. The log reports the lower limit at the start.
#[test]
fn with_few_files_few_connections_are_accepted_and_the_rest_refused() {
    const CONNECTIONS: usize = 10;
    let files = RESERVED + CONNECTIONS;
    let server = TestServer::start_limited(files, &["--workers", "1"]);
    let warning = server.logged("raise it with `ulimit -n`");
    assert!(
        warning.contains("room for 10 connections instead of 10240"),
        "{warning}"
    );
    let mut accepted: Vec<RawClient> = (0..CONNECTIONS).map(|_| server.reader()).collect();
    let busy = "-BUSY too many clients are connected, try again later\r\n";
    // As many connections as may wait for a refusal at once. There are files for these,
    // too.
    let mut refused: Vec<RawClient> = (0..limits::MAX_REFUSALS)
        .map(|_| server.raw_client())
        .collect();
    for client in &mut refused {
        client.send("PING\r\n").expect(busy);
    }
    for client in &mut accepted {
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    }
}

#[test]
fn with_too_few_files_the_server_does_not_start() {
    let folder = Folder::with_accounts();
    let output = TestServer::command_limited(RESERVED, &["--workers", "1"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "catalogue: the limit of open files is {RESERVED}, a server needs {}, raise it with `ulimit -n`\n",
        RESERVED + 1
    );
    assert_eq!(words, expected);
}

/// The limit of the running server is lowered below its number of open files. Its
/// connections are served, the log reports the problem once, and new connections are
/// accepted when there are files again.
#[test]
fn a_server_that_runs_out_of_files_recovers() {
    let server = TestServer::start();
    let mut client = server.reader();
    let before = getrlimit(Resource::Nofile);
    let few = Rlimit {
        current: Some(5),
        ..before
    };
    server.limit(Resource::Nofile, few);
    let mut waiting: Vec<RawClient> = (0..3).map(|_| server.raw_client()).collect();
    for client in &mut waiting {
        client.send("PING\r\n");
    }
    let words = "a connection could not be accepted";
    let line = server.logged(words);
    assert!(line.contains("Too many open files"), "{line}");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    server.limit(Resource::Nofile, before);
    for client in &mut waiting {
        client.expect("+PONG\r\n");
    }
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
    // Accepting failed ten times a second, and was reported once in ten seconds.
    let again = server
        .log()
        .iter()
        .filter(|line| line.contains(words))
        .count();
    assert!(again <= 1, "{again}");
}

/// No machine has memory for this stack size, so no thread starts.
#[test]
fn without_threads_the_server_reports_it_and_does_not_start() {
    let folder = Folder::with_accounts();
    let output = Cli::new(["serve"])
        .env("RUST_MIN_STACK", (1_u64 << 50).to_string())
        .output(&folder);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.starts_with("catalogue: no thread could be started: ")
            && words.ends_with(", stop other programs or raise the limit with `ulimit -u`\n"),
        "{words}"
    );
    assert!(output.stdout.is_empty());
    assert_eq!(folder.files(), ["sae.db"]);
}
