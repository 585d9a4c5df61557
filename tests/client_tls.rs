//! TLS in the bundled client, and `catalogue cert`.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::{Duration, Instant};

use catalogue::client::{Client, ClientError, ClientTimeouts, ClientTls};
use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};

use crate::support::{Cli, Folder, TestServer};

const MADE: &str = "made cert.pem and key.pem for localhost, 127.0.0.1, ::1, valid for 365 days\n\
    serve:  catalogue serve --tls-cert cert.pem --tls-key key.pem\n\
    ask:    catalogue client --ca cert.pem --user admin\n\
    or:     redis-cli -p 5890 --tls --cacert cert.pem --user admin --askpass\n";

fn mode(folder: &Folder, name: &str) -> u32 {
    let path = folder.path().join(name);
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn cert_makes_a_pair_and_never_replaces_one() {
    let folder = Folder::with_accounts();
    Cli::new(["cert"]).stdout(MADE).run(&folder);
    assert_eq!(folder.files(), ["cert.pem", "key.pem", "sae.db"]);
    assert_eq!(
        (mode(&folder, "cert.pem"), mode(&folder, "key.pem")),
        (0o644, 0o600)
    );
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let before = (read("cert.pem"), read("key.pem"));
    let left = "exists already and was not changed, choose another folder with --out";
    Cli::new(["cert"])
        .fails(format!("`cert.pem` {left}"))
        .run(&folder);
    assert_eq!((read("cert.pem"), read("key.pem")), before);
    // If one file of the pair exists, the other one is not created.
    fs::remove_file(folder.path().join("cert.pem")).unwrap();
    Cli::new(["cert"])
        .fails(format!("`key.pem` {left}"))
        .run(&folder);
    assert_eq!(folder.files(), ["key.pem", "sae.db"]);
    assert_eq!(read("key.pem"), before.1);
    Cli::new(["cert", "--out", "a new/folder", "movies.example.org"])
        .stdout(
            MADE.replace("localhost, 127.0.0.1, ::1", "movies.example.org")
                .replace("cert.pem", "'a new/folder/cert.pem'")
                .replace("key.pem", "'a new/folder/key.pem'"),
        )
        .run(&folder);
    assert_eq!(mode(&folder, "a new/folder/key.pem"), 0o600);
    for name in ["localhost:5890", "two words", "-", ""] {
        Cli::new(["cert", "--out", "none", "--", name])
            .fails(format!(
                "`{name}` is neither a host name nor an IP address, give it without a port"
            ))
            .status(2)
            .run(&folder);
    }
    let many = vec!["localhost"; limits::MAX_CERTIFICATE_NAMES + 1];
    let words = ["cert", "--out", "none"].iter().chain(&many);
    assert_eq!(Cli::new(words).output(&folder).status.code(), Some(2));
    assert!(!folder.path().join("none").exists());
    let words = ["cert", "--out", "none"].iter().chain(&many[1..]);
    assert!(Cli::new(words).output(&folder).status.success());
}

#[test]
fn the_client_accepts_a_valid_certificate() {
    let server = TestServer::start_tls(&[]);
    let port = server.address().port();
    let client = |host: &str, flags: &[&str]| {
        let address = format!("{host}:{port}");
        let usual = ["client", "--connect", &address, "--user", "1"];
        Cli::new(usual.iter().chain(flags).chain(&["COUNT"])).env("CATALOGUE_PASSWORD", "1")
    };
    for host in ["localhost", "127.0.0.1"] {
        client(host, &["--ca", "cert.pem"])
            .stdout("3\n")
            .run(server.folder());
    }
    client("localhost", &[])
        .env("CATALOGUE_CA", "cert.pem")
        .stdout("3\n")
        .run(server.folder());
    // With this variable set, the system's certificates are read from that file.
    for tls in ["true", "1"] {
        client("localhost", &[])
            .env("CATALOGUE_TLS", tls)
            .env("SSL_CERT_FILE", server.folder().path().join("cert.pem"))
            .stdout("3\n")
            .run(server.folder());
    }
    server.folder().write("nobody.pem", "");
    client("localhost", &["--tls"])
        .env("SSL_CERT_FILE", server.folder().path().join("nobody.pem"))
        .env("SSL_CERT_DIR", "")
        .fails("this machine trusts no certificates, install `ca-certificates` or give --ca")
        .run(server.folder());
    client("localhost", &[])
        .fails("this port speaks TLS, connect with --tls")
        .run(server.folder());
    client("localhost", &["--ca", "key.pem"])
        .fails("`key.pem` holds no certificate, it should begin with `-----BEGIN CERTIFICATE-----`")
        .run(server.folder());
    client("localhost", &["--client-cert", "cert.pem"])
        .fails("--client-cert and --client-key belong together, give both")
        .status(2)
        .run(server.folder());
    let plain = TestServer::start();
    let address = plain.address().to_string();
    Cli::new(["client", "--connect", &address, "--ca", "cert.pem", "COUNT"])
        .fails(format!(
            "no TLS with the server at {address}: it does not speak TLS, leave --tls and --ca out, \
             or start it with --tls-cert and --tls-key"
        ))
        .run(server.folder());
}

/// Replaces the folder's certificate by one with a defect.
fn certify_oddly(folder: &Folder, change: impl FnOnce(&mut CertificateParams)) {
    let mut wanted = CertificateParams::new(["localhost".to_owned()]).unwrap();
    change(&mut wanted);
    let key = KeyPair::generate().unwrap();
    folder.write("cert.pem", &wanted.self_signed(&key).unwrap().pem());
    folder.write("key.pem", &key.serialize_pem());
}

/// Each defect is reported in one line that names the remedy, before anything was sent.
#[test]
fn bad_certificates_are_refused() {
    type Change = fn(&mut CertificateParams);
    let cases: [(Change, &str); 4] = [
        (
            |wanted| wanted.not_after = date_time_ymd(2020, 2, 29),
            "it was valid until 2020-02-29 00:00 UTC, the server needs a new one",
        ),
        (
            |wanted| wanted.not_before = date_time_ymd(3000, 1, 1),
            "it is valid from 3000-01-01 00:00 UTC on, is the clock of this machine right?",
        ),
        (
            |wanted| {
                wanted.subject_alt_names =
                    vec!["movies".try_into().map(rcgen::SanType::DnsName).unwrap()]
            },
            "it is not for `localhost`, connect by a name that it is for, or give the server one \
             that is for `localhost`",
        ),
        (
            |wanted| wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            "it is that of an authority (CA:TRUE), which may not be a server's, make one with \
             `catalogue cert`",
        ),
    ];
    let unknown = "no authority that is trusted here has signed it, give --ca with the file of one \
                   that has, or with the certificate itself";
    for (change, reason) in cases {
        let folder = Folder::with_accounts();
        certify_oddly(&folder, change);
        refused(folder, "cert.pem", reason);
    }
    let folder = Folder::with_accounts();
    folder.certify(&["localhost"]);
    fs::rename(
        folder.path().join("cert.pem"),
        folder.path().join("other.pem"),
    )
    .unwrap();
    folder.certify(&["localhost"]);
    refused(folder, "other.pem", unknown);
}

#[track_caller]
fn refused(folder: Folder, ca: &str, reason: &str) {
    let server = TestServer::serve_tls(folder, &[]);
    let address = format!("localhost:{}", server.address().port());
    Cli::new([
        "client",
        "--connect",
        &address,
        "--ca",
        ca,
        "--user",
        "1",
        "COUNT",
    ])
    .env("CATALOGUE_PASSWORD", "1")
    .fails(format!(
        "the certificate of the server at {address} is refused: {reason}"
    ))
    .run(server.folder());
}

/// A listener that reads everything and answers nothing until the client disconnects.
fn deaf() -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let listening = thread::spawn(move || {
        let mut got = Vec::new();
        let _ = listener.accept().unwrap().0.read_to_end(&mut got);
        got
    });
    (address, listening)
}

