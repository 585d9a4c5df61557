//! The configuration of a node of a cluster.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// The cluster of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterConfig {
    /// The members of etcd.
    pub endpoints: Vec<EtcdEndpoint>,
    /// The certificates for `https`.
    pub tls: Option<ClusterTls>,
    /// The address on which other nodes fetch snapshots.
    pub snapshots: Option<SocketAddr>,
}

impl ClusterConfig {
    /// The first address on which other machines could read the traffic.
    pub fn exposed(&self) -> Option<String> {
        let exposed = self.endpoints.iter().find(|endpoint| endpoint.is_exposed());
        let has_identity = self.tls.as_ref().is_some_and(|tls| tls.identity.is_some());
        let snapshots = self
            .snapshots
            .filter(|address| !has_identity && !address.ip().to_canonical().is_loopback());
        exposed
            .map(EtcdEndpoint::to_string)
            .or(snapshots.map(|address| address.to_string()))
    }
}

/// The PEM files for TLS within a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterTls {
    /// The authorities that sign the certificates of the cluster.
    pub authorities: PathBuf,
    /// The certificate of this node, and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// The address of a member of etcd: `https://etcd-1.example.org:2379`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtcdEndpoint {
    /// Whether connections to it use TLS.
    pub is_tls: bool,
    /// The host name or the address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl EtcdEndpoint {
    /// Whether other machines could read the data on the network.
    pub fn is_exposed(&self) -> bool {
        let is_loopback = match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => self.host == "localhost",
        };
        !self.is_tls && !is_loopback
    }
}

impl FromStr for EtcdEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<EtcdEndpoint, String> {
        let wrong = || "expected the address of etcd like https://etcd-1:2379".to_owned();
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let is_tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.rsplit_once(':').ok_or_else(wrong)?;
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let is_valid = match bracketed {
            Some(address) => address.parse::<IpAddr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(is_letter),
        };
        let port = port.parse().ok().filter(|_| is_valid).ok_or_else(wrong)?;
        let host = bracketed.unwrap_or(host).to_owned();
        Ok(EtcdEndpoint { is_tls, host, port })
    }
}

impl fmt::Display for EtcdEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_etcd_are_urls_with_a_port() {
        for text in [
            "http://127.0.0.1:2379",
            "https://etcd-1.example.org:2379",
            "http://[::1]:1",
        ] {
            assert_eq!(text.parse::<EtcdEndpoint>().unwrap().to_string(), text);
        }
        let with_slash: EtcdEndpoint = "http://a:1/".parse().unwrap();
        assert_eq!(with_slash.to_string(), "http://a:1");
        for text in [
            "",
            "a:1",
            "http://",
            "http://a",
            "ftp://a:1",
            "http://:1",
            "http://a:x",
            "http://a:1/b",
            "http://a b:1",
            "http://a\r\n:1",
            "http://[a]:1",
        ] {
            assert!(text.parse::<EtcdEndpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn plaintext_to_another_machine_is_exposed() {
        let is_exposed = |text: &str| text.parse::<EtcdEndpoint>().unwrap().is_exposed();
        for text in ["http://a:1", "http://192.0.2.1:1"] {
            assert!(is_exposed(text), "{text}");
        }
        for text in [
            "https://a:1",
            "http://127.0.0.2:1",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert!(!is_exposed(text), "{text}");
        }
    }
}
