//! The addresses of listeners: `127.0.0.1:5890`, `[::1]:5890`, `localhost:5890`.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::error::ServerError;
use crate::config::ServedProtocol;

/// Checks that a text is an address or a host name, with a port. The name is not resolved yet.
///
/// # Errors
/// The form that is expected.
pub fn check(text: &str) -> Result<String, String> {
    if text.parse::<SocketAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    let is_host = |host: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        !host.is_empty() && host.bytes().all(is_letter)
    };
    match text.rsplit_once(':') {
        Some((host, port)) if is_host(host) && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err("expected a host and a port like localhost:5890 or [::1]:5890".to_owned()),
    }
}

/// Resolves a text that [`check`] accepts. Of several addresses of a name, the first one of IPv4
/// is taken, where clients look for `localhost` first; without any, the first one of IPv6.
///
/// # Errors
/// [`ServerError::NoSuchHost`].
pub fn resolve(text: &str, protocol: ServedProtocol) -> Result<SocketAddr, ServerError> {
    let unknown = |why: String| ServerError::NoSuchHost {
        protocol,
        host: text.to_owned(),
        why,
    };
    let found = text.to_socket_addrs().map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => unknown("that is no address".to_owned()),
        _ => unknown("there is no such host".to_owned()),
    })?;
    let mut found: Vec<SocketAddr> = found.collect();
    // Stable, so that the order of the system is kept otherwise.
    found.sort_by_key(SocketAddr::is_ipv6);
    let first = found.first().copied();
    first.ok_or_else(|| unknown("that host has no address".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_pass_and_nothing_else() {
        for text in [
            "127.0.0.1:0",
            "[::1]:5890",
            "localhost:5890",
            "my-host.example:1",
            "a_b:65535",
        ] {
            assert_eq!(check(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "5890",
            ":5890",
            "localhost",
            "localhost:",
            "::1:5890",
            "a b:1",
            "h:65536",
            "h:-1",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn localhost_is_this_machine_and_ipv4_where_there_is_any() {
        let address = resolve("localhost:5890", ServedProtocol::Resp).unwrap();
        assert!(address.ip().is_loopback() && address.port() == 5890);
        assert_eq!(
            resolve("127.0.0.1:7", ServedProtocol::Resp).unwrap(),
            "127.0.0.1:7".parse().unwrap()
        );
        assert_eq!(
            resolve("[::1]:7", ServedProtocol::Resp).unwrap(),
            "[::1]:7".parse().unwrap()
        );
    }

    /// A label of a name has at most 63 letters, so no name server is asked for this one.
    #[test]
    fn a_host_that_is_not_there_is_named() {
        let name = format!("{}:1", "x".repeat(70));
        let said = resolve(&name, ServedProtocol::Resp)
            .unwrap_err()
            .to_string();
        assert_eq!(
            said,
            format!("cannot listen on `{name}`: there is no such host")
        );
    }
}
