//! One connection: bytes in, requests answered in order, bytes out.

use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroize;

use super::state::{Buffers, ConnectionState, Worker};
use crate::api::Context;
use crate::api::session::Session;
use crate::config::limits;
use crate::connections::CloseReason;
use crate::protocol::resp::{self, DecodeStep, Decoder, Reply, RespSession, Response};
use crate::store::ReadTransaction;

/// The least room that a read is given, in bytes.
const LEAST_ROOM: usize = 4 * 1024;
/// The largest beginning of a request that is kept outside of a buffer, in bytes.
const SMALL_REST: usize = 1024;

/// A stream and what the server knows of who is at its other end.
pub(super) struct Connection<S> {
    stream: S,
    worker: Rc<Worker>,
    place: Rc<ConnectionState>,
    session: Session,
    resp: RespSession,
    decoder: Decoder,
    /// What has arrived and is no complete request yet.
    input: Vec<u8>,
    /// Answers that are not written yet.
    output: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub fn new(stream: S, worker: Rc<Worker>, place: Rc<ConnectionState>) -> Connection<S> {
        let session = Session::new(Arc::clone(&place.client));
        let (decoder, input, output) = (Decoder::default(), Vec::new(), Vec::new());
        Connection {
            stream,
            worker,
            place,
            session,
            resp: RespSession::default(),
            decoder,
            input,
            output,
        }
    }

    /// Serves a client for whom there is room, and refuses any other. Says why it ended.
    pub async fn serve_or_refuse(self) -> CloseReason {
        match self.place.refusal {
            None => self.serve().await,
            Some(reason) => {
                self.refuse(|| reason.into()).await;
                CloseReason::AdmissionError
            }
        }
    }

    /// Answers until the client leaves, the session ends or the server stops,
    /// and says which it was.
    async fn serve(mut self) -> CloseReason {
        let close_reason = loop {
            if let Some(close_reason) = self.close_reason() {
                break close_reason;
            }
            match self.read().await {
                Ok(0) => return CloseReason::Left,
                Ok(_) => {}
                Err(error) => return broken(&error),
            }
            if let Err(error) = self.answer_all().await {
                // Who is told to go may be gone before he has read it.
                return self.session.close_reason().unwrap_or(broken(&error));
            }
            let since = self.place.unauthenticated_since.get();
            self.place
                .unauthenticated_since
                .set(match self.session.identity() {
                    Some(_) => None,
                    None => since.or_else(|| Some(Instant::now())),
                });
        };
        self.close().await;
        close_reason
    }

    /// Why there is nothing more to answer here, if so.
    fn close_reason(&self) -> Option<CloseReason> {
        let is_displaced = self.place.evicted.get() && self.session.identity().is_none();
        let stopping = self.worker.stopping.get().then_some(CloseReason::Stopping);
        let evicted = is_displaced.then_some(CloseReason::Evicted);
        self.session.close_reason().or(stopping).or(evicted)
    }

    /// Answers the first command with a refusal and closes: a refusal before
    /// the client has asked would often be lost.
    pub async fn refuse(mut self, refusal: impl Fn() -> Reply) {
        if matches!(self.read().await, Ok(1..)) {
            // It may have begun with a password.
            self.input.zeroize();
            self.reply(&refusal());
            if self.flush().await.is_ok() {
                self.close().await;
            }
        }
    }

    /// Waits for bytes and puts them behind `input`; 0 when the client has left.
    async fn read(&mut self) -> io::Result<usize> {
        let Connection {
            stream,
            worker,
            place,
            input,
            ..
        } = self;
        place.waiting.set(true);
        let read = poll_fn(|context| {
            let lent = input.capacity() - input.len() < LEAST_ROOM;
            let mut buffer = match lent {
                true => larger(input, &worker.buffers),
                false => std::mem::take(input),
            };
            let before = buffer.len();
            let poll = pin!(stream.read_buf(&mut buffer)).poll(context);
            match poll {
                // A connection that waits needs no buffer.
                Poll::Pending if lent && before == input.len() => worker.buffers.give(buffer),
                _ => {
                    // It may be the beginning of a password.
                    let mut small = std::mem::replace(input, buffer);
                    // To overwrite nothing takes 1 % of a small request's time.
                    if small.capacity() > 0 {
                        small.zeroize();
                        worker.buffers.give(small);
                    }
                }
            }
            poll
        })
        .await;
        place.waiting.set(false);
        read
    }

