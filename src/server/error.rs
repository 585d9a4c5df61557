//! Why a server does not start.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::auth;
use crate::certificates::PemError;
use crate::config::PlaintextError;
use crate::pool::ThreadError;
use crate::store::StoreError;

/// Why a server did not start.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address is taken, or not ours.
    #[error("cannot listen on `{address}`: {}, choose another address with --listen", in_words(.error))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// The address of the metrics, likewise.
    #[error("cannot serve metrics on `{address}`: {}, choose another address with --metrics", in_words(.error))]
    ListenMetrics {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// Everybody could listen in.
    #[error(transparent)]
    PlaintextError(#[from] PlaintextError),
    /// The files for TLS.
    #[error(transparent)]
    Tls(#[from] PemError),
    /// There is no such host.
    #[error("cannot listen on `{host}`: {why}, give an address of this machine with {flag}")]
    NoSuchHost {
        /// What was given.
        host: String,
        /// What is wrong with it.
        why: String,
        /// With what it was given.
        flag: &'static str,
    },
    /// The database cannot be served.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No threads that hash, or no randomness for the logins.
    #[error(transparent)]
    Passwords(#[from] auth::StartError),
    /// No more threads.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// No event queue.
    #[error("the operating system refused what a server needs: {0}")]
    System(#[from] io::Error),
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program is using it".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need more rights".to_owned(),
        _ => error.to_string(),
    }
}
