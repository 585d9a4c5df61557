//! `MULTI`, `EXEC`, `DISCARD`: there are no transactions.
//!
//! A client that sends one does not wait for the answer to `MULTI`. Were the
//! commands between it and `EXEC` run by themselves, the client would report a
//! failure although everything was changed. So they are refused with it.

use crate::api::session::Session;
use crate::protocol::resp::Reply;

/// The answer to what belongs to a transaction; nothing for any other command.
pub(super) fn refuse(session: &mut Session, word: &[u8]) -> Option<Reply> {
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let words = if is("MULTI") && session.who().is_some() {
        session.in_transaction = true;
        "there are no transactions, a change stands alone"
    } else if !session.in_transaction {
        return None;
    } else if is("EXEC") || is("DISCARD") {
        session.in_transaction = false;
        "there are no transactions, nothing of this one was run"
    } else if is("RESET") || is("END") || is("QUIT") {
        session.in_transaction = false;
        return None;
    } else {
        "not run, there are no transactions, DISCARD leaves this one"
    };
    Some(Reply::error("NO", words))
}