    /// Answers every complete request of the input and writes the answers out.
    async fn answer_all(&mut self) -> io::Result<()> {
        let worker = Rc::clone(&self.worker);
        let input = std::mem::take(&mut self.input);
        self.output = worker.buffers.take();
        let answered = self.answer(&input).await;
        let flushed = self.flush().await;
        worker.buffers.give(std::mem::take(&mut self.output));
        self.keep_rest(input, *answered.as_ref().unwrap_or(&0));
        answered.and(flushed)
    }

    /// Answers into `output`; gives the bytes of `input` that were used.
    async fn answer(&mut self, input: &[u8]) -> io::Result<usize> {
        let worker = Rc::clone(&self.worker);
        let (mut used, mut steps, mut ahead) = (0, 0, 0);
        let mut batch = Some(ReadTransaction::new(worker.reader.borrow_mut()));
        worker.recorder.begin();
        while self.session.close_reason().is_none() {
            if ahead == 0 {
                let reader =
                    batch.get_or_insert_with(|| ReadTransaction::new(worker.reader.borrow_mut()));
                ahead = reader.look_ahead(resp::names_ahead(&input[used..]));
            }
            ahead = ahead.saturating_sub(1);
            let limits = resp::frame_limits(&self.session);
            let (request, taken) = match self.decoder.next(&input[used..], limits) {
                Ok(DecodeStep::Incomplete(taken)) => {
                    used += taken;
                    break;
                }
                Ok(DecodeStep::Request(request, taken)) => (request, taken),
                Ok(DecodeStep::Unbalanced(error, taken)) => {
                    used += taken;
                    self.refuse_bytes(error);
                    continue;
                }
                Err(broken) => {
                    self.refuse_bytes(format_args!("protocol error: {broken}"));
                    self.session.end(CloseReason::ProtocolError);
                    break;
                }
            };
            used += taken;
            self.session.client().count_command();
            let reader = &mut **batch
                .get_or_insert_with(|| ReadTransaction::new(worker.reader.borrow_mut()));
            let context = Context {
                session: &mut self.session,
                state: &worker.state,
                reader,
                recorder: &worker.recorder,
            };
            let reply = match resp::respond(request, &mut self.resp, context) {
                Response::Now(reply) => reply,
                Response::Later(reply) => {
                    // Other connections run meanwhile: their reads need a view of their own.
                    batch = None;
                    let pending = worker.recorder.end_with_pending();
                    write_all(&mut self.stream, &mut self.output, worker.timeouts.write).await?;
                    worker.recorder.time(pending, reply).await
                }
            };
            self.reply(&reply);
            steps += 1 + batch.as_mut().map_or(0, |batch| batch.take_reads());
            let is_long = steps >= self.steps_per_turn();
            if is_long || self.output.len() >= limits::OUTPUT_BATCH_BYTES {
                batch = None;
                worker.recorder.end();
                write_all(&mut self.stream, &mut self.output, worker.timeouts.write).await?;
                if is_long {
                    steps = 0;
                    tokio::task::yield_now().await;
                }
                worker.recorder.begin();
            }
        }
        drop(batch);
        let now = Instant::now();
        worker.recorder.end_at(now);
        self.session.client().is_active(now);
        Ok(used)
    }

    /// How much it may do before others have their turn.
    fn steps_per_turn(&self) -> usize {
        match self.session.identity() {
            Some(_) => limits::MAX_STEPS_PER_TURN,
            None => limits::MAX_STEPS_PER_TURN_BEFORE_LOGIN,
        }
    }

    /// Answers what is no request, and may be a password.
    fn refuse_bytes(&mut self, why: impl Display) {
        self.resp.note_secret();
        self.reply(&Reply::error("ERR", why));
    }

    /// Puts an answer behind those that are not written yet.
    fn reply(&mut self, reply: &Reply) {
        if let Reply::Error(words) = reply {
            self.worker.recorder.count_error(words);
        }
        resp::encode(reply, self.resp.protocol, &mut self.output);
    }

