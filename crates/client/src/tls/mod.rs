//! TLS for the client: the trusted certificates, its own certificate, and the handshake
//! before the first command.

pub mod pem;
mod words;

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::error::{ClientError, TlsFault};
use crate::timeouts::ClientTimeouts;

pub(crate) use words::explained;

/// The trusted authorities of a client, and its own certificate. The files are read once, for any
/// number of connections.
///
/// ```no_run
/// use catalogue_client::{Client, ClientTls};
///
/// let tls = ClientTls::with_authorities("cert.pem".as_ref())?;
/// let mut client = Client::connect_tls("localhost:5890", &tls)?;
/// client.login("admin", &std::env::var("CATALOGUE_PASSWORD").unwrap_or_default())?;
/// # Ok::<(), catalogue_client::ClientError>(())
/// ```
#[derive(Clone)]
pub struct ClientTls {
    authorities: Arc<RootCertStore>,
    config: Arc<ClientConfig>,
}

impl ClientTls {
    /// Trusts the certificates that this machine trusts: those of the operating
    /// system, or those that `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// [`ClientError::NoAuthorities`] when there are none.
    pub fn platform() -> Result<ClientTls, ClientError> {
        let mut authorities = RootCertStore::empty();
        // A certificate that cannot be read is not trusted.
        authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if authorities.is_empty() {
            Err(ClientError::NoAuthorities)
        } else {
            ClientTls::new(authorities)
        }
    }

    /// Trusts only the certificates of a PEM file: those of authorities, or the
    /// certificate of the server itself.
    ///
    /// # Errors
    /// [`ClientError::Certificates`] when they cannot be read.
    pub fn with_authorities(path: &Path) -> Result<ClientTls, ClientError> {
        ClientTls::new(pem::authorities(path)?)
    }

    /// Also shows a certificate to servers that ask for one.
    ///
    /// # Errors
    /// [`ClientError::Certificates`] when the two files cannot be read, or do not belong together.
    pub fn presenting(self, certificate: &Path, key: &Path) -> Result<ClientTls, ClientError> {
        let identity = SingleCertAndKey::from(pem::identity(certificate, key)?);
        ClientTls::with(self.authorities, Some(identity))
    }

    fn new(authorities: RootCertStore) -> Result<ClientTls, ClientError> {
        ClientTls::with(Arc::new(authorities), None)
    }

    fn with(
        authorities: Arc<RootCertStore>,
        identity: Option<SingleCertAndKey>,
    ) -> Result<ClientTls, ClientError> {
        let builder = ClientConfig::builder_with_provider(pem::provider())
            .with_protocol_versions(pem::VERSIONS)
            .map_err(|error| ClientError::Tls {
                address: "any address".to_owned(),
                reason: error.to_string(),
                fault: TlsFault::Other,
            })?
            .with_root_certificates(Arc::clone(&authorities));
        let config = Arc::new(match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder.with_client_cert_resolver(Arc::new(identity)),
        });
        Ok(ClientTls {
            authorities,
            config,
        })
    }

    /// Makes the handshake with `address`. No other data is sent before the certificate of the
    /// server was verified.
    pub(super) fn secure(
        &self,
        tcp: TcpStream,
        address: &str,
        timeouts: ClientTimeouts,
    ) -> Result<TlsStream, ClientError> {
        let mut line = Line {
            tcp,
            since: Instant::now(),
            timeouts: timeouts.connect,
        };
        let shaken = self.shake_hands(&mut line, address);
        let session = shaken.map_err(|error| explained(address, line.timeouts, error))?;
        line.timeouts = timeouts.answer;
        let prepared = line.tcp.set_read_timeout(Some(timeouts.answer));
        prepared
            .and_then(|()| line.tcp.set_write_timeout(Some(timeouts.answer)))
            .map_err(|error| explained(address, timeouts.connect, error))?;
        Ok(TlsStream(StreamOwned::new(session, line)))
    }

    fn shake_hands(&self, line: &mut Line, address: &str) -> io::Result<ClientConnection> {
        line.tcp.set_read_timeout(Some(line.timeouts))?;
        line.tcp.set_write_timeout(Some(line.timeouts))?;
        let name = server_name(address)?;
        let mut session = ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        while session.is_handshaking() {
            session.complete_io(line)?;
        }
        // The last part of the handshake, for which the server waits.
        while session.wants_write() {
            session.write_tls(line)?;
        }
        Ok(session)
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("authorities", &self.authorities.len())
            .finish_non_exhaustive()
    }
}

/// The host of `host:port`, which the certificate of the server must contain.
fn server_name(address: &str) -> io::Result<ServerName<'static>> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let is_bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    ServerName::try_from(is_bracketed.unwrap_or(host).to_owned())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// A TLS connection to a server whose certificate was verified.
pub struct TlsStream(StreamOwned<ClientConnection, Line>);

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TlsStream").field(&self.0.sock.tcp).finish()
    }
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.sock.since = Instant::now();
        self.0.read(buffer)
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.sock.since = Instant::now();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The TCP stream below TLS, with one time limit for a whole record. Without it, a server that
/// sends byte by byte would extend the time limit, because TLS reads until a record is complete.
struct Line {
    tcp: TcpStream,
    since: Instant,
    timeouts: Duration,
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.elapsed() > self.timeouts {
            Err(io::ErrorKind::TimedOut.into())
        } else {
            self.tcp.read(buffer)
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.since.elapsed() > self.timeouts {
            Err(io::ErrorKind::TimedOut.into())
        } else {
            self.tcp.write(bytes)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_host_of_the_address() {
        for (address, name) in [
            ("localhost:5890", "localhost"),
            ("127.0.0.1:5890", "127.0.0.1"),
            ("[::1]:5890", "::1"),
            ("::1:5890", "::1"),
            ("movies.example.org:1", "movies.example.org"),
        ] {
            assert_eq!(server_name(address).unwrap().to_str(), name);
        }
        assert!(server_name("two words:1").is_err());
    }
}
