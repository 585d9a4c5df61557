//! The members of one etcd, and connections to them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::error::EtcdError;
use crate::certificates::{self, PemError};
use crate::config::{ClusterConfig, ClusterTls, EtcdEndpoint, limits};

/// The members of one etcd.
pub struct EtcdEngine {
    endpoints: Vec<EtcdEndpoint>,
    tls: Option<TlsConnector>,
    /// The cluster id of etcd that every answer must have; 0 before the first answer.
    cluster_id: AtomicU64,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl EtcdEngine {
    /// The etcd of a configuration. Reads the certificates, and opens no connection.
    ///
    /// # Errors
    /// The error of a file with certificates.
    pub fn new(config: &ClusterConfig) -> Result<EtcdEngine, PemError> {
        Ok(EtcdEngine {
            endpoints: config.endpoints.clone(),
            tls: config.tls.as_ref().map(connector).transpose()?,
            cluster_id: AtomicU64::new(0),
        })
    }

    /// The member with this number, modulo the number of members.
    pub(super) fn endpoint(&self, number: usize) -> &EtcdEndpoint {
        &self.endpoints[number % self.endpoints.len()]
    }

    /// The number of members.
    pub fn members(&self) -> usize {
        self.endpoints.len()
    }

    /// Checks that an answer is from the same etcd as the answers before it.
    pub(super) fn check_id(&self, found: u64, endpoint: &EtcdEndpoint) -> Result<(), EtcdError> {
        let (order, failed) = (Ordering::Relaxed, Ordering::Relaxed);
        match self.cluster_id.compare_exchange(0, found, order, failed) {
            Err(known) if known != found => Err(EtcdError::OtherEngine(endpoint.to_string())),
            _ => Ok(()),
        }
    }

    /// Connects to a member. A task of this thread's runtime handles the connection.
    pub async fn connect(
        &self,
        endpoint: &EtcdEndpoint,
    ) -> Result<SendRequest<Full<Bytes>>, EtcdError> {
        let unreachable = |reason: &dyn ToString| {
            EtcdError::Unreachable(format!("`{endpoint}`: {}", reason.to_string()))
        };
        let connected = timeout(limits::ETCD_CONNECT_TIMEOUT, self.stream(endpoint)).await;
        let stream = match connected {
            Ok(stream) => stream.map_err(|error| unreachable(&error))?,
            Err(_) => return Err(unreachable(&"no connection in time")),
        };
        let (sender, connection) = http1::Builder::new()
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unreachable(&error))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn stream(&self, endpoint: &EtcdEndpoint) -> std::io::Result<Pin<Box<dyn Stream>>> {
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
        stream.set_nodelay(true)?;
        if !endpoint.is_tls {
            return Ok(Box::pin(stream));
        }
        let invalid = |reason: &str| std::io::Error::new(std::io::ErrorKind::InvalidInput, reason);
        let tls = self.tls.as_ref();
        let tls = tls.ok_or_else(|| invalid("https needs --cluster-ca"))?;
        let name = ServerName::try_from(endpoint.host.clone())
            .map_err(|_| invalid("no name of a server"))?;
        Ok(Box::pin(tls.connect(name, stream).await?))
    }
}

/// Trusts only the authorities of the cluster, and presents the certificate of this node.
fn connector(files: &ClusterTls) -> Result<TlsConnector, PemError> {
    let authorities = certificates::authorities(&files.authorities)?;
    let unusable =
        |error: rustls::Error| PemError::Unusable(files.authorities.clone(), error.to_string());
    let builder = ClientConfig::builder_with_provider(certificates::provider())
        .with_protocol_versions(certificates::VERSIONS)
        .map_err(unusable)?
        .with_root_certificates(authorities);
    let config = match &files.identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let identity = certificates::identity(certificate, key)?;
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)))
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}
