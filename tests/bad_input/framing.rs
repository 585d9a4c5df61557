//! The framing of requests: its limits, and bytes that break its rules.

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;

use super::still_answers;
use crate::support::{RawClient, TestServer, frame};

/// The client receives this protocol error, and the server closes the connection.
#[track_caller]
fn closes_with(client: &mut RawClient, words: &str) {
    client
        .expect(format!("-ERR protocol error: {words}\r\n"))
        .closed();
}

/// An `ECHO` request of exactly this length, with its framing.
fn echo_of(frame_bytes: usize) -> Vec<u8> {
    let head = |length: usize| format!("*2\r\n$4\r\nECHO\r\n${length}\r\n");
    // The length is written in as many digits as the longest possible one has.
    let guess = frame_bytes - head(frame_bytes).len() - 2;
    assert_eq!(head(guess).len(), head(frame_bytes).len());
    let mut request = head(guess).into_bytes();
    request.extend(std::iter::repeat_n(b'x', guess));
    request.extend(b"\r\n");
    assert_eq!(request.len(), frame_bytes);
    request
}

#[test]
fn frames_at_their_limits() {
    let server = TestServer::start();
    let before = limits::MAX_FRAME_BYTES_BEFORE_LOGIN;
    let after = limits::MAX_FRAME_BYTES;
    for (bound, mut client) in [(before, server.raw_client()), (after, server.reader())] {
        let request = echo_of(bound);
        let Reply::Bulk(echo) = client.send(&request).reply() else {
            panic!("no echo of {bound} bytes");
        };
        assert!(request.ends_with(&[&echo[..], b"\r\n"].concat()));
        client.send_unless_closed(echo_of(bound + 1));
        closes_with(
            &mut client,
            &format!("invalid bulk length, a request has at most {bound} bytes"),
        );
    }
    // A login earlier in the same bytes raises the limit.
    let mut client = server.raw_client();
    client
        .send([&b"UP 1 1\r\n"[..], &echo_of(after)].concat())
        .expect("+PASSOK\r\n");
    assert!(matches!(client.reply(), Reply::Bulk(_)));
    still_answers(&server);
}

#[test]
fn lines_at_their_limits() {
    let server = TestServer::start();
    let line = |bytes: usize| {
        let mut line = b"ECHO ".to_vec();
        line.resize(bytes, b'x');
        line.push(b'\n');
        line
    };
    for (bound, mut client) in [
        (limits::MAX_FRAME_BYTES_BEFORE_LOGIN, server.raw_client()),
        (limits::MAX_INLINE_BYTES, server.reader()),
    ] {
        assert!(
            matches!(client.send(line(bound)).reply(), Reply::Bulk(echo) if echo.len() == bound - 5)
        );
        client.send_unless_closed(line(bound + 1));
        closes_with(
            &mut client,
            &format!("too big inline request, a line has at most {bound} bytes"),
        );
    }
    for (bound, mut client) in [
        (limits::MAX_FRAME_BYTES_BEFORE_LOGIN, server.raw_client()),
        (limits::MAX_INLINE_BYTES, server.reader()),
    ] {
        // A mebibyte without a newline is refused long before its end.
        client.send_unless_closed(vec![b'x'; 1024 * 1024]);
        closes_with(
            &mut client,
            &format!("too big inline request, a line has at most {bound} bytes"),
        );
    }
    still_answers(&server);
}

