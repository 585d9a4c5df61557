//! Every limit of the program: those of the wire contract, of the client and of the server.

mod listing;
mod table;

pub use catalogue_client::limits::{ANSWER_TIMEOUT, CONNECT_TIMEOUT, MAX_PEM_BYTES};
pub use catalogue_protocol::limits::{
    DEFAULT_FIND_ROWS, DEFAULT_LIST_ROWS, Limit, MAX_AKAS, MAX_ARGUMENTS,
    MAX_ARGUMENTS_BEFORE_LOGIN, MAX_CHARACTERS, MAX_CREDITS, MAX_FIND_ROWS, MAX_FRAME_BYTES,
    MAX_FRAME_BYTES_BEFORE_LOGIN, MAX_GENRE_BYTES, MAX_GENRES, MAX_INLINE_BYTES, MAX_LABEL_BYTES,
    MAX_LABELS, MAX_LENGTH_LINE_BYTES, MAX_LIST_ROWS, MAX_NAME_BYTES, MAX_NAMES_PER_COMMAND,
    MAX_QUOTED_BYTES, MAX_RATING, MAX_REPLY_BYTES, MAX_REPLY_DEPTH, MAX_RUNTIME_MINUTES,
    MAX_TITLE_BYTES, USUAL_ROW_BYTES, Visibility,
};
pub use listing::{LimitList, all, list};
pub use table::*;
