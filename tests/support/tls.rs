//! TLS from the outside: servers with a certificate, and clients that use TLS.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use catalogue::certificates::{SelfSigned, authorities};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{Folder, RawClient, TestServer, dial};

/// The flags of a server with the certificate of its folder.
const FLAGS: [&str; 4] = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];

impl Folder {
    /// Writes a new certificate for these names to `cert.pem` and `key.pem`.
    pub fn certify(&self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let made = SelfSigned::new(&names).unwrap();
        self.write("cert.pem", &made.certificate);
        self.write("key.pem", &made.key);
        let key = self.path().join("key.pem");
        fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// The trust store of a client that knows its certificate.
    pub fn trust(&self) -> RootCertStore {
        authorities(&self.path().join("cert.pem")).unwrap()
    }
}

impl TestServer {
    /// Serves a new catalogue over TLS.
    #[track_caller]
    pub fn start_tls(flags: &[&str]) -> TestServer {
        let folder = Folder::with_accounts();
        folder.certify(&["localhost", "127.0.0.1"]);
        TestServer::serve_tls(folder, flags)
    }

    /// Serves the catalogue of a folder with its certificate.
    #[track_caller]
    pub fn serve_tls(folder: Folder, flags: &[&str]) -> TestServer {
        let flags: Vec<&str> = FLAGS.iter().chain(flags).copied().collect();
        TestServer::serve(folder, "127.0.0.1:0", &flags)
    }

    /// A connection after the handshake and before the login.
    #[track_caller]
    pub fn tls_client(&self) -> RawClient<TlsStream> {
        self.tls_client_trusting(self.folder().trust()).unwrap()
    }

    /// The same with other trusted certificates.
    pub fn tls_client_trusting(&self, trusted: RootCertStore) -> io::Result<RawClient<TlsStream>> {
        tls_stream(self.address(), trusted).map(RawClient::from_stream)
    }

    /// A stream to another listener of the server.
    pub fn tls_stream(&self, address: SocketAddr) -> TlsStream {
        tls_stream(address, self.folder().trust()).unwrap()
    }
}

fn tls_stream(address: SocketAddr, trusted: RootCertStore) -> io::Result<TlsStream> {
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(trusted)
            .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, dial(address));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    stream.flush()?;
    Ok(TlsStream(stream))
}

/// A TLS stream that reports an end only after close_notify.
pub struct TlsStream(StreamOwned<ClientConnection, TcpStream>);

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionReset => io::Error::other("reset without a quit"),
            _ => error,
        })
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
