//! A blocking client for the `catalogue` movie server.
//!
//! ```no_run
//! use catalogue_client::Client;
//!
//! let mut client = Client::connect("127.0.0.1:5890")?;
//! client.login("admin", &std::env::var("CATALOGUE_PASSWORD").unwrap_or_default())?;
//! for movie in client.find("godfather", 5)? {
//!     println!("{}", movie.title);
//! }
//! # Ok::<(), catalogue_client::ClientError>(())
//! ```
//!
//! [`Client`] has one method per command. [`Client::command`] sends any other
//! one, and [`Client::pipeline`] sends many before it reads their answers. Movies
//! are [`Movie`]s of [`protocol`], which is re-exported.
//!
//! # Features
//!
//! `tls`, on by default, adds `Client::connect_tls` with rustls.

mod client;
mod connected_client;
mod connection;
mod error;
pub mod limits;
mod movies;
mod nodes;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;

pub use catalogue_protocol as protocol;
pub use catalogue_protocol::movie::Movie;
pub use client::Client;
pub use connected_client::ConnectedClient;
pub use connection::RespConnection;
pub use error::ClientError;
#[cfg(feature = "tls")]
pub use error::TlsFault;
pub use nodes::NodesClient;
pub use timeouts::ClientTimeouts;
#[cfg(feature = "tls")]
pub use tls::{ClientTls, TlsStream, pem};
