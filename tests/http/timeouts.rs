//! Times of connections, and the end of a server.

use std::time::{Duration, Instant};

use super::serve;
use crate::support::http::HttpClient;

#[test]
fn a_connection_serves_many_requests() {
    let (server, address) = serve(&[]);
    let mut client = HttpClient::connect(address);
    for _ in 0..3 {
        assert_eq!(client.get("/api/v1/count").status, 200);
        assert_eq!(client.get("/api/v1/search?q=god").status, 200);
    }
    // It is a connection like those of RESP.
    let mut admin = server.admin();
    assert_eq!(server.metric(&mut admin, "connected_clients"), 2);
    drop(client);
    server.logged("commands=6");
}

#[test]
fn an_unfinished_head_is_closed_in_time() {
    let (server, address) = serve(&["--login-grace-seconds", "1"]);
    let began = Instant::now();
    let mut slow = HttpClient::connect(address);
    slow.send("GET /api/v1/count HTTP/1.1\r\nHost: ");
    let mut half_body = HttpClient::connect(address);
    half_body.send("GET /api/v1/count HTTP/1.1\r\nHost: localhost\r\n");
    let mut silent = HttpClient::connect(address);
    // Single bytes do not extend the time.
    while began.elapsed() < Duration::from_millis(900) {
        half_body.send("A");
        std::thread::sleep(Duration::from_millis(50));
    }
    slow.closed();
    half_body.closed();
    silent.closed();
    assert!(began.elapsed() > Duration::from_secs(1));
    server.logged("reason=\"request not in time\"");
}

#[test]
fn an_idle_connection_is_closed_and_an_active_one_is_not() {
    let (server, address) = serve(&["--login-grace-seconds", "2"]);
    let mut active = HttpClient::connect(address);
    let mut idle = HttpClient::connect(address);
    assert_eq!(idle.get("/api/v1/count").status, 200);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        assert_eq!(active.get("/api/v1/count").status, 200);
        std::thread::sleep(Duration::from_millis(100));
    }
    idle.closed();
    assert_eq!(active.get("/api/v1/count").status, 200);
    server.logged("reason=\"idle for too long\"");
}

#[test]
fn requests_under_way_are_finished_when_the_server_stops() {
    let (server, address) = serve(&[]);
    let mut idle = HttpClient::connect(address);
    idle.get("/api/v1/count");
    let mut clients: Vec<_> = (0..20).map(|_| HttpClient::connect(address)).collect();
    for client in &mut clients {
        client.get("/api/v1/count");
        client.send("GET /api/v1/search?q=god HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    let (status, _folder) = server.stop();
    assert!(status.success());
    for client in &mut clients {
        // The request may not have been read before the end.
        if let Some(answer) = client.answer_or_end() {
            assert_eq!(answer.status, 200);
            client.closed();
        }
    }
    idle.closed();
}
