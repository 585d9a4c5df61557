//! The reason why a request was not carried out.

use std::fmt::Display;

use hyper::StatusCode;

use crate::api::{ApiError, ApiErrorKind};

/// A refusal or a failure. The policy of a route decides its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpError {
    /// The status.
    pub status: StatusCode,
    /// One line of text for people.
    pub detail: String,
    /// The methods of the path, when another method was sent.
    pub allow: Option<String>,
    /// The seconds after which it may succeed.
    pub retry_after: Option<u64>,
}

impl HttpError {
    /// An error with this status.
    pub fn new(status: StatusCode, detail: impl Display) -> HttpError {
        HttpError {
            status,
            detail: detail.to_string(),
            allow: None,
            retry_after: None,
        }
    }

    /// A request that cannot be used.
    pub fn bad_request(detail: impl Display) -> HttpError {
        HttpError::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is nothing of that name.
    pub fn not_found(detail: impl Display) -> HttpError {
        HttpError::new(StatusCode::NOT_FOUND, detail)
    }

    /// A defect of the server.
    pub fn internal(detail: impl Display) -> HttpError {
        HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }
}

impl From<ApiError> for HttpError {
    fn from(error: ApiError) -> HttpError {
        let status = match error.kind {
            ApiErrorKind::LoginRequired => {
                let detail = "this needs an API key, send `Authorization: Bearer <key>`";
                return HttpError::new(StatusCode::UNAUTHORIZED, detail);
            }
            ApiErrorKind::AccountChanged | ApiErrorKind::TooManyAttempts => {
                let detail = "the key or the login is not valid any more";
                return HttpError::new(StatusCode::UNAUTHORIZED, detail);
            }
            ApiErrorKind::AuthenticationFailed => StatusCode::UNAUTHORIZED,
            ApiErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
            ApiErrorKind::InvalidArgument => StatusCode::BAD_REQUEST,
            ApiErrorKind::NotFound => StatusCode::NOT_FOUND,
            ApiErrorKind::Conflict => StatusCode::CONFLICT,
            ApiErrorKind::OtherVersion => StatusCode::PRECONDITION_FAILED,
            ApiErrorKind::Delayed => StatusCode::TOO_MANY_REQUESTS,
            ApiErrorKind::Busy | ApiErrorKind::Unavailable | ApiErrorKind::Stopping => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            ApiErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let retry_after = match error.kind {
            ApiErrorKind::Busy => Some(1),
            // The message contains the seconds: `retry in 8 s`.
            ApiErrorKind::Delayed => {
                let mut words = error.message.split(' ');
                words.find_map(|word| word.parse().ok()).or(Some(1))
            }
            _ => None,
        };
        HttpError {
            retry_after,
            ..HttpError::new(status, error.message)
        }
    }
}