    /// Keeps what was not used, in as little memory as it needs, and
    /// overwrites a password that was read. Whatever a stranger says may be
    /// one, mistyped or in the wrong place, and so may what is not complete yet.
    fn keep_rest(&mut self, mut input: Vec<u8>, used: usize) {
        let rest = input.len() - used;
        if self.resp.take_secret() || self.session.identity().is_none() {
            self.input = input[used..].to_vec();
            input.zeroize();
            self.decoder.wipe();
            self.worker.buffers.give(input);
        } else if rest <= SMALL_REST {
            self.input = input[used..].to_vec();
            input[used..].zeroize();
            self.worker.buffers.give(input);
        } else {
            input.drain(..used);
            self.input = input;
        }
        if rest == 0 {
            self.decoder.shrink();
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        let timeouts = self.worker.timeouts.write;
        write_all(&mut self.stream, &mut self.output, timeouts).await
    }

    /// Closes so that the last answer arrives: the sending side first, then a
    /// bounded while of reading what the client had still under way. Closed
    /// with unread bytes, the operating system would send a reset, and a reset
    /// throws away answers on the other side.
    pub async fn close(mut self) {
        let mut scratch = self.worker.buffers.take();
        let lingering = async {
            // With TLS there is a quit to write first.
            if self.stream.shutdown().await.is_err() {
                return;
            }
            let mut read = 0;
            while read < limits::MAX_LINGER_BYTES {
                scratch.clear();
                match self.stream.read_buf(&mut scratch).await {
                    Ok(0) | Err(_) => return,
                    Ok(bytes) => read += bytes,
                }
            }
        };
        let _ = tokio::time::timeout(limits::LINGER, lingering).await;
    }
}

/// A client that leaves may guard half a password behind.
impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        self.input.zeroize();
        self.decoder.wipe();
    }
}

/// What an error of the line says about its end.
fn broken(error: &io::Error) -> CloseReason {
    match error.kind() {
        io::ErrorKind::TimedOut => CloseReason::WriteTimeout,
        _ => CloseReason::Lost,
    }
}

/// A buffer with room to read into, which begins with `input`.
fn larger(input: &[u8], buffers: &Buffers) -> Vec<u8> {
    let mut buffer = buffers.take();
    buffer.reserve(input.len() + LEAST_ROOM.max(input.len()));
    buffer.extend_from_slice(input);
    buffer
}

/// Writes all of `output` and empties it. A client that does not read its
/// answers holds up nobody but itself, and not for ever.
async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    output: &mut Vec<u8>,
    timeouts: Duration,
) -> io::Result<()> {
    let mut written = 0;
    while written < output.len() {
        let mut write = pin!(stream.write(&output[written..]));
        // Most writes are done at once, without asking the clock.
        let bytes = match poll_fn(|context| Poll::Ready(write.as_mut().poll(context))).await {
            Poll::Ready(bytes) => bytes?,
            Poll::Pending => tokio::time::timeout(timeouts, write)
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??,
        };
        if bytes == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        written += bytes;
    }
    output.clear();
    // With TCP there is nothing to do; TLS may have kept the end of it.
    let mut flush = pin!(stream.flush());
    match poll_fn(|context| Poll::Ready(flush.as_mut().poll(context))).await {
        Poll::Ready(flushed) => flushed,
        Poll::Pending => tokio::time::timeout(timeouts, flush)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{BufWriter, duplex};

    /// Answers are small beside what a stream may keep for itself, as TLS does
    /// when the line is full.
    #[test]
    fn what_a_stream_keeps_is_pressed_out_of_it_in_time() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (mut client, server) = duplex(4);
            let mut keeping = BufWriter::new(server);
            let mut output = b"+OK\r".to_vec();
            let timeouts = Duration::from_millis(10);
            let written = write_all(&mut keeping, &mut output, timeouts).await;
            assert!(written.is_ok() && output.is_empty());
            let mut arrived = [0; 4];
            client.read_exact(&mut arrived).await.unwrap();
            assert_eq!(&arrived, b"+OK\r");
            // One byte more than fits, and nobody reads.
            output.extend_from_slice(b"+OK\r\n");
            let late = write_all(&mut keeping, &mut output, timeouts).await;
            assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
        });
    }
}
