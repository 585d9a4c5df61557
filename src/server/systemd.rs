//! What a service manager such as systemd hands over to a server, and is told of it.

use std::net::TcpListener;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use thiserror::Error;

/// Why what was handed over cannot be listened on.
#[derive(Debug, Error)]
pub enum ListenerFromEnvError {
    /// More sockets than one.
    #[error(
        "{0} sockets were handed over in LISTEN_FDS, a server takes one: give the .socket unit one \
         ListenStream="
    )]
    Several(usize),
    /// No TCP socket.
    #[error(
        "what was handed over in LISTEN_FDS cannot be listened on: {0}, give the .socket unit a \
         ListenStream= with a port"
    )]
    Other(std::io::Error),
}

/// The socket that the service manager listens on for us, if it does
/// (`LISTEN_FDS`). To be asked for once, before there are threads, because the
/// variables are removed for the sake of programs that we might start.
///
/// # Errors
/// [`ListenerFromEnvError`]
pub fn listener_from_env() -> Result<Option<TcpListener>, ListenerFromEnvError> {
    let mut handed_over = ListenFd::from_env();
    match handed_over.len() {
        0 => Ok(None),
        1 => handed_over
            .take_tcp_listener(0)
            .map_err(ListenerFromEnvError::Other),
        several => Err(ListenerFromEnvError::Several(several)),
    }
}

/// From now on clients are answered. Nobody hears it without `NOTIFY_SOCKET`.
pub fn notify_ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What is under way is being finished.
pub fn say_stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
