//! One server with several listeners.

use std::thread;

use catalogue::config::{Config, Listener, ServedProtocol};
use catalogue::server::Server;
use tokio::sync::oneshot;

use crate::support::{Folder, RawClient};

/// Every listener takes a port of its own, and one server counts the clients of all.
#[test]
fn every_listener_is_served() {
    let folder = Folder::with_accounts();
    let free = "127.0.0.1:0".parse().unwrap();
    let listeners = [
        ServedProtocol::Resp,
        ServedProtocol::Metrics,
        ServedProtocol::Resp,
    ];
    let config = Config {
        listeners: listeners
            .map(|protocol| Listener::new(free, protocol))
            .to_vec(),
        ..Config::new(folder.db(), free)
    };
    let server = Server::bind(&config).unwrap();
    let addresses: Vec<_> = server.addresses().collect();
    assert_eq!(
        addresses.iter().map(|one| one.0).collect::<Vec<_>>(),
        listeners
    );
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = thread::spawn(move || {
        server.run(async {
            let _ = stopped.await;
        })
    });
    let connect = |index: usize| RawClient::connect(addresses[index].1);
    let mut first = connect(0);
    first.send("UP 1 1\r\nNB\r\n").expect("+PASSOK\r\n:1\r\n");
    let mut second = connect(2);
    second.send("UP 2 2\r\nNB\r\n").expect("+PASSOK\r\n:2\r\n");
    let mut health = connect(1);
    health
        .send("GET /healthz HTTP/1.1\r\n\r\n")
        .expect("HTTP/1.1 200 OK\r\n");
    drop((first, second));
    stop.send(()).unwrap();
    thread.join().unwrap().unwrap();
}
