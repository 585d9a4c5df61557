//! The header field with the entry of a change in the cluster's log: a client that sends it with
//! its next request reads its own change, on whatever node.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::HeaderName;
use hyper::http::request::Parts;

use super::caller::Caller;
use super::error::HttpError;
use super::message::HttpResponse;
use super::request;
use crate::api::{AppliedTarget, wait_until_applied};
use crate::config::limits;

/// The field, of requests and of responses.
const SEQUENCE: HeaderName = HeaderName::from_static("catalogue-sequence");

/// Waits until this node has applied the entry of the request's field, if it has one. A server
/// without a cluster ignores the field.
pub(super) async fn wait(head: &Parts, caller: &mut Caller<'_>) -> Result<(), HttpError> {
    let state = caller.context.state;
    if state.cluster.is_none() {
        return Ok(());
    }
    caller.session.begin_request();
    let Some(field) = request::header(&head.headers, SEQUENCE) else {
        return Ok(());
    };
    let sequence = field.parse().map_err(|_| {
        let detail = "`Catalogue-Sequence` is no number, send what a response had";
        HttpError::new(StatusCode::BAD_REQUEST, detail)
    })?;
    let limit: Duration = limits::HTTP_CLUSTER_WAIT;
    // Boxed, because few requests wait.
    let waited = Box::pin(wait_until_applied(
        state,
        AppliedTarget::Sequence(sequence),
        limit,
    ));
    Ok(waited.await?)
}

/// Adds the field to the response of a request that made a change.
pub(super) fn add(caller: &Caller<'_>, response: &mut HttpResponse) {
    let sequence = caller.session.last_sequence();
    if sequence > 0 {
        response.headers_mut().insert(SEQUENCE, sequence.into());
    }
}
