//! One connection: reads bytes, answers the requests in order, and writes the answers.

use std::cell::RefMut;
use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroize;

use super::buffers::Buffers;
use super::worker_state::{ConnectionState, Worker};
use crate::api::Context;
use crate::api::session::Session;
use crate::config::limits;
use crate::connections::CloseReason;
use crate::protocol::resp::{self, DecodeStep, Decoder, Reply, RespSession, Response};
use crate::store::{ReadTransaction, Reader};

/// The least free space of a buffer that is read into, in bytes.
const LEAST_ROOM: usize = 4 * 1024;
/// The largest incomplete request that is kept outside of a shared buffer, in bytes.
const SMALL_REST: usize = 1024;

/// A stream with the state of its conversation.
pub(super) struct Connection<S> {
    stream: S,
    worker: Rc<Worker>,
    state: Rc<ConnectionState>,
    session: Session,
    resp: RespSession,
    decoder: Decoder,
    /// Bytes that arrived and are not yet a complete request.
    input: Vec<u8>,
    /// Answers that are not written yet.
    output: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub fn new(stream: S, worker: Rc<Worker>, state: Rc<ConnectionState>) -> Connection<S> {
        let session = Session::new(Arc::clone(&state.client));
        let (decoder, input, output) = (Decoder::default(), Vec::new(), Vec::new());
        Connection {
            stream,
            worker,
            state,
            session,
            resp: RespSession::default(),
            decoder,
            input,
            output,
        }
    }

    /// Serves an admitted client, and refuses any other. Returns the reason of the end.
    pub async fn serve_or_refuse(self) -> CloseReason {
        match self.state.refusal {
            None => self.serve().await,
            Some(reason) => {
                self.refuse(|| reason.into()).await;
                CloseReason::AdmissionError
            }
        }
    }

