//! The check of `Host`, against DNS rebinding: a page of another site whose name resolves to this
//! machine sends its own name there.

use std::net::IpAddr;

use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{StatusCode, Version, header::HOST};

use super::error::HttpError;
use super::parameter::shortened;
use super::request::header;

/// The host and the port that a request is meant for: that of a target in absolute form, which
/// replaces `Host` (RFC 9112, section 3.2.2).
pub(super) fn host_of(head: &Parts) -> Option<&str> {
    let authority = head.uri.authority().map(Authority::as_str);
    authority.or_else(|| header(&head.headers, HOST))
}

/// Checks that a request is meant for this server: its host is the address that it arrived at, or
/// one of these names.
///
/// # Errors
/// The status 421, or 400 without exactly one `Host`.
pub(super) fn check(head: &Parts, local: IpAddr, names: &[String]) -> Result<(), HttpError> {
    let mut fields = head.headers.get_all(HOST).iter();
    let (field, second) = (fields.next(), fields.next());
    if second.is_some() {
        return Err(HttpError::bad_request("the request has two `Host` fields"));
    }
    if field.is_none() {
        if head.version >= Version::HTTP_11 {
            return Err(HttpError::bad_request("the request has no `Host`"));
        }
        if head.uri.authority().is_none() {
            return Ok(());
        }
    }
    let host = host_of(head).unwrap_or_default();
    if is_allowed(without_port(host), local, names) {
        return Ok(());
    }
    let detail = format_args!(
        "the host `{}` is no name of this server, which can be given with --http-host",
        shortened(host)
    );
    Err(HttpError::new(StatusCode::MISDIRECTED_REQUEST, detail))
}

fn is_allowed(host: &str, local: IpAddr, names: &[String]) -> bool {
    let local = local.to_canonical();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_local = address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.to_canonical() == local);
    is_local
        || local.is_loopback() && host.eq_ignore_ascii_case("localhost")
        || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// `localhost:5880` without the port. An IPv6 address has brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, local: &str) -> bool {
        let names = ["movies.example".to_owned()];
        is_allowed(without_port(host), local.parse().unwrap(), &names)
    }

    #[test]
    fn only_the_address_and_the_names_are_allowed() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:5880",
            "localhost",
            "LocalHost:1",
            "movies.example:80",
            "Movies.Example",
        ] {
            assert!(allowed(host, "127.0.0.1"), "{host}");
        }
        for host in [
            "",
            ":",
            "evil.example",
            "evil.example:5880",
            "127.0.0.2",
            "localhost.evil.example",
            "movies.example.evil.example",
            "127.0.0.1:5880:5880",
            "127.0.0.1:x",
        ] {
            assert!(!allowed(host, "127.0.0.1"), "{host}");
        }
        assert!(allowed("[::1]:5880", "::1") && allowed("[::1]", "::1"));
        assert!(allowed("127.0.0.1:5880", "::ffff:127.0.0.1"));
        assert!(allowed("192.0.2.1", "192.0.2.1") && !allowed("localhost", "192.0.2.1"));
    }
}
