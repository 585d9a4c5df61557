//! The metrics over HTTP: values, format and limits.

mod dashboard;
mod limits;
mod page;
mod ready;
mod values;

use crate::support::TestServer;
use crate::support::http::get;
use page::Page;

const METRICS: [&str; 2] = ["--metrics", "127.0.0.1:0"];

/// All metrics of a server that was started with [`METRICS`].
#[track_caller]
fn scrape(address: std::net::SocketAddr) -> Page {
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    Page::read(&answer.body)
}

fn start() -> (TestServer, std::net::SocketAddr) {
    let server = TestServer::start_with(&METRICS);
    let address = server.metrics_address();
    (server, address)
}
