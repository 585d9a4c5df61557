//! Passwords and their hashes are in no log, answer or debug output, and in memory no
//! longer than needed.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use catalogue::auth::{LoginOutcome, Password};
use catalogue::protocol::resp::{DecodeStep, Decoder, FrameLimits, Reply};
use catalogue::store::{
    Change, ChangeRequest, NewPassword, PasswordHash, ReadTransaction, Reader, Role,
};

use crate::support::http::HttpClient;
use crate::support::{Cli, Folder, RawClient, TestServer, frame, skipped};

/// A part of every password in this file, and of no other text.
const CANARY: &str = "kanarienvogel";
const HASH: &str = "$argon2id$";

/// The account of these tests.
fn folder() -> Folder {
    let folder = Folder::with_accounts();
    Cli::new(["passwd", "1"])
        .stdin(format!("{CANARY}-right\n"))
        .stdout("changed the password of `1`\n")
        .run(&folder);
    folder
}

/// Every way in which a password reaches a server: right, wrong, mistyped, in pieces, and
/// truncated. The flag says whether the answer closes the connection.
fn all_the_ways() -> Vec<Vec<Vec<u8>>> {
    let word = |word: &str| format!("{CANARY}-{word}");
    let array = |words: &[&str]| {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        frame(&words)
    };
    let line = |line: String| (line + "\r\n").into_bytes();
    let (right, wrong, new) = (word("right"), word("wrong"), word("new"));
    let login = line(format!("UP 1 {right}"));
    let after_login = |more: Vec<u8>| vec![login.clone(), more];
    let in_pieces = |bytes: Vec<u8>| bytes.chunks(7).map(<[u8]>::to_vec).collect::<Vec<_>>();
    vec![
        vec![login.clone()],
        vec![line(format!("up 1 \"{right}\""))],
        vec![array(&["UP", "1", &right])],
        vec![array(&["AUTH", "1", &right])],
        vec![array(&["HELLO", "3", "AUTH", "1", &right, "SETNAME", "me"])],
        in_pieces(array(&["UP", "1", &right])),
        in_pieces(login.clone()),
        vec![line(format!("UP 1 {wrong}"))],
        vec![line(format!("UP nobody {wrong}"))],
        vec![array(&["HELLO", "2", "AUTH", "1", &wrong])],
        vec![line(format!("UP {wrong}"))],
        vec![line(format!("AUTH {wrong}"))],
        vec![line(format!("AUHT 1 {right}"))],
        vec![line(format!("UP 1 \"{right}"))],
        vec![line(format!("UP 1 \"{right}\"x"))],
        vec![
            [
                &b"*3\r\n$2\r\nUP\r\n$1\r\n1\r\n$3\r\n"[..],
                right.as_bytes(),
                b"\r\n",
            ]
            .concat(),
        ],
        vec![format!("UP 1 {right}").into_bytes()],
        after_login(line(format!("PASSWD {wrong} {new}"))),
        after_login(line(format!("PASSWD {right} \"{new}\\n\""))),
        after_login(array(&["PASSWD", &right, ""])),
        after_login(line(format!("PASWD {right} {new}"))),
        after_login(line(format!("PASSWD {right} \"{new}"))),
        after_login(array(&["PASSWD", &right, &right])),
        after_login([&b"MULTI\r\n"[..], &array(&["PASSWD", &right, &new])].concat()),
        in_pieces(
            [
                login.clone(),
                array(&["COUNT"]),
                array(&["PASSWD", &right, &right]),
            ]
            .concat(),
        ),
        after_login(format!("PASSWD {right} {new}").into_bytes()),
        // So many bytes follow the login that it needs a larger buffer.
        vec![[login, vec![b'\n'; 100_000]].concat()],
    ]
}

