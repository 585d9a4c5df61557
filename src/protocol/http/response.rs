//! Responses, and the header fields of all responses.

use std::fmt::Write as _;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW,
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use super::message::HttpResponse;
use super::policy::Policy;
use super::request::{HttpRequest, header};
use crate::config::limits;
use crate::store::MovieVersion;

/// The statuses that responses are counted by. The last one also counts every other status.
pub const STATUSES: &[(u16, &str)] = &[
    (200, "200"),
    (201, "201"),
    (204, "204"),
    (303, "303"),
    (304, "304"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (409, "409"),
    (412, "412"),
    (413, "413"),
    (415, "415"),
    (421, "421"),
    (429, "429"),
    (503, "503"),
    (500, "500"),
];

/// The number of header fields that most responses have at most.
const USUAL_FIELDS: usize = 12;
/// The time for which a browser caches the answer to a preflight request, in seconds: a day.
const PREFLIGHT_SECONDS: &str = "86400";
/// The end of the entity tag of a compressed body, which is another representation.
const GZIP_TAG_END: &str = "-gzip\"";

pub(super) fn respond(status: StatusCode, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(USUAL_FIELDS);
    response
}

/// A response with status 200 and a body of this media type.
pub(super) fn content(media_type: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = respond(StatusCode::OK, body);
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// A response with status 200 and this JSON.
pub(super) fn json(body: impl Into<Bytes>) -> HttpResponse {
    content("application/json", body)
}

/// The length of an entity tag, with its quotes.
pub(super) const TAG_LENGTH: usize = 2 * MovieVersion::BYTES + 2;

pub(super) fn entity_tag(body: &[u8]) -> HeaderValue {
    let tag = HeaderValue::from_str(&entity_tag_text(body));
    tag.unwrap_or(HeaderValue::from_static("\"\""))
}

/// The same as text.
pub(super) fn entity_tag_text(body: &[u8]) -> String {
    let MovieVersion(version) = MovieVersion::from_json(body);
    let mut tag = String::with_capacity(TAG_LENGTH);
    tag.push('"');
    for byte in version {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// The versions of movies that strong entity tags name.
pub(super) fn versions(tags: &str) -> Vec<MovieVersion> {
    let version = |tag: &str| {
        let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
        let digits = tag.strip_suffix("-gzip").unwrap_or(tag);
        let byte = |at: usize| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok();
        let mut version = [0; MovieVersion::BYTES];
        for (at, place) in version.iter_mut().enumerate() {
            *place = byte(at)?;
        }
        (digits.len() == 2 * version.len()).then_some(MovieVersion(version))
    };
    tags.split(',').filter_map(version).collect()
}

/// Whether one of the tags in a header field is this one. That of a compressed body counts as
/// that of the body.
pub(super) fn has_tag(field: &str, tag: &str) -> bool {
    let plain = tag.trim_end_matches('"');
    let is_it = |given: &str| {
        let given = given.trim();
        let given = given.strip_prefix("W/").unwrap_or(given);
        given == tag || given.strip_suffix(GZIP_TAG_END) == Some(plain)
    };
    field.trim() == "*" || field.split(',').any(is_it)
}

/// Adds the header fields that the policy of a route asks for, and replaces a body that the client
/// has already by a 304.
pub(super) fn finish(request: &HttpRequest<'_>, policy: &Policy, response: &mut HttpResponse) {
    add_fields(policy, response.headers_mut());
    if response.status() != StatusCode::OK || !request.head.method.is_safe() {
        return;
    }
    if !response.headers().contains_key(ETAG) {
        let tag = entity_tag(response.body());
        response.headers_mut().insert(ETAG, tag);
    }
    if let Some(given) = request.header(IF_NONE_MATCH)
        && header(response.headers(), ETAG).is_some_and(|tag| has_tag(given, tag))
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(CONTENT_TYPE);
    }
}

/// Adds the header fields that do not depend on the request.
pub(super) fn add_fields(policy: &Policy, headers: &mut HeaderMap) {
    if policy.has_cors {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let exposed = HeaderValue::from_static("ETag, Link, Retry-After");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(policy.cache_control),
        );
    }
    if policy.may_compress {
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if !policy.content_security.is_empty() {
        let rules = HeaderValue::from_static(policy.content_security);
        headers.insert(CONTENT_SECURITY_POLICY, rules);
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        let opener = HeaderValue::from_static("same-origin");
        headers.insert("cross-origin-opener-policy", opener);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Whether the body is to be compressed for this client.
pub(super) fn wants_gzip(
    request: &HttpRequest<'_>,
    policy: &Policy,
    response: &HttpResponse,
) -> bool {
    policy.may_compress
        && response.body().len() >= limits::MIN_COMPRESSED_BYTES
        && !response.headers().contains_key(CONTENT_ENCODING)
        && request.header(ACCEPT_ENCODING).is_some_and(accepts_gzip)
}

pub(super) fn accepts_gzip(field: &str) -> bool {
    let accepts = |wanted: &str| {
        let mut codings = field.split(',');
        codings.find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let is_refused = weight.is_some_and(|weight| weight.parse() == Ok(0.0));
            name.eq_ignore_ascii_case(wanted).then_some(!is_refused)
        })
    };
    accepts("gzip").or_else(|| accepts("*")).unwrap_or(false)
}

/// A body in compressed form; `None` where that is not smaller.
pub(super) fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < body.len()).then(|| Bytes::from(compressed))
}

/// Replaces the body by its compressed form, which has an entity tag of its own.
pub(super) fn set_gzip(response: &mut HttpResponse, compressed: Bytes) {
    let tag = header(response.headers(), ETAG).and_then(|tag| tag.strip_suffix('"'));
    let tag = tag.and_then(|tag| HeaderValue::from_str(&format!("{tag}{GZIP_TAG_END}")).ok());
    let headers = response.headers_mut();
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    *response.body_mut() = compressed;
}

/// The answer to `OPTIONS`: the methods of the path, and to a page of another origin what it may
/// send.
pub(super) fn options(allow: &str, has_cors: bool) -> HttpResponse {
    let mut response = respond(StatusCode::NO_CONTENT, Bytes::new());
    let headers = response.headers_mut();
    let allow = HeaderValue::from_str(allow).unwrap_or(HeaderValue::from_static("GET"));
    headers.insert(ALLOW, allow.clone());
    if has_cors {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, allow);
        let fields = "Authorization, Content-Type, If-Match, If-None-Match";
        let fields = HeaderValue::from_static(fields);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, fields);
        let age = HeaderValue::from_static(PREFLIGHT_SECONDS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, age);
    }
    response
}

