//! Reads the delta: movies that changed since the last rebuild.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::base::words_with_prefix;
use super::budget::{Budget, PIECE_STEPS, QueryError};
use super::corpus::{Corpus, IndexSql};
use crate::search::{
    Cursor, DELTA_PREFIX_LETTERS, Pattern, TermKind, TermMatcher, TermRange, title_term,
};

/// Rows of a list that one read brings in.
const ROWS_AT_ONCE: usize = 64;
/// The cost of reading one row.
const DELTA_ROW_STEPS: u64 = 100;

/// Whether the movie of that name is in the delta.
pub(super) fn is_in_delta(
    connection: &Connection,
    sql: &IndexSql,
    name: &str,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(sql.is_in_delta)?;
    statement.query_row([name], |row| row.get(0))
}

/// A movie of the delta: minus its votes, and its name.
pub(super) type DeltaKey = (i64, String);

/// Rows of the delta, each with whether the term is at the start of the title.
type DeltaRows = Vec<(DeltaKey, bool)>;

/// The delta, as one query reads it.
pub(super) struct Delta<'c> {
    connection: &'c Connection,
    sql: &'static IndexSql,
    budget: &'c Budget,
    is_empty: bool,
    /// The ranges of terms that were read. Several interpretations have the same ones.
    merged: RefCell<HashMap<(String, String), Rc<DeltaRows>>>,
}

impl<'c> Delta<'c> {
    /// Opens the delta of the file.
    pub fn open(
        corpus: Corpus,
        connection: &'c Connection,
        budget: &'c Budget,
    ) -> Result<Delta<'c>, QueryError> {
        let sql = corpus.sql();
        let any: bool = connection
            .prepare_cached(sql.has_delta)?
            .query_row([], |row| row.get(0))?;
        Ok(Delta {
            connection,
            sql,
            budget,
            is_empty: !any,
            merged: RefCell::default(),
        })
    }

    /// Whether the movie of that name is in the delta.
    pub fn has(&self, name: &str) -> Result<bool, QueryError> {
        Ok(!self.is_empty && is_in_delta(self.connection, self.sql, name)?)
    }

    /// Those that have a word in one of its patterns.
    pub fn having(&self, wanted: &TermMatcher) -> Result<DeltaLists<'_>, QueryError> {
        let mut rows = Vec::new();
        for pattern in &wanted.patterns {
            rows.push(match pattern {
                Pattern::Word(word) => self.list(TermKind::Word.term(word))?,
                Pattern::Range(from, to) => {
                    self.merged(&TermKind::Word.term(from), &TermKind::Word.term(to))?
                }
                Pattern::Initials(letters) => self.list(TermKind::Initials.term(letters))?,
                Pattern::Prefix(prefix) if prefix.chars().count() <= DELTA_PREFIX_LETTERS => {
                    self.list(TermKind::Prefix.term(prefix))?
                }
                Pattern::Prefix(prefix) => {
                    let (from, to) = words_with_prefix(prefix);
                    self.merged(&from, &to)?
                }
            });
        }
        Ok(DeltaLists(rows))
    }

    /// Those that have a word just as it is.
    pub fn having_whole(&self, wanted: &TermMatcher) -> Result<DeltaLists<'_>, QueryError> {
        let lists = wanted
            .wholes()
            .map(|word| self.list(TermKind::Word.term(word)));
        lists.collect::<Result<_, _>>().map(DeltaLists)
    }

    /// Those that have a term of a range.
    pub fn within(&self, range: &TermRange) -> Result<DeltaLists<'_>, QueryError> {
        let (from, to) = (range.kind.term(&range.from), range.kind.term(&range.to));
        let list = if from == to {
            self.list(from)?
        } else {
            self.merged(&from, &to)?
        };
        Ok(DeltaLists(vec![list]))
    }

    /// Those whose whole title probably has one of these keys.
    pub fn titled(&self, kind: TermKind, keys: &[String]) -> Result<DeltaLists<'_>, QueryError> {
        let lists = keys.iter().map(|key| self.list(title_term(kind, key)));
        lists.collect::<Result<_, _>>().map(DeltaLists)
    }

    /// The first word of titles that is not less than `from`.
    pub fn first_word(&self, from: &str) -> Result<Option<String>, QueryError> {
        if self.is_empty {
            return Ok(None);
        }
        self.budget.spend(PIECE_STEPS)?;
        let mut statement = self.connection.prepare_cached(self.sql.first_delta_term)?;
        let term: Option<String> = statement
            .query_row([TermKind::Word.term(from)], |row| row.get(0))
            .optional()?;
        let word = term
            .as_deref()
            .and_then(|term| term.strip_prefix(TermKind::Word.letter()));
        Ok(word.map(str::to_owned))
    }

    fn list(&self, term: String) -> Result<DeltaList<'_>, QueryError> {
        let mut list = DeltaList {
            delta: self,
            term: Some(term),
            rows: Rc::default(),
            at: 0,
        };
        if self.is_empty {
            list.term = None;
        }
        list.load(&(i64::MIN, String::new()))?;
        Ok(list)
    }

    /// All rows of the terms `from ..= to`, in order.
    fn merged(&self, from: &str, to: &str) -> Result<DeltaList<'_>, QueryError> {
        let range = (from.to_owned(), to.to_owned());
        let known = self.merged.borrow().get(&range).map(Rc::clone);
        let rows = match known {
            Some(rows) => rows,
            None if self.is_empty => Rc::default(),
            None => {
                let statement = self
                    .connection
                    .prepare_cached(self.sql.delta_rows_of_terms)?;
                let mut rows = Vec::new();
                self.read(statement, (from, to), &mut rows)?;
                rows.sort_unstable();
                let rows = Rc::new(rows);
                self.merged.borrow_mut().insert(range, Rc::clone(&rows));
                rows
            }
        };
        Ok(DeltaList {
            delta: self,
            term: None,
            rows,
            at: 0,
        })
    }

    fn read(
        &self,
        mut statement: CachedStatement<'_>,
        params: impl rusqlite::Params,
        into: &mut DeltaRows,
    ) -> Result<(), QueryError> {
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            self.budget.spend(DELTA_ROW_STEPS)?;
            into.push(((row.get(0)?, row.get(1)?), row.get(2)?));
        }
        Ok(())
    }
}

