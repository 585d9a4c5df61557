//! The limits of the client.

use std::time::Duration;

catalogue_protocol::limits! {
    /// Time that the bundled client waits for a connection.
    internal CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// Time that the bundled client waits for an answer.
    internal ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
    /// Largest file with certificates or a key, in bytes: four times the size of the file with
    /// all authorities of a usual system.
    shown MAX_PEM_BYTES: usize = 1024 * 1024;
}
