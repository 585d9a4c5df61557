//! Decodes requests from the bytes of a client, which arrive in pieces.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

use super::words::{QuotesError, split_words};
use crate::limits;

/// One command as it was sent: the command word and its arguments.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    bytes: &'a [u8],
    spans: &'a [Range<u32>],
}

impl<'a> Request<'a> {
    /// The number of words, at least one.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Never true for a request that a [`Decoder`] gave.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A word by its place; the command word is the first.
    pub fn word(&self, index: usize) -> Option<&'a [u8]> {
        let span = self.spans.get(index)?;
        Some(&self.bytes[span.start as usize..span.end as usize])
    }

    /// The words from that index on: the bytes, and the range of each word in them.
    pub fn words_from(&self, index: usize) -> (&'a [u8], &'a [Range<u32>]) {
        (self.bytes, self.spans.get(index..).unwrap_or_default())
    }
}

/// Any of the words may be a password.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} words)", self.len())
    }
}

/// The limits of a frame. They are lower before a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// Longest frame in bytes, framing included.
    pub frame_bytes: usize,
    /// Most words of one frame.
    pub arguments: usize,
}

impl FrameLimits {
    /// For a connection that has not logged in.
    pub const BEFORE_LOGIN: FrameLimits = FrameLimits {
        frame_bytes: limits::MAX_FRAME_BYTES_BEFORE_LOGIN,
        arguments: limits::MAX_ARGUMENTS_BEFORE_LOGIN,
    };
    /// For a connection that has.
    pub const LOGGED_IN: FrameLimits = FrameLimits {
        frame_bytes: limits::MAX_FRAME_BYTES,
        arguments: limits::MAX_ARGUMENTS,
    };
}

/// Invalid framing. The server sends one error, and closes the connection.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// The text after `*` is not a number, or the array has too many words.
    #[error("invalid multibulk length, it is a number of at most {0}")]
    ArrayLength(usize),
    /// The text after `$` is not a number, or the frame would be too long.
    #[error("invalid bulk length, a request has at most {0} bytes")]
    BulkLength(usize),
    /// A word of an array that does not begin with `$`.
    #[error("expected `$`, every word of a request is a bulk string")]
    NoBulk,
    /// A bulk string without a line end at its announced length.
    #[error("a bulk string is longer than its length says")]
    NoLineEnd,
    /// An inline command above its limit.
    #[error("too big inline request, a line has at most {0} bytes")]
    InlineTooLong(usize),
    /// An HTTP request: a page in a browser may have sent it.
    #[error("this is no HTTP server")]
    Http,
    /// A client that uses TLS. Without this error it would wait for an answer that never comes.
    #[error("this port speaks no TLS")]
    Tls,
}

/// The first byte of every TLS client (RFC 8446, section 5.1).
pub const TLS_HANDSHAKE: u8 = 0x16;

/// The result of one call on the input.
#[derive(Debug)]
pub enum DecodeStep<'a> {
    /// No request is complete. This number of bytes is consumed. The caller passes the bytes after
    /// them again, together with newer ones.
    Incomplete(usize),
    /// A request, and its number of bytes.
    Request(Request<'a>, usize),
    /// A line with unbalanced quotes; the connection stays open.
    Unbalanced(QuotesError, usize),
}

/// The number of bytes of an inline command, and whether it could be split into words.
type Line = (usize, Result<(), QuotesError>);

/// Finds requests in the bytes of one connection. It stores its position in an incomplete frame, so
/// it reads no byte twice, however small the pieces are.
#[derive(Default)]
pub struct Decoder {
    /// Bytes of the frame that are decoded.
    at: usize,
    /// Words still missing of an array; `None` before its length is known.
    missing: Option<usize>,
    /// The ranges of the words: in the input for arrays, in `unquoted` for lines.
    spans: Vec<Range<u32>>,
    /// The words of a line, without their quotes.
    unquoted: Vec<u8>,
}

/// Without the words.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("at", &self.at)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}

