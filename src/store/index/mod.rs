//! The search index: which movies have a word, the best known first.
//!
//! There are two parts. The [base] is made of all movies at once and never
//! changed: for each term one packed list of movies, which are numbered in the
//! order of their votes, so that the first of a list are the best known, and a
//! search can stop when it has enough. What was changed since is [fresh]:
//! rows of terms, which plain SQL with bound values writes, so that a change
//! stays data. A movie that is fresh counts there alone.
//!
//! Nothing is taken out of the base. A search looks every answer's row up, and
//! leaves out what the row does not bear out: a movie that was removed, or that
//! another program has changed.
//!
//! | who | does |
//! | --- | --- |
//! | `PUT`, `DEL` | [`freshen::put`], [`freshen::delete`], in the same transaction |
//! | an import | notes in a [`Refresh`] what it changes; at its end that becomes fresh, or, when it is much, everything is indexed anew |
//! | `catalogue check` | [`audit()`] compares it with the rows |
//! | `catalogue reindex`, whoever first opens a catalogue of an older level for writing, and a server that starts when much is fresh | [`build::rebuild`] |

mod audit;
mod base;
mod budget;
pub(super) mod build;
mod collect;
mod find;
mod fresh;
pub(super) mod freshen;
mod list;
mod lists;
mod page;
mod part;
mod refresh;
mod rows;
mod runs;
#[cfg(test)]
mod tests;
mod upkeep;
mod write;

pub(super) use audit::audit;
pub(super) use budget::Trouble;
pub(super) use build::Progress;
pub use find::Search;
pub(super) use find::find;
pub use list::Listing;
pub(super) use list::list;
pub(super) use refresh::Refresh;
pub(super) use upkeep::{forget, make_unless_there, reindex, tidy};

/// Groups up to this size are sorted by the votes that their movies have now.
/// Larger ones keep the order of when they were indexed: of so many films that
/// are nearly equally well known, nobody knows which has some votes more.
const SMALL_GROUP: usize = 32;
