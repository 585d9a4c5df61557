//! Bytes from a server to replies, for the client library.

use bytes::Bytes;
use thiserror::Error;

use super::Reply;
use crate::limits;

/// Bytes that are not a reply. The connection cannot be used afterwards.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyError {
    /// A first byte that begins no known reply.
    #[error("a reply began with the byte {0:#04x}, this is no catalogue server")]
    Mark(u8),
    /// A length or a number that is not valid.
    #[error("a reply held `{0}` where a number belongs")]
    Number(String),
    /// A reply above the limits of the client.
    #[error(
        "a reply is larger than {} bytes or nested deeper than {}",
        limits::MAX_REPLY_BYTES,
        limits::MAX_REPLY_DEPTH
    )]
    TooLarge,
    /// A bulk string without its line end, or a text that is not UTF-8.
    #[error("a reply was garbled")]
    Garbled,
}

/// Reads one reply at the start of `input`: the reply and its length in bytes,
/// or `None` while it is not complete. Understands RESP2, and RESP3's null,
/// boolean, double, map, set and verbatim string. For input that arrives in
/// pieces use a [`ReplyDecoder`].
///
/// # Errors
/// [`ReplyError`] when the bytes cannot become a reply, whatever follows.
pub fn decode_reply(input: &[u8]) -> Result<Option<(Reply, usize)>, ReplyError> {
    ReplyDecoder::default().next(input)
}

/// Finds replies in the bytes of one connection. It resumes where the last
/// piece ended, so the time for a reply depends on its length and not on the
/// number of pieces.
#[derive(Debug, Default)]
pub struct ReplyDecoder {
    /// Bytes of the reply that are decoded.
    at: usize,
    /// Bytes after `at` that contain no line end.
    searched: usize,
    /// Arrays and maps that are not complete, the outermost first.
    open: Vec<OpenReply>,
}

/// An array or a map that is not complete.
#[derive(Debug)]
struct OpenReply {
    is_map: bool,
    /// Elements that are missing; a key and its value count as two.
    missing: usize,
    elements: Vec<Reply>,
}

impl OpenReply {
    fn close(self) -> Reply {
        if !self.is_map {
            return Reply::Array(self.elements);
        }
        let mut pairs = Vec::with_capacity(self.elements.len() / 2);
        let mut elements = self.elements.into_iter();
        while let (Some(key), Some(value)) = (elements.next(), elements.next()) {
            pairs.push((key, value));
        }
        Reply::Map(pairs)
    }
}

/// One element of the input.
enum Element {
    Complete(Reply),
    /// An array or a map, whose elements follow.
    Open(OpenReply),
}

impl ReplyDecoder {
    /// Looks for one reply at the start of `input`, which holds all bytes since
    /// the end of the last reply: the reply and its length in bytes, or `None`
    /// while it is not complete.
    ///
    /// # Errors
    /// [`ReplyError`] when the bytes cannot become a reply, whatever follows. The decoder cannot be
    /// used afterwards.
    pub fn next(&mut self, input: &[u8]) -> Result<Option<(Reply, usize)>, ReplyError> {
        while let Some(element) = self.element(input)? {
            let mut reply = match element {
                Element::Open(open) if open.missing > 0 => {
                    self.open.push(open);
                    continue;
                }
                Element::Open(empty) => empty.close(),
                Element::Complete(reply) => reply,
            };
            loop {
                let Some(mut open) = self.open.pop() else {
                    return Ok(Some((reply, std::mem::take(&mut self.at))));
                };
                open.elements.push(reply);
                open.missing -= 1;
                if open.missing > 0 {
                    self.open.push(open);
                    break;
                }
                reply = open.close();
            }
        }
        Ok(None)
    }

    /// The element at `self.at`, or `None` while it is not complete.
    fn element(&mut self, input: &[u8]) -> Result<Option<Element>, ReplyError> {
        if self.open.len() > limits::MAX_REPLY_DEPTH {
            return Err(ReplyError::TooLarge);
        }
        let Some((line, start)) = self.line(input)? else {
            return Ok(None);
        };
        let (&mark, rest) = line.split_first().ok_or(ReplyError::Garbled)?;
        let text = std::str::from_utf8(rest).map_err(|_| ReplyError::Garbled)?;
        let element = match mark {
            b'+' | b',' | b'(' => Element::Complete(Reply::Status(text.to_owned())),
            b'-' => Element::Complete(Reply::Error(text.to_owned())),
            b':' => Element::Complete(Reply::Integer(number(text)?)),
            b'#' => Element::Complete(Reply::Integer(i64::from(text == "t"))),
            b'_' => Element::Complete(Reply::Null),
            b'$' | b'=' | b'!' | b'*' | b'~' | b'%' => match length(text)? {
                None => Element::Complete(Reply::Null),
                Some(length) if matches!(mark, b'$' | b'=' | b'!') => {
                    let Some(bytes) = bulk(input, start, length)? else {
                        return Ok(None);
                    };
                    self.at = start + length + 2;
                    return Ok(Some(Element::Complete(bulk_reply(mark, bytes))));
                }
                Some(length) => Element::Open(OpenReply {
                    is_map: mark == b'%',
                    missing: if mark == b'%' { 2 * length } else { length },
                    elements: Vec::new(),
                }),
            },
            other => return Err(ReplyError::Mark(other)),
        };
        self.at = start;
        Ok(Some(element))
    }

