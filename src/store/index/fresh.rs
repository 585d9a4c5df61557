//! Reading what was changed since everything was indexed.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::budget::{Budget, PIECE_STEPS, Trouble};
use super::freshen::title_term;
use crate::search::{Cursor, FRESH_PREFIX_LETTERS, Form, TermKind, TermRange, Wanted};

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM fresh_title)";
const IS_FRESH: &str = "SELECT EXISTS (SELECT 1 FROM fresh_title WHERE name = ?1)";
const ROWS: &str = "SELECT rank, name, leads FROM fresh_list \
     WHERE term = ?1 AND (rank, name) >= (?2, ?3) ORDER BY rank, name LIMIT ?4";
const ROWS_OF_TERMS: &str =
    "SELECT rank, name, leads FROM fresh_list WHERE term >= ?1 AND term <= ?2";
const FIRST_WORD: &str = "SELECT term FROM fresh_list WHERE term >= ?1 ORDER BY term LIMIT 1";

/// Rows of a list that are read at once.
const ROWS_AT_ONCE: usize = 64;
/// What reading one of them costs.
const FRESH_STEPS: u64 = 100;

/// A larger letter than any that a word has.
const LAST_LETTER: char = '\u{10ffff}';

/// Whether the movie of that name is fresh.
pub(super) fn is_fresh(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(IS_FRESH)?;
    statement.query_row([name], |row| row.get(0))
}

/// A fresh movie: minus its votes, and its name.
pub(super) type Key = (i64, String);

/// The fresh movies, as one query reads them.
pub(super) struct Fresh<'c> {
    connection: &'c Connection,
    budget: &'c Budget,
    is_empty: bool,
}

impl<'c> Fresh<'c> {
    /// Those of the file.
    pub fn open(connection: &'c Connection, budget: &'c Budget) -> Result<Fresh<'c>, Trouble> {
        let any: bool = connection
            .prepare_cached(ANY)?
            .query_row([], |row| row.get(0))?;
        Ok(Fresh {
            connection,
            budget,
            is_empty: !any,
        })
    }

    /// Whether the movie of that name is one.
    pub fn has(&self, name: &str) -> Result<bool, Trouble> {
        Ok(!self.is_empty && is_fresh(self.connection, name)?)
    }

    /// Those that have a word in one of its forms.
    pub fn having(&self, wanted: &Wanted) -> Result<Rows<'_>, Trouble> {
        let mut rows = Vec::new();
        for form in &wanted.forms {
            rows.push(match form {
                Form::Word(word) => self.list(TermKind::Word.term(word))?,
                Form::Prefix(prefix) if prefix.chars().count() <= FRESH_PREFIX_LETTERS => {
                    self.list(TermKind::Prefix.term(prefix))?
                }
                Form::Prefix(prefix) => {
                    let from = TermKind::Word.term(prefix);
                    let to = format!("{from}{LAST_LETTER}");
                    self.merged(&from, &to)?
                }
            });
        }
        Ok(Rows(rows))
    }

    /// Those that have a word just as it is.
    pub fn having_whole(&self, wanted: &Wanted) -> Result<Rows<'_>, Trouble> {
        let lists = wanted
            .wholes()
            .map(|word| self.list(TermKind::Word.term(word)));
        lists.collect::<Result<_, _>>().map(Rows)
    }

    /// Those that have a term of a range.
    pub fn within(&self, range: &TermRange) -> Result<Rows<'_>, Trouble> {
        let (from, to) = (range.kind.term(&range.from), range.kind.term(&range.to));
        let list = match from == to {
            true => self.list(from)?,
            false => self.merged(&from, &to)?,
        };
        Ok(Rows(vec![list]))
    }

    /// Those whose whole title probably has one of these keys.
    pub fn titled(&self, keys: &[String]) -> Result<Rows<'_>, Trouble> {
        let lists = keys.iter().map(|key| self.list(title_term(key)));
        lists.collect::<Result<_, _>>().map(Rows)
    }

    /// The first word of their titles that is `from` or behind it.
    pub fn first_word(&self, from: &str) -> Result<Option<String>, Trouble> {
        if self.is_empty {
            return Ok(None);
        }
        self.budget.spend(PIECE_STEPS)?;
        let mut statement = self.connection.prepare_cached(FIRST_WORD)?;
        let term: Option<String> = statement
            .query_row([TermKind::Word.term(from)], |row| row.get(0))
            .optional()?;
        let word = term
            .as_deref()
            .and_then(|term| term.strip_prefix(TermKind::Word.letter()));
        Ok(word.map(str::to_owned))
    }

    fn list(&self, term: String) -> Result<RowList<'_>, Trouble> {
        let mut list = RowList {
            fresh: self,
            term: Some(term),
            rows: Vec::new(),
            at: 0,
        };
        if self.is_empty {
            list.term = None;
        }
        list.load(&(i64::MIN, String::new()))?;
        Ok(list)
    }

    /// All rows of the terms from `from` to `to`, in order.
    fn merged(&self, from: &str, to: &str) -> Result<RowList<'_>, Trouble> {
        let mut rows = Vec::new();
        if !self.is_empty {
            let statement = self.connection.prepare_cached(ROWS_OF_TERMS)?;
            self.read(statement, (from, to), &mut rows)?;
            rows.sort_unstable();
        }
        Ok(RowList {
            fresh: self,
            term: None,
            rows,
            at: 0,
        })
    }

    fn read(
        &self,
        mut statement: CachedStatement<'_>,
        params: impl rusqlite::Params,
        into: &mut Vec<(Key, bool)>,
    ) -> Result<(), Trouble> {
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            self.budget.spend(FRESH_STEPS)?;
            into.push(((row.get(0)?, row.get(1)?), row.get(2)?));
        }
        Ok(())
    }
}

