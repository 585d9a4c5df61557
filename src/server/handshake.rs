//! The TLS handshake, and the stream after it.

use std::io::{self, Write};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::Connection;
use super::state::{ConnectionState, Worker};
use crate::config::limits;
use crate::connections::CloseReason;
use crate::protocol::resp::{Reply, TLS_HANDSHAKE};

/// The answer to a client that does not begin a handshake.
fn needs_tls() -> Reply {
    Reply::error("ERR", "this port speaks TLS, connect with --tls")
}

/// Serves one connection over TLS, or refuses a client that does not speak it. Returns
/// why it was closed.
pub(super) async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    worker: Rc<Worker>,
    place: Rc<ConnectionState>,
) -> CloseReason {
    // It can be closed while the handshake takes too long, or to make room for others.
    // It may have been chosen for that already.
    place.waiting.set(true);
    if place.evicted.get() {
        return CloseReason::Evicted;
    }
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1..) if first[0] == TLS_HANDSHAKE => {}
        Ok(1..) => {
            let plain = Connection::new(stream, worker, place);
            plain.refuse(needs_tls).await;
            return CloseReason::NoTls;
        }
        Ok(0) => return CloseReason::Left,
        Err(_) => return CloseReason::Lost,
    }
    let handshake = acceptor.accept_with(stream, |session| {
        session.set_buffer_limit(Some(limits::TLS_OUTPUT_BYTES));
    });
    // In a box, so that the memory of a connection does not include the handshake.
    let shaken = Box::pin(handshake.into_fallible()).await;
    place.waiting.set(false);
    match shaken {
        Ok(stream) => {
            let connection = Connection::new(Box::new(CloseNotifyStream(stream)), worker, place);
            connection.serve_or_refuse().await
        }
        Err((error, stream)) => {
            let address = place.client.address;
            tracing::debug!(%address, %error, "a TLS handshake failed");
            // Sends the alert with the reason.
            Connection::new(stream, worker, place).close().await;
            CloseReason::HandshakeFailed
        }
    }
}

/// A TLS stream that sends close_notify however it ends. Without it a client cannot tell
/// a normal close from a truncation attack.
struct CloseNotifyStream(TlsStream<TcpStream>);

impl Drop for CloseNotifyStream {
    fn drop(&mut self) {
        let (stream, session) = self.0.get_mut();
        session.send_close_notify();
        // As many bytes as can be written without waiting.
        let _ = session.write_tls(&mut NonBlocking(stream));
    }
}

struct NonBlocking<'a>(&'a TcpStream);

impl Write for NonBlocking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for CloseNotifyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for CloseNotifyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