/// Several lists as one.
#[derive(Clone)]
pub(super) struct DeltaLists<'f>(Vec<DeltaList<'f>>);

/// One list, with some rows in memory.
#[derive(Clone)]
struct DeltaList<'f> {
    delta: &'f Delta<'f>,
    /// The term of further rows.
    term: Option<String>,
    rows: Rc<DeltaRows>,
    at: usize,
}

impl DeltaList<'_> {
    fn here(&self) -> Option<&(DeltaKey, bool)> {
        self.rows.get(self.at)
    }

    fn seek(&mut self, to: &DeltaKey) -> Result<(), QueryError> {
        let behind = &self.rows[self.at..];
        self.at += behind.partition_point(|(key, _)| key < to);
        if self.at == self.rows.len() && !self.rows.is_empty() {
            self.load(to)?;
        }
        Ok(())
    }

    /// Reads the rows from `from` on.
    fn load(&mut self, from: &DeltaKey) -> Result<(), QueryError> {
        let Some(term) = &self.term else {
            return Ok(());
        };
        self.at = 0;
        let mut rows = Vec::new();
        self.delta.budget.spend(PIECE_STEPS)?;
        let statement = self
            .delta
            .connection
            .prepare_cached(self.delta.sql.delta_rows)?;
        let params = (term, from.0, &from.1, ROWS_AT_ONCE as i64);
        self.delta.read(statement, params, &mut rows)?;
        self.rows = Rc::new(rows);
        Ok(())
    }
}

impl Cursor for DeltaLists<'_> {
    type Movie = DeltaKey;
    type Error = QueryError;

    fn movie(&self) -> Option<DeltaKey> {
        let heres = self.0.iter().filter_map(DeltaList::here);
        heres.map(|(key, _)| key).min().cloned()
    }

    fn at_start(&self) -> bool {
        let Some(movie) = self.movie() else {
            return false;
        };
        self.0.iter().any(|list| {
            let mut here = list.rows[list.at..]
                .iter()
                .take_while(|(key, _)| *key == movie);
            here.any(|(_, at_start)| *at_start)
        })
    }

    fn seek(&mut self, to: &DeltaKey) -> Result<(), QueryError> {
        self.0.iter_mut().try_for_each(|list| list.seek(to))
    }

    /// The rows in memory: counting whole lists would take longer than reading them.
    fn size(&self) -> u64 {
        self.0.iter().map(|list| list.rows.len() as u64).sum()
    }
}
