//! The errors of the body of a request.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};

use zeroize::Zeroize;

use super::error::HttpError;
use super::policy::BodyRule;
use super::request::HttpRequest;

/// The reason why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It has more bytes than the route takes.
    TooLarge,
    /// It ended early, or its chunks are malformed.
    Malformed,
}

impl BodyError {
    pub(super) fn refusal(self, max_bytes: usize) -> HttpError {
        match self {
            BodyError::TooLarge => HttpError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format_args!("the body may have at most {max_bytes} bytes"),
            ),
            BodyError::Malformed => HttpError::bad_request("the body is malformed or incomplete"),
        }
    }
}

/// Overwrites the memory of bytes that have no other reference, also the data that was read before
/// into the same memory.
pub fn overwrite(bytes: Bytes) {
    if let Ok(mut bytes) = bytes.try_into_mut() {
        bytes.clear();
        // The reserve is larger than the rest of the memory, so that the memory is used from its
        // beginning.
        let _ = bytes.try_reclaim(bytes.capacity() + 1);
        bytes.resize(bytes.capacity(), 0);
        bytes.zeroize();
    }
}

/// Checks the media type of a body before it is read.
pub(super) fn check_type(request: &HttpRequest<'_>, rule: &BodyRule) -> Result<(), HttpError> {
    let unsupported = |detail| Err(HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    let given = request.header(CONTENT_TYPE).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(rule.media_type) {
        let media_type = rule.media_type;
        return unsupported(format!("send the body with `Content-Type: {media_type}`"));
    }
    match request.header(CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => unsupported("send the body without a `Content-Encoding`".to_owned()),
    }
}
