//! Text analysis, queries and ranking. Nothing here reads a file.

mod alternatives;
mod analysis;
mod explanation;
mod extras;
mod filter;
mod highlight;
mod initials;
mod interpretation;
mod intersection;
mod known_words;
mod letters;
mod matching;
mod normalization;
pub mod postings;
mod query;
mod ranking;
mod relaxing;
mod score;
mod spelling;
mod synonyms;
mod terms;
mod titles;

pub use alternatives::Vocabulary;
pub use analysis::{ANALYZER_VERSION, Analyzed, Word, WordKind};
pub use explanation::Explanation;
pub use extras::{EPISODE, TitleExtras};
pub use filter::{Filter, genre_key, parse_years};
pub use highlight::{TitlePart, highlight};
pub use interpretation::penalties::WHOLE_TITLE;
pub use interpretation::{Interpretation, InterpretationKind, Pattern, PersonFilm, TermMatcher};
pub use intersection::{Cursor, Hit, Intersection};
pub use known_words::{KnownWords, KnownWordsBuilder, SimilarWord};
pub use letters::is_unspaced;
pub use matching::{CandidateMovie, QueryMatch, best_match, needs_other_titles};
pub use query::{Query, QueryTextError};
pub use ranking::{
    LONGER_TITLE_BONUS, OTHER_TITLE_LESS, Placement, Rank, episode_score, highest_level, level,
    rank, score,
};
pub use score::Score;
pub use terms::{
    DELTA_PREFIX_LETTERS, TITLE_HASH_BITS, TermKind, TermRange, each_term, hash_bytes, of_type,
    prefixes, title_hash, title_term, years,
};
pub use titles::AnalyzedTitles;
