//! Search, as far as it has nothing to do with a file: what the words of a text
//! are, what a query asks for, and which movie is a better answer to it.

mod correct;
mod filter;
mod fold;
mod letters;
mod matching;
pub mod postings;
mod query;
mod rank;
mod terms;

pub use filter::{Filter, genre_key};
pub use fold::{FOLDING, Folded, Kind, Word};
pub use letters::is_unspaced;
pub use matching::{Cursor, Match, Matcher};
pub use query::{Form, Query, QueryError, Reading, Wanted};
pub use rank::{Group, QUALITIES, Rank, Titles, group, level, rank};
pub use terms::{
    FRESH_PREFIX_LETTERS, TITLE_HASH_BITS, TermKind, TermRange, each_term, prefixes, title_hash,
    years,
};