    /// Answers until the client leaves, the session ends or the server stops. Returns the reason.
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
                // A refused client may leave before it has read the refusal.
                return self.session.close_reason().unwrap_or(broken(&error));
            }
            let since = match self.session.identity() {
                Some(_) => None,
                None => {
                    let since = self.state.unauthenticated_since.get();
                    since.or_else(|| Some(Instant::now()))
                }
            };
            self.state.unauthenticated_since.set(since);
        };
        self.close().await;
        close_reason
    }

    /// The reason why the connection is to be closed, if it is.
    fn close_reason(&self) -> Option<CloseReason> {
        let is_evicted = self.state.evicted.get() && self.session.identity().is_none();
        let stopping = self.worker.stopping.get().then_some(CloseReason::Stopping);
        let evicted = is_evicted.then_some(CloseReason::Evicted);
        self.session.close_reason().or(stopping).or(evicted)
    }

    /// Answers the first command with a refusal and closes. A refusal before the first command
    /// would often be lost.
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

    /// Waits for bytes and appends them to `input`; 0 when the client has left.
    async fn read(&mut self) -> io::Result<usize> {
        let Connection {
            stream,
            worker,
            state,
            input,
            ..
        } = self;
        state.waiting.set(true);
        let read = poll_fn(|context| {
            let lent = input.capacity() - input.len() < LEAST_ROOM;
            let mut buffer = if lent {
                larger(input, &worker.buffers)
            } else {
                std::mem::take(input)
            };
            let before = buffer.len();
            let poll = pin!(stream.read_buf(&mut buffer)).poll(context);
            match poll {
                // A waiting connection needs no buffer.
                Poll::Pending if lent && before == input.len() => worker.buffers.give(buffer),
                _ => {
                    // It may be the beginning of a password.
                    let mut small = std::mem::replace(input, buffer);
                    // Calling `zeroize` on an empty buffer takes 1 % of the time of a small
                    // request.
                    if small.capacity() > 0 {
                        small.zeroize();
                        worker.buffers.give(small);
                    }
                }
            }
            poll
        })
        .await;
        state.waiting.set(false);
        read
    }

    /// Answers every complete request of the input and writes the answers.
    async fn answer_all(&mut self) -> io::Result<()> {
        let worker = Rc::clone(&self.worker);
        let input = std::mem::take(&mut self.input);
        self.output = worker.buffers.take();
        let answered = self.answer(&input).await;
        if self.session.close_reason().is_some() {
            worker.state.clients.end(&self.state.client);
        }
        let flushed = self.flush().await;
        if self.resp.holds_secret() {
            // It may hold a new key.
            self.output.zeroize();
        }
        worker.buffers.give(std::mem::take(&mut self.output));
        self.keep_rest(input, *answered.as_ref().unwrap_or(&0));
        answered.and(flushed)
    }

    /// Answers into `output`; returns the number of bytes of `input` that were used.
    async fn answer(&mut self, input: &[u8]) -> io::Result<usize> {
        let worker = Rc::clone(&self.worker);
        let mut turn = Turn::new(&worker);
        let mut used = 0;
        worker.recorder.begin();
        while self.session.close_reason().is_none() {
            turn.look_ahead(&input[used..]);
            let limits = resp::frame_limits(&self.session);
            let (request, taken) = match self.decoder.next(&input[used..], limits) {
                Ok(DecodeStep::Request(request, taken)) => (request, taken),
                Ok(DecodeStep::Incomplete(taken)) => {
                    used += taken;
                    break;
                }
                Ok(DecodeStep::Unbalanced(error, taken)) => {
                    used += taken;
                    self.refuse_bytes(error);
                    continue;
                }
                Err(error) => {
                    self.refuse_bytes(format_args!("protocol error: {error}"));
                    self.session.end(CloseReason::ProtocolError);
                    break;
                }
            };
            used += taken;
            self.session.client().count_command();
            let context = Context {
                session: &mut self.session,
                state: &worker.state,
                reader: turn.reader(),
                recorder: &worker.recorder,
            };
            let reply = match resp::respond(request, &mut self.resp, context) {
                Response::Now(reply) => reply,
                Response::Later(reply) => {
                    // Other connections run meanwhile, with read transactions of their own.
                    turn.pause();
                    let pending = worker.recorder.end_with_pending();
                    write_all(&mut self.stream, &mut self.output, worker.timeouts.write).await?;
                    self.state.has_own_limit.set(true);
                    let reply = worker.recorder.time(pending, reply).await;
                    self.state.has_own_limit.set(false);
                    reply
                }
            };
            self.reply(&reply);
            turn.count_request(taken);
            let is_over = turn.steps >= self.steps_per_turn();
            if is_over || self.output.len() >= limits::OUTPUT_BATCH_BYTES {
                self.write_batch(&mut turn, is_over).await?;
            }
        }
        drop(turn);
        let now = Instant::now();
        worker.recorder.end_at(now);
        self.session.client().is_active(now);
        Ok(used)
    }

    /// Writes the answers so far. At the end of a turn, other connections run.
    async fn write_batch(&mut self, turn: &mut Turn<'_>, is_over: bool) -> io::Result<()> {
        turn.pause();
        self.worker.recorder.end();
        self.flush().await?;
        if is_over {
            turn.steps = 0;
            tokio::task::yield_now().await;
        }
        self.worker.recorder.begin();
        Ok(())
    }

    /// How many steps a turn has, see [`limits::MAX_STEPS_PER_TURN`].
    fn steps_per_turn(&self) -> usize {
        match self.session.identity() {
            Some(_) => limits::MAX_STEPS_PER_TURN,
            None => limits::MAX_STEPS_PER_TURN_BEFORE_LOGIN,
        }
    }

    /// Refuses bytes that are not a request. They may contain a password.
    fn refuse_bytes(&mut self, why: impl Display) {
        self.resp.note_secret();
        self.reply(&Reply::error("ERR", why));
    }

    /// Appends an answer to those that are not written yet.
    fn reply(&mut self, reply: &Reply) {
        if let Reply::Error(text) = reply {
            self.worker.recorder.count_error(text);
        }
        resp::encode(reply, self.resp.protocol, &mut self.output);
    }

    /// Keeps the unused bytes in as little memory as they need, and overwrites a password that
    /// was read. Before a login, and in an incomplete request, any bytes may be a password.
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
        let timeout = self.worker.timeouts.write;
        write_all(&mut self.stream, &mut self.output, timeout).await
    }

    /// Closes so that the last answer arrives.
    async fn close(mut self) {
        self.state.has_own_limit.set(true);
        close(&mut self.stream, &self.worker).await;
    }
}

