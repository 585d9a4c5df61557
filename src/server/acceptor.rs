//! Takes new connections and hands them round to the workers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::clients::Clients;

/// How long to wait when the operating system has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection on its way to a worker.
pub(super) struct Arrival {
    pub stream: std::net::TcpStream,
    pub address: SocketAddr,
    /// Whether there is room; otherwise its first command is answered with a refusal.
    pub admitted: bool,
}

/// Accepts for ever. The queues to the workers are bounded by the number of
/// connections, which is counted before one is queued.
pub(super) async fn accept(
    listener: TcpListener,
    workers: Vec<UnboundedSender<Arrival>>,
    clients: &Clients,
    max_connections: usize,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut turn = workers.iter().cycle();
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let connected = clients.connected();
        // Refusals cost a connection too, so they have a bound of their own.
        if connected >= max_connections + crate::limits::MAX_REFUSALS {
            continue;
        }
        let Some(worker) = turn.next() else {
            return Ok(());
        };
        let arrival = Arrival {
            stream: stream.into_std()?,
            address,
            admitted: connected < max_connections,
        };
        if worker.send(arrival).is_err() {
            tracing::error!("a worker has stopped");
        }
    }
}
