//! One HTTP connection: hyper on the worker's event loop.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use zeroize::Zeroize;

use super::connection;
use super::http_phase::HttpPhase;
use super::worker_state::{ConnectionState, Worker};
use crate::config::limits;
use crate::connections::{AdmissionError, CloseReason};
use crate::protocol::http::{self, BodyError, Caller, HttpContext, HttpSession};

/// Bytes of the stack that are overwritten after a request with a password: more than the frames of
/// hyper's parser take, in a program without optimisation too.
const OVERWRITTEN_STACK: usize = 32 * 1024;

/// Answers a client that does not use TLS on a port that requires it.
pub(super) async fn refuse_plaintext(mut stream: TcpStream, worker: &Worker) {
    let write = stream.write_all(http::refuse_plaintext());
    if let Ok(Ok(())) = tokio::time::timeout(worker.timeouts.write, write).await {
        connection::close(stream, worker).await;
    }
}

/// A stream that has the local address of its connection.
pub(super) trait LocalAddress {
    /// The address of this end, without its port.
    fn local_ip(&self) -> Option<IpAddr>;
    /// Whether it uses TLS.
    fn is_secure(&self) -> bool;
}

impl LocalAddress for TcpStream {
    fn local_ip(&self) -> Option<IpAddr> {
        self.local_addr().ok().map(|address| address.ip())
    }

    fn is_secure(&self) -> bool {
        false
    }
}

/// State that the requests of one connection share.
struct HttpConnection {
    worker: Rc<Worker>,
    state: Rc<ConnectionState>,
    /// Taken out while a request is answered, of which there is one at a time.
    session: Cell<Option<Box<HttpSession>>>,
}

/// Answers the requests of a connection until it ends. Returns the reason of the end.
pub(super) async fn serve<S>(
    stream: S,
    worker: Rc<Worker>,
    state: Rc<ConnectionState>,
) -> CloseReason
where
    S: AsyncRead + AsyncWrite + LocalAddress + Unpin,
{
    state.unauthenticated_since.set(None);
    state.enter(HttpPhase::Idle);
    if state.evicted.get() {
        return CloseReason::Evicted;
    }
    let local = stream.local_ip().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let session = HttpSession::new(
        Arc::clone(&state.client),
        &worker.http,
        (local, stream.is_secure()),
    );
    let connection = Rc::new(HttpConnection {
        worker: Rc::clone(&worker),
        state: Rc::clone(&state),
        session: Cell::new(Some(Box::new(session))),
    });
    let progress = Rc::new(Progress::default());
    let stream = ProgressStream {
        stream,
        state: Rc::clone(&state),
        progress: Rc::clone(&progress),
        refusal: Bytes::new(),
    };
    let service = service_fn(|request| {
        let (connection, progress) = (Rc::clone(&connection), Rc::clone(&progress));
        async move {
            let response = connection.answer(request, &progress).await;
            progress.is_answered.set(true);
            Ok::<_, Infallible>(response)
        }
    });
    let mut served = http1::Builder::new()
        .half_close(true)
        .header_read_timeout(None)
        .max_buf_size(limits::MAX_HTTP_HEAD_BYTES)
        .max_headers(limits::MAX_HTTP_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let ended = Pin::new(&mut served).await;
    let is_secret = progress.is_secret.get();
    let reason = match &ended {
        _ if worker.stopping.get() => CloseReason::Stopping,
        Ok(()) if progress.has_left.get() => CloseReason::Left,
        Ok(()) if state.refusal.is_some() => CloseReason::AdmissionError,
        Ok(()) if state.evicted.get() => CloseReason::Evicted,
        Ok(()) => CloseReason::End,
        Err(error) if error.is_parse() => CloseReason::ProtocolError,
        Err(_) => CloseReason::Lost,
    };
    worker.state.clients.end(&state.client);
    let parts = served.into_parts();
    if is_secret {
        http::overwrite(parts.read_buf);
        overwrite_stack();
    }
    if reason != CloseReason::Lost {
        state.enter(HttpPhase::Answer);
        connection::close(parts.io.into_inner(), &worker).await;
    }
    reason
}

impl HttpConnection {
    async fn answer(
        &self,
        request: Request<Incoming>,
        progress: &Progress,
    ) -> Response<Full<Bytes>> {
        let began = Instant::now();
        self.state.enter(HttpPhase::Answer);
        let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
        if let Some(reason) = self.state.refusal {
            return refuse(reason);
        }
        let Some(mut session) = self.session.take() else {
            return Response::new(Full::default());
        };
        let (response, route) = self.respond(request, &mut session, progress).await;
        session.count_request(Instant::now());
        let mut response = response.map(Full::new);
        // The memory of hyper is overwritten at the end of the connection.
        let is_secret = progress.is_secret.get();
        let is_evicted = self.state.evicted.get() && self.state.client.identity().is_none();
        // After a chunked body, no further request is read. So a proxy that takes the length from
        // another field cannot smuggle a second request.
        if is_chunked || is_secret || is_evicted || self.worker.stopping.get() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        self.session.set(Some(session));
        let recorder = &self.worker.recorder;
        recorder.count_http(route, response.status().as_u16(), began);
        response
    }

    /// The response, and the index of its route if there is one.
    async fn respond(
        &self,
        request: Request<Incoming>,
        session: &mut HttpSession,
        progress: &Progress,
    ) -> (Response<Bytes>, Option<usize>) {
        let worker = &self.worker;
        let (head, body) = request.into_parts();
        let context = HttpContext {
            state: &worker.state,
            reader: &worker.reader,
            keys: &worker.keys,
            recorder: &worker.recorder,
            config: &worker.http,
        };
        let mut caller = Caller { context, session };
        let has_body = !body.is_end_stream();
        let prepared = match http::prepare(&head, has_body, &mut caller).await {
            Ok(prepared) => prepared,
            Err(unprepared) => {
                // A body that was sent to a wrong path can contain a password too.
                progress.is_secret.set(has_body);
                return (unprepared.response, unprepared.route);
            }
        };
        let route = Some(prepared.route());
        let is_secret = prepared.has_secret();
        let mut frames = Vec::new();
        let body = match prepared.max_body_bytes() {
            Some(most) if has_body => {
                self.state.enter(HttpPhase::Body);
                let kept = is_secret.then_some(&mut frames);
                let body = Box::pin(read(body, most, kept)).await;
                self.state.enter(HttpPhase::Answer);
                body
            }
            _ => Ok(Bytes::new()),
        };
        let response = prepared.answer(body, &mut caller).await;
        // It can be in the same memory as the beginning of the body.
        drop(head);
        frames.into_iter().for_each(http::overwrite);
        progress.is_secret.set(is_secret);
        (response, route)
    }
}

/// Overwrites the part of the stack below the caller, where the parser of a head leaves blocks of 32
/// bytes that can have the beginning of the body.
#[inline(never)]
fn overwrite_stack() {
    let mut unused = [0_u8; OVERWRITTEN_STACK];
    unused.zeroize();
}

/// Reads a body of at most `most` bytes. A secret body is read into memory of a fixed size, because
/// a growing buffer leaves copies, and its parts are added to `kept`.
async fn read(
    mut body: Incoming,
    most: usize,
    mut kept: Option<&mut Vec<Bytes>>,
) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > most as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut bytes = BytesMut::with_capacity(kept.as_ref().map_or(0, |_| most));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Malformed)?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > most {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&data);
            if let Some(kept) = &mut kept {
                kept.push(data);
            }
        }
    }
    Ok(bytes.freeze())
}

