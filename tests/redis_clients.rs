//! Clients of other projects: `redis-cli`, redis-py and the `redis` crate. A client that
//! is not installed is skipped, and the skip is reported.

use std::process::Command;

use catalogue::movie::Movie;
use catalogue::protocol::resp::Reply;
use redis::{Client, Commands, ConnectionLike, ErrorKind, ProtocolVersion, RedisResult};

use crate::support::{TestServer, missing_program, redis_cli};

const ALIEN: &str = concat!(
    r#"{"id":2,"name":"2","title":"Alien","original_title":null,"released":"1979-05-25","#,
    r#""runtime_minutes":117,"genres":["Horror","Sci-Fi"],"rating":8.5,"votes":1000000}"#
);

#[test]
fn redis_cli_in_both_protocols() {
    let server = TestServer::start();
    for protocol in ["-2", "-3"] {
        let Some(cli) = redis_cli(&server, "admin", "mdp") else {
            return;
        };
        let cli = cli.flag(protocol);
        assert_eq!(
            cli.ask(&["GET", "2", "JSON"]),
            format!("{ALIEN}\n"),
            "{protocol}"
        );
        assert_eq!(cli.ask(&["SEND", "9"]), "\n", "{protocol}");
        assert_eq!(cli.ask(&["DBSIZE"]), "3\n", "{protocol}");
        assert_eq!(cli.ask(&["EXISTS", "1", "9"]), "1\n", "{protocol}");
        assert_eq!(
            cli.ask(&["PUT", "4", r#"{"title":"a b \"c\""}"#]),
            "OK\n",
            "{protocol}"
        );
        assert_eq!(cli.ask(&["DEL", "4"]), "1\n", "{protocol}");
        assert_eq!(
            cli.ask(&["FOO"]),
            "NO unknown command 'FOO'\n\n",
            "{protocol}"
        );
    }
    let binary = redis_cli(&server, "1", "1").unwrap().output(&["GET", "3"]);
    let row = binary.stdout.strip_suffix(b"\n").unwrap();
    assert_eq!(Movie::from_postcard(row).unwrap().title, "Amélie");
}

#[test]
fn redis_cli_over_tls() {
    let help = Command::new("redis-cli").arg("--help").output();
    if !help.is_ok_and(|help| {
        [help.stdout, help.stderr]
            .concat()
            .windows(5)
            .any(|w| w == b"--tls")
    }) {
        return missing_program("redis-cli --tls");
    }
    let server = TestServer::start_tls(&["--tls-client-ca", "cert.pem"]);
    let file = |name: &str| server.folder().path().join(name).display().to_string();
    let flags = [
        "--cacert", "cert.pem", "--cert", "cert.pem", "--key", "key.pem",
    ];
    for protocol in ["-2", "-3"] {
        let Some(mut cli) = redis_cli(&server, "admin", "mdp") else {
            return;
        };
        for flag in ["--tls", protocol] {
            cli = cli.flag(flag);
        }
        for pair in flags.chunks(2) {
            cli = cli.flag(pair[0]).flag(&file(pair[1]));
        }
        assert_eq!(cli.ask(&["GET", "2", "JSON"]), format!("{ALIEN}\n"));
        assert_eq!(cli.ask(&["PUT", "4", r#"{"title":"x"}"#]), "OK\n");
        assert_eq!(cli.ask(&["DEL", "4"]), "1\n");
        assert_eq!(cli.ask(&["QUIT"]), "OK\n");
    }
    let untrusting = redis_cli(&server, "admin", "mdp").unwrap().flag("--tls");
    let output = untrusting.output(&["COUNT"]);
    assert!(!output.status.success());
    let plain = redis_cli(&server, "", "").unwrap();
    assert_eq!(
        plain.ask(&["COUNT"]),
        "ERR this port speaks TLS, connect with --tls\n\n"
    );
}

#[test]
fn redis_cli_shows_a_refused_login_once() {
    let server = TestServer::start();
    let Some(cli) = redis_cli(&server, "admin", "wrong") else {
        return;
    };
    let output = cli.output(&["GET", "1"]);
    let refusal = "AUTH failed: ECHEC wrong user or password, 2 attempts left\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), refusal);
    let required = "ECHEC login required, send UP <user> <password>, 1 attempt left\n\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), required);
    let unauthenticated = redis_cli(&server, "", "").unwrap();
    let required = "ECHEC login required, send UP <user> <password>, 2 attempts left\n\n";
    assert_eq!(unauthenticated.ask(&["GET", "1"]), required);
    assert_eq!(accepted(&server), 3);
}

/// The number of connections so far, including the one that asks.
fn accepted(server: &TestServer) -> usize {
    let Reply::Bulk(metrics) = server.reader().ask(&["INFO", "stats"]) else {
        panic!("no metrics");
    };
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"));
    line.unwrap().parse().unwrap()
}

fn crate_client(
    server: &TestServer,
    protocol: ProtocolVersion,
    user: &str,
    password: &str,
) -> Client {
    let address = server.address();
    let protocol = match protocol {
        ProtocolVersion::RESP3 => "?protocol=resp3",
        _ => "",
    };
    Client::open(format!("redis://{user}:{password}@{address}/{protocol}")).unwrap()
}

#[test]
fn the_redis_crate_in_both_protocols() {
    let server = TestServer::start();
    for protocol in [ProtocolVersion::RESP2, ProtocolVersion::RESP3] {
        let mut connection = crate_client(&server, protocol, "admin", "mdp")
            .get_connection()
            .unwrap();
        let row: Vec<u8> = connection.get("3").unwrap();
        assert_eq!(Movie::from_postcard(&row).unwrap().title, "Amélie");
        let missing: Option<Vec<u8>> = connection.get("9").unwrap();
        assert_eq!(missing, None);
        let several: Vec<Option<Vec<u8>>> = connection.mget(&["1", "9"]).unwrap();
        assert!(several[0].is_some() && several[1].is_none());
        let put: String = redis::cmd("PUT")
            .arg("4")
            .arg(r#"{"title":"Four"}"#)
            .query(&mut connection)
            .unwrap();
        assert_eq!(put, "OK");
        let (json, count, removed): (String, u64, u64) = redis::pipe()
            .cmd("SEND")
            .arg("2")
            .arg("JSON")
            .cmd("COUNT")
            .cmd("DEL")
            .arg("4")
            .query(&mut connection)
            .unwrap();
        assert_eq!((json.as_str(), count, removed), (ALIEN, 4, 1));
        let unknown: RedisResult<String> = redis::cmd("FOO").query(&mut connection);
        assert_eq!(unknown.unwrap_err().code(), Some("NO"));
        // An error leaves the connection usable.
        assert!(connection.check_connection());
        assert_eq!(connection.get_db(), 0);
    }
}

#[test]
fn the_redis_crate_tries_a_wrong_password_once() {
    let server = TestServer::start();
    for protocol in [ProtocolVersion::RESP2, ProtocolVersion::RESP3] {
        let client = crate_client(&server, protocol, "admin", "wrong");
        let error = client.get_connection().err().unwrap();
        let is_refused =
            error.code() == Some("ECHEC") || error.kind() == ErrorKind::AuthenticationFailed;
        assert!(is_refused, "{error:?}");
    }
    assert_eq!(accepted(&server), 3);
}

/// Runs `redis_py.py` from this folder.
#[test]
fn redis_py() {
    let server = TestServer::start();
    run_redis_py(&server, &[]);
}

#[test]
fn redis_py_over_tls() {
    let server = TestServer::start_tls(&[]);
    let certificate = server.folder().path().join("cert.pem");
    run_redis_py(&server, &[certificate.to_str().unwrap()]);
}

/// With the Python that `CATALOGUE_TEST_PYTHON` names, in which redis-py is installed.
fn run_redis_py(server: &TestServer, arguments: &[&str]) {
    let python = std::env::var("CATALOGUE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let version = Command::new(&python)
        .args(["-c", "import redis; print(redis.__version__)"])
        .output();
    match version {
        Ok(output) if output.status.success() => {
            println!(
                "redis-py {}",
                String::from_utf8_lossy(&output.stdout).trim()
            );
        }
        _ => {
            return missing_program("redis-py");
        }
    }
    let output = Command::new(&python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/redis_py.py"))
        .arg(server.address().port().to_string())
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}
