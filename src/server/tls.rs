//! The files for TLS, which are read again on request.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{self, PemError};
use crate::config::TlsFiles;

/// The acceptor for new connections, and the files that it was made from.
pub(super) struct Tls {
    files: TlsFiles,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads the files.
    pub fn load(files: TlsFiles) -> Result<Tls, PemError> {
        let acceptor = RwLock::new(read(&files)?);
        Ok(Tls { files, acceptor })
    }

    /// Reads the files again. If one of them is invalid, the old acceptor stays.
    pub fn reload(&self) -> Result<(), PemError> {
        let read = read(&self.files)?;
        *self
            .acceptor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// The acceptor for one connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        let acceptor = self.acceptor.read();
        acceptor.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(files: &TlsFiles) -> Result<TlsAcceptor, PemError> {
    let unusable =
        |error: &dyn ToString| PemError::Unusable(files.certificate.clone(), error.to_string());
    let provider = certificates::provider();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(certificates::VERSIONS)
        .map_err(|error| unusable(&error))?;
    let builder = match &files.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let authorities = Arc::new(certificates::authorities(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(authorities, provider)
                .build()
                .map_err(|error| PemError::Unusable(path.clone(), error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let identity = certificates::identity(&files.certificate, &files.key)?;
    warn_of_readers(files);
    let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Warns of a key that every user of the machine can read.
fn warn_of_readers(files: &TlsFiles) {
    const OTHERS: u32 = 0o007;
    let key = files.key.display();
    if fs::metadata(&files.key).is_ok_and(|key| key.permissions().mode() & OTHERS != 0) {
        tracing::warn!("every user of this machine can use the key in `{key}`, `chmod o= {key}`");
    }
}
