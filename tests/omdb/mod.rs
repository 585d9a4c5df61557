//! OMDb's API over the wire, and clients of OMDb from PyPI and npm with this server's address.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use catalogue::protocol::resp::Reply;

use crate::support::http::{Answer, exchange, send};
use crate::support::{Folder, TestServer, missing_program};

macro_rules! episode {
    ($title:literal, $season:literal, $number:literal) => {
        concat!(
            r#"{"title":""#,
            $title,
            r#"","released":"2011-04-07","votes":12345,"type":"tvEpisode","series":{"name":"#,
            r#""tt9000002","title":null,"season":"#,
            $season,
            r#","episode":"#,
            $number,
            "}}"
        )
    };
}

/// Two films, a series of two seasons and its episodes.
const MOVIES: &[(&str, &str)] = &[
    (
        "tt9000001",
        r#"{"title":"The Deep","released":"1994-10-14","runtime_minutes":142,"genres":["Drama"],
            "rating":8.8,"votes":2370839,"type":"movie","plot":"It sinks.","rated":"R",
            "directors":[{"name":"nm9000001","person":"Ann A"},{"name":"nm9000002","person":"Bo B"}],
            "cast":[{"name":"nm9000003","person":"C C"},{"name":"nm9000004","person":"D D"},
                    {"name":"nm9000005","person":"E E"},{"name":"nm9000006","person":"F F"}],
            "poster":"https://posters.example/1.jpg","language":"English","country":"Peru"}"#,
    ),
    (
        "deep end",
        r#"{"title":"The Deep End","released":"2001","rating":6.6,"votes":12000,"type":"movie"}"#,
    ),
    (
        "tt9000002",
        r#"{"title":"Long","released":"2011","ended":"2019","votes":500,"type":"tvSeries"}"#,
    ),
    ("tt9000003", episode!("Pilot", 1, 1)),
    ("tt9000004", episode!("Second", 1, 2)),
    ("tt9000005", episode!("Third", 2, 1)),
];

/// A server with these movies, its address, and a key.
fn serve(flags: &[&str]) -> (TestServer, SocketAddr, String) {
    let flags = [&["--http", "127.0.0.1:0"], flags].concat();
    let server = TestServer::serve(Folder::with_accounts(), "127.0.0.1:0", &flags);
    let address = server.http_address();
    let mut admin = server.admin();
    for (name, json) in MOVIES {
        let put = admin.ask(&["PUT", name, json]);
        assert_eq!(put, Reply::Status("OK".to_owned()), "{name}");
    }
    let key = crate::http::key(&server, "omdb", &[]);
    (server, address, key)
}

fn ask(address: SocketAddr, query: &str) -> Answer {
    send(address, "GET", &format!("/omdb?{query}"), &[], "")
}