/// Sends all of it, and returns the answers.
fn say_everything(server: &TestServer) -> String {
    let mut answers = String::new();
    for pieces in all_the_ways() {
        let mut client = server.raw_client();
        for piece in pieces {
            client.send_unless_closed(piece);
            // A short pause, so that pieces arrive separately.
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        client.finish();
        while let Some(reply) = client.reply_or_end() {
            answers += &format!("{reply:?}\n");
        }
    }
    answers
}

/// The data that an admin can read from the server while the account is in use.
fn ask_about<S: Read + Write>(mut user: RawClient<S>, mut admin: RawClient<S>) -> String {
    let right = format!("{CANARY}-right");
    assert_eq!(
        user.ask(&["UP", "1", &right]),
        Reply::Status("PASSOK".to_owned())
    );
    let wrong = user.ask(&["PASSWD", &format!("{CANARY}-wrong"), &right]);
    assert!(matches!(wrong, Reply::Error(_)), "{wrong:?}");
    let words = [&["WHO"][..], &["INFO"], &["HELP"], &["COMMAND", "DOCS"]];
    let answers = words.map(|words| admin.ask(words));
    format!("{answers:?}")
}

#[track_caller]
fn is_clean(text: &str) {
    for line in text.lines() {
        assert!(!line.contains(CANARY) && !line.contains(HASH), "{line}");
    }
}

#[test]
fn no_password_is_logged_or_returned() {
    let server = TestServer::start_tracing(folder(), &[]);
    is_clean(&say_everything(&server));
    is_clean(&ask_about(server.raw_client(), server.admin()));
    let log = server.stop_and_read();
    assert!(log.contains("TRACE"), "not everything was logged: {log}");
    is_clean(&log);
}

#[test]
fn no_password_is_logged_or_returned_over_tls() {
    let folder = folder();
    folder.certify(&["localhost", "127.0.0.1"]);
    let flags = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let server = TestServer::start_tracing(folder, &flags);
    let admin = server.tls_client().login("admin", "mdp");
    is_clean(&ask_about(server.tls_client(), admin));
    let log = server.stop_and_read();
    assert!(log.contains("TRACE"), "not everything was logged: {log}");
    is_clean(&log);
}

/// The number of occurrences of a word in the memory of a process; `None` without
/// permission to read it.
fn found_in_memory(pid: i32, word: &[u8]) -> Option<usize> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut found = 0;
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else {
            continue;
        };
        let (first, end) = range.split_once('-')?;
        let address = |hex| u64::from_str_radix(hex, 16).ok();
        let (first, end) = (address(first)?, address(end)?);
        if !rights.starts_with("rw") {
            continue;
        }
        let mut bytes = vec![0; (end - first) as usize];
        memory.seek(SeekFrom::Start(first)).ok()?;
        // Regions may have been unmapped meanwhile.
        if memory.read_exact(&mut bytes).is_ok() {
            found += count(&bytes, word);
        }
    }
    Some(found)
}

fn count(bytes: &[u8], word: &[u8]) -> usize {
    const PAGE: usize = 4096;
    let mut found = 0;
    for first in (0..bytes.len()).step_by(PAGE) {
        let page = &bytes[first..(first + PAGE).min(bytes.len())];
        // Most pages were never written.
        if page != &[0; PAGE][..page.len()] {
            let and_more = &bytes[first..(first + PAGE + word.len() - 1).min(bytes.len())];
            found += and_more
                .windows(word.len())
                .filter(|here| *here == word)
                .count();
        }
    }
    found
}

