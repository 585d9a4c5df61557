//! The search index: for each term the movies that have it, in the order of their votes.
//!
//! The index has two segments. The [base] holds all movies as of the last rebuild: one packed list
//! for each term, in which movies are numbered by their votes. It is never changed. The [delta]
//! holds the movies that changed since, as rows of terms. A movie in the delta is ignored in the
//! base. A search compares every candidate with its row, and drops candidates that do not match.
//! People have an index of the same form, in their own tables. The members of an index are a
//! [corpus]. The words of other titles are in the same lists; [`extras`] reads them from the
//! details of a movie.
//!
//! | caller | effect |
//! | --- | --- |
//! | `PUT`, `DEL` | [`delta_writer::put`], [`delta_writer::delete`], in the same transaction |
//! | an import | a [`Refresh`] collects the changes; its end writes the delta or rebuilds the index |
//! | `catalogue check` | [`audit()`] compares the index with the rows |
//! | `catalogue reindex`, the first opening for writing after an upgrade, a server start with a large delta | [`rebuild::rebuild`] |

mod audit;
mod base;
mod base_writer;
mod budget;
mod collect;
mod corpus;
mod delta;
pub(super) mod delta_writer;
mod episode_search;
mod extras;
#[cfg(test)]
mod full_record_tests;
mod known_words;
mod lifecycle;
mod listing;
mod page;
mod people;
#[cfg(test)]
mod people_tests;
mod person_search;
mod posting_lists;
mod query;
pub(super) mod rebuild;
mod refresh;
mod request;
mod row_lookup;
mod segment;
mod sorted;
mod sorted_runs;
#[cfg(test)]
mod tests;

pub(super) use audit::audit;
pub(super) use budget::QueryError;
pub(super) use corpus::Corpus;
pub(super) use delta_writer::tells_people_apart;
pub(super) use extras::details_differ_in_index;
pub(super) use known_words::KnownWordsCache;
pub(super) use lifecycle::{clear, compact, ensure_indexed, reindex};
pub use listing::Listing;
pub(super) use listing::list;
pub(super) use query::{find, find_people};
pub(super) use refresh::Refresh;
pub use request::{PeopleSearch, Search, SearchOrder};
