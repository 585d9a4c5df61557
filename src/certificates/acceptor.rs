//! Makes a TLS acceptor from the certificate files of a server.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use tokio_rustls::TlsAcceptor;

use super::{PemError, VERSIONS, authorities, identity, provider};
use crate::config::TlsFiles;

/// Reads the files of a server.
///
/// # Errors
/// A file that cannot be used.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, PemError> {
    let unusable =
        |error: &dyn ToString| PemError::Unusable(files.certificate.clone(), error.to_string());
    let provider = provider();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(VERSIONS)
        .map_err(|error| unusable(&error))?;
    let builder = match &files.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let authorities = Arc::new(authorities(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(authorities, provider)
                .build()
                .map_err(|error| PemError::Unusable(path.clone(), error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let identity = identity(&files.certificate, &files.key)?;
    let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    Ok(TlsAcceptor::from(Arc::new(config)))
}
