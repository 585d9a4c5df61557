//! What a careless or hostile person or client gives us: one clear answer, and
//! the server lives. Every bound of `limits.rs` that a client can meet is met.

use std::net::TcpListener;

use catalogue::limits;
use catalogue::resp::Reply;
use catalogue::store::{Writer, change};
use rustix::process::Signal;

use crate::support::{Cli, Folder, RawClient, TestServer, frame, wait_for};

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

/// The server still answers, somebody new and at once.
#[track_caller]
fn lives(server: &TestServer) {
    assert_eq!(server.reader().ask(&["COUNT"]), Reply::Integer(3));
}

/// One protocol error, and then the connection is closed.
#[track_caller]
fn broken(client: &mut RawClient, words: &str) {
    client
        .expect(format!("-ERR protocol error: {words}\r\n"))
        .closed();
}

#[test]
fn a_port_in_use_is_named() {
    let folder = Folder::with_accounts();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    Cli::new(["serve", "--listen", &address])
        .fails(format!(
            "cannot listen on `{address}`: another program is using it, choose another address with --listen"
        ))
        .run(&folder);
    Cli::new(["serve", "--allow-plaintext", "--listen", "192.0.2.1:0"])
        .fails("cannot listen on `192.0.2.1:0`: this machine does not have that address, choose another address with --listen")
        .run(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
}

#[test]
fn wrong_usage_has_the_exit_status_two() {
    let folder = Folder::with_accounts();
    for args in [
        &["nonsense"][..],
        &["serve", "--listen", "nowhere"],
        &["serve", "--workers", "0"],
        &["serve", "--workers", "65"],
        &["serve", "--max-connections", "0"],
        &["serve", "--max-strangers", "0"],
        &["serve", "--max-connections-per-address", "1000001"],
        &["serve", "--shared-address", "nowhere"],
        &["serve", "--hash-passes", "21"],
        &["adduser", "x", "--hash-memory-kib", "194561"],
        &["role", "admin", "king"],
        &["serve", "--login-grace-seconds", "0"],
        &["serve", "--idle-seconds", "31536001"],
        &["serve", "--write-timeout-seconds", "-1"],
        &["adduser"],
        &["adduser", "x", "--role", "king"],
        &["init", "extra"],
    ] {
        let output = Cli::new(args).output(&folder);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(output.stderr.starts_with(b"error: "), "{args:?}");
    }
}

/// What is damaged while it is served costs its own answers only.
#[test]
fn a_row_that_breaks_the_rules_is_named() {
    let server = TestServer::start();
    let sqlite = server.folder().sqlite();
    sqlite
        .execute("UPDATE movie SET rating = 11 WHERE name = '1'", [])
        .unwrap();
    let mut client = server.reader();
    let refusal = "the movie `1` in the database is not valid: rating `11` is not between 0 and 10";
    assert_eq!(client.ask(&["SEND", "1"]), Reply::error("ERR", refusal));
    assert!(matches!(client.ask(&["SEND", "2"]), Reply::Bulk(_)));
}

#[test]
fn names_with_anything_in_them_are_names_of_nothing() {
    let server = TestServer::start();
    let mut client = server.reader();
    let longest = "n".repeat(limits::MAX_NAME_BYTES);
    let too_long = "n".repeat(limits::MAX_NAME_BYTES + 1);
    for name in [
        "",
        " ",
        "a b",
        "\"",
        "'",
        "a:b",
        "a\nb",
        "\r\n+OK\r\n",
        "🎬",
        "\0",
        &longest,
        &too_long,
    ] {
        assert_eq!(client.ask(&["SEND", name]), Reply::Null, "{name:?}");
        assert_eq!(client.ask(&["EXISTS", name]), Reply::Integer(0), "{name:?}");
        assert_eq!(
            client.ask(&["MSEND", name]),
            Reply::Array(vec![Reply::Null]),
            "{name:?}"
        );
    }
    for raw in [&b"\xff"[..], b"\xc3", b"\0\xfe"] {
        client.send(frame(&[b"SEND", raw])).expect("$-1\r\n");
    }
}

#[test]
fn users_and_passwords_with_anything_in_them_are_wrong() {
    let server = TestServer::start();
    let long = "u".repeat(limits::MAX_USER_BYTES + 1);
    let longer = "p".repeat(limits::MAX_PASSWORD_BYTES + 1);
    for (user, password) in [
        ("admin", ""),
        ("", "mdp"),
        ("admin ", "mdp"),
        ("ADMIN", "mdp"),
        ("admin", "mdp\0"),
        ("a b", "\""),
        ("a:b", "'"),
        ("\r\n", "🎬"),
        (&long, "mdp"),
        ("admin", &longer),
        ("' OR 1=1 --", "x"),
    ] {
        assert_eq!(
            server.raw_client().ask(&["UP", user, password]),
            Reply::error("ECHEC", "wrong user or password, 2 attempts left"),
            "{user:?} {password:?}"
        );
    }
    let refusal = "-ECHEC wrong user or password, 2 attempts left\r\n";
    server
        .raw_client()
        .send(frame(&[b"UP", b"\xff\xfe", b"\xff"]))
        .expect(refusal);
    lives(&server);
}

/// The bounds of a movie, at the bound and one above, over the wire.
#[test]
fn movies_at_their_bounds() {
    let server = TestServer::start();
    let mut client = server.admin();
    let name = "n".repeat(limits::MAX_NAME_BYTES);
    let title = "t".repeat(limits::MAX_TITLE_BYTES);
    let genre = "g".repeat(limits::MAX_GENRE_BYTES - 2);
    let genres = |number: usize| {
        let each = (10..10 + number).map(|n| format!("\"{genre}{n}\""));
        each.collect::<Vec<_>>().join(",")
    };
    let put = |name: &str, json: String| [name.to_owned(), json];
    let full = format!(
        r#"{{"title":"{title}","original_title":"{title}","runtime_minutes":{},"rating":{:?},"votes":{},"genres":[{}]}}"#,
        limits::MAX_RUNTIME_MINUTES,
        limits::MAX_RATING,
        u32::MAX,
        genres(limits::MAX_GENRES)
    );
    assert_eq!(client.ask(&["PUT", &name, &full]), ok());
    let Reply::Bulk(row) = client.ask(&["SEND", &name, "JSON"]) else {
        panic!("no row");
    };
    let stored = catalogue::movie::Movie::from_json(std::str::from_utf8(&row).unwrap()).unwrap();
    assert_eq!(
        (stored.name.as_str(), stored.title.as_str()),
        (name.as_str(), title.as_str())
    );
    assert_eq!(
        (stored.votes, stored.genres.len()),
        (Some(u32::MAX), limits::MAX_GENRES)
    );
    let json = "not a movie in json form: ";
    for ([name, movie], refusal) in [
        (
            put(&format!("{name}n"), r#"{"title":"x"}"#.into()),
            "name has 256 bytes, at most 255 are allowed",
        ),
        (
            put("x", format!(r#"{{"title":"{title}t"}}"#)),
            "title has 1025 bytes, at most 1024 are allowed",
        ),
        (
            put(
                "x",
                format!(r#"{{"title":"x","original_title":"{title}t"}}"#),
            ),
            "original_title has 1025 bytes, at most 1024 are allowed",
        ),
        (
            put("x", r#"{"title":"x","runtime_minutes":100001}"#.into()),
            "runtime_minutes `100001` is not between 1 and 100000",
        ),
        (
            put("x", r#"{"title":"x","runtime_minutes":0}"#.into()),
            "runtime_minutes `0` is not between 1 and 100000",
        ),
        (
            put("x", r#"{"title":"x","rating":-0.1}"#.into()),
            "rating `-0.1` is not between 0 and 10",
        ),
        (
            put(
                "x",
                format!(
                    r#"{{"title":"x","genres":[{}]}}"#,
                    genres(limits::MAX_GENRES + 1)
                ),
            ),
            "33 genres were given, at most 32 are allowed",
        ),
        (
            put("x", format!(r#"{{"title":"x","genres":["{genre}ggg"]}}"#)),
            "genre has 65 bytes, at most 64 are allowed",
        ),
    ] {
        let reply = client.ask(&["PUT", &name, &movie]);
        assert_eq!(reply, Reply::error("ERR", format_args!("{json}{refusal}")));
    }
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(4));
}

#[test]
fn client_names_at_their_bound() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    let longest = "c".repeat(limits::MAX_CLIENT_NAME_BYTES);
    assert_eq!(client.ask(&["CLIENT", "SETNAME", &longest]), ok());
    let refusal = Reply::error(
        "ERR",
        "the client name has 65 bytes, at most 64 are allowed",
    );
    let longer = format!("{longest}c");
    assert_eq!(client.ask(&["CLIENT", "SETNAME", &longer]), refusal);
    assert_eq!(client.ask(&["HELLO", "2", "SETNAME", &longer]), refusal);
    assert_eq!(client.ask(&["CLIENT", "GETNAME"]), Reply::text(longest));
    assert_eq!(client.ask(&["CLIENT", "SETNAME", ""]), ok());
    assert_eq!(client.ask(&["CLIENT", "GETNAME"]), Reply::Null);
}

/// A request that is exactly so long in bytes, framing included.
fn echo_of(frame_bytes: usize) -> Vec<u8> {
    let head = |length: usize| format!("*2\r\n$4\r\nECHO\r\n${length}\r\n");
    // The length is written in as many digits as the longest possible one has.
    let guess = frame_bytes - head(frame_bytes).len() - 2;
    assert_eq!(head(guess).len(), head(frame_bytes).len());
    let mut request = head(guess).into_bytes();
    request.extend(std::iter::repeat_n(b'x', guess));
    request.extend(b"\r\n");
    assert_eq!(request.len(), frame_bytes);
    request
}

#[test]
fn frames_at_their_bounds() {
    let server = TestServer::start();
    let before = limits::MAX_FRAME_BYTES_BEFORE_LOGIN;
    let after = limits::MAX_FRAME_BYTES;
    for (bound, mut client) in [(before, server.raw_client()), (after, server.reader())] {
        let request = echo_of(bound);
        let Reply::Bulk(echo) = client.send(&request).reply() else {
            panic!("no echo of {bound} bytes");
        };
        assert!(request.ends_with(&[&echo[..], b"\r\n"].concat()));
        client.send_what_is_taken(echo_of(bound + 1));
        broken(
            &mut client,
            &format!("invalid bulk length, a request has at most {bound} bytes"),
        );
    }
    // The bound is that of the moment: the login in front of it lifts it.
    let mut client = server.raw_client();
    client
        .send([&b"UP 1 1\r\n"[..], &echo_of(after)].concat())
        .expect("+PASSOK\r\n");
    assert!(matches!(client.reply(), Reply::Bulk(_)));
    lives(&server);
}

#[test]
fn lines_at_their_bounds() {
    let server = TestServer::start();
    let line = |bytes: usize| {
        let mut line = b"ECHO ".to_vec();
        line.resize(bytes, b'x');
        line.push(b'\n');
        line
    };
    for (bound, mut client) in [
        (limits::MAX_FRAME_BYTES_BEFORE_LOGIN, server.raw_client()),
        (limits::MAX_INLINE_BYTES, server.reader()),
    ] {
        assert!(
            matches!(client.send(line(bound)).reply(), Reply::Bulk(echo) if echo.len() == bound - 5)
        );
        client.send_what_is_taken(line(bound + 1));
        broken(
            &mut client,
            &format!("too big inline request, a line has at most {bound} bytes"),
        );
    }
    for (bound, mut client) in [
        (limits::MAX_FRAME_BYTES_BEFORE_LOGIN, server.raw_client()),
        (limits::MAX_INLINE_BYTES, server.reader()),
    ] {
        // A mebibyte without a newline: refused long before its end.
        client.send_what_is_taken(vec![b'x'; 1024 * 1024]);
        broken(
            &mut client,
            &format!("too big inline request, a line has at most {bound} bytes"),
        );
    }
    lives(&server);
}

#[test]
fn arguments_at_their_bounds() {
    let server = TestServer::start();
    for (bound, logged_in) in [
        (limits::MAX_ARGUMENTS_BEFORE_LOGIN, false),
        (limits::MAX_ARGUMENTS, true),
    ] {
        let connect = || {
            if logged_in {
                server.reader()
            } else {
                server.raw_client()
            }
        };
        let mut words = vec![&b"COMMAND"[..]; bound];
        words[1] = b"INFO";
        let mut client = connect();
        let Reply::Array(found) = client.send(frame(&words)).reply() else {
            panic!("{bound} words were refused");
        };
        assert_eq!(found.len(), bound - 2);
        words.push(b"COMMAND");
        let refusal = format!("invalid multibulk length, it is a number of at most {bound}");
        client.send_what_is_taken(frame(&words));
        broken(&mut client, &refusal);
        let mut client = connect();
        client.send_what_is_taken([words.join(&b' '), b"\n".to_vec()].concat());
        broken(&mut client, &refusal);
    }
    let mut client = server.admin();
    let mut words = vec!["EXISTS"];
    words.extend(vec!["1"; limits::MAX_NAMES_PER_COMMAND]);
    let number = limits::MAX_NAMES_PER_COMMAND as i64;
    assert_eq!(client.ask(&words), Reply::Integer(number));
    words[0] = "MSEND";
    assert!(matches!(client.ask(&words), Reply::Array(rows) if rows.len() as i64 == number));
    words[0] = "DEL";
    assert_eq!(client.ask(&words), Reply::Integer(1));
}

#[test]
fn broken_framing_gets_one_error_and_an_end() {
    let server = TestServer::start();
    let length = "invalid bulk length, a request has at most 16384 bytes";
    let number = "invalid multibulk length, it is a number of at most 16";
    let longer = "a bulk string is longer than its length says";
    let no_bulk = "expected `$`, every word of a request is a bulk string";
    for (sent, refusal) in [
        (&b"*x\r\n"[..], number),
        (b"*1.5\r\n", number),
        (b"*\r\n", number),
        (b"*17\r\n", number),
        (b"*99999999999999999999\r\n", number),
        (b"*1\n$4\nPING\n", number),
        (b"*1\r\n:1\r\n", no_bulk),
        (b"*1\r\n*1\r\n$4\r\nPING\r\n", no_bulk),
        (b"*1\r\nPING\r\n", no_bulk),
        (b"*1\r\n$-1\r\n", length),
        (b"*1\r\n$-5\r\n", length),
        (b"*1\r\n$x\r\n", length),
        (b"*1\r\n$ 4\r\nPING\r\n", length),
        (b"*1\r\n$+4\r\nPING\r\n", length),
        (b"*1\r\n$16384\r\n", length),
        (b"*1\r\n$4294967300\r\n", length),
        (b"*1\r\n$99999999999999999999\r\n", length),
        (b"*1\r\n$3\r\nPING\r\n", longer),
        (b"*1\r\n$4\r\nPINGS\r\n", longer),
        (b"*1\r\n$5\r\nPING\r\n*1\r\n", longer),
        (b"\x16\x03\x01\x02\x00", "this port speaks no TLS"),
    ] {
        let mut client = server.raw_client();
        // What follows is never taken for a command.
        client
            .send(sent)
            .send_what_is_taken("\r\nPING\r\nUP admin mdp\r\nDEL 1\r\n");
        broken(&mut client, refusal);
        // What was answered before stays answered.
        let mut client = server.raw_client();
        client
            .send([b"PING\r\n", sent].concat())
            .expect("+PONG\r\n");
        broken(&mut client, refusal);
    }
    lives(&server);
}

#[test]
fn a_bulk_shorter_than_said_waits_for_the_rest() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    client.send("*2\r\n$4\r\nECHO\r\n$10\r\nhello");
    lives(&server);
    client
        .send("12345\r\nPING\r\n")
        .expect("$10\r\nhello12345\r\n+PONG\r\n");
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    for byte in b"*3\r\n$2\r\nUP\r\n$1\r\n1\r\n$1\r\n1\r\nSEND '9'\r\n\r\n*1\r\n$5\r\nCOUNT\r\n" {
        client.send([*byte]);
    }
    client.expect("+PASSOK\r\n$-1\r\n:3\r\n");
}

#[test]
fn clients_that_vanish_leave_nothing_behind() {
    let server = TestServer::start();
    let mut watcher = server.reader();
    for unfinished in [
        &b""[..],
        b"*3\r\n$2\r\nUP\r\n$5\r\nadm",
        b"UP admin",
        // Gone while the password is checked.
        b"UP admin mdp\r\n",
        b"UP 1 1\r\nLIST\r\nSEN",
        b"UP admin mdp\r\nPUT 1 '{\"title\":\"One\"}'\r\nDEL 9\r\nSEND",
    ] {
        for _ in 0..5 {
            let mut client = server.raw_client();
            client.send(unfinished);
            client.vanish();
        }
    }
    wait_for("all of them to be gone", || {
        (watcher.ask(&["NB"]) == Reply::Integer(1)).then_some(())
    });
    lives(&server);
}

/// A client that has said all it wants still gets its answers.
#[test]
fn a_client_may_stop_sending_and_go_on_reading() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    client
        .send("UP 1 1\r\nCOUNT\r\nLIST LIMIT 1\r\nSEND 9\r\nCOU")
        .finish();
    client.expect("+PASSOK\r\n:3\r\n*1\r\n");
    assert!(matches!(client.reply(), Reply::Bulk(_)));
    client.expect("$-1\r\n").closed();
}

#[test]
fn clients_that_never_read_hold_up_nobody() {
    let server = TestServer::start_with(&["--workers", "1"]);
    let mut greedy: Vec<RawClient> = (0..4).map(|_| server.reader()).collect();
    let names = "1 ".repeat(limits::MAX_NAMES_PER_COMMAND);
    let request = format!("MSEND {names}\r\n");
    for client in &mut greedy {
        // Several megabytes of answers each, more than the system's buffers take.
        client.send(request.repeat(100));
    }
    let before = server.own_memory_kib();
    for _ in 0..20 {
        lives(&server);
    }
    let grown = server.own_memory_kib().saturating_sub(before);
    assert!(
        grown < 32 * 1024,
        "{grown} KiB for answers that nobody reads"
    );
    // Who begins to read gets everything after all.
    let mut late = greedy.remove(0);
    for _ in 0..100 {
        let Reply::Array(rows) = late.reply() else {
            panic!("no rows");
        };
        assert_eq!(rows.len(), limits::MAX_NAMES_PER_COMMAND);
    }
}

#[test]
fn pages_at_their_bounds() {
    let server = TestServer::start();
    let mut client = server.admin();
    let total = limits::MAX_LIST_ROWS + 1;
    let lines = (0..total).map(|number| format!("PUT n{number} '{{\"title\":\"x\"}}'\r\n"));
    client.send(lines.collect::<String>());
    for _ in 0..total {
        assert_eq!(client.reply(), ok());
    }
    let rows = |reply: Reply| match reply {
        Reply::Array(rows) => rows.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(rows(client.ask(&["LIST"])), limits::DEFAULT_LIST_ROWS);
    assert_eq!(
        rows(client.ask(&["LIST", "LIMIT", "1000"])),
        limits::MAX_LIST_ROWS
    );
    let refusal = "LIMIT `1001` is not a number between 1 and 1000";
    assert_eq!(
        client.ask(&["LIST", "LIMIT", "1001"]),
        Reply::error("ERR", refusal)
    );
}

#[test]
fn searches_at_their_bounds() {
    let server = TestServer::start();
    let mut client = server.reader();
    let nothing = Reply::Array(Vec::new());
    let many = vec!["a"; limits::MAX_QUERY_WORDS + 1].join(" ");
    assert_eq!(client.ask(&["FIND", &many[2..]]), nothing);
    let refusal = "65 words were given, at most 64 are allowed";
    assert_eq!(client.ask(&["FIND", &many]), Reply::error("ERR", refusal));
    let long = "x".repeat(limits::MAX_QUERY_BYTES + 1);
    assert_eq!(client.ask(&["FIND", &long[1..]]), nothing);
    let refusal = "the words have 1025 bytes, at most 1024 are allowed";
    assert_eq!(client.ask(&["FIND", &long]), Reply::error("ERR", refusal));
}

const BUSY: &str = "-BUSY too many clients are connected, try again later\r\n";

#[test]
fn connections_above_the_bound_are_told_so_on_their_first_command() {
    let server = TestServer::start_with(&["--max-connections", "2"]);
    let (mut one, two) = (server.reader(), server.reader());
    for first in ["PING\r\n", "UP 1 1\r\nSEND 1\r\n", "*1\r\n$4\r\nPING\r\n"] {
        let mut refused = server.raw_client();
        refused.send(first).expect(BUSY).closed();
    }
    assert_eq!(one.ask(&["COUNT"]), Reply::Integer(3));
    // Room again as soon as somebody has left.
    drop(two);
    wait_for("room", || {
        let mut client = server.raw_client();
        (client.ask(&["PING"]) == Reply::Status("PONG".to_owned())).then_some(())
    });
}

/// Refusals cost a connection too, so they are bounded: above, connections are
/// closed without a word.
#[test]
fn refusals_have_a_bound_of_their_own() {
    let server = TestServer::start_with(&["--max-connections", "1"]);
    let mut one = server.reader();
    let mut refused: Vec<RawClient> = (0..limits::MAX_REFUSALS)
        .map(|_| server.raw_client())
        .collect();
    let mut above = server.raw_client();
    above.closed();
    for client in &mut refused {
        client.send("PING\r\n").expect(BUSY).closed();
    }
    assert_eq!(one.ask(&["COUNT"]), Reply::Integer(3));
}

/// More logins at once than may wait: some are refused, at once and without
/// losing an attempt, and those who are logged in notice nothing.
#[test]
fn a_storm_of_logins_is_refused_and_forgotten() {
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
    // Two hashes at a time, 19 MiB each.
    let grown = server.own_memory_kib().saturating_sub(before);
    assert!(grown < 100 * 1024, "{grown} KiB");
}

/// How many logins of so many users, all with the same wrong password and at
/// the same moment, are refused because too many are waiting.
fn refused_at_once(server: &TestServer, user: impl Fn(usize) -> String) -> usize {
    let number = limits::HASH_QUEUE * 4;
    // Each from an address of its own, so that none of those has to wait.
    let mut clients: Vec<RawClient> = (0..number)
        .map(|n| server.raw_client_from(256 + n))
        .collect();
    for client in &mut clients {
        client.send("PING\r\n").expect("+PONG\r\n");
    }
    // Stopped, it finds all of them at the same moment.
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

/// One user's logins share a hash, and those of different users do not. Were
/// it another matter for users that do not exist, a full queue would tell them.
#[test]
fn a_full_queue_tells_no_unknown_user_from_a_known_one() {
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

/// More changes than may wait, while another process keeps the lock.
#[test]
fn changes_above_the_bound_are_refused() {
    let folder = Folder::initialised();
    let (writer, thread) = Writer::open(&folder.db()).unwrap();
    let other = folder.sqlite();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut receipts = Vec::new();
    // What the writer has taken already does not wait any longer.
    let most = limits::WRITE_QUEUE + limits::WRITE_BATCH;
    let refused = loop {
        match writer.submit(change::delete_movies(&["9"])) {
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
