//! Replies to bytes.

use super::{Reply, RespVersion};

/// Appends one reply to `out` in the given protocol.
///
/// A newline inside a status or an error would end it early, so those are
/// written as spaces.
pub fn encode(reply: &Reply, protocol: RespVersion, out: &mut Vec<u8>) {
    match reply {
        Reply::Simple(status) => line(b'+', status, out),
        Reply::Status(status) => line(b'+', status, out),
        Reply::Error(words) => line(b'-', words, out),
        Reply::Integer(number) => {
            out.push(b':');
            decimal(*number, out);
        }
        Reply::Bulk(bytes) => {
            out.push(b'$');
            decimal(bytes.len() as i64, out);
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        }
        Reply::Null => out.extend_from_slice(match protocol {
            RespVersion::Resp2 => b"$-1\r\n",
            RespVersion::Resp3 => b"_\r\n",
        }),
        Reply::Array(replies) => {
            out.push(b'*');
            decimal(replies.len() as i64, out);
            for reply in replies {
                encode(reply, protocol, out);
            }
        }
        Reply::Map(pairs) => {
            let (mark, length) = match protocol {
                RespVersion::Resp2 => (b'*', pairs.len() * 2),
                RespVersion::Resp3 => (b'%', pairs.len()),
            };
            out.push(mark);
            decimal(length as i64, out);
            for (key, value) in pairs {
                encode(key, protocol, out);
                encode(value, protocol, out);
            }
        }
    }
}

fn line(mark: u8, text: &str, out: &mut Vec<u8>) {
    out.push(mark);
    out.extend(text.bytes().map(|byte| {
        if matches!(byte, b'\r' | b'\n') {
            b' '
        } else {
            byte
        }
    }));
    out.extend_from_slice(b"\r\n");
}

/// The number and the end of its line.
fn decimal(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(reply: Reply) -> [String; 2] {
        [RespVersion::Resp2, RespVersion::Resp3].map(|protocol| {
            let mut out = Vec::new();
            encode(&reply, protocol, &mut out);
            String::from_utf8(out).unwrap()
        })
    }

    #[test]
    fn what_both_protocols_write_alike() {
        for (reply, expected) in [
            (Reply::OK, "+OK\r\n"),
            (
                Reply::error("NO", "unknown command 'A\r\nB'"),
                "-NO unknown command 'A  B'\r\n",
            ),
            (Reply::Integer(-7), ":-7\r\n"),
            (Reply::text("a\r\nb"), "$4\r\na\r\nb\r\n"),
            (Reply::text(""), "$0\r\n\r\n"),
            (Reply::Array(vec![]), "*0\r\n"),
            (
                Reply::Array(vec![Reply::Integer(1), Reply::Array(vec![Reply::OK])]),
                "*2\r\n:1\r\n*1\r\n+OK\r\n",
            ),
        ] {
            assert_eq!(both(reply), [expected, expected]);
        }
    }

    #[test]
    fn null_and_maps_differ() {
        assert_eq!(both(Reply::Null), ["$-1\r\n", "_\r\n"]);
        let map = Reply::Map(vec![(Reply::text("a"), Reply::Null)]);
        assert_eq!(
            both(map),
            ["*2\r\n$1\r\na\r\n$-1\r\n", "%1\r\n$1\r\na\r\n_\r\n"]
        );
    }
}
