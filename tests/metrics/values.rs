//! The values of the metrics are right, and contain no private data.

use catalogue::protocol::commands::COMMANDS;
use catalogue::protocol::resp::Reply;

use super::{METRICS, scrape, start};
use crate::support::{Folder, TestServer};

#[test]
fn requests_are_counted_by_command_and_timed() {
    let (server, address) = start();
    let before = scrape(address);
    for spec in COMMANDS {
        let label = Some(("command", spec.name));
        assert_eq!(before.value("catalogue_requests_total", label), 0.0);
    }
    let mut admin = server.admin();
    // Several at once: one with its alias, and one that is unknown.
    admin.send("SEND 1\r\nGET 2\r\nsend 1\r\nCOUNT\r\nEXISTS 1\r\nNONSENSE\r\n");
    for _ in 0..6 {
        admin.reply();
    }
    for _ in 0..3 {
        admin.ask(&["FIND", "the"]);
    }
    assert_eq!(
        admin.ask(&["PUT", "new", r#"{"title":"New"}"#]),
        Reply::Status("OK".into())
    );
    let page = scrape(address);
    for (command, number) in [
        ("UP", 1.0),
        ("SEND", 3.0),
        ("COUNT", 1.0),
        ("EXISTS", 1.0),
        ("unknown", 1.0),
        ("FIND", 3.0),
        ("PUT", 1.0),
        ("DEL", 0.0),
    ] {
        let label = Some(("command", command));
        assert_eq!(
            page.value("catalogue_requests_total", label),
            number,
            "{command}"
        );
        let timed = page.find("catalogue_request_duration_seconds_count", label);
        assert_eq!(timed.unwrap_or(0.0), number, "{command}");
        let seconds = page.find("catalogue_request_duration_seconds_sum", label);
        assert_eq!(seconds.unwrap_or(0.0) > 0.0, number > 0.0, "{command}");
    }
    assert_eq!(
        page.value("catalogue_errors_total", Some(("code", "NO"))),
        1.0
    );
    // A hash takes milliseconds. Times of other commands are not part of it.
    let login = page.value(
        "catalogue_request_duration_seconds_sum",
        Some(("command", "UP")),
    );
    assert!(login > 0.001, "{login}");
    assert_eq!(page.value("catalogue_write_batch_changes_count", None), 1.0);
    assert_eq!(page.value("catalogue_write_batch_changes_sum", None), 1.0);
    assert!(page.value("catalogue_write_duration_seconds_sum", None) > 0.0);
    assert_eq!(page.value("catalogue_write_failures_total", None), 0.0);
    assert_eq!(page.value("catalogue_movies", None), 4.0);
}

/// A pipeline longer than a connection may answer at once.
#[test]
fn no_request_of_a_long_pipeline_is_lost() {
    const REQUESTS: usize = 3 * catalogue::config::limits::MAX_STEPS_PER_TURN + 7;
    let (server, address) = start();
    let mut reader = server.reader();
    reader.send("SEND 1\r\n".repeat(REQUESTS));
    for _ in 0..REQUESTS {
        reader.reply();
    }
    let page = scrape(address);
    let label = Some(("command", "SEND"));
    let expected = REQUESTS as f64;
    assert_eq!(page.value("catalogue_requests_total", label), expected);
    let timed = page.value("catalogue_request_duration_seconds_count", label);
    assert_eq!(timed, expected);
    assert_eq!(
        page.value("catalogue_cache_hits_total", None),
        expected - 1.0
    );
    assert_eq!(page.value("catalogue_cache_misses_total", None), 1.0);
    assert!(page.value("catalogue_cache_bytes", None) > 0.0);
    assert_eq!(page.value("catalogue_cache_evictions_total", None), 0.0);
}

#[test]
fn connections_logins_and_errors_are_counted_separately() {
    let flags = [&METRICS[..], &["--max-connections", "4"]].concat();
    let server = TestServer::start_with(&flags);
    let address = server.metrics_address();
    let _members = [server.reader(), server.reader(), server.admin()];
    let mut unauthenticated = server.raw_client();
    unauthenticated.ask(&["UP", "admin", "wrong"]);
    unauthenticated.ask(&["COUNT"]);
    let mut refused = server.raw_client();
    assert!(matches!(refused.ask(&["PING"]), Reply::Error(_)));
    let page = scrape(address);
    let of = |name: &str, label: &str, value: &str| page.value(name, Some((label, value)));
    assert_eq!(of("catalogue_connections", "state", "logged_in"), 3.0);
    assert_eq!(of("catalogue_connections", "state", "unauthenticated"), 1.0);
    assert_eq!(
        page.value("catalogue_connections_accepted_total", None),
        5.0
    );
    assert_eq!(page.value("catalogue_connections_refused_total", None), 1.0);
    assert_eq!(page.value("catalogue_connections_evicted_total", None), 0.0);
    assert_eq!(of("catalogue_logins_total", "outcome", "right"), 3.0);
    assert_eq!(of("catalogue_logins_total", "outcome", "wrong"), 1.0);
    assert_eq!(of("catalogue_logins_total", "outcome", "delayed"), 0.0);
    assert_eq!(of("catalogue_errors_total", "code", "ECHEC"), 2.0);
    assert_eq!(of("catalogue_errors_total", "code", "BUSY"), 1.0);
    for queue in ["hashes", "queries", "writes"] {
        assert_eq!(of("catalogue_queue_length", "queue", queue), 0.0);
        assert!(of("catalogue_queue_capacity", "queue", queue) > 0.0);
    }
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(of("catalogue_build_info", "version", version), 1.0);
}

/// `INFO` and the page have one source.
#[test]
fn info_shows_the_same_values() {
    let (server, address) = start();
    let mut admin = server.admin();
    for name in ["1", "2", "1", "nowhere"] {
        admin.ask(&["SEND", name]);
    }
    for key in [
        "keyspace_hits",
        "keyspace_misses",
        "logins_right",
        "movies",
        "cache_bytes",
    ] {
        let name = match key {
            "keyspace_hits" => "catalogue_cache_hits_total",
            "keyspace_misses" => "catalogue_cache_misses_total",
            "movies" => "catalogue_movies",
            "cache_bytes" => "catalogue_cache_bytes",
            _ => "catalogue_logins_total",
        };
        let label = (key == "logins_right").then_some(("outcome", "right"));
        let shown = server.metric(&mut admin, key) as f64;
        assert_eq!(scrape(address).value(name, label), shown, "{key}");
    }
    let requests = server.metric(&mut admin, "total_commands_processed");
    let page = scrape(address);
    let counted = |spec: &catalogue::protocol::commands::CommandDescription| {
        page.value("catalogue_requests_total", Some(("command", spec.name)))
    };
    assert_eq!(COMMANDS.iter().map(counted).sum::<f64>(), requests as f64);
    let database = page.value("catalogue_database_bytes", None);
    assert_eq!(
        database,
        server.folder().db().metadata().unwrap().len() as f64
    );
    assert!(page.find("catalogue_wal_bytes", None).is_some());
}

/// Without the flag the clock is not read, but requests are counted.
#[test]
fn without_the_flag_info_counts_and_nothing_is_served() {
    let server = TestServer::start();
    let mut reader = server.reader();
    for _ in 0..5 {
        reader.ask(&["SEND", "1"]);
    }
    assert_eq!(server.metric(&mut reader, "total_commands_processed"), 7);
    assert_eq!(server.metric(&mut reader, "keyspace_hits"), 4);
    assert!(!server.greeting().contains("metrics"));
}

/// The metrics reveal no users, passwords, names or addresses.
#[test]
fn metrics_contain_no_names() {
    let folder = Folder::with_accounts();
    let server = TestServer::serve(folder, "127.0.0.1:0", &METRICS);
    let address = server.metrics_address();
    let mut admin = server.admin();
    admin.ask(&["PUT", "secretname", r#"{"title":"Secrettitle"}"#]);
    admin.ask(&["SEND", "secretname"]);
    admin.ask(&["FIND", "Secrettitle"]);
    admin.ask(&["SECRETWORD", "mdp"]);
    server
        .raw_client()
        .ask(&["UP", "secretuser", "secretpassword"]);
    let text = super::get(address, "/metrics").body;
    let lower = text.to_ascii_lowercase();
    for word in ["secret", "admin", "mdp", "127.0.0.1", "sae.db", "argon2"] {
        assert!(!lower.contains(word), "{word} is in the metrics");
    }
    let page = super::Page::read(&text);
    let known = |value: &&str| {
        let is_command = COMMANDS.iter().any(|spec| spec.name == *value);
        let is_number = value.parse::<f64>().is_ok();
        let is_word = [
            "unknown",
            "logged_in",
            "unauthenticated",
            "right",
            "wrong",
            "delayed",
            "untried",
            "hashes",
            "queries",
            "writes",
            env!("CARGO_PKG_VERSION"),
        ];
        let is_code = catalogue::protocol::resp::ERROR_CODES.contains(value);
        is_command || is_number || is_word.contains(value) || is_code
    };
    let values = page.label_values();
    let strange: Vec<_> = values.iter().filter(|value| !known(value)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}
