//! The phases of an HTTP connection, and their time limits.

use std::time::Duration;

use crate::config::{Timeouts, limits};
use crate::connections::CloseReason;

/// The event that an HTTP connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpPhase {
    /// The first byte of a request.
    Idle,
    /// The rest of a request's head.
    Head,
    /// The rest of a request's body.
    Body,
    /// The answer of another thread, which has a time limit of its own.
    Answer,
    /// The client, which has to read an answer.
    Write,
}

impl HttpPhase {
    /// Whether it can be closed without the loss of an answer.
    pub fn is_between_answers(self) -> bool {
        matches!(self, HttpPhase::Idle | HttpPhase::Head)
    }

    /// The most time for it, if there is a limit.
    pub fn limit(self, timeouts: &Timeouts, is_authenticated: bool) -> Option<Duration> {
        match self {
            HttpPhase::Idle if is_authenticated => {
                Some(limits::HTTP_IDLE_TIMEOUT.min(timeouts.idle))
            }
            HttpPhase::Idle => Some(limits::HTTP_IDLE_TIMEOUT.min(timeouts.login)),
            HttpPhase::Head => Some(limits::HTTP_HEAD_TIMEOUT.min(timeouts.login)),
            HttpPhase::Body => Some(limits::HTTP_BODY_TIMEOUT.min(timeouts.login)),
            HttpPhase::Answer => None,
            HttpPhase::Write => Some(timeouts.write),
        }
    }

    /// The reason of a connection that took longer.
    pub fn close_reason(self) -> CloseReason {
        match self {
            HttpPhase::Idle | HttpPhase::Answer => CloseReason::Idle,
            HttpPhase::Head | HttpPhase::Body => CloseReason::RequestTimeout,
            HttpPhase::Write => CloseReason::WriteTimeout,
        }
    }
}
