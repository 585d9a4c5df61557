//! Why a connection ends, as the log and docs/operations.md say it.

/// Makes the reasons from lines of explanation, name and word.
macro_rules! endings {
    ($(#[doc = $when:literal] $name:ident = $word:literal,)*) => {
        /// Why a connection ends. Whoever ends one says which it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CloseReason {
            $(#[doc = $when] $name,)*
        }

        impl CloseReason {
            /// All of them.
            pub const ALL: &[CloseReason] = &[$(CloseReason::$name),*];

            /// What the log calls it.
            pub fn word(self) -> &'static str {
                match self {
                    $(CloseReason::$name => $word,)*
                }
            }

            /// When that is.
            pub fn when(self) -> &'static str {
                match self {
                    $(CloseReason::$name => $when.trim_ascii(),)*
                }
            }
        }
    };
}

endings! {
    /// The client has closed the connection
    Left = "left",
    /// The client has said goodbye with `END` or `QUIT`
    End = "END",
    /// The line to the client broke
    Lost = "connection lost",
    /// The client has said nothing for longer than `idle_seconds`
    Idle = "idle for too long",
    /// Nobody has logged in within `login_grace_seconds`
    GraceOver = "no login in time",
    /// Three logins or commands before one have failed
    TooManyAttempts = "too many failed attempts",
    /// The client has left an answer unread for longer than `write_timeout_seconds`
    WriteTimeout = "answers left unread",
    /// What the client sent is no RESP
    ProtocolError = "protocol error",
    /// What the client sent is no TLS, which this server needs
    NoTls = "no TLS",
    /// ConnectionRecord and server did not agree on TLS; at `debug` the log has more
    HandshakeFailed = "TLS handshake failed",
    /// There were `max_connections` already, or `max_connections_per_address`
    AdmissionError = "too many clients",
    /// Too many had not logged in, and this one made room for a newer one
    Evicted = "room for others",
    /// The account was removed, or given another password or role
    AccountChanged = "account changed",
    /// The server was told to stop
    Stopping = "server stopping",
    /// A defect of the server, of which standard error has more
    Unknown = "error in the server",
}
