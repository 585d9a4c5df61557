//! A server in this process.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use catalogue::config::Config;
use catalogue::server::Server;
use tokio::sync::oneshot;

/// A server that ends when it is dropped.
pub struct RunningServer {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Starts it.
    pub fn start(config: &Config) -> RunningServer {
        let server = Server::bind(config).unwrap();
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let run = move || {
            let stopped = async {
                let _ = stopped.await;
            };
            server.run(stopped).unwrap();
        };
        RunningServer {
            address,
            stop: Some(stop),
            thread: Some(std::thread::spawn(run)),
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