#[test]
fn every_request_of_the_contract_is_answered() {
    let (_server, address, key) = serve(&[]);
    let error = |message: &str| format!(r#"{{"Response":"False","Error":"{message}"}}"#);
    for (query, expected) in [
        ("t=zxqwvk", error("Movie not found!")),
        ("t=zxqwvk&type=series", error("Series not found!")),
        ("t=The+Deep&type=series", error("Series not found!")),
        ("t=The+Deep&y=1995", error("Movie not found!")),
        ("i=x", error("Incorrect IMDb ID.")),
        ("i=tt0000000", error("Error getting data.")),
        ("i=tt9000002&Season=3", error("Series or season not found!")),
        ("i=tt9000001&Season=1", error("Series or season not found!")),
        ("t=zxqwvk&Season=1", error("Series or season not found!")),
        ("i=tt9000002&Season=one", error("Series or season not found!")),
        ("i=tt9000002&Season=1&Episode=3", error("Series or episode not found!")),
        ("i=x&Season=1&Episode=1", error("Series or episode not found!")),
        ("", error("Something went wrong.")),
        ("i=&t=", error("Something went wrong.")),
        ("s=deep&page=2", error("Movie not found!")),
        ("s=deep&page=101", error("Movie not found!")),
        ("s=deep&type=series", error("Series not found!")),
        ("s=%21%21", error("Movie not found!")),
        (
            "s=deep&y=2001",
            r#"{"Search":[{"Title":"The Deep End","Year":"2001","imdbID":"deep end","Type":"movie","Poster":"N/A"}],"totalResults":"1","Response":"True"}"#.to_owned(),
        ),
        (
            "r=xml&s=end",
            r#"<root totalResults="1" response="True"><result title="The Deep End" year="2001" imdbID="deep end" type="movie" poster="N/A"/></root>"#.to_owned(),
        ),
        (
            "i=tt9000002&season=1&r=json",
            r#"{"Title":"Long","Season":"1","totalSeasons":"2","Episodes":[{"Title":"Pilot","Released":"2011-04-07","Episode":"1","imdbRating":"N/A","imdbID":"tt9000003"},{"Title":"Second","Released":"2011-04-07","Episode":"2","imdbRating":"N/A","imdbID":"tt9000004"}],"Response":"True"}"#.to_owned(),
        ),
        ("i=y&r=xml", r#"<root response="False"><error>Incorrect IMDb ID.</error></root>"#.to_owned()),
    ] {
        let answer = ask(address, &format!("apikey={key}&{query}"));
        assert_eq!((answer.status, answer.body), (200, expected), "{query}");
    }
    for (query, title) in [
        ("t=the+DEEP", "The Deep"),
        ("T=Deep&plot=short&page=1&tomatoes=true", "The Deep"),
        ("t=The+Deep&y=1994&type=movie", "The Deep"),
        ("i=deep+end", "The Deep End"),
        ("i=tt9000002", "Long"),
        ("t=long&type=series", "Long"),
        ("i=tt9000002&Season=2&Episode=1", "Third"),
        ("t=Long&Season=1&Episode=2", "Second"),
        ("i=tt9000001&t=Long", "The Deep"),
    ] {
        let answer = ask(address, &format!("ApiKey={key}&{query}"));
        assert_eq!(answer.json()["Title"], title, "{query}: {answer:?}");
    }
}

#[test]
fn the_header_fields_are_those_of_omdb() {
    let (_server, address, key) = serve(&[]);
    for (query, status, media_type) in [
        (
            format!("apikey={key}&t=Long"),
            200,
            "application/json; charset=utf-8",
        ),
        (
            format!("apikey={key}&t=Long&r=xml"),
            200,
            "text/xml; charset=utf-8",
        ),
        (
            format!("apikey={key}&t=Long&callback=f"),
            200,
            "application/javascript; charset=utf-8",
        ),
        ("t=Long".to_owned(), 401, "application/json; charset=utf-8"),
        (
            "t=Long&apikey=wrong&r=xml".to_owned(),
            401,
            "text/xml; charset=utf-8",
        ),
    ] {
        let answer = ask(address, &query);
        assert_eq!(
            (answer.status, answer.field("content-type")),
            (status, Some(media_type))
        );
        assert_eq!(answer.field("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        let caching = if status == 200 {
            "private, no-cache"
        } else {
            "no-store"
        };
        assert_eq!(answer.field("cache-control"), Some(caching));
    }
}

/// A cache asks again, with the tag of what it has.
#[test]
fn a_change_is_seen_at_once_and_an_answer_is_sent_again_only_after_one() {
    let (server, address, key) = serve(&[]);
    let path = format!("/omdb?apikey={key}&t=Long");
    let tag = send(address, "GET", &path, &[], "");
    let field = format!("If-None-Match: {}", tag.field("etag").unwrap());
    let again = || send(address, "GET", &path, &[&field], "");
    assert_eq!((again().status, again().body.as_str()), (304, ""));
    let changed = r#"{"title":"Long","type":"tvSeries","plot":"New."}"#;
    server.admin().ask(&["PUT", "tt9000002", changed]);
    assert_eq!(again().json()["Plot"], "New.");
}

#[test]
fn a_request_needs_a_key() {
    let (server, address, key) = serve(&[]);
    let none = r#"{"Response":"False","Error":"No API key provided."}"#;
    let wrong = r#"{"Response":"False","Error":"Invalid API key!"}"#;
    let search_only = crate::http::key(&server, "page", &["SEARCH-ONLY"]);
    for (query, body) in [
        ("t=Long".to_owned(), none),
        ("t=Long&apikey=".to_owned(), none),
        ("t=Long&apikey=wrong".to_owned(), wrong),
        (format!("t=Long&apikey={key}x"), wrong),
        (format!("i=tt9000001&apikey={search_only}"), wrong),
        (format!("t=Long&apikey={search_only}"), wrong),
    ] {
        let answer = ask(address, &query);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (401, body),
            "{query}"
        );
    }
    let found = ask(address, &format!("s=deep&apikey={search_only}"));
    assert_eq!(found.json()["totalResults"], "2");
    let field = format!("Authorization: Bearer {key}");
    let found = send(address, "GET", "/omdb?t=Long", &[&field], "");
    assert_eq!(found.json()["Type"], "series");
    // A key in the query counts on this path alone.
    let path = format!("/api/v1/count?apikey={key}");
    assert_eq!(send(address, "GET", &path, &[], "").status, 401);
    let (_open, open, _) = serve(&["--http-anonymous", "reader"]);
    assert_eq!(ask(open, "t=Long").json()["Type"], "series");
    let log = server.stop_and_read();
    assert!(!log.contains(&key) && !log.contains("apikey"), "{log}");
}

/// A client with OMDb's address in its code, and this server as its proxy.
#[test]
fn the_root_and_absolute_targets_are_answered_alike() {
    let (_server, address, key) = serve(&[]);
    let query = format!("t=The+Deep&apikey={key}");
    let expected = ask(address, &query).body;
    for path in ["/", "/omdb/"] {
        let answer = send(address, "GET", &format!("{path}?{query}"), &[], "");
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, expected.as_str())
        );
    }
    for target in ["http://www.omdbapi.com/", "http://www.omdbapi.com/omdb"] {
        let request = format!(
            "GET {target}?{query} HTTP/1.1\r\nHost: www.omdbapi.com\r\nConnection: close\r\n\r\n"
        );
        let answer = exchange(address, request.as_bytes()).unwrap();
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, expected.as_str())
        );
    }
    // Only OMDb's routes are answered to a client that thinks that this server is OMDb.
    for (target, status) in [
        ("http://omdbapi.com/", 200),
        ("http://evil.example/", 421),
        ("http://www.omdbapi.com/api/v1/count", 421),
        ("http://www.omdbapi.com.evil.example/", 421),
        ("http://www.omdbapi.com@evil.example/", 421),
    ] {
        let target = format!("{target}?{query}");
        let answer = send(address, "GET", &target, &["Host: www.omdbapi.com"], "");
        assert_eq!(answer.status, status, "{target}");
    }
}

