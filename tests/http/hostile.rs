//! Requests that smuggle, do not end, or are too large.

use std::time::{Duration, Instant};

use super::serve;
use crate::support::http::{HttpClient, get, send};
use crate::support::soak_rounds;

const COUNT: &str = "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// If two servers could disagree on the length of a body, a second request inside the body is not
/// answered.
#[test]
fn no_request_is_smuggled_in_a_body() {
    let (_server, address) = serve(&[]);
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Content-Length: 0\r\nContent-Length: 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Transfer-Encoding : chunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n",
    ] {
        let mut client = HttpClient::connect(address);
        let head = format!("GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n");
        client.send(format!("{head}0\r\n\r\n{COUNT}"));
        let mut answers = 0;
        while let Some(answer) = client.answer_or_end() {
            answers += 1;
            assert!(
                [200, 400].contains(&answer.status),
                "{lengths:?}: {answer:?}"
            );
        }
        assert_eq!(answers, 1, "{lengths:?}");
    }
}

#[test]
fn malformed_requests_are_refused_and_closed() {
    let (server, address) = serve(&[]);
    for bytes in [
        "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
        "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n",
        "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n",
        "GET /search?q=<script> HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /search?q=\"god\" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET  /api/v1/count HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/v1/count\r\n\r\n",
        "GET /api/v1/count HTTP/3.0\r\nHost: localhost\r\n\r\n",
        "*2\r\n$4\r\nSEND\r\n$1\r\n1\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01",
    ] {
        let mut client = HttpClient::connect(address);
        client
            .send(bytes)
            .stream()
            .shutdown(std::net::Shutdown::Write)
            .unwrap();
        if let Some(answer) = client.answer_or_end() {
            assert_eq!(answer.status, 400, "{bytes:?}");
            assert_eq!(
                answer.field("content-type"),
                Some("text/plain; charset=utf-8")
            );
            assert!(answer.body.contains("percent-encode"), "{answer:?}");
        }
        client.closed();
    }
    server.logged("reason=\"protocol error\"");
    assert_eq!(get(address, "/api/v1/count").status, 200);
}

#[test]
fn an_unreadable_request_after_an_answer_is_refused_in_words_too() {
    let (_server, address) = serve(&[]);
    let unreadable = "GET /search?q=<x> HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut client = HttpClient::connect(address);
    client.send(format!("{COUNT}{unreadable}"));
    assert_eq!(client.answer().status, 200);
    let refused = client.answer();
    assert!(
        refused.status == 400 && refused.body.contains("percent-encode"),
        "{refused:?}"
    );
    client.closed();
}

#[test]
fn heads_and_bodies_at_their_limits() {
    use catalogue::config::limits;
    let (_server, address) = serve(&[]);
    let with_bytes = |bytes: usize| {
        let head = format!(
            "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
            ""
        );
        let filled = "x".repeat(bytes - head.len());
        let mut client = HttpClient::connect(address);
        client.send(format!(
            "GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\nX: {filled}\r\n\r\n"
        ));
        client.answer_or_end().map(|answer| answer.status)
    };
    assert_eq!(with_bytes(limits::MAX_HTTP_HEAD_BYTES - 1), Some(200));
    assert_eq!(with_bytes(limits::MAX_HTTP_HEAD_BYTES + 1), Some(431));
    let with_fields = |number: usize| {
        let fields = vec!["X: y"; number];
        send(address, "GET", "/api/v1/count", &fields, "").status
    };
    // Host and Connection are there too.
    assert_eq!(with_fields(limits::MAX_HTTP_HEADERS - 2), 200);
    assert_eq!(with_fields(limits::MAX_HTTP_HEADERS), 431);
    let with_parameters = |number: usize| {
        let query = vec!["name=1"; number].join("&");
        get(address, &format!("/api/v1/lookup?{query}")).status
    };
    assert_eq!(with_parameters(limits::MAX_HTTP_PARAMETERS), 200);
    assert_eq!(with_parameters(limits::MAX_HTTP_PARAMETERS + 1), 400);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_server, address) = serve(&[]);
    let mut client = HttpClient::connect(address);
    let paths = [
        "/api/v1/count",
        "/api/v1/search?q=god",
        "/api/v1/movies/1",
        "/healthz",
    ];
    for path in paths {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    let kinds = paths.map(|_| {
        let answer = client.answer();
        assert_eq!(answer.status, 200);
        answer.body.chars().take(8).collect::<String>()
    });
    assert_eq!(kinds[0], "{\"movies");
    assert_eq!(
        (kinds[2].as_str(), kinds[3].as_str()),
        ("{\"id\":1,", "alive\n")
    );
}

/// `nc` closes its sending side after its request.
#[test]
fn a_client_that_sends_no_more_still_gets_its_answer() {
    let (_server, address) = serve(&[]);
    for path in ["/api/v1/count", "/api/v1/search?q=god"] {
        let mut client = HttpClient::connect(address);
        client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        client.stream().shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(client.answer().status, 200);
        client.closed();
    }
}

/// 500 connections, and 5,000 in a long run.
#[test]
fn idle_connections_delay_no_request() {
    let number = if soak_rounds().is_some() { 5_000 } else { 500 };
    let most = (number + 100).to_string();
    let (server, address) = serve(&[
        "--max-unauthenticated",
        &most,
        "--max-connections-per-address",
        &most,
    ]);
    let mut idle: Vec<HttpClient> = (0..number).map(|_| HttpClient::connect(address)).collect();
    for client in &mut idle {
        assert_eq!(client.get("/healthz").status, 200);
    }
    let began = Instant::now();
    assert_eq!(get(address, "/api/v1/count").status, 200);
    assert!(began.elapsed() < Duration::from_secs(2));
    let kib = server.own_memory_kib() / number as u64;
    // Two buffers of 8 KiB each, and the connection.
    assert!(kib < 64, "{kib} KiB for each connection");
    assert_eq!(idle[0].get("/healthz").status, 200);
}