impl Decoder {
    /// Looks for one request at the start of `input`: all bytes that have
    /// arrived and that no earlier request took.
    ///
    /// # Errors
    /// [`FrameError`]. The decoder cannot be used afterwards.
    pub fn next<'a>(
        &'a mut self,
        input: &'a [u8],
        limits: FrameLimits,
    ) -> Result<DecodeStep<'a>, FrameError> {
        if self.at == 0 {
            self.spans.clear();
        }
        let mut skipped = 0;
        loop {
            let frame = &input[skipped..];
            match frame.first() {
                None => return Ok(DecodeStep::Incomplete(skipped)),
                Some(&TLS_HANDSHAKE) => return Err(FrameError::Tls),
                Some(b'*') => match self.array(frame, limits)? {
                    None => return Ok(DecodeStep::Incomplete(skipped)),
                    // `*0` and `*-1` are empty requests without an answer, as in Redis.
                    Some(taken) if self.spans.is_empty() => skipped += taken,
                    Some(taken) => {
                        let request = Request {
                            bytes: frame,
                            spans: &self.spans,
                        };
                        return Ok(DecodeStep::Request(request, skipped + taken));
                    }
                },
                Some(_) => match self.line(frame, limits)? {
                    None => return Ok(DecodeStep::Incomplete(skipped)),
                    Some((taken, Err(error))) => {
                        return Ok(DecodeStep::Unbalanced(error, skipped + taken));
                    }
                    Some((taken, Ok(()))) if self.spans.is_empty() => skipped += taken,
                    Some((taken, Ok(()))) => {
                        let request = Request {
                            bytes: &self.unquoted,
                            spans: &self.spans,
                        };
                        return Ok(DecodeStep::Request(request, skipped + taken));
                    }
                },
            }
        }
    }

    /// Continues an array. Returns its number of bytes when it is complete.
    fn array(&mut self, frame: &[u8], limits: FrameLimits) -> Result<Option<usize>, FrameError> {
        let mut missing = match self.missing {
            Some(missing) => missing,
            None => {
                let broken = FrameError::ArrayLength(limits.arguments);
                let Some((length, next)) = length_line(frame, 1, broken)? else {
                    return Ok(None);
                };
                let length = usize::try_from(length.max(0)).map_err(|_| broken)?;
                if length > limits.arguments {
                    return Err(broken);
                }
                self.at = next;
                length
            }
        };
        while missing > 0 {
            let Some(span) = bulk(frame, self.at, limits)? else {
                self.missing = Some(missing);
                return Ok(None);
            };
            self.at = span.end as usize + 2;
            self.spans.push(span);
            missing -= 1;
        }
        self.missing = None;
        Ok(Some(std::mem::take(&mut self.at)))
    }

    /// Continues an inline command. Returns its number of bytes and its words when it is
    /// complete.
    fn line(&mut self, frame: &[u8], limits: FrameLimits) -> Result<Option<Line>, FrameError> {
        let longest = limits::MAX_INLINE_BYTES.min(limits.frame_bytes);
        let newline = frame[self.at..].iter().position(|&byte| byte == b'\n');
        let end = newline.map_or(frame.len(), |found| self.at + found);
        if end > longest {
            return Err(FrameError::InlineTooLong(longest));
        }
        if newline.is_none() {
            self.at = end;
            return Ok(None);
        }
        self.at = 0;
        self.unquoted.clear();
        let line = &frame[..end];
        // A vector that grows would leave copies of parts of a password in memory.
        self.unquoted.reserve(line.len());
        let words = split_words(line, &mut self.unquoted, &mut self.spans);
        if self.spans.len() > limits.arguments {
            return Err(FrameError::ArrayLength(limits.arguments));
        }
        if is_http(line) {
            return Err(FrameError::Http);
        }
        Ok(Some((end + 1, words)))
    }

    /// Returns the memory that a large request needed.
    pub fn shrink(&mut self) {
        const KEPT: usize = 64;
        if self.at == 0 {
            self.spans.clear();
            self.spans.shrink_to(KEPT);
            self.unquoted.clear();
            self.unquoted.shrink_to(KEPT);
        }
    }

    /// The memory that it holds, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.spans.capacity() * size_of::<Range<u32>>() + self.unquoted.capacity()
    }

    /// Overwrites the copy of an inline command, which may contain a password.
    pub fn wipe(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.unquoted);
    }
}

/// The lines with which a web browser begins. Redis refuses them for the same
/// reason: a page in a browser must not be able to send commands.
fn is_http(line: &[u8]) -> bool {
    let begins =
        |word: &[u8]| line.len() >= word.len() && line[..word.len()].eq_ignore_ascii_case(word);
    begins(b"POST ") || begins(b"Host:")
}

