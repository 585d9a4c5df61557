//! A server without sockets, for an operator in the same process.

use std::cell::RefCell;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::thread::JoinHandle;

use bytes::Bytes;

use super::error::ServerError;
use super::lifecycle;
use crate::api::{KeyCache, ServerState};
use crate::config::{Config, HttpConfig};
use crate::metrics::Recorder;
use crate::protocol::http::{self, Caller, HttpContext, HttpSession};
use crate::store::{Reader, Role, Writer};

/// The catalogue of a file, for the one caller that opened it.
pub struct LocalServer {
    reader: RefCell<Reader>,
    keys: RefCell<KeyCache>,
    recorder: Recorder,
    config: HttpConfig,
    session: HttpSession,
    state: ServerState,
    writer: JoinHandle<()>,
}

impl LocalServer {
    /// Opens the file, and migrates it to the schema version of this program. The caller may do
    /// what the role may.
    ///
    /// # Errors
    /// As [`Server::bind`](super::Server::bind).
    pub fn open(database: &Path, role: Role) -> Result<LocalServer, ServerError> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let config = Config::new(database.to_path_buf(), address);
        let (writer, thread) = Writer::open(database)?;
        let state = lifecycle::state(&config, writer, None, false)?;
        let reader = Reader::open(database)?;
        let client = state.clients.join(address, |_| {});
        let client = client.map_err(|(_, refusal)| io::Error::other(refusal.to_string()))?;
        let session = HttpSession::with_operator(client, &state.clients, role);
        Ok(LocalServer {
            recorder: state.metrics.join(reader.cache_counts()),
            reader: RefCell::new(reader),
            keys: RefCell::default(),
            config: config.http,
            session,
            state,
            writer: thread,
        })
    }

    /// Answers a message of the Model Context Protocol. Returns nothing for a notification.
    pub async fn answer_message(&mut self, message: &[u8]) -> Option<Bytes> {
        let context = HttpContext {
            state: &self.state,
            reader: &self.reader,
            keys: &self.keys,
            recorder: &self.recorder,
            config: &self.config,
        };
        let session = &mut self.session;
        let answer = http::answer_message(message, &mut Caller { context, session }).await;
        (!answer.is_empty()).then_some(answer)
    }

    /// Writes every accepted change, and ends the threads.
    pub fn close(self) {
        let LocalServer {
            reader,
            session,
            state,
            writer,
            ..
        } = self;
        drop((reader, session));
        drop(state);
        if writer.join().is_err() {
            tracing::error!("the writer panicked");
        }
    }
}
