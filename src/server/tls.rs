//! TLS: certificates that can be read again, and the handshake.

use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{PoisonError, RwLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::{self, Connection};
use super::http::{self, LocalAddress};
use super::worker_state::{ConnectionState, Worker};
use crate::certificates::{self, PemError};
use crate::config::{ServedProtocol, TlsFiles, limits};
use crate::connections::CloseReason;
use crate::protocol::resp::{Reply, TLS_HANDSHAKE};

/// The refusal of a client that begins without TLS.
fn needs_tls() -> Reply {
    Reply::error("ERR", "this port speaks TLS, connect with --tls")
}

/// The certificates for new connections, and the files that they were read from.
pub(super) struct Tls {
    files: TlsFiles,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads the files.
    pub fn load(files: TlsFiles) -> Result<Tls, PemError> {
        let acceptor = RwLock::new(read(&files)?);
        Ok(Tls { files, acceptor })
    }

    /// Reads the files again. If one of them is bad, nothing changes.
    pub fn reload(&self) -> Result<(), PemError> {
        let read = read(&self.files)?;
        *self
            .acceptor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// The acceptor for one handshake.
    pub fn acceptor(&self) -> TlsAcceptor {
        let acceptor = self.acceptor.read();
        acceptor.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(files: &TlsFiles) -> Result<TlsAcceptor, PemError> {
    let acceptor = certificates::acceptor(files)?;
    warn_of_readers(files);
    Ok(acceptor)
}

/// Warns if every user of the machine can read the key.
fn warn_of_readers(files: &TlsFiles) {
    const OTHERS: u32 = 0o007;
    let key = files.key.display();
    if fs::metadata(&files.key).is_ok_and(|key| key.permissions().mode() & OTHERS != 0) {
        tracing::warn!("every user of this machine can use the key in `{key}`, `chmod o= {key}`");
    }
}

/// Serves one connection over TLS, and refuses a client that does not use TLS. Returns the reason
/// of the end.
pub(super) async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    protocol: ServedProtocol,
    worker: Rc<Worker>,
    state: Rc<ConnectionState>,
) -> CloseReason {
    // The worker may close it when the handshake takes too long, or when it is evicted.
    state.waiting.set(true);
    if state.evicted.get() {
        return CloseReason::Evicted;
    }
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1..) if first[0] == TLS_HANDSHAKE => {}
        Ok(1..) if protocol == ServedProtocol::Http => {
            http::refuse_plaintext(stream, &worker).await;
            return CloseReason::NoTls;
        }
        Ok(1..) => {
            let plain = Connection::new(stream, worker, state);
            plain.refuse(needs_tls).await;
            return CloseReason::NoTls;
        }
        Ok(0) => return CloseReason::Left,
        Err(_) => return CloseReason::Lost,
    }
    let handshake = acceptor.accept_with(stream, |session| {
        session.set_buffer_limit(Some(limits::TLS_OUTPUT_BYTES));
    });
    // Boxed, because a connection keeps the memory of its largest future.
    let handshaken = Box::pin(handshake.into_fallible()).await;
    state.waiting.set(false);
    match handshaken {
        Ok(stream) if protocol == ServedProtocol::Http => {
            let stream = Box::new(CloseNotifyStream(stream));
            Box::pin(http::serve(stream, worker, state)).await
        }
        Ok(stream) => {
            let connection = Connection::new(Box::new(CloseNotifyStream(stream)), worker, state);
            connection.serve_or_refuse().await
        }
        Err((error, stream)) => {
            let address = state.client.address;
            tracing::debug!(%address, %error, "a TLS handshake failed");
            // The client receives the alert, too.
            state.has_own_limit.set(true);
            connection::close(stream, &worker).await;
            CloseReason::HandshakeFailed
        }
    }
}

/// A TLS stream that sends close_notify however it ends. Without close_notify a client cannot
/// tell a normal close from a truncation attack.
struct CloseNotifyStream(TlsStream<TcpStream>);

impl Drop for CloseNotifyStream {
    fn drop(&mut self) {
        let (stream, session) = self.0.get_mut();
        session.send_close_notify();
        // As much as can be written at once.
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

impl LocalAddress for Box<CloseNotifyStream> {
    fn local_ip(&self) -> Option<IpAddr> {
        self.0.get_ref().0.local_ip()
    }

    fn is_secure(&self) -> bool {
        true
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
