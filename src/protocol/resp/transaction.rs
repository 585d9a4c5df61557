//! `MULTI`, `EXEC`, `DISCARD`: there are no transactions.
//!
//! A client that sends one does not wait for the answer to `MULTI`. If the commands between it
//! and `EXEC` were run, the client would report a failure although everything was changed. So
//! they are refused too.

use super::Reply;
use super::session::RespSession;

/// The refusal of a command that belongs to a transaction; nothing for any other command.
pub(super) fn refuse(resp: &mut RespSession, is_logged_in: bool, word: &[u8]) -> Option<Reply> {
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let message = if is("MULTI") && is_logged_in {
        resp.in_transaction = true;
        "there are no transactions, a change stands alone"
    } else if !resp.in_transaction {
        return None;
    } else if is("EXEC") || is("DISCARD") {
        resp.in_transaction = false;
        "there are no transactions, nothing of this one was run"
    } else if is("RESET") || is("END") || is("QUIT") {
        resp.in_transaction = false;
        return None;
    } else {
        "not run, there are no transactions, DISCARD leaves this one"
    };
    Some(Reply::error("NO", message))
}