/// The range of the bulk string at `at`, if all of it has arrived.
fn bulk(frame: &[u8], at: usize, limits: FrameLimits) -> Result<Option<Range<u32>>, FrameError> {
    match frame.get(at) {
        None => return Ok(None),
        Some(b'$') => {}
        Some(_) => return Err(FrameError::NoBulk),
    }
    let broken = FrameError::BulkLength(limits.frame_bytes);
    let Some((length, start)) = length_line(frame, at + 1, broken)? else {
        return Ok(None);
    };
    let length = usize::try_from(length).map_err(|_| broken)?;
    if length > limits.frame_bytes || start + length + 2 > limits.frame_bytes {
        return Err(broken);
    }
    let end = start + length;
    match frame.get(end..end + 2) {
        None if frame.get(end).is_some_and(|&byte| byte != b'\r') => Err(FrameError::NoLineEnd),
        None => Ok(None),
        Some(b"\r\n") => Ok(Some(start as u32..end as u32)),
        Some(_) => Err(FrameError::NoLineEnd),
    }
}

/// A decimal number that ends with `\r\n`, and where the next byte is.
fn length_line(
    frame: &[u8],
    at: usize,
    broken: FrameError,
) -> Result<Option<(i64, usize)>, FrameError> {
    let (negative, first) = match frame.get(at) {
        Some(b'-') => (true, at + 1),
        _ => (false, at),
    };
    let mut number: i64 = 0;
    let mut next = first;
    loop {
        match frame.get(next) {
            None => return Ok(None),
            Some(digit) if digit.is_ascii_digit() && next - first < 10 => {
                number = number * 10 + i64::from(digit - b'0');
            }
            Some(b'\r') if next > first => break,
            Some(_) => return Err(broken),
        }
        next += 1;
    }
    match frame.get(next + 1) {
        None => Ok(None),
        Some(b'\n') => Ok(Some((if negative { -number } else { number }, next + 2))),
        Some(_) => Err(broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: FrameLimits = FrameLimits {
        frame_bytes: 200,
        arguments: 4,
    };

    /// The words of each request in these pieces, and the error at the end.
    fn run(pieces: &[&[u8]]) -> (Vec<Vec<Vec<u8>>>, Option<FrameError>) {
        let (mut decoder, mut pending, mut requests) = (Decoder::default(), Vec::new(), Vec::new());
        for piece in pieces {
            pending.extend_from_slice(piece);
            loop {
                let taken = match decoder.next(&pending, SMALL) {
                    Err(broken) => return (requests, Some(broken)),
                    Ok(DecodeStep::Incomplete(taken)) => {
                        pending.drain(..taken);
                        break;
                    }
                    Ok(DecodeStep::Unbalanced(_, taken)) => {
                        requests.push(Vec::new());
                        taken
                    }
                    Ok(DecodeStep::Request(request, taken)) => {
                        let words = (0..request.len()).map(|n| request.word(n).unwrap().to_vec());
                        requests.push(words.collect());
                        taken
                    }
                };
                pending.drain(..taken);
            }
        }
        (requests, None)
    }

    fn broken(input: &[u8]) -> Option<FrameError> {
        run(&[input]).1
    }

    #[test]
    fn arrays_and_lines_follow_one_another() {
        let input = b"*2\r\n$4\r\nSEND\r\n$1\r\n1\r\nNB\nSEND 'a b'\r\n*0\r\n\r\n\n*-1\r\n*1\r\n$3\r\nEND\r\n";
        let (requests, ended) = run(&[input]);
        assert_eq!(ended, None);
        let words: Vec<Vec<_>> = requests
            .iter()
            .map(|r| r.iter().map(|w| String::from_utf8_lossy(w)).collect())
            .collect();
        assert_eq!(
            words,
            [
                vec!["SEND", "1"],
                vec!["NB"],
                vec!["SEND", "a b"],
                vec!["END"]
            ]
        );
    }

    #[test]
    fn unbalanced_quotes_leave_the_next_line_alone() {
        let (requests, ended) = run(&[b"SEND \"1\nNB\n"]);
        assert_eq!(ended, None);
        assert_eq!(requests, [vec![], vec![b"NB".to_vec()]]);
    }

    #[test]
    fn each_framing_fault_has_its_own_error() {
        assert_eq!(broken(b"*x\r\n"), Some(FrameError::ArrayLength(4)));
        assert_eq!(broken(b"*\r\n"), Some(FrameError::ArrayLength(4)));
        assert_eq!(broken(b"*5\r\n"), Some(FrameError::ArrayLength(4)));
        assert_eq!(
            broken(b"*99999999999\r\n"),
            Some(FrameError::ArrayLength(4))
        );
        assert_eq!(broken(b"*1\n"), Some(FrameError::ArrayLength(4)));
        assert_eq!(broken(b"*1\r\n:1\r\n"), Some(FrameError::NoBulk));
        assert_eq!(broken(b"*1\r\n$-1\r\n"), Some(FrameError::BulkLength(200)));
        assert_eq!(broken(b"*1\r\n$201\r\n"), Some(FrameError::BulkLength(200)));
        assert_eq!(
            broken(b"*1\r\n$4294967299\r\n"),
            Some(FrameError::BulkLength(200))
        );
        assert_eq!(broken(b"*1\r\n$2\r\nabcd"), Some(FrameError::NoLineEnd));
        assert_eq!(broken(b"*1\r\n$2\r\nabc"), Some(FrameError::NoLineEnd));
        assert_eq!(broken(&[b'a'; 201]), Some(FrameError::InlineTooLong(200)));
        assert_eq!(broken(b"POST / HTTP/1.1\r\n"), Some(FrameError::Http));
        assert_eq!(broken(b"host: localhost\r\n"), Some(FrameError::Http));
        assert_eq!(broken(b"a b c d e\n"), Some(FrameError::ArrayLength(4)));
    }

    #[test]
    fn the_bounds_themselves_are_allowed() {
        let longest = 200 - b"*1\r\n$190\r\n\r\n".len();
        let word = vec![b'a'; longest];
        let mut frame = format!("*1\r\n${longest}\r\n").into_bytes();
        frame.extend(&word);
        frame.extend(b"\r\n");
        assert_eq!(frame.len(), 200);
        assert_eq!(run(&[&frame]), (vec![vec![word]], None));
        let mut line = vec![b'a'; 200];
        line.push(b'\n');
        assert_eq!(run(&[&line]), (vec![vec![vec![b'a'; 200]]], None));
    }

    #[test]
    fn a_frame_in_pieces_is_not_read_again_from_its_start() {
        let mut decoder = Decoder::default();
        let frame = b"*3\r\n$4\r\nSEND\r\n$1\r\n1\r\n$4\r\nJSON\r\n";
        assert!(matches!(
            decoder.next(&frame[..24], SMALL),
            Ok(DecodeStep::Incomplete(0))
        ));
        assert_eq!((decoder.spans.len(), decoder.missing), (2, Some(1)));
        assert!(
            matches!(decoder.next(frame, SMALL), Ok(DecodeStep::Request(_, taken)) if taken == frame.len())
        );
    }

    #[test]
    fn what_asks_nothing_is_done_with() {
        let mut decoder = Decoder::default();
        for (input, empty) in [
            ("\n\r\n*0\r\n", 7),
            ("\n*-1\r\nSEN", 6),
            ("\n*1\r\n$4\r\nPI", 1),
        ] {
            let step = decoder.next(input.as_bytes(), SMALL);
            assert!(matches!(step, Ok(DecodeStep::Incomplete(taken)) if taken == empty));
            decoder = Decoder::default();
        }
    }

    proptest! {
        /// Any split of any bytes gives the same requests and the same end.
        #[test]
        fn pieces_do_not_matter(
            input in proptest::collection::vec(
                prop_oneof![
                    Just(b"*2\r\n$4\r\nSEND\r\n$1\r\n1\r\n".to_vec()), Just(b"NB\r\n".to_vec()),
                    Just(b"*0\r\n".to_vec()), Just(b"\n".to_vec()), Just(b"\"".to_vec()),
                    proptest::collection::vec(any::<u8>(), 0..8),
                ],
                0..12,
            ),
            cuts in proptest::collection::vec(1usize..9, 0..80),
        ) {
            let input = input.concat();
            let mut pieces = Vec::new();
            let mut rest = &input[..];
            for cut in cuts {
                let (piece, next) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = next;
            }
            pieces.push(rest);
            prop_assert_eq!(run(&pieces), run(&[&input]));
        }
    }
}
