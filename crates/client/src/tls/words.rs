//! Failures of TLS, with a reason that says what to do.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error};

use crate::error::{ClientError, TlsFault};

/// The error for a failure of a TLS connection, during the handshake or after it.
pub fn explained(address: &str, waited: Duration, error: io::Error) -> ClientError {
    let address = address.to_owned();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(Error::InvalidCertificate(fault)) => {
            let (fault, reason) = distrust(fault);
            ClientError::Untrusted {
                address,
                reason,
                fault,
            }
        }
        Some(error) => {
            let (fault, reason) = misunderstanding(error);
            ClientError::Tls {
                address,
                reason,
                fault,
            }
        }
        None if error.kind() == io::ErrorKind::InvalidInput => ClientError::Tls {
            address,
            reason: "a certificate cannot be for it, connect by a host name or an IP address"
                .to_owned(),
            fault: TlsFault::Other,
        },
        None => ClientError::from_io(&address, waited, error),
    }
}

/// The reason for which a certificate is not trusted, and what to do.
fn distrust(fault: &CertificateError) -> (TlsFault, String) {
    use CertificateError as Fault;
    let reason = match fault {
        // Two authorities with the same name: the signature is that of the other one.
        Fault::UnknownIssuer | Fault::BadSignature => {
            let reason = "no authority that is trusted here has signed it";
            return (TlsFault::UnknownAuthority, reason.to_owned());
        }
        Fault::NotValidForNameContext { expected, .. } => format!(
            "it is not for `{host}`, connect by a name that it is for, or give the server one that \
             is for `{host}`",
            host = host(expected)
        ),
        Fault::ExpiredContext { not_after, .. } => format!(
            "it was valid until {}, the server needs a new one",
            moment(*not_after)
        ),
        Fault::NotValidYetContext { not_before, .. } => format!(
            "it is valid from {} on, is the clock of this machine right?",
            moment(*not_before)
        ),
        Fault::InvalidPurposeContext { .. } => {
            "it is not made for servers, the server needs another one".to_owned()
        }
        Fault::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is that of an authority (CA:TRUE), which may not be a server's, make one with \
             `catalogue cert`"
                .to_owned()
        }
        other => format!("{other}, the server needs another one"),
    };
    (TlsFault::Other, reason)
}

/// The reason for which TLS with a server failed, and what to do.
fn misunderstanding(error: &Error) -> (TlsFault, String) {
    use AlertDescription as Alert;
    match error {
        Error::InvalidMessage(_) => (TlsFault::NoTls, "it does not speak TLS".to_owned()),
        Error::AlertReceived(Alert::CertificateRequired) => (
            TlsFault::ClientCertificateRequired,
            "it asks for a certificate of the client".to_owned(),
        ),
        Error::AlertReceived(
            Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::AccessDenied,
        ) => (
            TlsFault::ClientCertificateRefused,
            format!("it refuses the certificate of the client ({error})"),
        ),
        Error::AlertReceived(Alert::ProtocolVersion) | Error::PeerIncompatible(_) => (
            TlsFault::Other,
            "it speaks neither TLS 1.2 nor TLS 1.3, update it".to_owned(),
        ),
        other => (TlsFault::Other, other.to_string()),
    }
}

fn host(name: &ServerName<'_>) -> String {
    name.to_str().into_owned()
}

/// A second of universal time, as people write it.
fn moment(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match Timestamp::from_second(seconds) {
        Ok(moment) => moment
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%d %H:%M UTC")
            .to_string(),
        Err(_) => "a day of no calendar".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{InvalidMessage, PeerIncompatible};

    fn words(error: Error) -> String {
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        explained("movies:1", Duration::from_secs(5), error).to_string()
    }

    #[test]
    fn each_distrust_says_what_to_do() {
        use CertificateError as Fault;
        let time = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let expected = ServerName::try_from("movies").unwrap();
        for (fault, expected) in [
            (
                Fault::UnknownIssuer,
                "no authority that is trusted here has signed it",
            ),
            (
                Fault::BadSignature,
                "no authority that is trusted here has signed it",
            ),
            (
                Fault::NotValidForNameContext {
                    expected,
                    presented: Vec::new(),
                },
                "it is not for `movies`, connect by",
            ),
            (
                Fault::ExpiredContext {
                    time: time(2),
                    not_after: time(86_400),
                },
                "it was valid until 1970-01-02 00:00 UTC, the server needs",
            ),
            (
                Fault::NotValidYetContext {
                    time: time(1),
                    not_before: time(60),
                },
                "it is valid from 1970-01-01 00:01 UTC on, is the clock",
            ),
            (Fault::Revoked, "the server needs another one"),
        ] {
            let words = words(Error::InvalidCertificate(fault));
            assert!(words.contains(expected), "{words}");
            assert!(
                words.starts_with("the certificate of the server at movies:1 is refused: "),
                "{words}"
            );
        }
    }

    #[test]
    fn each_misunderstanding_says_what_to_do() {
        use AlertDescription as Alert;
        for (error, expected) in [
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "it does not speak TLS",
            ),
            (
                Error::AlertReceived(Alert::CertificateRequired),
                "it asks for a certificate of the client",
            ),
            (
                Error::AlertReceived(Alert::UnknownCA),
                "it refuses the certificate of the client",
            ),
            (Error::AlertReceived(Alert::ProtocolVersion), "update it"),
            (
                PeerIncompatible::ServerDoesNotSupportTls12Or13.into(),
                "update it",
            ),
        ] {
            let words = words(error);
            assert!(words.contains(expected), "{words}");
            assert!(
                words.starts_with("no TLS with the server at movies:1: "),
                "{words}"
            );
        }
    }
}
