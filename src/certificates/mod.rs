//! Certificates and keys for TLS: PEM files in, and a self-signed pair for trying out.

mod pem;
mod self_signed;

pub use pem::{PemError, authorities, identity};
pub use self_signed::{InvalidName, SelfSigned, SelfSignedError};

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::crypto::CryptoProvider;
use rustls::version::{TLS12, TLS13};

/// What both sides speak. Older versions are broken, RFC 8996.
pub(crate) const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// The cryptography of both sides.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
