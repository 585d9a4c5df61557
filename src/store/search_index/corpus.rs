//! The two corpora of the search: movies by their titles, and people by their names.
//!
//! Each corpus has its own tables, with the same columns. In the index of people, the full name
//! takes the place of the title, and the [fame](super::people::fame) takes the place of the votes.

use std::path::Path;

use rusqlite::Connection;

use super::budget::QueryError;
use super::{extras, people};
use crate::config::limits;
use crate::movie::MovieRef;
use crate::search::{AnalyzedTitles, TitleExtras};
use crate::store::tables::movies;

/// A corpus of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Corpus {
    /// Movies.
    Movies,
    /// People.
    People,
}

/// The statements for the tables of a corpus.
pub(super) struct IndexSql {
    pub state: &'static str,
    pub is_indexed: &'static str,
    pub set_state: &'static str,
    pub clear: &'static str,
    pub names: &'static str,
    pub all_names: &'static str,
    pub add_names: &'static str,
    pub first_term: &'static str,
    /// The piece of a list that has a movie.
    pub piece: &'static str,
    /// The pieces of a range of lists.
    pub pieces: &'static str,
    /// The pieces of a list.
    pub pieces_of: &'static str,
    /// The pieces of all lists but one.
    pub other_pieces: &'static str,
    pub add_piece: &'static str,
    pub has_delta: &'static str,
    pub is_in_delta: &'static str,
    pub count_delta: &'static str,
    pub delta: &'static str,
    pub delta_rows: &'static str,
    pub delta_rows_of_terms: &'static str,
    pub first_delta_term: &'static str,
    pub delta_leads: &'static str,
    pub count_delta_lists: &'static str,
    /// `?1` is the name.
    pub forget_lists: &'static str,
    /// `?1` is the name.
    pub forget_title: &'static str,
    /// `?1` is the name, `?2` minus the votes, `?3` the terms.
    pub add_title: &'static str,
    /// As `add_title`.
    pub add_lists: &'static str,
    /// One row of `add_lists`.
    pub add_list: &'static str,
}

macro_rules! index_sql {
    ($state:literal, $list:literal, $name:literal, $fresh:literal, $fresh_list:literal) => {
        IndexSql {
            state: concat!("SELECT levels FROM ", $state, " WHERE folding = ?1"),
            is_indexed: concat!(
                "SELECT EXISTS (SELECT 1 FROM ",
                $state,
                " WHERE folding = ?1)"
            ),
            set_state: concat!(
                "INSERT INTO ",
                $state,
                " (id, folding, levels) VALUES (1, ?1, ?2)"
            ),
            clear: concat!(
                "DELETE FROM ",
                $state,
                "; DELETE FROM ",
                $list,
                "; DELETE FROM ",
                $name,
                "; DELETE FROM ",
                $fresh,
                "; DELETE FROM ",
                $fresh_list
            ),
            names: concat!("SELECT names FROM ", $name, " WHERE block = ?1"),
            all_names: concat!("SELECT block, names FROM ", $name, " ORDER BY block"),
            add_names: concat!("INSERT INTO ", $name, " (block, names) VALUES (?1, ?2)"),
            first_term: concat!(
                "SELECT term FROM ",
                $list,
                " WHERE term >= ?1 ORDER BY term LIMIT 1"
            ),
            piece: concat!(
                "SELECT last, movies, postings FROM ",
                $list,
                " WHERE term = ?1 AND last >= ?2 ORDER BY last LIMIT 1"
            ),
            pieces: concat!(
                "SELECT term, movies, postings FROM ",
                $list,
                " WHERE term > ?1 AND term <= ?2 ORDER BY term, last"
            ),
            pieces_of: concat!(
                "SELECT movies, postings FROM ",
                $list,
                " WHERE term = ?1 ORDER BY last"
            ),
            other_pieces: concat!(
                "SELECT term, last, movies, postings FROM ",
                $list,
                " WHERE term <> ?1 ORDER BY term, last"
            ),
            add_piece: concat!(
                "INSERT INTO ",
                $list,
                " (term, last, movies, postings) VALUES (?1, ?2, ?3, ?4)"
            ),
            has_delta: concat!("SELECT EXISTS (SELECT 1 FROM ", $fresh, ")"),
            is_in_delta: concat!("SELECT EXISTS (SELECT 1 FROM ", $fresh, " WHERE name = ?1)"),
            count_delta: concat!("SELECT count(*) FROM ", $fresh),
            delta: concat!("SELECT name, rank, terms FROM ", $fresh, " ORDER BY name"),
            delta_rows: concat!(
                "SELECT rank, name, leads FROM ",
                $fresh_list,
                " WHERE term = ?1 AND (rank, name) >= (?2, ?3) ORDER BY rank, name LIMIT ?4"
            ),
            delta_rows_of_terms: concat!(
                "SELECT rank, name, leads FROM ",
                $fresh_list,
                " WHERE term >= ?1 AND term <= ?2"
            ),
            first_delta_term: concat!(
                "SELECT term FROM ",
                $fresh_list,
                " WHERE term >= ?1 ORDER BY term LIMIT 1"
            ),
            delta_leads: concat!(
                "SELECT leads FROM ",
                $fresh_list,
                " WHERE term = ?1 AND rank = ?2 AND name = ?3"
            ),
            count_delta_lists: concat!("SELECT count(*) FROM ", $fresh_list),
            forget_lists: concat!(
                "DELETE FROM ",
                $fresh_list,
                " WHERE name = ?1 AND (term, rank) IN \
                 (SELECT json_each.key, fresh.rank FROM ",
                $fresh,
                " AS fresh, json_each(fresh.terms) \
                  WHERE fresh.name = ?1)"
            ),
            forget_title: concat!("DELETE FROM ", $fresh, " WHERE name = ?1"),
            add_title: concat!(
                "INSERT INTO ",
                $fresh,
                " (name, rank, terms) VALUES (?1, ?2, ?3)"
            ),
            add_lists: concat!(
                "INSERT INTO ",
                $fresh_list,
                " (term, rank, name, leads) \
                 SELECT key, ?2, ?1, value FROM json_each(?3)"
            ),
            add_list: concat!(
                "INSERT INTO ",
                $fresh_list,
                " (term, rank, name, leads) VALUES (?1, ?2, ?3, ?4)"
            ),
        }
    };
}

