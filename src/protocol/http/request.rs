//! A request without the stream that it came from.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::header::{AsHeaderName, HeaderMap};
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::error::HttpError;
use super::query::Query;
use crate::config::limits;

/// The name of a varying part of a path, and the part without escapes.
type Capture<'r> = (&'r str, Cow<'r, [u8]>);

/// One request, with its whole body.
pub struct HttpRequest<'r> {
    /// The method, the target and the header fields.
    pub head: &'r Parts,
    /// The parameters of the query string.
    pub query: Query<'r>,
    /// The body; empty where the route takes none.
    pub body: Bytes,
    captures: [Option<Capture<'r>>; limits::MAX_PATH_CAPTURES],
}

impl<'r> HttpRequest<'r> {
    /// A request whose path has these varying parts, with escapes.
    pub(super) fn new(
        head: &'r Parts,
        captures: &matchit::Params<'static, 'r>,
    ) -> Result<HttpRequest<'r>, HttpError> {
        let mut found = [const { None }; limits::MAX_PATH_CAPTURES];
        for (place, (name, value)) in found.iter_mut().zip(captures.iter()) {
            *place = Some((name, Cow::from(percent_decode_str(value))));
        }
        Ok(HttpRequest {
            head,
            query: Query::parse(head.uri.query().unwrap_or_default())?,
            body: Bytes::new(),
            captures: found,
        })
    }

    /// A varying part of the path without escapes, or the parameter of that name. Empty if the
    /// request has neither.
    pub fn capture(&self, name: &str) -> &[u8] {
        let mut captures = self.captures.iter().flatten();
        let found = captures.find(|(known, _)| *known == name);
        match found {
            Some((_, value)) => value,
            None => self.query.get(name).unwrap_or_default().as_bytes(),
        }
    }

    /// The same as text.
    ///
    /// # Errors
    /// [`HttpError::not_found`] for bytes that are not UTF-8.
    pub fn capture_text(&self, name: &str) -> Result<&str, HttpError> {
        let text = std::str::from_utf8(self.capture(name));
        text.map_err(|_| HttpError::not_found("the path is not UTF-8"))
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// A header field, if it is there and printable.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        header(&self.head.headers, name)
    }
}

/// A header field, if it is there and printable.
pub(super) fn header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
