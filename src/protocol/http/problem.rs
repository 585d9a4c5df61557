//! Refusals as `application/problem+json` (RFC 9457).

use hyper::StatusCode;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use serde::Serialize;

use super::error::HttpError;
use super::message::HttpResponse;
use super::response::respond;

/// The body of a refusal.
#[derive(Serialize)]
struct Problem<'e> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'e str,
    /// The path, without the query string, which may hold a key.
    instance: &'e str,
}

/// A refusal of a request.
pub(super) fn problem(error: &HttpError, head: &Parts) -> HttpResponse {
    let body = serde_json::to_vec(&Problem {
        r#type: "about:blank",
        title: error.status.canonical_reason().unwrap_or_default(),
        status: error.status.as_u16(),
        detail: &error.detail,
        instance: head.uri.path(),
    });
    let mut response = respond(error.status, body.unwrap_or_default());
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The same as a line of text.
pub(super) fn text_problem(error: &HttpError, _: &Parts) -> HttpResponse {
    let mut response = respond(error.status, format!("{}\n", error.detail));
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Adds the header fields that belong to the status of a refusal, in whatever form it is.
pub(super) fn add_fields(error: &HttpError, response: &mut HttpResponse) {
    // A page sends a browser to the login instead.
    let is_unauthorized = response.status() == StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if is_unauthorized {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = error.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    let allow = error.allow.as_ref();
    if let Some(allow) = allow.and_then(|allow| HeaderValue::from_str(allow).ok()) {
        headers.insert(ALLOW, allow);
    }
}