/// Received passwords are overwritten, in whatever way they arrived.
#[test]
fn no_password_stays_in_memory() {
    let server = TestServer::serve(folder(), "127.0.0.1:0", &["--workers", "1"]);
    let pid = server.pid().as_raw_nonzero().get();
    // A control: a name that the server keeps is found.
    let mut named = server.raw_client();
    named.ask(&["CLIENT", "SETNAME", "wellensittich"]);
    match found_in_memory(pid, b"wellensittich") {
        None => return skipped("the memory of other processes cannot be read here"),
        Some(found) => assert!(found > 0),
    }
    say_everything(&server);
    let left = found_in_memory(pid, CANARY.as_bytes());
    assert_eq!(left, Some(0));
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// All requests with a password over HTTP: method, path, media type and body, and the status of the
/// answer.
fn ways_over_http() -> Vec<(&'static str, &'static str, &'static str, String, u16)> {
    let to = |path: &'static str, kind, body: &str, status| {
        let method = if path.ends_with("/password") {
            "PUT"
        } else {
            "POST"
        };
        (method, path, kind, body.replace("CANARY", CANARY), status)
    };
    let accounts = "/api/v1/accounts";
    vec![
        to("/login", FORM, "user=1&password=CANARY-right", 303),
        to(
            "/login",
            FORM,
            "user=1&password=%6Banarienvogel%2Dright",
            303,
        ),
        to("/login", FORM, "user=1&password=CANARY+wrong", 401),
        to("/login", FORM, "password=CANARY%FF", 401),
        to("/login", JSON, r#"{"password":"CANARY"}"#, 415),
        to("/nowhere", FORM, "password=CANARY", 404),
        to(
            "/admin/accounts/add",
            FORM,
            "user=a&role=reader&password=CANARY-a",
            303,
        ),
        to("/admin/accounts/add", FORM, "user=b&password=CANARY-b", 400),
        to(accounts, JSON, r#"{"name":"c","password":"CANARY-c"}"#, 201),
        to(
            "/api/v1/password",
            JSON,
            r#"{"old":"CANARY","new":"CANARY"}"#,
            403,
        ),
    ]
}

/// Forms and JSON, whole and in pieces, on connections that the client or the server ends.
#[test]
fn no_password_stays_in_memory_over_http() {
    let flags = ["--workers", "1", "--http", "127.0.0.1:0"];
    let server = TestServer::serve(folder(), "127.0.0.1:0", &flags);
    let admin = crate::http::key(&server, "admin", &["ROLE", "admin"]);
    let address = server.http_address();
    for (method, path, kind, body, status) in ways_over_http() {
        for (connection, piece) in [
            ("close", 1_000),
            ("close", 7),
            ("keep-alive", 1_000),
            ("keep-alive", 7),
        ] {
            let length = body.len();
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n\
                 Authorization: Bearer {admin}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            let mut client = HttpClient::connect(address);
            for piece in request.as_bytes().chunks(piece) {
                client.send(piece);
            }
            let answer = client.answer();
            // The second request finds the account.
            assert!(
                [status, 409].contains(&answer.status),
                "{path} {body}: {answer:?}"
            );
            client.closed();
        }
    }
    match found_in_memory(server.pid().as_raw_nonzero().get(), CANARY.as_bytes()) {
        None => skipped("the memory of other processes cannot be read here"),
        Some(left) => assert_eq!(left, 0),
    }
}

/// Keys are treated like passwords, also the ones that the server makes.
#[test]
fn no_key_is_logged_or_stays_in_memory() {
    let folder = folder();
    let added = Cli::new(["key", "add", "kiosk"]).output(&folder);
    let added = String::from_utf8(added.stdout).unwrap();
    let old = added.trim_end().rsplit(' ').next().unwrap().to_owned();
    let server = TestServer::start_tracing(folder, &["--workers", "1"]);
    let mut admin = server.admin();
    let Reply::Bulk(new) = admin.ask(&["KEY", "ADD", "new"]) else {
        panic!("no key");
    };
    let new = String::from_utf8(new.to_vec()).unwrap();
    let mut answers = format!("{:?}", admin.ask(&["KEY", "LIST"]));
    for key in [&old, &new] {
        for words in [
            &["AUTH", key][..],
            &["AUTH", "default", key],
            &["AUTH", "nobody", key],
            &["HELLO", "3", "AUTH", "default", key],
            &["AUHT", key],
        ] {
            answers += &format!("{:?}", server.raw_client().ask(words));
        }
    }
    let pid = server.pid().as_raw_nonzero().get();
    let found = [&old, &new].map(|key| found_in_memory(pid, key.as_bytes()));
    // A key in place of its name is repeated, but not logged.
    for key in [&old, &new] {
        answers += &format!("{:?}", admin.ask(&["KEY", "REVOKE", key]));
    }
    let log = server.stop_and_read();
    assert!(log.contains("TRACE"), "not everything was logged: {log}");
    for key in [&old, &new] {
        assert!(!log.contains(key), "{log}");
        // Only the refusal of an unknown command or key repeats it to the client that sent it.
        let repeated = [
            format!("unknown command '{key}'"),
            format!("no key `{key}`"),
        ];
        let rest = repeated
            .iter()
            .fold(answers.clone(), |rest, text| rest.replace(text, ""));
        assert!(!rest.contains(key.as_str()), "{rest}");
    }
    if found.contains(&None) {
        return skipped("the memory of other processes cannot be read here");
    }
    assert_eq!(found, [Some(0), Some(0)]);
}

/// The debug output of changes, accounts and logins with a password or a hash.
fn debug_output_of_changes() -> Vec<String> {
    let hash = format!("{HASH}{CANARY}");
    let name = || "1".to_owned();
    let password = || NewPassword {
        hash: hash.clone(),
        id: 1,
    };
    let stored = || PasswordHash(hash.clone());
    let add = Change::AddUser {
        name: name(),
        password: password(),
        role: Role::Admin,
    };
    let set = Change::SetPassword {
        name: name(),
        password: password(),
    };
    let upgrade = Change::UpgradePasswordHash {
        name: name(),
        old: stored(),
        new: stored(),
    };
    let login = LoginOutcome::Succeeded {
        new_hash: Some(hash.clone()),
    };
    let folder = folder();
    let mut reader = Reader::open(&folder.db()).unwrap();
    let accounts = ReadTransaction::new(&mut reader).accounts().unwrap();
    vec![
        format!("{:?}", Password::from_bytes(CANARY.as_bytes())),
        format!("{:?}", password()),
        format!("{accounts:?}"),
        format!("{:?}", ChangeRequest::from_operator(add)),
        format!("{set:?}"),
        format!("{upgrade:?}"),
        format!("{login:?}"),
    ]
}

#[test]
fn debug_output_shows_no_password_and_no_hash() {
    let mut shown = debug_output_of_changes();
    for input in [
        format!("UP 1 {CANARY}\r\n"),
        format!("*2\r\n$2\r\nUP\r\n$13\r\n{CANARY}\r\n"),
    ] {
        let mut decoder = Decoder::default();
        let step = decoder
            .next(input.as_bytes(), FrameLimits::BEFORE_LOGIN)
            .unwrap();
        let DecodeStep::Request(request, _) = step else {
            panic!("no request");
        };
        assert_eq!(request.word(request.len() - 1), Some(CANARY.as_bytes()));
        shown.push(format!(
            "{step:?} {:?}",
            catalogue::protocol::resp::Args::new(request)
        ));
        shown.push(format!("{decoder:?}"));
    }
    let words =
        catalogue::cli::terminal::CommandWords::split(format!("UP 1 {CANARY}").as_bytes()).unwrap();
    shown.push(format!("{words:?}"));
    for shown in shown {
        assert!(!shown.is_empty());
        is_clean(&shown);
    }
}
