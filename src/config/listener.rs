//! The addresses that a server listens on, and the protocol of each.

use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// One address that a server listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The address; port 0 lets the operating system choose one.
    pub address: SocketAddr,
    /// The protocol.
    pub protocol: ServedProtocol,
    /// The files for TLS; without them everything is sent in plaintext.
    pub tls: Option<TlsFiles>,
}

/// The protocol of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServedProtocol {
    /// The commands, over RESP.
    Resp,
    /// The metrics and the health of the server, over HTTP.
    Metrics,
    /// The commands, over HTTP.
    Http,
}

/// The files that a listener needs for TLS, all of them PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, followed by its intermediate certificates.
    pub certificate: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
    /// The authorities whose certificates clients must have. Without this file clients need
    /// no certificate.
    pub client_authorities: Option<PathBuf>,
}

/// The reason why a server must not listen on an address without TLS.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PlaintextError {
    /// Commands on an address that other machines can reach.
    #[error("connections to `{0}` are not encrypted, passwords could be read on the network")]
    Clients(SocketAddr),
    /// Commands over HTTP on such an address.
    #[error("requests to `http://{0}` are not encrypted, keys could be read on the network")]
    Http(SocketAddr),
    /// Metrics on such an address. They need no login.
    #[error("the metrics on `{0}` could be read from other machines without a login")]
    Metrics(SocketAddr),
    /// The log of a cluster on another machine, or snapshots for other machines.
    #[error(
        "the traffic of the cluster at `{0}` is not encrypted, it could be read on the network"
    )]
    Cluster(String),
}

impl Listener {
    /// A listener for commands in plaintext.
    pub fn new(address: SocketAddr, protocol: ServedProtocol) -> Listener {
        Listener {
            address,
            protocol,
            tls: None,
        }
    }

    /// Whether other machines can reach it and read what is sent.
    pub fn is_exposed(&self) -> bool {
        self.tls.is_none() && !self.address.ip().to_canonical().is_loopback()
    }

    /// Refuses plaintext on an address that other machines can reach.
    ///
    /// # Errors
    /// [`PlaintextError`].
    pub fn check(&self) -> Result<(), PlaintextError> {
        match self.protocol {
            _ if !self.is_exposed() => Ok(()),
            ServedProtocol::Resp => Err(PlaintextError::Clients(self.address)),
            ServedProtocol::Http => Err(PlaintextError::Http(self.address)),
            ServedProtocol::Metrics => Err(PlaintextError::Metrics(self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServedProtocol::{Http, Metrics, Resp};
    use super::*;

    fn listener(address: &str, protocol: ServedProtocol) -> Listener {
        Listener::new(address.parse().unwrap(), protocol)
    }

    #[test]
    fn plaintext_stays_on_this_machine() {
        for address in [
            "127.0.0.1:5890",
            "127.9.9.9:0",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            for protocol in [Resp, Metrics, Http] {
                assert_eq!(listener(address, protocol).check(), Ok(()), "{address}");
            }
        }
        for address in [
            "0.0.0.0:5890",
            "[::]:5890",
            "192.0.2.1:1",
            "[::ffff:192.0.2.1]:1",
        ] {
            let metrics = listener(address, Metrics);
            let refused = Err(PlaintextError::Metrics(metrics.address));
            assert_eq!(metrics.check(), refused, "{address}");
            let http = listener(address, Http);
            let refused = Err(PlaintextError::Http(http.address));
            assert_eq!(http.check(), refused, "{address}");
            let mut clients = listener(address, Resp);
            let refused = Err(PlaintextError::Clients(clients.address));
            assert_eq!(clients.check(), refused, "{address}");
            clients.tls = Some(TlsFiles {
                certificate: "cert.pem".into(),
                key: "key.pem".into(),
                client_authorities: None,
            });
            assert_eq!(clients.check(), Ok(()), "{address}");
        }
    }
}
