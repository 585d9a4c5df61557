//! The reason why a connection was closed, as the log and docs/operations.md name it.

/// Defines the reasons from lines of explanation, name and word.
macro_rules! close_reasons {
    ($(#[doc = $when:literal] $name:ident = $word:literal,)*) => {
        /// The reason why a connection was closed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CloseReason {
            $(#[doc = $when] $name,)*
        }

        impl CloseReason {
            /// All of them.
            pub const ALL: &[CloseReason] = &[$(CloseReason::$name),*];

            /// Its text in the log.
            pub fn word(self) -> &'static str {
                match self {
                    $(CloseReason::$name => $word,)*
                }
            }

            /// The situation in which it is used.
            pub fn when(self) -> &'static str {
                match self {
                    $(CloseReason::$name => $when.trim_ascii(),)*
                }
            }
        }
    };
}

close_reasons! {
    /// The client closed the connection
    Left = "left",
    /// The client sent `END` or `QUIT`, or an HTTP request after which the connection is closed
    End = "END",
    /// The network connection to the client broke
    Lost = "connection lost",
    /// The client sent nothing for longer than `idle_seconds`, over HTTP for 75 s
    Idle = "idle for too long",
    /// The client did not log in within `login_grace_seconds`
    GraceOver = "no login in time",
    /// Three logins failed; a command that requires a login counts as a failed login
    TooManyAttempts = "too many failed attempts",
    /// The client did not send the whole head of an HTTP request in 10 s, or its body in 30 s
    RequestTimeout = "request not in time",
    /// The client did not read an answer within `write_timeout_seconds`
    WriteTimeout = "answers left unread",
    /// The client sent bytes that are not RESP, or no HTTP request
    ProtocolError = "protocol error",
    /// The client did not use TLS, which this server requires
    NoTls = "no TLS",
    /// The TLS handshake failed; the level `debug` logs the cause
    HandshakeFailed = "TLS handshake failed",
    /// `max_connections` or `max_connections_per_address` was reached
    AdmissionError = "too many clients",
    /// `max_unauthenticated` was reached, and this connection was closed for a newer one
    Evicted = "evicted",
    /// The account was removed, or got another password or role
    AccountChanged = "account changed",
    /// The server stopped
    Stopping = "server stopping",
    /// A defect of the server; standard error has the details
    Unknown = "error in the server",
}