/// The answer to a connection that was not admitted.
fn refuse(reason: AdmissionError) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{reason}\n")));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, text);
    response
}

/// State that the stream of a connection shares with its requests.
#[derive(Default)]
struct Progress {
    /// Whether a response was not yet written to its end.
    is_answered: Cell<bool>,
    /// Whether the client has closed its sending side.
    has_left: Cell<bool>,
    /// Whether the memory of hyper can contain a password of the last request.
    is_secret: Cell<bool>,
}

/// A stream that records the phase of its connection.
struct ProgressStream<S> {
    stream: S,
    state: Rc<ConnectionState>,
    progress: Rc<Progress>,
    /// The rest of the answer to a head that hyper cannot read.
    refusal: Bytes,
}

impl<S> ProgressStream<S> {
    fn phase(&self) -> Option<HttpPhase> {
        self.state.http.get().map(|(phase, _)| phase)
    }

    /// Whether hyper begins to refuse a head that it cannot read: it writes although no request is
    /// answered. Its refusal has no body, so it is replaced.
    fn replaces(&mut self, written: &[u8]) -> bool {
        let has_request = matches!(
            self.phase(),
            Some(HttpPhase::Body | HttpPhase::Answer | HttpPhase::Write)
        );
        let refusal = (!has_request).then(|| http::refuse_unreadable(written));
        self.refusal = refusal.flatten().unwrap_or_default();
        !self.refusal.is_empty()
    }

    /// Notes the result of a write.
    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        match written {
            // A part that was read begins the time anew.
            Poll::Ready(Ok(_)) if self.phase() == Some(HttpPhase::Write) => {
                self.state.enter(HttpPhase::Write);
            }
            Poll::Pending if self.phase() != Some(HttpPhase::Write) => {
                self.state.enter(HttpPhase::Write);
            }
            _ => {}
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ProgressStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            if buffer.filled().len() == before {
                self.progress.has_left.set(true);
            } else if self.phase() == Some(HttpPhase::Idle) {
                self.state.enter(HttpPhase::Head);
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> ProgressStream<S> {
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(context, &self.refusal);
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes => self.refusal.advance(bytes),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ProgressStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.replaces(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if parts.first().is_some_and(|first| self.replaces(first)) {
            return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when it has written all of a response.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() && self.progress.is_answered.take() {
            self.state.enter(HttpPhase::Idle);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
