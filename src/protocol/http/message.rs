//! The responses of handlers.

use bytes::Bytes;
use hyper::Response;

/// A response with its whole body.
pub type HttpResponse = Response<Bytes>;
