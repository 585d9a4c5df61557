//! The reason why a server did not start, or ended by itself.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::auth;
use crate::certificates::PemError;
use crate::cluster::ClusterError;
use crate::config::{PlaintextError, ServedProtocol};
use crate::pool::ThreadError;
use crate::store::StoreError;

/// The reason why a server did not start, or ended by itself.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address of a listener is in use, or is not an address of this machine.
    #[error("cannot {} on `{address}`: {}", what(*.protocol), in_words(.error))]
    Listen {
        /// The protocol of the listener.
        protocol: ServedProtocol,
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        error: io::Error,
    },
    /// Other machines could read the plaintext traffic.
    #[error(transparent)]
    PlaintextError(#[from] PlaintextError),
    /// The files for TLS.
    #[error(transparent)]
    Tls(#[from] PemError),
    /// A host name has no address.
    #[error("cannot listen on `{host}`: {why}")]
    NoSuchHost {
        /// The protocol of the listener.
        protocol: ServedProtocol,
        /// The name as it was given.
        host: String,
        /// The reason.
        why: String,
    },
    /// The database cannot be served.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server cannot be a node of its cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The hashing threads did not start, or there is no randomness for logins.
    #[error(transparent)]
    Passwords(#[from] auth::StartError),
    /// The operating system refused a thread.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// A thread ended that serves until the server stops.
    #[error("a thread of the server has ended: {0}, its log says more, start the server again")]
    ThreadEnded(&'static str),
    /// A snapshot must replace the file of the node. The next start fetches it.
    #[error("the file of this node has to be replaced by a snapshot, start the server again")]
    NeedsSnapshot,
    /// The operating system refused something else, such as an event queue.
    #[error("the operating system refused what a server needs: {0}")]
    System(#[from] io::Error),
}

fn what(protocol: ServedProtocol) -> &'static str {
    match protocol {
        ServedProtocol::Resp => "listen",
        ServedProtocol::Metrics => "serve metrics",
        ServedProtocol::Http => "serve HTTP",
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program is using it".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need more rights".to_owned(),
        _ => error.to_string(),
    }
}
