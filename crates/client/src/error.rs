//! The errors of the client.

use std::io;
use std::time::Duration;

use thiserror::Error;

#[cfg(feature = "tls")]
use crate::tls::pem::PemError;
use catalogue_protocol::QuotedValue;
use catalogue_protocol::resp::ReplyError;

/// The reason for which a command has no answer, grouped by what the caller can do. The texts are
/// for people, and say what to do next.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is not valid, or its host name is unknown: use another one.
    #[error(
        "`{}` cannot be used as an address: {reason}; give a host and a port like 127.0.0.1:5890",
        QuotedValue(.address)
    )]
    Address {
        /// The address as it was given.
        address: String,
        /// The reason.
        reason: String,
    },
    /// No server answers there: start it, or try again later.
    #[error("no server answers at {address}: {}", reason(source))]
    Unreachable {
        /// The address of the server.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The server did not answer in time. The connection cannot be used afterwards, because a late
    /// answer would be taken for the answer of the next command.
    #[error("the server at {address} did not answer within {}, try again later", seconds(*.waited))]
    TimedOut {
        /// Which server.
        address: String,
        /// The time limit.
        waited: Duration,
    },
    /// The connection ended before the answer: connect again.
    #[error("{}", lost(address, source))]
    Gone {
        /// Which server.
        address: String,
        /// How it ended.
        source: io::Error,
    },
    /// The server refused the command; the connection stays open.
    #[error("{message}")]
    Refused {
        /// The upper-case word in front, such as `ECHEC`; empty when there is none.
        code: String,
        /// The server's words.
        message: String,
    },
    /// The other side is not a catalogue server: check the address.
    #[error("the server at {address} cannot be understood: {source}")]
    Garbled {
        /// Which server.
        address: String,
        /// What was wrong.
        source: ReplyError,
    },
    /// The files for TLS cannot be used: give others.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Certificates(#[from] PemError),
    /// This machine has no trusted authorities: name a certificate to trust.
    #[cfg(feature = "tls")]
    #[error("this machine trusts no certificates, install `ca-certificates`")]
    NoAuthorities,
    /// The server has no certificate that is trusted for its address. No command was sent.
    #[cfg(feature = "tls")]
    #[error("the certificate of the server at {address} is refused: {reason}")]
    Untrusted {
        /// Which server.
        address: String,
        /// The reason, and what to do.
        reason: String,
        /// The kind of the fault.
        fault: TlsFault,
    },
    #[cfg(feature = "tls")]
    /// TLS failed for another reason than the server's certificate.
    #[error("no TLS with the server at {address}: {reason}")]
    Tls {
        /// Which server.
        address: String,
        /// The reason, and what to do.
        reason: String,
        /// The kind of the fault.
        fault: TlsFault,
    },
    /// A well-formed answer of the wrong kind, for example a row of a later version: update this
    /// client. The connection stays open.
    #[error(
        "the answer to `{command}` cannot be read: {reason}; is the server newer than this client?"
    )]
    Unexpected {
        /// The command word.
        command: &'static str,
        /// What was wrong.
        reason: String,
    },
}

/// A failure of TLS, grouped by what the caller can do.
#[cfg(feature = "tls")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// No trusted authority has signed the certificate: trust another one.
    UnknownAuthority,
    /// The server does not use TLS: connect without it.
    NoTls,
    /// The server requires a certificate of the client.
    ClientCertificateRequired,
    /// The server refuses the certificate of the client.
    ClientCertificateRefused,
    /// Another fault. The reason says what to do.
    Other,
}

impl ClientError {
    /// The error for a failure of an open connection; `waited` is its time limit.
    pub(super) fn from_io(address: &str, waited: Duration, source: io::Error) -> ClientError {
        let address = address.to_owned();
        match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                ClientError::TimedOut { address, waited }
            }
            _ => ClientError::Gone { address, source },
        }
    }

    /// The code and the text of an error reply.
    pub(super) fn refused(reply: &str) -> ClientError {
        let is_code = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase());
        let (code, message) = match reply.split_once(' ') {
            Some((code, words)) if is_code(code) => (code, words),
            _ => ("", reply),
        };
        ClientError::Refused {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    /// Whether another command can be sent on the same connection.
    pub fn leaves_connection(&self) -> bool {
        matches!(
            self,
            ClientError::Refused { .. } | ClientError::Unexpected { .. }
        )
    }
}

/// The message of the operating system without its error number, in lower case for common errors.
pub(super) fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

fn lost(address: &str, source: &io::Error) -> String {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
    };
    match source.kind() {
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe | NotConnected => {
            format!("the server at {address} has closed the connection")
        }
        _ => format!(
            "the connection to the server at {address} was lost: {}",
            reason(source)
        ),
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} milliseconds", duration.as_millis()),
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reply: &str) -> (String, String) {
        match ClientError::refused(reply) {
            ClientError::Refused { code, message } => (code, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_is_a_code_and_words() {
        let pair = |code: &str, words: &str| (code.to_owned(), words.to_owned());
        assert_eq!(
            refused("ECHEC wrong user or password, 2 attempts left"),
            pair("ECHEC", "wrong user or password, 2 attempts left")
        );
        assert_eq!(refused("BUSY"), pair("", "BUSY"));
        assert_eq!(refused("no code here"), pair("", "no code here"));
        assert_eq!(refused(""), pair("", ""));
    }

    #[test]
    fn each_failure_says_what_to_do() {
        let address = || "127.0.0.1:5890".to_owned();
        let cases = [
            (
                ClientError::Unreachable {
                    address: address(),
                    source: io::Error::from_raw_os_error(111),
                },
                "no server answers at 127.0.0.1:5890: connection refused",
            ),
            (
                ClientError::TimedOut {
                    address: address(),
                    waited: Duration::from_secs(30),
                },
                "the server at 127.0.0.1:5890 did not answer within 30 seconds, try again later",
            ),
            (
                ClientError::Gone {
                    address: address(),
                    source: io::ErrorKind::ConnectionReset.into(),
                },
                "the server at 127.0.0.1:5890 has closed the connection",
            ),
            (
                ClientError::Gone {
                    address: address(),
                    source: io::ErrorKind::HostUnreachable.into(),
                },
                "the connection to the server at 127.0.0.1:5890 was lost: host unreachable",
            ),
            (
                ClientError::Garbled {
                    address: address(),
                    source: ReplyError::Mark(b'H'),
                },
                "the server at 127.0.0.1:5890 cannot be understood: a reply began with the byte 0x48, this is no catalogue server",
            ),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }
}