/// The folder in which `.ci/tools` installs the clients.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-omdb")
}

#[track_caller]
fn succeeds(client: &str, command: &mut Command) {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client}: {stderr}");
}

/// Each has its own folder, because several have modules of the same name.
#[test]
fn clients_from_pypi() {
    let (_server, address, key) = serve(&[]);
    let python = std::env::var("CATALOGUE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    for client in ["omdb", "omdbpy", "pyomdbapi", "omdbapi", "aio-omdb"] {
        let folder = installed().join(client);
        if !folder.exists() {
            missing_program(client);
            continue;
        }
        let mut command = Command::new(&python);
        command
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/omdb_clients.py"
            ))
            .args([client, &format!("http://{address}/omdb"), &key])
            .env("PYTHONPATH", &folder)
            .env_remove("no_proxy")
            .env_remove("NO_PROXY");
        if client == "omdbapi" {
            command.env("http_proxy", format!("http://{address}"));
        } else {
            command.env_remove("http_proxy").env_remove("HTTP_PROXY");
        }
        succeeds(client, &mut command);
    }
}

#[test]
fn clients_from_npm() {
    let (_server, address, key) = serve(&[]);
    let folder = installed();
    if !folder.join("node_modules/imdb-api").exists() {
        return missing_program("imdb-api");
    }
    // Node searches packages next to the program, so the test copies it there.
    let program = folder.join("omdb_clients.mjs");
    std::fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/omdb_clients.mjs"),
        &program,
    )
    .unwrap();
    let mut command = Command::new("node");
    command
        .arg(program)
        .args([&format!("http://{address}/omdb"), &key]);
    succeeds("imdb-api, omdbapi", &mut command);
}