static OF_MOVIES: IndexSql = index_sql!(
    "search_state",
    "search_list",
    "search_name",
    "fresh_title",
    "fresh_list"
);
static OF_PEOPLE: IndexSql = index_sql!(
    "people_state",
    "people_list",
    "people_name",
    "fresh_person",
    "fresh_person_list"
);

impl Corpus {
    /// All of them.
    pub const ALL: [Corpus; 2] = [Corpus::Movies, Corpus::People];

    /// The statements for its tables.
    pub(super) fn sql(self) -> &'static IndexSql {
        match self {
            Corpus::Movies => &OF_MOVIES,
            Corpus::People => &OF_PEOPLE,
        }
    }

    /// The word for its members in messages.
    pub(super) fn members(self) -> &'static str {
        match self {
            Corpus::Movies => "movies",
            Corpus::People => "people",
        }
    }

    /// Calls `then` with the member of that name, if there is one. A row of another program that is
    /// not a valid movie is an error.
    pub(super) fn row<R>(
        self,
        path: &Path,
        connection: &Connection,
        name: &str,
        then: impl FnOnce(MovieRef<'_>) -> R,
    ) -> Result<Option<R>, QueryError> {
        match self {
            Corpus::Movies => {
                let mut statement = connection.prepare_cached(movies::BY_NAME)?;
                Ok(movies::by_name(path, &mut statement, name, then)?)
            }
            Corpus::People => Ok(people::row(connection, name, then)?),
        }
    }

    /// The packed details of a member.
    pub(super) fn details(self, connection: &Connection, name: &str) -> rusqlite::Result<Vec<u8>> {
        match self {
            Corpus::Movies => extras::details_of(connection, name),
            Corpus::People => Ok(Vec::new()),
        }
    }

    /// Whether any member has details.
    pub(super) fn has_details(self, connection: &Connection) -> rusqlite::Result<bool> {
        match self {
            Corpus::Movies => extras::are_there(connection),
            Corpus::People => Ok(false),
        }
    }

    /// Analyzes a member's titles, without its other titles.
    pub(super) fn analyze(self, titles: &mut AnalyzedTitles, movie: &MovieRef<'_>) {
        match self {
            Corpus::Movies => titles.analyze(movie),
            Corpus::People => titles.analyze_person(movie.title),
        }
    }

    /// Whether the words of a member are in a base of so many members. All members are found by
    /// their whole titles.
    pub(super) fn has_words(self, members: u64, movie: &MovieRef<'_>) -> bool {
        match self {
            Corpus::Movies => true,
            Corpus::People => {
                members <= limits::MAX_PEOPLE_WITH_WORDS
                    || movie.votes.unwrap_or(0) >= limits::FAME_WITH_WORDS
            }
        }
    }

    /// The entries of a member besides its titles.
    pub(super) fn extras(self, details: &[u8]) -> TitleExtras<'_> {
        match self {
            Corpus::Movies => extras::extras(details),
            Corpus::People => TitleExtras::default(),
        }
    }
}