/// The bytes that refuse a request whose head the library cannot read, instead of those of the
/// library, which have no body. `None` where those are no refusal.
pub fn refuse_unreadable(by_library: &[u8]) -> Option<Bytes> {
    let status = by_library.strip_prefix(b"HTTP/1.")?.get(2..5)?;
    let (line, reason) = match status {
        b"400" => (
            "400 Bad Request",
            "this is not valid HTTP; in an address, percent-encode spaces, quotes, `<` and `>`"
                .to_owned(),
        ),
        b"414" | b"431" => (
            "431 Request Header Fields Too Large",
            format!(
                "the head of a request may have at most {} bytes and {} fields",
                limits::MAX_HTTP_HEAD_BYTES,
                limits::MAX_HTTP_HEADERS
            ),
        ),
        _ => return None,
    };
    let length = reason.len() + 1;
    Some(Bytes::from(format!(
        "HTTP/1.1 {line}\r\ncontent-type: text/plain; charset=utf-8\r\n\
         x-content-type-options: nosniff\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{reason}\n"
    )))
}

/// The bytes that refuse a client that does not use TLS.
pub const fn refuse_plaintext() -> &'static [u8] {
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
      content-length: 52\r\nconnection: close\r\n\r\nthis port speaks TLS, use an address with https://.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_of_plaintext_has_its_length() {
        let text = std::str::from_utf8(refuse_plaintext()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    }

    #[test]
    fn a_tag_is_found_among_others_and_also_as_that_of_a_compressed_body() {
        let tag = entity_tag(b"body");
        let tag = tag.to_str().unwrap();
        let compressed = format!("{}{GZIP_TAG_END}", tag.trim_end_matches('"'));
        for field in [
            tag,
            "*",
            &format!("\"a\", {tag}"),
            &format!("W/{tag}"),
            &compressed,
        ] {
            assert!(has_tag(field, tag), "{field}");
        }
        for field in ["", "\"\"", &tag[1..], "\"a\", \"b\""] {
            assert!(!has_tag(field, tag), "{field}");
        }
        assert_ne!(entity_tag(b"body"), entity_tag(b"bodies"));
        let version = MovieVersion::from_json(b"body");
        for field in [tag, &compressed, &format!("\"a\",{tag}")] {
            assert_eq!(versions(field), [version]);
        }
        for field in ["", "*", &format!("W/{tag}"), &tag[1..], "\"+1\""] {
            assert_eq!(versions(field), [], "{field}");
        }
    }

    #[test]
    fn gzip_is_sent_to_clients_that_accept_it() {
        for field in ["gzip", "deflate, gzip;q=0.5", "br, GZIP", "*"] {
            assert!(accepts_gzip(field), "{field}");
        }
        for field in [
            "",
            "br",
            "gzip;q=0",
            "gzip; q=0.0",
            "identity",
            "*, gzip;q=0",
        ] {
            assert!(!accepts_gzip(field), "{field}");
        }
        let body = b"movie ".repeat(1_000);
        assert!(gzip(&body).unwrap().len() < body.len() / 10);
        assert_eq!(gzip(b"x"), None);
    }
}
