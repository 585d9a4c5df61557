//! What was changed since everything was indexed: as rows, which plain SQL writes.

use std::collections::BTreeMap;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params_from_iter};

use super::budget::{Budget, PIECE_STEPS, Trouble};
use crate::movie::View;
use crate::search::{
    Cursor, FRESH_PREFIX_LETTERS, Form, TermKind, TermRange, Titles, Wanted, each_term, genre_key,
    prefixes, title_hash,
};

/// `?1` is the name.
const FORGET_LISTS: &str = "DELETE FROM fresh_list WHERE name = ?1 AND (term, rank) IN \
     (SELECT json_each.key, fresh_title.rank FROM fresh_title, json_each(fresh_title.terms) \
      WHERE fresh_title.name = ?1)";
/// `?1` is the name.
const FORGET_TITLE: &str = "DELETE FROM fresh_title WHERE name = ?1";
/// `?1` is the name, `?2` minus the votes, `?3` the terms.
const ADD_TITLE: &str = "INSERT INTO fresh_title (name, rank, terms) VALUES (?1, ?2, ?3)";
/// As [`ADD_TITLE`].
const ADD_LISTS: &str = "INSERT INTO fresh_list (term, rank, name, leads) \
     SELECT key, ?2, ?1, value FROM json_each(?3)";
/// One row of [`ADD_LISTS`].
const ADD_LIST: &str = "INSERT INTO fresh_list (term, rank, name, leads) VALUES (?1, ?2, ?3, ?4)";

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

/// The statements, with their values, that make a movie fresh.
pub(in crate::store) fn put(movie: &View<'_>) -> Vec<(&'static str, Vec<Value>)> {
    let name = Value::Text(movie.name.to_owned());
    let rank = Value::Integer(rank(movie));
    let values = vec![name, rank, Value::Text(as_json(&terms(movie)))];
    let mut statements = delete(movie.name);
    statements.push((ADD_TITLE, values.clone()));
    statements.push((ADD_LISTS, values));
    statements
}

/// The statements, with their values, after which a movie is not fresh.
pub(in crate::store) fn delete(name: &str) -> Vec<(&'static str, Vec<Value>)> {
    let name = || vec![Value::Text(name.to_owned())];
    vec![(FORGET_LISTS, name()), (FORGET_TITLE, name())]
}

/// The terms of a movie, each with 1 when a title begins with it and 0 otherwise.
fn terms(movie: &View<'_>) -> BTreeMap<String, u8> {
    let mut titles = Titles::default();
    titles.fold(movie);
    let mut terms = BTreeMap::new();
    let mut add = |term: String, leads: bool| {
        *terms.entry(term).or_default() |= u8::from(leads);
    };
    each_term(&titles, movie, |kind, thing, leads| match kind {
        TermKind::Genre => add(kind.term(&genre_key(thing)), leads),
        TermKind::Word => {
            add(kind.term(thing), leads);
            prefixes(thing).for_each(|prefix| add(TermKind::Prefix.term(prefix), leads));
        }
        _ => add(kind.term(thing), leads),
    });
    titles.keys().for_each(|key| add(title_term(key), false));
    terms
}

fn as_json(terms: &BTreeMap<String, u8>) -> String {
    serde_json::to_string(terms).unwrap_or_default()
}

fn rank(movie: &View<'_>) -> i64 {
    -i64::from(movie.votes.unwrap_or(0))
}

/// Makes many movies fresh, with little writing: rows are added in their order.
pub(super) struct Many<'c> {
    connection: &'c Connection,
    /// Term, rank, name and whether a title begins with the term.
    rows: Vec<(String, i64, Rc<str>, u8)>,
}

/// Rows that are sorted at once, some 40 MB.
const ROWS_SORTED_AT_ONCE: usize = 400_000;

impl<'c> Many<'c> {
    pub fn new(connection: &'c Connection) -> Many<'c> {
        Many {
            connection,
            rows: Vec::new(),
        }
    }

    /// Makes a movie fresh.
    pub fn put(&mut self, movie: &View<'_>) -> rusqlite::Result<()> {
        self.delete(movie.name)?;
        let (terms, rank) = (terms(movie), rank(movie));
        let mut add = self.connection.prepare_cached(ADD_TITLE)?;
        add.execute((movie.name, rank, as_json(&terms)))?;
        let name: Rc<str> = movie.name.into();
        let rows = terms.into_iter();
        self.rows
            .extend(rows.map(|(term, leads)| (term, rank, Rc::clone(&name), leads)));
        match self.rows.len() {
            0..ROWS_SORTED_AT_ONCE => Ok(()),
            _ => self.finish(),
        }
    }

    /// Makes a movie not fresh.
    pub fn delete(&mut self, name: &str) -> rusqlite::Result<()> {
        if is_fresh(self.connection, name)? {
            for (sql, values) in delete(name) {
                let mut statement = self.connection.prepare_cached(sql)?;
                statement.execute(params_from_iter(values))?;
            }
        }
        Ok(())
    }

    /// Adds the rows that are left.
    pub fn finish(&mut self) -> rusqlite::Result<()> {
        self.rows.sort_unstable();
        let mut add = self.connection.prepare_cached(ADD_LIST)?;
        for (term, rank, name, leads) in self.rows.drain(..) {
            add.execute((term, rank, name, leads))?;
        }
        Ok(())
    }
}

/// The term of a whole title.
fn title_term(key: &str) -> String {
    TermKind::Title.term(&format!("{:06x}", title_hash(key)))
}

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
