//! Takes new connections and hands them round to the workers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits;

/// How long to wait when the operating system has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// How often such a shortage is told to the log.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// A connection on its way to a worker.
pub(super) struct Arrival {
    pub stream: std::net::TcpStream,
    pub address: SocketAddr,
    /// Whether there is room; otherwise its first command is answered with a refusal.
    pub admitted: bool,
    /// Its place among the admitted or the refused, given back when it is dropped.
    pub seat: OwnedSemaphorePermit,
}

/// Accepts for ever. The queues to the workers are bounded by the number of
/// seats, of which every connection takes one before it is queued.
pub(super) async fn accept(
    listener: TcpListener,
    workers: Vec<UnboundedSender<Arrival>>,
    max_connections: usize,
) -> io::Result<()> {
    let seats = Arc::new(Semaphore::new(max_connections));
    // Refusals cost a connection too, so they have a bound of their own.
    let refusals = Arc::new(Semaphore::new(limits::MAX_REFUSALS));
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut turn = workers.iter().cycle();
    let mut complained: Option<Instant> = None;
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                if complained.is_none_or(|at| at.elapsed() > COMPLAINT_INTERVAL) {
                    tracing::warn!(%error, "a connection could not be accepted");
                    complained = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let free = |seats: &Arc<Semaphore>| Arc::clone(seats).try_acquire_owned().ok();
        let seat = free(&seats);
        let admitted = seat.is_some();
        let Some(seat) = seat.or_else(|| free(&refusals)) else {
            continue;
        };
        let Some(worker) = turn.next() else {
            return Ok(());
        };
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be handed over");
                continue;
            }
        };
        let arrival = Arrival {
            stream,
            address,
            admitted,
            seat,
        };
        if worker.send(arrival).is_err() {
            tracing::error!("a worker has stopped");
        }
    }
}