#[test]
fn arguments_at_their_limits() {
    let server = TestServer::start();
    for (bound, logged_in) in [
        (limits::MAX_ARGUMENTS_BEFORE_LOGIN, false),
        (limits::MAX_ARGUMENTS, true),
    ] {
        let connect = || {
            if logged_in {
                server.reader()
            } else {
                server.raw_client()
            }
        };
        let mut words = vec![&b"COMMAND"[..]; bound];
        words[1] = b"INFO";
        let mut client = connect();
        let Reply::Array(found) = client.send(frame(&words)).reply() else {
            panic!("{bound} words were refused");
        };
        assert_eq!(found.len(), bound - 2);
        words.push(b"COMMAND");
        let refusal = format!("invalid multibulk length, it is a number of at most {bound}");
        client.send_unless_closed(frame(&words));
        closes_with(&mut client, &refusal);
        let mut client = connect();
        client.send_unless_closed([words.join(&b' '), b"\n".to_vec()].concat());
        closes_with(&mut client, &refusal);
    }
    let mut client = server.admin();
    let mut words = vec!["EXISTS"];
    words.extend(vec!["1"; limits::MAX_NAMES_PER_COMMAND]);
    let number = limits::MAX_NAMES_PER_COMMAND as i64;
    assert_eq!(client.ask(&words), Reply::Integer(number));
    words[0] = "MSEND";
    assert!(matches!(client.ask(&words), Reply::Array(rows) if rows.len() as i64 == number));
    words[0] = "DEL";
    assert_eq!(client.ask(&words), Reply::Integer(1));
}

#[test]
fn broken_framing_is_answered_with_one_error_and_closed() {
    let server = TestServer::start();
    let length = "invalid bulk length, a request has at most 16384 bytes";
    let number = "invalid multibulk length, it is a number of at most 16";
    let longer = "a bulk string is longer than its length says";
    let no_bulk = "expected `$`, every word of a request is a bulk string";
    for (sent, refusal) in [
        (&b"*x\r\n"[..], number),
        (b"*1.5\r\n", number),
        (b"*\r\n", number),
        (b"*17\r\n", number),
        (b"*99999999999999999999\r\n", number),
        (b"*1\n$4\nPING\n", number),
        (b"*1\r\n:1\r\n", no_bulk),
        (b"*1\r\n*1\r\n$4\r\nPING\r\n", no_bulk),
        (b"*1\r\nPING\r\n", no_bulk),
        (b"*1\r\n$-1\r\n", length),
        (b"*1\r\n$-5\r\n", length),
        (b"*1\r\n$x\r\n", length),
        (b"*1\r\n$ 4\r\nPING\r\n", length),
        (b"*1\r\n$+4\r\nPING\r\n", length),
        (b"*1\r\n$16384\r\n", length),
        (b"*1\r\n$4294967300\r\n", length),
        (b"*1\r\n$99999999999999999999\r\n", length),
        (b"*1\r\n$3\r\nPING\r\n", longer),
        (b"*1\r\n$4\r\nPINGS\r\n", longer),
        (b"*1\r\n$5\r\nPING\r\n*1\r\n", longer),
        (b"\x16\x03\x01\x02\x00", "this port speaks no TLS"),
    ] {
        let mut client = server.raw_client();
        // Bytes after the error are not read as commands.
        client
            .send(sent)
            .send_unless_closed("\r\nPING\r\nUP admin mdp\r\nDEL 1\r\n");
        closes_with(&mut client, refusal);
        // Earlier answers are still sent.
        let mut client = server.raw_client();
        client
            .send([b"PING\r\n", sent].concat())
            .expect("+PONG\r\n");
        closes_with(&mut client, refusal);
    }
    still_answers(&server);
}

#[test]
fn a_bulk_shorter_than_its_length_waits_for_the_rest() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    client.send("*2\r\n$4\r\nECHO\r\n$10\r\nhello");
    still_answers(&server);
    client
        .send("12345\r\nPING\r\n")
        .expect("$10\r\nhello12345\r\n+PONG\r\n");
}

#[test]
fn a_request_may_arrive_byte_by_byte() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    for byte in b"*3\r\n$2\r\nUP\r\n$1\r\n1\r\n$1\r\n1\r\nSEND '9'\r\n\r\n*1\r\n$5\r\nCOUNT\r\n" {
        client.send([*byte]);
    }
    client.expect("+PASSOK\r\n$-1\r\n:3\r\n");
}
