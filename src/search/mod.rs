//! Text analysis, queries and ranking. Nothing here reads a file.

mod analysis;
mod filter;
mod intersection;
mod letters;
pub mod postings;
mod query;
mod ranking;
mod spelling;
mod terms;

pub use analysis::{ANALYZER_VERSION, Analyzed, Word, WordKind};
pub use filter::{Filter, genre_key};
pub use intersection::{Cursor, Hit, Intersection};
pub use letters::is_unspaced;
pub use query::{Interpretation, Pattern, Query, QueryTextError, TermMatcher};
pub use ranking::{AnalyzedTitles, Group, QUALITIES, Rank, group, level, rank};
pub use terms::{
    DELTA_PREFIX_LETTERS, TITLE_HASH_BITS, TermKind, TermRange, each_term, prefixes, title_hash,
    title_term, years,
};
