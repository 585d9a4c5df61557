//! Bytes from a server to replies, for the client library.

use bytes::Bytes;
use thiserror::Error;

use super::Reply;
use crate::limits;

/// Bytes that are no reply. The connection cannot be used any further.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReplyError {
    /// A first byte that begins no reply we know.
    #[error("a reply began with the byte {0:#04x}, this is no catalogue server")]
    Mark(u8),
    /// A length or a number that is none.
    #[error("a reply held `{0}` where a number belongs")]
    Number(String),
    /// A reply over the client's bounds.
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

/// Reads one reply at the start of `input`: the reply and the bytes it took,
/// or `None` while it is not complete. Understands RESP2 and RESP3's null,
/// boolean, double, map, set and verbatim string.
///
/// # Errors
/// [`ReplyError`] when the bytes cannot become a reply, whatever follows.
pub fn decode_reply(input: &[u8]) -> Result<Option<(Reply, usize)>, ReplyError> {
    let mut cursor = Cursor { input, at: 0 };
    Ok(cursor.reply(0)?.map(|reply| (reply, cursor.at)))
}

struct Cursor<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn reply(&mut self, depth: usize) -> Result<Option<Reply>, ReplyError> {
        if depth > limits::MAX_REPLY_DEPTH {
            return Err(ReplyError::TooLarge);
        }
        let Some(line) = self.line()? else {
            return Ok(None);
        };
        let Some((&mark, rest)) = line.split_first() else {
            return Err(ReplyError::Garbled);
        };
        let text = std::str::from_utf8(rest).map_err(|_| ReplyError::Garbled)?;
        Ok(Some(match mark {
            b'+' | b',' | b'(' => Reply::Status(text.to_owned()),
            b'-' => Reply::Error(text.to_owned()),
            b':' => Reply::Integer(number(text)?),
            b'#' => Reply::Integer(i64::from(text == "t")),
            b'_' => Reply::Null,
            b'$' | b'=' | b'!' => {
                let Some(length) = length(text)? else {
                    return Ok(Some(Reply::Null));
                };
                let Some(bytes) = self.bulk(length)? else {
                    return Ok(None);
                };
                match mark {
                    b'$' => Reply::Bulk(Bytes::copy_from_slice(bytes)),
                    // A verbatim string begins with its kind: `txt:`.
                    b'=' => Reply::Bulk(Bytes::copy_from_slice(bytes.get(4..).unwrap_or(bytes))),
                    _ => Reply::Error(String::from_utf8_lossy(bytes).into_owned()),
                }
            }
            b'*' | b'~' => {
                let Some(length) = length(text)? else {
                    return Ok(Some(Reply::Null));
                };
                let mut replies = Vec::new();
                for _ in 0..length {
                    let Some(reply) = self.reply(depth + 1)? else {
                        return Ok(None);
                    };
                    replies.push(reply);
                }
                Reply::Array(replies)
            }
            b'%' => {
                let Some(length) = length(text)? else {
                    return Ok(Some(Reply::Null));
                };
                let mut pairs = Vec::new();
                for _ in 0..length {
                    let Some(key) = self.reply(depth + 1)? else {
                        return Ok(None);
                    };
                    let Some(value) = self.reply(depth + 1)? else {
                        return Ok(None);
                    };
                    pairs.push((key, value));
                }
                Reply::Map(pairs)
            }
            other => return Err(ReplyError::Mark(other)),
        }))
    }

    /// The bytes up to the next `\r\n`, which is taken too.
    fn line(&mut self) -> Result<Option<&'a [u8]>, ReplyError> {
        let rest = &self.input[self.at..];
        let Some(end) = rest.iter().position(|&byte| byte == b'\r') else {
            return if rest.len() > limits::MAX_REPLY_BYTES {
                Err(ReplyError::TooLarge)
            } else {
                Ok(None)
            };
        };
        match rest.get(end + 1) {
            None => Ok(None),
            Some(b'\n') => {
                self.at += end + 2;
                Ok(Some(&rest[..end]))
            }
            Some(_) => Err(ReplyError::Garbled),
        }
    }

    fn bulk(&mut self, length: usize) -> Result<Option<&'a [u8]>, ReplyError> {
        let rest = &self.input[self.at..];
        let Some(bytes) = rest.get(..length + 2) else {
            return Ok(None);
        };
        let (bytes, end) = bytes.split_at(length);
        if end != b"\r\n" {
            return Err(ReplyError::Garbled);
        }
        self.at += length + 2;
        Ok(Some(bytes))
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
            for end in 0..bytes.len() {
                prop_assert_eq!(decode_reply(&bytes[..end]), Ok(None));
            }
            prop_assert_eq!(decode_reply(&bytes), Ok(Some((reply, bytes.len()))));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode_reply(&bytes);
        }
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