#[test]
fn nothing_is_sent_before_the_server_is_verified() {
    let server = TestServer::start_tls(&[]);
    let certificate = server.folder().path().join("cert.pem");
    let tls = ClientTls::with_authorities(&certificate).unwrap();
    let (address, listening) = deaf();
    let mut timeouts = ClientTimeouts::default();
    timeouts.connect = Duration::from_millis(300);
    let began = Instant::now();
    let error = Client::connect_tls_with(&address, timeouts, &tls).unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { .. }), "{error:?}");
    assert!(began.elapsed() < timeouts.answer, "{:?}", began.elapsed());
    // The client has sent handshake records only.
    assert_eq!(listening.join().unwrap()[0], 0x16);
    // The server that was refused has received no command.
    let other = Folder::empty();
    other.certify(&["localhost"]);
    let unauthenticated = ClientTls::with_authorities(&other.path().join("cert.pem")).unwrap();
    let address = format!("localhost:{}", server.address().port());
    let error = Client::connect_tls(&address, &unauthenticated).unwrap_err();
    assert!(matches!(error, ClientError::Untrusted { .. }), "{error:?}");
    let mut client = Client::connect_tls(&address, &tls).unwrap();
    client.login("1", "1").unwrap();
    let Reply::Bulk(metrics) = client.command(&["INFO", "stats"]).unwrap() else {
        panic!("no metrics");
    };
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    assert!(
        metrics.contains("total_connections_received:2\r\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("total_commands_processed:2\r\n"),
        "{metrics}"
    );
}

#[test]
fn the_library_speaks_tls_and_shows_no_key() {
    let server = TestServer::start_tls(&[]);
    let path = |name: &str| server.folder().path().join(name);
    let tls = ClientTls::with_authorities(&path("cert.pem")).unwrap();
    let tls = tls.presenting(&path("cert.pem"), &path("key.pem")).unwrap();
    let address = server.address().to_string();
    let mut client = Client::connect_tls(&address, &tls).unwrap();
    client.login("1", "1").unwrap();
    assert_eq!(client.send("2").unwrap().unwrap().title, "Alien");
    let many = vec![["ECHO", "x"]; 1_000];
    assert_eq!(
        client.pipeline(&many).unwrap(),
        vec![Reply::text("x"); 1_000]
    );
    let shown = format!("{tls:?} {client:?}");
    assert_eq!(
        shown.matches("ClientTls { authorities: 1, .. }").count(),
        1,
        "{shown}"
    );
    let key = fs::read_to_string(path("key.pem")).unwrap();
    assert!(!shown.contains(key.lines().nth(1).unwrap()), "{shown}");
    client.end();
}
