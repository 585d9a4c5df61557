//! Writes the delta: rows of terms, by SQL with bound values.

use std::collections::BTreeMap;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::delta::is_in_delta;
use super::extras;
use crate::config::limits;
use crate::movie::MovieRef;
use crate::search::{AnalyzedTitles, TermKind, each_term, genre_key, prefixes, title_term};

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

/// The statements, with their values, that write a movie to the delta. Its details are written
/// already.
pub(in crate::store) fn put(
    connection: &Connection,
    movie: &MovieRef<'_>,
) -> rusqlite::Result<Vec<(&'static str, Vec<Value>)>> {
    let name = Value::Text(movie.name.to_owned());
    let rank = Value::Integer(rank(movie));
    let details = extras::details_of(connection, movie.name)?;
    let values = vec![name, rank, Value::Text(as_json(&terms(movie, &details)))];
    let mut statements = delete(movie.name);
    statements.push((ADD_TITLE, values.clone()));
    statements.push((ADD_LISTS, values));
    Ok(statements)
}

/// The statements, with their values, that remove a movie from the delta.
pub(in crate::store) fn delete(name: &str) -> Vec<(&'static str, Vec<Value>)> {
    let name = || vec![Value::Text(name.to_owned())];
    vec![(FORGET_LISTS, name()), (FORGET_TITLE, name())]
}

/// The terms of a movie, each with 1 when a title begins with it, otherwise 0.
pub(super) fn terms(movie: &MovieRef<'_>, details: &[u8]) -> BTreeMap<String, u8> {
    let mut titles = AnalyzedTitles::default();
    titles.analyze(movie);
    extras::add_others(&mut titles, details);
    let mut terms = BTreeMap::new();
    let mut add = |term: String, at_start: bool| {
        *terms.entry(term).or_default() |= u8::from(at_start);
    };
    each_term(
        &titles,
        movie,
        extras::extras(details),
        |kind, thing, at_start| match kind {
            TermKind::Genre => add(kind.term(&genre_key(thing)), at_start),
            TermKind::Word => {
                add(kind.term(thing), at_start);
                prefixes(thing).for_each(|prefix| add(TermKind::Prefix.term(prefix), at_start));
            }
            _ => add(kind.term(thing), at_start),
        },
    );
    let mut add_title = |kind, key: &str| add(title_term(kind, key), false);
    titles
        .keys()
        .for_each(|key| add_title(TermKind::Title, key));
    titles
        .other_keys()
        .for_each(|key| add_title(TermKind::OtherTitle, key));
    terms
}

pub(super) fn as_json(terms: &BTreeMap<String, u8>) -> String {
    serde_json::to_string(terms).unwrap_or_default()
}

pub(super) fn rank(movie: &MovieRef<'_>) -> i64 {
    -i64::from(movie.votes.unwrap_or(0))
}

/// Writes many movies to the delta. Rows are inserted in sorted order, which writes fewer pages.
pub(super) struct DeltaWriter<'c> {
    connection: &'c Connection,
    /// The first bytes of the term, which decide most comparisons, then the term, rank, name, and
    /// whether a title begins with it.
    rows: Vec<(u64, String, i64, Rc<str>, u8)>,
}

impl<'c> DeltaWriter<'c> {
    pub fn new(connection: &'c Connection) -> DeltaWriter<'c> {
        DeltaWriter {
            connection,
            rows: Vec::new(),
        }
    }

    /// Writes a movie.
    pub fn put(&mut self, movie: &MovieRef<'_>) -> rusqlite::Result<()> {
        self.delete(movie.name)?;
        let details = extras::details_of(self.connection, movie.name)?;
        let (terms, rank) = (terms(movie, &details), rank(movie));
        let mut add = self.connection.prepare_cached(ADD_TITLE)?;
        add.execute((movie.name, rank, as_json(&terms)))?;
        let name: Rc<str> = movie.name.into();
        let rows = terms.into_iter();
        self.rows.extend(
            rows.map(|(term, at_start)| (leading(&term), term, rank, Rc::clone(&name), at_start)),
        );
        match self.rows.len() {
            0..limits::MAX_SORTED_DELTA_ROWS => Ok(()),
            _ => self.finish(),
        }
    }

    /// Removes a movie.
    pub fn delete(&mut self, name: &str) -> rusqlite::Result<()> {
        if is_in_delta(self.connection, name)? {
            for (sql, values) in delete(name) {
                let mut statement = self.connection.prepare_cached(sql)?;
                statement.execute(params_from_iter(values))?;
            }
        }
        Ok(())
    }

    /// Writes the rows that are left.
    pub fn finish(&mut self) -> rusqlite::Result<()> {
        self.rows.sort_unstable();
        let mut add = self.connection.prepare_cached(ADD_LIST)?;
        for (_, term, rank, name, at_start) in self.rows.drain(..) {
            add.execute((term, rank, name, at_start))?;
        }
        Ok(())
    }
}

/// The first eight bytes as a number that sorts like them.
fn leading(term: &str) -> u64 {
    let mut leading = [0; 8];
    let length = term.len().min(leading.len());
    leading[..length].copy_from_slice(&term.as_bytes()[..length]);
    u64::from_be_bytes(leading)
}