    /// The line at `self.at` without its `\r\n`, and where the next byte is.
    fn line<'a>(&mut self, input: &'a [u8]) -> Result<Option<(&'a [u8], usize)>, ReplyError> {
        let rest = &input[self.at..];
        let found = rest[self.searched..].iter().position(|&byte| byte == b'\r');
        let end = found.map_or(rest.len(), |found| self.searched + found);
        if found.is_none() && end > limits::MAX_REPLY_BYTES {
            return Err(ReplyError::TooLarge);
        }
        self.searched = end;
        match rest.get(end + 1) {
            None => Ok(None),
            Some(b'\n') => {
                self.searched = 0;
                Ok(Some((&rest[..end], self.at + end + 2)))
            }
            Some(_) => Err(ReplyError::Garbled),
        }
    }
}

/// The content of a bulk string that begins at `start`.
fn bulk(input: &[u8], start: usize, length: usize) -> Result<Option<&[u8]>, ReplyError> {
    match input.get(start..start + length + 2) {
        None => Ok(None),
        Some([bytes @ .., b'\r', b'\n']) => Ok(Some(bytes)),
        Some(_) => Err(ReplyError::Garbled),
    }
}

fn bulk_reply(mark: u8, bytes: &[u8]) -> Reply {
    match mark {
        b'$' => Reply::Bulk(Bytes::copy_from_slice(bytes)),
        // A verbatim string begins with its kind: `txt:`.
        b'=' => Reply::Bulk(Bytes::copy_from_slice(bytes.get(4..).unwrap_or(bytes))),
        _ => Reply::Error(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn number(text: &str) -> Result<i64, ReplyError> {
    text.parse()
        .map_err(|_| ReplyError::Number(text.to_owned()))
}

/// A length within the bounds; `None` for RESP2's null.
fn length(text: &str) -> Result<Option<usize>, ReplyError> {
    match number(text)? {
        -1 => Ok(None),
        length if length < 0 => Err(ReplyError::Number(text.to_owned())),
        length if length as usize > limits::MAX_REPLY_BYTES => Err(ReplyError::TooLarge),
        length => Ok(Some(length as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RespVersion, encode};
    use super::*;
    use proptest::prelude::*;

    fn any_reply() -> impl Strategy<Value = Reply> {
        let leaf = prop_oneof![
            "[A-Z]{0,8}".prop_map(Reply::Status),
            "[A-Z]{1,5} [a-z ]{0,8}".prop_map(Reply::Error),
            any::<i64>().prop_map(Reply::Integer),
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(|b| Reply::Bulk(b.into())),
            Just(Reply::Null),
        ];
        leaf.prop_recursive(3, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Reply::Array),
                proptest::collection::vec((inner.clone(), inner), 0..3).prop_map(Reply::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(reply in any_reply()) {
            let mut bytes = Vec::new();
            encode(&reply, RespVersion::Resp3, &mut bytes);
            let mut decoder = ReplyDecoder::default();
            for end in 0..bytes.len() {
                prop_assert_eq!(decode_reply(&bytes[..end]), Ok(None));
                prop_assert_eq!(decoder.next(&bytes[..end]), Ok(None));
            }
            let complete = Ok(Some((reply, bytes.len())));
            prop_assert_eq!(decoder.next(&bytes), complete.clone());
            prop_assert_eq!(decode_reply(&bytes), complete.clone());
            // The same decoder takes the next reply.
            prop_assert_eq!(decoder.next(&bytes), complete);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode_reply(&bytes);
        }
    }

    /// The array has 20,000 elements and arrives in 20,000 pieces: decoding it anew for each
    /// piece would take 200,000,000 elements.
    #[test]
    fn a_large_reply_in_small_pieces_is_decoded_once() {
        const ELEMENTS: usize = 20_000;
        let reply = Reply::Array(vec![Reply::Integer(7); ELEMENTS]);
        let mut bytes = Vec::new();
        encode(&reply, RespVersion::Resp2, &mut bytes);
        let (mut decoder, mut decoded) = (ReplyDecoder::default(), 0);
        for end in (0..bytes.len()).step_by(4) {
            let before = decoder.at;
            assert_eq!(decoder.next(&bytes[..end]), Ok(None));
            assert!(
                end - decoder.at < b":7\r\n".len() + 4,
                "it waits for one element"
            );
            decoded += decoder.at - before;
        }
        assert!(decoded <= bytes.len());
        assert_eq!(decoder.next(&bytes), Ok(Some((reply, bytes.len()))));
    }

    #[test]
    fn a_long_line_in_small_pieces_is_searched_once() {
        let line = [b"+".as_slice(), &[b'x'; 50_000], b"\r\n"].concat();
        let mut decoder = ReplyDecoder::default();
        for end in 1..line.len() - 1 {
            assert_eq!(decoder.next(&line[..end]), Ok(None));
            assert_eq!(decoder.searched, end);
        }
        assert!(decoder.next(&line).unwrap().is_some());
    }

    #[test]
    fn what_cannot_become_a_reply_is_refused() {
        assert_eq!(
            decode_reply(b"HTTP/1.1 400\r\n"),
            Err(ReplyError::Mark(b'H'))
        );
        assert_eq!(
            decode_reply(b":one\r\n"),
            Err(ReplyError::Number("one".to_owned()))
        );
        assert_eq!(
            decode_reply(b"$-2\r\n"),
            Err(ReplyError::Number("-2".to_owned()))
        );
        assert_eq!(
            decode_reply(b"$999999999999\r\n"),
            Err(ReplyError::TooLarge)
        );
        assert_eq!(decode_reply(b"$1\r\nabc"), Err(ReplyError::Garbled));
        assert_eq!(
            decode_reply(&b"*1\r\n".repeat(10)),
            Err(ReplyError::TooLarge)
        );
    }
}