/// Closes so that the last answer arrives. First it closes the sending side, then it reads for a
/// limited time. A close with unread bytes would send a reset, which discards answers on the other
/// side.
pub(super) async fn close(mut stream: impl AsyncRead + AsyncWrite + Unpin, worker: &Worker) {
    let mut scratch = worker.buffers.take();
    let lingering = async {
        // With TLS this writes close_notify.
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut read = 0;
        while read < limits::MAX_LINGER_BYTES {
            scratch.clear();
            match stream.read_buf(&mut scratch).await {
                Ok(0) | Err(_) => return,
                Ok(bytes) => read += bytes,
            }
        }
    };
    let _ = tokio::time::timeout(limits::LINGER, lingering).await;
}

/// The requests that a connection answers before other connections are served. They share one read
/// transaction.
struct Turn<'w> {
    worker: &'w Worker,
    transaction: Option<ReadTransaction<RefMut<'w, Reader>>>,
    steps: usize,
    /// The number of next requests whose rows were prefetched.
    ahead: usize,
}

impl<'w> Turn<'w> {
    fn new(worker: &'w Worker) -> Turn<'w> {
        Turn {
            worker,
            transaction: Some(ReadTransaction::new(worker.reader.borrow_mut())),
            steps: 0,
            ahead: 0,
        }
    }

    fn reader(&mut self) -> &mut Reader {
        let worker = self.worker;
        let begin = || ReadTransaction::new(worker.reader.borrow_mut());
        self.transaction.get_or_insert_with(begin)
    }

    /// Prefetches the rows of the next look-ups together.
    fn look_ahead(&mut self, input: &[u8]) {
        if self.ahead == 0 {
            self.ahead = self.reader().look_ahead(resp::names_ahead(input));
        }
        self.ahead = self.ahead.saturating_sub(1);
    }

    /// Counts a request of that length, and the reads of the database for it.
    fn count_request(&mut self, bytes: usize) {
        let reads = self.transaction.as_mut();
        let reads = reads.map_or(0, |transaction| transaction.take_reads());
        self.steps += 1 + bytes / limits::BYTES_PER_STEP + reads;
    }

    /// Ends the read transaction. The next request begins another.
    fn pause(&mut self) {
        self.transaction = None;
    }
}

/// A client that leaves may have sent a part of a password.
impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        self.input.zeroize();
        self.decoder.wipe();
    }
}

/// The reason of the end for an error of the stream.
fn broken(error: &io::Error) -> CloseReason {
    match error.kind() {
        io::ErrorKind::TimedOut => CloseReason::WriteTimeout,
        _ => CloseReason::Lost,
    }
}

/// A buffer that begins with `input` and has free space.
fn larger(input: &[u8], buffers: &Buffers) -> Vec<u8> {
    let mut buffer = buffers.take();
    buffer.reserve(input.len() + LEAST_ROOM.max(input.len()));
    buffer.extend_from_slice(input);
    buffer
}

/// Writes all of `output` and empties it. A client that does not read its answers delays only
/// itself, and at most for `timeout` without progress.
async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    output: &mut Vec<u8>,
    timeout: Duration,
) -> io::Result<()> {
    let mut written = 0;
    while written < output.len() {
        let mut write = pin!(stream.write(&output[written..]));
        // Most writes complete at once, and need no timer.
        let bytes = match poll_fn(|context| Poll::Ready(write.as_mut().poll(context))).await {
            Poll::Ready(bytes) => bytes?,
            Poll::Pending => tokio::time::timeout(timeout, write)
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??,
        };
        if bytes == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        written += bytes;
    }
    output.clear();
    // TCP has nothing to flush; TLS may hold the end of the output.
    let mut flush = pin!(stream.flush());
    match poll_fn(|context| Poll::Ready(flush.as_mut().poll(context))).await {
        Poll::Ready(flushed) => flushed,
        Poll::Pending => tokio::time::timeout(timeout, flush)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{BufWriter, duplex};

    /// TLS may hold answers back when the socket is full.
    #[test]
    fn a_stream_that_holds_bytes_back_is_flushed_in_time() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (mut client, server) = duplex(4);
            let mut keeping = BufWriter::new(server);
            let mut output = b"+OK\r".to_vec();
            let timeout = Duration::from_millis(10);
            let written = write_all(&mut keeping, &mut output, timeout).await;
            assert!(written.is_ok() && output.is_empty());
            let mut arrived = [0; 4];
            client.read_exact(&mut arrived).await.unwrap();
            assert_eq!(&arrived, b"+OK\r");
            // One byte more than fits, and no reader.
            output.extend_from_slice(b"+OK\r\n");
            let late = write_all(&mut keeping, &mut output, timeout).await;
            assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
        });
    }
}
