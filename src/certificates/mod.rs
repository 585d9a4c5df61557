//! Certificates and keys for TLS: reading PEM files, and making a self-signed pair.

mod acceptor;
mod self_signed;

pub use acceptor::acceptor;
pub use catalogue_client::pem::{PemError, VERSIONS, authorities, identity, provider};
pub use self_signed::{CertificateNameError, SelfSigned, SelfSignedError};
