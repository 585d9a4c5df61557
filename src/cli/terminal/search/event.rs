//! The events that the search screen handles.

use crossterm::event::KeyEvent;

use super::screen::SearchResults;
use super::view::{Link, View};
use crate::client::ClientError;

/// An event while the screen is open.
pub(super) enum Event {
    Key(KeyEvent),
    /// Pasted text.
    Pasted(String),
    Resized,
    /// The server's answer to a query.
    Answer(String, SearchResults),
    /// What was opened.
    Opened(Link, View),
    /// The connection failed.
    Gone(ClientError),
    /// The program has to end, or the terminal is lost.
    Stop,
}
