//! The client's decoder with any bytes from a server.

use catalogue::protocol::resp::{Reply, ReplyDecoder, RespVersion, decode_reply, encode};

pub fn check(data: &[u8]) {
    let Ok(Some((reply, taken))) = decode_reply(data) else {
        return;
    };
    assert!((1..=data.len()).contains(&taken));
    // The beginning of a reply is incomplete, also for a decoder that resumes.
    let mut decoder = ReplyDecoder::default();
    for end in (0..taken).step_by(1 + taken / 64) {
        assert_eq!(decode_reply(&data[..end]), Ok(None));
        assert_eq!(decoder.next(&data[..end]), Ok(None));
    }
    assert_eq!(decoder.next(data), Ok(Some((reply.clone(), taken))));
    let mut again = Vec::new();
    encode(&reply, RespVersion::Resp3, &mut again);
    if is_plain(&reply) {
        assert_eq!(decode_reply(&again), Ok(Some((reply, again.len()))));
    }
}

/// Whether it is written as it was read: no line contains half a line end.
fn is_plain(reply: &Reply) -> bool {
    match reply {
        Reply::Status(text) | Reply::Error(text) => !text.contains(['\r', '\n']),
        Reply::Array(replies) => replies.iter().all(is_plain),
        Reply::Map(pairs) => pairs
            .iter()
            .all(|(key, value)| is_plain(key) && is_plain(value)),
        _ => true,
    }
}
