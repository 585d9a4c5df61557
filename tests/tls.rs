//! TLS in the server: handshakes and bytes that are none, close_notify, certificates that
//! are replaced, and client certificates.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rustix::process::Signal;

use crate::support::{Cli, Folder, RawClient, TestServer, TlsStream, dial, wait_for};

/// The answer of a server without TLS.
const NEEDS_TLS: &str = "-ERR this port speaks TLS, connect with --tls\r\n";

fn alone(watcher: &mut RawClient<TlsStream>) {
    wait_for("the others to be gone", || {
        (watcher.ask(&["NB"]) == Reply::Integer(1)).then_some(())
    });
}

/// The beginning of a handshake record that announces this many bytes.
fn handshake(version: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[0x16, 3, version][..], &length, body].concat()
}

/// A `ClientHello` of TLS 1.0 or 1.1, which RFC 8996 forbids.
fn old_hello(version: u8) -> Vec<u8> {
    let mut hello = vec![3, version];
    hello.extend([7; 32]);
    // No session, one cipher suite of that time, no compression.
    hello.extend([0, 0, 2, 0xc0, 0x14, 1, 0]);
    // Extensions that the server needs: a curve and a signature algorithm.
    hello.extend([0, 16, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    handshake(version, &[&[1, 0, 0, length][..], &hello].concat())
}

/// All bytes until the server closes.
fn all_of(server: &TestServer, bytes: &[u8]) -> Vec<u8> {
    let mut stream = dial(server.address());
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn large_answers_and_close_notify_arrive() {
    let server = TestServer::start_tls(&[]);
    let mut client = server.tls_client().login("1", "1");
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    // Many times the size of the TLS buffers, requested before anything is read.
    let times = 8 * limits::TLS_OUTPUT_BYTES / limits::MAX_NAMES_PER_COMMAND / 50;
    let names = " 1".repeat(limits::MAX_NAMES_PER_COMMAND);
    client.send(format!("MSEND{names}\r\n").repeat(times));
    client.send("END\r\n");
    for _ in 0..times {
        let Reply::Array(rows) = client.reply() else {
            panic!("no rows");
        };
        assert_eq!(rows.len(), limits::MAX_NAMES_PER_COMMAND);
    }
    client.expect("+OK\r\n").closed();
    let mut guessing = server.tls_client();
    guessing.send("UP a b\r\n".repeat(3));
    for _ in 0..3 {
        assert!(matches!(guessing.reply(), Reply::Error(_)));
    }
    guessing.closed();
}

#[test]
fn sigterm_sends_close_notify() {
    let mut server = TestServer::start_tls(&[]);
    let mut waiting = server.tls_client().login("1", "1");
    let mut unauthenticated = server.tls_client();
    assert_eq!(unauthenticated.ask(&["PING"]), Reply::Status("PONG".into()));
    let (mut silent, mut half) = (server.raw_client(), server.raw_client());
    half.send(&handshake(1, &[0; 100])[..50]);
    wait_for("both to be served", || {
        (waiting.ask(&["NB"]) == Reply::Integer(4)).then_some(())
    });
    server.signal(Signal::TERM);
    waiting.closed();
    unauthenticated.closed();
    silent.closed();
    half.closed();
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_handshake_takes_no_longer_than_a_login_may() {
    let server = TestServer::start_tls(&["--login-grace-seconds", "1", "--workers", "1"]);
    let mut client = server.tls_client().login("1", "1");
    let began = Instant::now();
    let mut unauthenticated = server.tls_client();
    let (mut silent, mut half, mut slow) = (
        server.raw_client(),
        server.raw_client(),
        server.raw_client(),
    );
    half.send(&handshake(1, &[0; 100])[..50]);
    while began.elapsed() < Duration::from_secs(1) {
        // The record announces enough bytes for all of it.
        slow.send_unless_closed([0x16, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xf0]);
        std::thread::sleep(Duration::from_millis(50));
    }
    silent.closed();
    half.closed();
    slow.reply_or_end();
    // A connection with a completed handshake receives close_notify.
    unauthenticated.closed();
    assert!(began.elapsed() >= Duration::from_secs(1));
    alone(&mut client);
}

#[test]
fn an_idle_client_receives_close_notify() {
    let server = TestServer::start_tls(&["--idle-seconds", "1"]);
    let mut idle = server.tls_client().login("1", "1");
    idle.closed();
}

#[test]
fn a_connection_without_tls_is_closed_and_harms_no_other() {
    let server = TestServer::start_tls(&["--workers", "1"]);
    let mut client = server.tls_client().login("1", "1");
    let bytes_of = |text: &str| text.as_bytes().to_vec();
    for text in [
        "PING\r\n",
        "*2\r\n$2\r\nUP\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "\0",
    ] {
        assert_eq!(all_of(&server, text.as_bytes()), bytes_of(NEEDS_TLS));
    }
    // The server sends at most a fatal alert (2) of the kind `decode_error` (50).
    for garbage in [
        handshake(1, b"garbage instead of a hello"),
        handshake(1, &[1, 0, 0, 1, 7]),
        handshake(1, &[0xff; 30_000]),
        vec![0x16; 100_000],
    ] {
        let answer = all_of(&server, &garbage);
        assert!(
            answer.is_empty() || (answer[0], &answer[5..]) == (0x15, &[2, 50]),
            "{answer:?}"
        );
    }
    // Clients with TLS 1.0 and 1.1 receive the alert `protocol_version` (70).
    for version in [1, 2] {
        let old = all_of(&server, &old_hello(version));
        assert_eq!((old[0], old[5], old[6]), (0x15, 2, 70), "{old:?}");
    }
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    alone(&mut client);
}

#[test]
fn connections_above_the_limit_are_refused() {
    let server = TestServer::start_tls(&["--max-connections", "1"]);
    let mut client = server.tls_client().login("1", "1");
    let busy = "-BUSY too many clients are connected, try again later\r\n";
    server.tls_client().send("PING\r\n").expect(busy).closed();
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
}

#[test]
fn a_client_that_never_reads_is_closed_and_delays_no_other() {
    let server = TestServer::start_tls(&["--workers", "1", "--write-timeout-seconds", "1"]);
    let mut watcher = server.tls_client().login("1", "1");
    let names = " 1".repeat(limits::MAX_NAMES_PER_COMMAND);
    let _greedy: Vec<RawClient<TlsStream>> = (0..3)
        .map(|_| {
            let mut client = server.tls_client().login("2", "2");
            client.send(format!("MSEND{names}\r\n").repeat(100));
            client
        })
        .collect();
    assert_eq!(watcher.ask(&["COUNT"]), Reply::Integer(3));
    alone(&mut watcher);
}

#[test]
fn certificates_are_replaced_without_closing_anything() {
    let server = TestServer::start_tls(&[]);
    let folder = server.folder();
    let old_trust = folder.trust();
    let mut client = server.tls_client().login("1", "1");
    folder.certify(&["localhost"]);
    server.signal(Signal::HUP);
    server.logged("the certificates were read again, new connections get them");
    let mut new = server.tls_client().login("2", "2");
    assert!(server.tls_client_trusting(old_trust).is_err());
    // An invalid file is reported without its content, and changes nothing.
    let text = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0!\n-----END PRIVATE KEY-----\n";
    folder.write("key.pem", text);
    server.signal(Signal::HUP);
    let line = server.logged("the certificates stay as they were: `key.pem` is damaged");
    assert!(line.contains("ERROR") && !line.contains("c2Vj"), "{line}");
    server.tls_client().login("2", "2");
    for client in [&mut client, &mut new] {
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    }
}

#[test]
fn sighup_without_tls_ends_nothing() {
    let server = TestServer::start();
    let mut client = server.reader();
    server.signal(Signal::HUP);
    server.logged("there is nothing to read again without TLS");
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    let (status, _) = server.stop();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn clients_present_a_certificate_where_required() {
    let folder = Folder::with_accounts();
    let mut theirs = Vec::new();
    for name in ["stranger", "guest"] {
        folder.certify(&[name]);
        for file in ["cert.pem", "key.pem"] {
            let path = folder.path().join(format!("{name}-{file}"));
            fs::rename(folder.path().join(file), &path).unwrap();
            theirs.push(path.to_str().unwrap().to_owned());
        }
    }
    folder.certify(&["localhost"]);
    let server = TestServer::serve_tls(folder, &["--tls-client-ca", "guest-cert.pem"]);
    let address = format!("localhost:{}", server.address().port());
    let client = |flags: &[&str], command: &[&str]| {
        let usual = ["client", "--connect", &address, "--ca", "cert.pem"];
        Cli::new(usual.iter().chain(flags).chain(command)).env("CATALOGUE_PASSWORD", "1")
    };
    let no_tls = format!("no TLS with the server at {address}: it");
    client(&["--user", "1"], &["COUNT"])
        .fails(format!(
            "{no_tls} asks for a certificate of the client, give --client-cert and --client-key"
        ))
        .run(server.folder());
    let [unauthenticated, strangers_key, guest, guests_key] = &theirs[..] else {
        panic!("four files");
    };
    client(
        &[
            "--user",
            "1",
            "--client-cert",
            unauthenticated,
            "--client-key",
            strangers_key,
        ],
        &["COUNT"],
    )
    .fails(format!(
        "{no_tls} refuses the certificate of the client (received fatal alert: UnknownCA), give one that an authority of its \
         --tls-client-ca has signed"
    ))
    .run(server.folder());
    let shown = ["--client-cert", guest, "--client-key", guests_key];
    client(&[&["--user", "1"][..], &shown].concat(), &["COUNT"])
        .stdout("3\n")
        .run(server.folder());
    // A client certificate is not a login.
    client(&shown, &["COUNT"])
        .fails("login required, give --user, or set CATALOGUE_USER")
        .run(server.folder());
}

#[test]
fn a_key_that_others_can_read_is_reported() {
    let folder = Folder::with_accounts();
    folder.certify(&["localhost"]);
    let key = folder.path().join("key.pem");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let server = TestServer::serve_tls(folder, &[]);
    server.logged("every user of this machine can use the key in `key.pem`, `chmod o= key.pem`");
    server.tls_client().login("1", "1");
}

#[test]
fn a_server_without_valid_tls_settings_does_not_start() {
    let folder = Folder::with_accounts();
    folder.certify(&["localhost"]);
    let serve = |flags: &[&str]| Cli::new(["serve"].iter().chain(flags));
    let both = "--tls-cert and --tls-key belong together, give both";
    for flags in [["--tls-cert", "cert.pem"], ["--tls-key", "key.pem"]] {
        serve(&flags).fails(both).status(2).run(&folder);
    }
    serve(&["--tls-client-ca", "cert.pem"])
        .fails("--tls-client-ca needs TLS, give --tls-cert and --tls-key too")
        .status(2)
        .run(&folder);
    serve(&["--tls-cert", "none.pem", "--tls-key", "key.pem"])
        .fails("cannot read `none.pem`: entity not found, check the path and its permissions")
        .run(&folder);
    serve(&["--tls-cert", "cert.pem", "--tls-key", "cert.pem"])
        .fails(
            "`cert.pem` holds no private key, it should begin with `-----BEGIN PRIVATE KEY-----`",
        )
        .run(&folder);
    // A documentation address (RFC 5737), so that nothing can be bound by mistake.
    serve(&["--listen", "192.0.2.1:5890"])
        .fails(
            "connections to `192.0.2.1:5890` are not encrypted, passwords could be read on the \
             network; give --tls-cert and --tls-key (`catalogue cert` makes both for a test), or \
             --allow-plaintext",
        )
        .status(2)
        .run(&folder);
    let missing = "cannot listen on `192.0.2.1:5890`: this machine does not have that address, \
                   choose another address with --listen";
    for allowed in [
        &["--allow-plaintext"][..],
        &["--tls-cert", "cert.pem", "--tls-key", "key.pem"],
    ] {
        serve(&[&["--listen", "192.0.2.1:5890"][..], allowed].concat())
            .fails(missing)
            .run(&folder);
    }
    serve(&["--listen", "192.0.2.1:5890"])
        .env("CATALOGUE_ALLOW_PLAINTEXT", "yes")
        .fails(missing)
        .run(&folder);
}

#[test]
fn plaintext_that_others_could_read_is_logged() {
    let folder = Folder::with_accounts();
    let server = TestServer::serve(folder, "0.0.0.0:0", &["--allow-plaintext"]);
    let line = server.logged("without encryption");
    assert!(line.contains("`0.0.0.0:"), "{line}");
}
