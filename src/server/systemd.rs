//! Sockets from a service manager such as systemd, and messages to it.

use std::net::TcpListener;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use thiserror::Error;

use crate::config::ServedProtocol;

/// A socket that the service manager listens on for the server.
#[derive(Debug)]
pub struct InheritedSocket {
    /// The protocol.
    pub protocol: ServedProtocol,
    /// The socket.
    pub socket: TcpListener,
}

/// The reason why the inherited sockets cannot be listened on.
#[derive(Debug, Error)]
pub enum ListenerFromEnvError {
    /// More sockets than protocols.
    #[error(
        "{0} sockets were handed over in LISTEN_FDS, a server takes three: one for clients \
         (FileDescriptorName=resp), one for metrics (FileDescriptorName=metrics) and one for HTTP \
         (FileDescriptorName=http)"
    )]
    TooMany(usize),
    /// Two sockets for one protocol.
    #[error(
        "two sockets were handed over with FileDescriptorName={0}, a server takes one of each name"
    )]
    Twice(&'static str),
    /// No TCP socket.
    #[error(
        "what was handed over in LISTEN_FDS cannot be listened on: {0}, give the .socket unit a \
         ListenStream= with a port"
    )]
    Unusable(std::io::Error),
}

/// The protocols with their names in `FileDescriptorName=`, in the order of unnamed sockets.
const PROTOCOLS: [(&str, ServedProtocol); 3] = [
    ("resp", ServedProtocol::Resp),
    ("metrics", ServedProtocol::Metrics),
    ("http", ServedProtocol::Http),
];

/// The sockets that the service manager listens on for the server (`LISTEN_FDS`). Their
/// protocols follow from their names; the sockets with other names are for clients, for
/// metrics and for HTTP, in this order.
///
/// To be called once, before there are threads: the variables are removed from the
/// environment.
///
/// # Errors
/// [`ListenerFromEnvError`]
pub fn listeners_from_env() -> Result<Vec<InheritedSocket>, ListenerFromEnvError> {
    // Before the variables are removed.
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut inherited = ListenFd::from_env();
    if inherited.len() > PROTOCOLS.len() {
        return Err(ListenerFromEnvError::TooMany(inherited.len()));
    }
    let names: Vec<&str> = names.split(':').collect();
    let mut sockets = Vec::new();
    for (index, protocol) in protocols(inherited.len(), &names)?.into_iter().enumerate() {
        let socket = inherited.take_tcp_listener(index);
        if let Some(socket) = socket.map_err(ListenerFromEnvError::Unusable)? {
            sockets.push(InheritedSocket { protocol, socket });
        }
    }
    Ok(sockets)
}

/// The protocol of each socket.
fn protocols(number: usize, names: &[&str]) -> Result<Vec<ServedProtocol>, ListenerFromEnvError> {
    let mut free = PROTOCOLS.to_vec();
    let mut named = Vec::new();
    for index in 0..number {
        let name = names.get(index);
        let known = PROTOCOLS.iter().find(|(known, _)| name == Some(known));
        if let Some((name, _)) = known {
            let place = free.iter().position(|(known, _)| known == name);
            free.remove(place.ok_or(ListenerFromEnvError::Twice(name))?);
        }
        named.push(known.map(|(_, protocol)| *protocol));
    }
    let mut free = free.into_iter().map(|(_, protocol)| protocol);
    Ok(named
        .into_iter()
        .filter_map(|protocol| protocol.or_else(|| free.next()))
        .collect())
}

/// Reports that clients are answered from now on. Without `NOTIFY_SOCKET` it does nothing.
pub fn notify_ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Reports that open requests are being finished.
pub fn notify_stopping() {
    notify(&[NotifyState::Stopping]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be notified");
    }
}

#[cfg(test)]
mod tests {
    use super::ServedProtocol::{Http, Metrics, Resp};
    use super::*;

    #[test]
    fn sockets_are_placed_by_name_and_then_by_order() {
        for (names, expected) in [
            (&[""][..], &[Resp][..]),
            (&["catalogue.socket"], &[Resp]),
            (&["metrics"], &[Metrics]),
            (&["a", "b"], &[Resp, Metrics]),
            (&["a", "b", "c"], &[Resp, Metrics, Http]),
            (&["http", "b"], &[Http, Resp]),
            (&["metrics", "resp"], &[Metrics, Resp]),
            (&["metrics", "catalogue.socket"], &[Metrics, Resp]),
            (&["catalogue.socket", "resp"], &[Metrics, Resp]),
        ] {
            let found = protocols(names.len(), names).unwrap();
            assert_eq!(found, expected, "{names:?}");
        }
        let error = protocols(2, &["resp", "resp"]).unwrap_err();
        assert!(error.to_string().contains("FileDescriptorName=resp"));
    }
}