/// Several lists as one.
pub(super) struct Rows<'f>(Vec<RowList<'f>>);

/// One list, of which some rows are in memory.
struct RowList<'f> {
    fresh: &'f Fresh<'f>,
    /// Where more rows come from.
    term: Option<String>,
    rows: Vec<(Key, bool)>,
    at: usize,
}

impl RowList<'_> {
    fn here(&self) -> Option<&(Key, bool)> {
        self.rows.get(self.at)
    }

    fn seek(&mut self, to: &Key) -> Result<(), Trouble> {
        let behind = &self.rows[self.at..];
        self.at += behind.partition_point(|(key, _)| key < to);
        if self.at == self.rows.len() && !self.rows.is_empty() {
            self.load(to)?;
        }
        Ok(())
    }

    /// Brings in the rows from there on.
    fn load(&mut self, from: &Key) -> Result<(), Trouble> {
        let Some(term) = &self.term else {
            return Ok(());
        };
        self.rows.clear();
        self.at = 0;
        self.fresh.budget.spend(PIECE_STEPS)?;
        let statement = self.fresh.connection.prepare_cached(ROWS)?;
        let params = (term, from.0, &from.1, ROWS_AT_ONCE as i64);
        self.fresh.read(statement, params, &mut self.rows)
    }
}

impl Cursor for Rows<'_> {
    type Movie = Key;
    type Error = Trouble;

    fn movie(&self) -> Option<Key> {
        let heres = self.0.iter().filter_map(RowList::here);
        heres.map(|(key, _)| key).min().cloned()
    }

    fn leads(&self) -> bool {
        let Some(movie) = self.movie() else {
            return false;
        };
        self.0.iter().any(|list| {
            let mut here = list.rows[list.at..]
                .iter()
                .take_while(|(key, _)| *key == movie);
            here.any(|(_, leads)| *leads)
        })
    }

    fn seek(&mut self, to: &Key) -> Result<(), Trouble> {
        self.0.iter_mut().try_for_each(|list| list.seek(to))
    }

    /// Lists are not counted: that would take longer than reading them in turn.
    fn size(&self) -> u64 {
        self.0.iter().map(|list| list.rows.len() as u64).sum()
    }
}
