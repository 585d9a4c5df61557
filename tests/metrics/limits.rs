//! The limits on connections to the metrics endpoint, each of them reached.

use std::io::{Read, Write};
use std::time::Instant;

use catalogue::config::limits;

use super::{scrape, start};
use crate::support::http::{exchange, get};
use crate::support::{TestServer, dial, wait_for};

#[test]
fn a_request_that_is_too_long_is_refused() {
    let (_server, address) = start();
    let with_header = |bytes: usize| {
        let header = "x".repeat(bytes);
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: {header}\r\n\r\n")
    };
    let fits = with_header(limits::MAX_METRICS_REQUEST_BYTES - 100);
    assert_eq!(exchange(address, fits.as_bytes()).unwrap().status, 200);
    let refused = exchange(
        address,
        with_header(limits::MAX_METRICS_REQUEST_BYTES).as_bytes(),
    );
    assert!(refused.is_none_or(|answer| answer.status == 431));
    let path = "x".repeat(limits::MAX_METRICS_REQUEST_BYTES);
    let refused = exchange(address, format!("GET /{path} HTTP/1.1\r\n\r\n").as_bytes());
    assert!(refused.is_none_or(|answer| [414, 431].contains(&answer.status)));
    // Bytes that are not HTTP, and bytes for the other port.
    for nonsense in [
        "PING\r\n\r\n",
        "*1\r\n$4\r\nPING\r\n",
        "\0\0\0\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",
    ] {
        let refused = exchange(address, nonsense.as_bytes());
        assert!(
            refused.is_none_or(|answer| answer.status == 400),
            "{nonsense:?}"
        );
    }
    // One request on a connection. A body is not read.
    let two = "GET /healthz HTTP/1.1\r\n\r\n".repeat(2);
    let answer = exchange(address, two.as_bytes()).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "alive\n"));
    assert!(answer.head.contains(&"connection: close".to_owned()));
    assert_eq!(get(address, "/healthz").status, 200);
}

/// Silent connections do not prevent other answers: the oldest of them is closed. They are closed
/// after their timeout, and clients of the catalogue are served as before.
#[test]
fn silent_connections_are_limited_in_number_and_time() {
    let (server, address) = start();
    let began = Instant::now();
    let mut silent: Vec<_> = (0..limits::MAX_METRICS_CONNECTIONS)
        .map(|_| dial(address))
        .collect();
    // One of them has sent half a request.
    silent[0]
        .write_all(b"GET /metrics HTTP/1.1\r\nHost:")
        .unwrap();
    for _ in 0..limits::MAX_METRICS_CONNECTIONS / 2 {
        assert_eq!(get(address, "/healthz").status, 200);
    }
    assert_eq!(server.metric(&mut server.reader(), "movies"), 3);
    for stream in &mut silent {
        // Closed, with or without an answer.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(began.elapsed() >= limits::METRICS_TIMEOUT);
    wait_for("room again", || {
        exchange(address, b"GET /healthz HTTP/1.1\r\n\r\n")
    });
    scrape(address);
}

/// Files are reserved for the endpoint, so that it answers when the server has as many
/// clients as it may.
#[test]
fn a_full_server_has_files_left_for_its_metrics() {
    const CLIENTS: usize = 10;
    let files = limits::MAX_REFUSALS
        + limits::RESERVED_FILES
        + limits::FILES_PER_WORKER
        + limits::MAX_METRICS_CONNECTIONS
        + limits::METRICS_FILES;
    let flags = [&super::METRICS[..], &["--workers", "1"]].concat();
    let server = TestServer::start_limited(files + CLIENTS, &flags);
    let address = server.metrics_address();
    server.logged("room for 10 connections instead of 10240");
    let _clients: Vec<_> = (0..CLIENTS).map(|_| server.reader()).collect();
    let mut refused: Vec<_> = (0..limits::MAX_REFUSALS)
        .map(|_| server.raw_client())
        .collect();
    // All but one have sent half a request.
    let mut silent: Vec<_> = (1..limits::MAX_METRICS_CONNECTIONS)
        .map(|_| dial(address))
        .collect();
    let page = scrape(address);
    assert_eq!(page.value("catalogue_database_up", None), 1.0);
    let authenticated = Some(("state", "logged_in"));
    assert_eq!(
        page.value("catalogue_connections", authenticated),
        CLIENTS as f64
    );
    silent.clear();
    for client in &mut refused {
        client
            .send("PING\r\n")
            .expect("-BUSY too many clients are connected, try again later\r\n");
    }
}
