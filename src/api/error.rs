//! The reason why a command was not carried out.

use std::fmt;

use crate::protocol::commands::CommandDescription;
use crate::store::{ChangeError, StoreError};

/// A refusal or a failure: its kind for programs, its message for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What the caller can do about it.
    pub kind: ApiErrorKind,
    /// One line of text.
    pub message: String,
}

/// Groups errors by what the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// A login is required; an attempt was used up.
    LoginRequired,
    /// User or password are wrong; an attempt was used up.
    AuthenticationFailed,
    /// The last attempt was used up; the session has ended.
    TooManyAttempts,
    /// The account was removed or changed since the login; the session has ended.
    AccountChanged,
    /// The caller does not have the required role.
    PermissionDenied,
    /// An argument cannot be used.
    InvalidArgument,
    /// Nothing has that name.
    NotFound,
    /// The data has changed since the caller read it.
    Conflict,
    /// Another version is stored than the caller expects.
    OtherVersion,
    /// A queue is full, or the database is locked: try again.
    Busy,
    /// Earlier logins failed: try again after a delay.
    Delayed,
    /// The database cannot be used now.
    Unavailable,
    /// The server is stopping.
    Stopping,
    /// A defect of the server.
    Internal,
}

impl ApiError {
    /// An error of that kind.
    pub fn new(kind: ApiErrorKind, message: impl fmt::Display) -> ApiError {
        let message = message.to_string();
        ApiError { kind, message }
    }

    /// A queue is full.
    pub(super) fn busy(why: impl fmt::Display) -> ApiError {
        ApiError::new(ApiErrorKind::Busy, why)
    }

    /// The command needs another role.
    pub(super) fn permission_denied(command: &CommandDescription) -> ApiError {
        let message = format_args!("{} needs the role {}", command.name, command.role);
        ApiError::new(ApiErrorKind::PermissionDenied, message)
    }
}

/// An error of the store for a client. The names of files and the contents of movies are only in
/// the log of the server.
pub(super) fn unavailable(error: StoreError) -> ApiError {
    use ApiErrorKind::{
        Busy, Conflict, InvalidArgument, NotFound, OtherVersion, PermissionDenied, Stopping,
        Unavailable,
    };
    match &error {
        StoreError::NotAnAnswer(_) | StoreError::TooMuchWork | StoreError::TooLargeForLog(_) => {
            return ApiError::new(InvalidArgument, error);
        }
        StoreError::Refused(ChangeError::NotPermitted) => {
            return ApiError::new(PermissionDenied, error);
        }
        StoreError::Refused(ChangeError::NoSuchUser(_) | ChangeError::NoSuchKey(_)) => {
            return ApiError::new(NotFound, error);
        }
        StoreError::Refused(
            ChangeError::OtherVersion(_)
            | ChangeError::NoSuchMovie(_)
            | ChangeError::MovieExists(_),
        ) => {
            return ApiError::new(OtherVersion, error);
        }
        StoreError::Refused(_) => return ApiError::new(Conflict, error),
        StoreError::NotMade(_) | StoreError::Unsure => return ApiError::new(Unavailable, error),
        StoreError::InvalidRow { .. } => {
            tracing::error!("a movie is not valid, `catalogue check` says which");
        }
        error => tracing::error!(%error, "the database could not be used"),
    }
    let (kind, message) = match error {
        StoreError::Locked(_) => (
            Busy,
            "another program is writing to the database, try again",
        ),
        StoreError::Full(_) => (
            Unavailable,
            "the server's disk is full, nothing was changed, make room there and try again",
        ),
        StoreError::Unwritten(..) => (
            Unavailable,
            "the server could not write to its disk, nothing was changed, its log says more",
        ),
        StoreError::ReadOnly(_) => (Unavailable, "the server may not write to its database"),
        invalid @ StoreError::InvalidRow { .. } => return ApiError::new(Unavailable, invalid),
        StoreError::Moved(_) => (
            Unavailable,
            "the server's database was moved or replaced, nothing was changed, its log says more",
        ),
        StoreError::Stopped => (Stopping, "the server is stopping"),
        _ => (
            Unavailable,
            "the database could not be used, see the server's log",
        ),
    };
    ApiError::new(kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_takes_too_long_says_what_to_change() {
        let error = unavailable(StoreError::TooMuchWork);
        assert_eq!(error.kind, ApiErrorKind::InvalidArgument);
        assert_eq!(
            error.message,
            "this takes too long to find, give more or longer words"
        );
    }
}
