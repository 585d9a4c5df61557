//! A self-signed certificate, to try TLS without a certificate authority.

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

/// A certificate and its key, both as PEM. The debug output has no key.
pub struct SelfSigned {
    /// The certificate, which clients have to trust.
    pub certificate: String,
    /// The key. Its memory is overwritten on drop.
    pub key: Zeroizing<String>,
}

/// The refusal of a name that is neither a host name nor an IP address.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is neither a host name nor an IP address, give it without a port")]
pub struct CertificateNameError(String);

/// The reason why a certificate was not made.
#[derive(Debug, Error)]
pub enum SelfSignedError {
    /// A name is invalid.
    #[error(transparent)]
    Name(#[from] CertificateNameError),
    /// The random generator failed, or the clock is far from the present.
    #[error("the certificate could not be made: {0}, check the clock of this machine")]
    Failed(String),
}

impl SelfSigned {
    /// A certificate for host names and IP addresses. It is valid for
    /// [`limits::CERTIFICATE_DAYS`], from yesterday on, because clocks may differ.
    /// Servers and clients can present it.
    ///
    /// # Errors
    /// [`SelfSignedError`].
    pub fn new(names: &[String]) -> Result<SelfSigned, SelfSignedError> {
        let failed = |error: &dyn fmt::Display| SelfSignedError::Failed(error.to_string());
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            return Err(CertificateNameError(name.escape_debug().to_string()).into());
        }
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let day = |days: i64| today.checked_add(Span::new().days(days));
        let yesterday = day(-1).map_err(|error| failed(&error))?;
        let until = day(limits::CERTIFICATE_DAYS).map_err(|error| failed(&error))?;
        let mut wanted = CertificateParams::new(names).map_err(|error| failed(&error))?;
        let midnight =
            |day: Date| date_time_ymd(day.year().into(), day.month() as u8, day.day() as u8);
        (wanted.not_before, wanted.not_after) = (midnight(yesterday), midnight(until));
        // Clients refuse the certificate of an authority as that of a server.
        wanted.is_ca = IsCa::ExplicitNoCa;
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = Zeroizing::new(KeyPair::generate().map_err(|error| failed(&error))?);
        // Unique, because verifiers find the issuer of a certificate by this name.
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

/// Whether it can be the name of a server. `*.` stands for one label.
fn is_name(name: &str) -> bool {
    ServerName::try_from(name.strip_prefix("*.").unwrap_or(name)).is_ok()
}
