//! Certificates and keys for TLS: PEM files in, and a self-signed pair for trying out.

mod self_signed;

pub use catalogue_client::pem::{PemError, VERSIONS, authorities, identity, provider};
pub use self_signed::{InvalidName, SelfSigned, SelfSignedError};
