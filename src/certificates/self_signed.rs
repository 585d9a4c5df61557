//! A certificate that vouches for itself, for trying TLS without an authority.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::ServerName;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config::limits;

/// A certificate and its key, both as PEM. The debug output leaves the key out.
pub struct SelfSigned {
    /// The certificate, which is what clients have to trust.
    pub certificate: String,
    /// The key. It is overwritten when it is dropped.
    pub key: Zeroizing<String>,
}

/// A text that no certificate can be for.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is neither a host name nor an IP address, a port does not belong to it")]
pub struct InvalidName(String);

/// Why no certificate was made.
#[derive(Debug, Error)]
pub enum SelfSignedError {
    /// One of the names.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// No random numbers, or a clock far from our time.
    #[error("the certificate could not be made: {0}, check the clock of this machine")]
    Failed(String),
}

impl SelfSigned {
    /// A new one for these host names and IP addresses, valid from yesterday,
    /// so that clocks may differ, and for [`limits::CERTIFICATE_DAYS`]. Servers and clients can show it.
    ///
    /// # Errors
    /// A name that is none, or no random numbers.
    pub fn new(names: &[String]) -> Result<SelfSigned, SelfSignedError> {
        let failed = |error: &dyn fmt::Display| SelfSignedError::Failed(error.to_string());
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            return Err(InvalidName(name.escape_debug().to_string()).into());
        }
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let day = |days: i64| today.checked_add(Span::new().days(days));
        let yesterday = day(-1).map_err(|error| failed(&error))?;
        let until = day(limits::CERTIFICATE_DAYS).map_err(|error| failed(&error))?;
        let mut wanted = CertificateParams::new(names).map_err(|error| failed(&error))?;
        let midnight =
            |day: Date| date_time_ymd(day.year().into(), day.month() as u8, day.day() as u8);
        (wanted.not_before, wanted.not_after) = (midnight(yesterday), midnight(until));
        // An authority's certificate would be refused as that of a server.
        wanted.is_ca = IsCa::ExplicitNoCa;
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = Zeroizing::new(KeyPair::generate().map_err(|error| failed(&error))?);
        // A name of its own, or one of them would be taken for the maker of the next.
        let last_bytes = key.public_key_raw().iter().rev().take(4);
        let number: String = last_bytes.map(|byte| format!("{byte:02x}")).collect();
        let name = format!("catalogue, self-signed, {number}");
        wanted.distinguished_name.push(DnType::CommonName, name);
        let made = wanted.self_signed(&*key).map_err(|error| failed(&error))?;
        Ok(SelfSigned {
            certificate: made.pem(),
            key: Zeroizing::new(key.serialize_pem()),
        })
    }
}

impl fmt::Debug for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfSigned")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// Whether a client could ask for a server by that name. `*.` may stand for one label.
fn is_name(name: &str) -> bool {
    ServerName::try_from(name.strip_prefix("*.").unwrap_or(name)).is_ok()
}
