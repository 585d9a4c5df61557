//! Writes the delta: rows of terms, by SQL with bound values.

use std::collections::BTreeMap;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::corpus::Corpus;
use super::delta::is_in_delta;
use super::{extras, people};
use crate::config::limits;
use crate::movie::MovieRef;
use crate::search::{AnalyzedTitles, TermKind, each_term, genre_key, level, prefixes, title_term};
use crate::store::packed_record::Key;
use crate::store::tables::persons::PersonValues;

/// Statements with their values.
type Statements = Vec<(&'static str, Vec<Value>)>;

/// The statements that write a movie to the delta. Its details are written already.
pub(in crate::store) fn put(
    corpus: Corpus,
    connection: &Connection,
    movie: &MovieRef<'_>,
) -> rusqlite::Result<Statements> {
    let name = Value::Text(movie.name.to_owned());
    let rank = Value::Integer(rank(movie));
    let details = corpus.details(connection, movie.name)?;
    let terms = as_json(&terms(corpus, movie, &details));
    let values = vec![name, rank, Value::Text(terms)];
    let mut statements = delete(corpus, movie.name);
    statements.push((corpus.sql().add_title, values.clone()));
    statements.push((corpus.sql().add_lists, values));
    Ok(statements)
}

/// The statements that remove a movie from the delta.
pub(in crate::store) fn delete(corpus: Corpus, name: &str) -> Statements {
    let sql = corpus.sql();
    let name = || vec![Value::Text(name.to_owned())];
    vec![(sql.forget_lists, name()), (sql.forget_title, name())]
}

/// The statements that update the entries of a changed person.
pub(in crate::store) fn update_person(
    connection: &Connection,
    key: Key,
) -> rusqlite::Result<Statements> {
    let name = people::name_of(key);
    let put = |person: MovieRef<'_>| put(Corpus::People, connection, &person);
    let statements = people::row(connection, &name, put)?;
    statements.unwrap_or_else(|| Ok(delete(Corpus::People, &name)))
}

/// Whether the index entries of a person differ between two rows. As with movies, a new fame of the
/// same [level] changes no entry, unless the person is in the delta.
pub(in crate::store) fn tells_people_apart(
    connection: &Connection,
    key: Key,
    old: PersonValues<'_>,
    new: PersonValues<'_>,
) -> rusqlite::Result<bool> {
    let entry = |(person, record): PersonValues<'_>| {
        let person = person.map(str::to_owned);
        person.zip(people::fame(record))
    };
    let (old, new) = (entry(old), entry(new));
    if old == new {
        return Ok(false);
    }
    let in_base = |(person, fame): &(String, u32)| (person.clone(), level(*fame));
    if old.as_ref().map(in_base) != new.as_ref().map(in_base) {
        return Ok(true);
    }
    is_in_delta(connection, Corpus::People.sql(), &people::name_of(key))
}

/// The terms of a movie, each with 1 when a title begins with it, otherwise 0.
pub(super) fn terms(corpus: Corpus, movie: &MovieRef<'_>, details: &[u8]) -> BTreeMap<String, u8> {
    let mut titles = AnalyzedTitles::default();
    corpus.analyze(&mut titles, movie);
    extras::add_others(&mut titles, details);
    let mut terms = BTreeMap::new();
    let mut add = |term: String, at_start: bool| {
        *terms.entry(term).or_default() |= u8::from(at_start);
    };
    each_term(
        &titles,
        movie,
        corpus.extras(details),
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
    corpus: Corpus,
    connection: &'c Connection,
    /// The first bytes of the term, which decide most comparisons, then the term, rank, name, and
    /// whether a title begins with it.
    rows: Vec<(u64, String, i64, Rc<str>, u8)>,
}

impl<'c> DeltaWriter<'c> {
    pub fn new(corpus: Corpus, connection: &'c Connection) -> DeltaWriter<'c> {
        DeltaWriter {
            corpus,
            connection,
            rows: Vec::new(),
        }
    }

    /// Writes a movie.
    pub fn put(&mut self, movie: &MovieRef<'_>) -> rusqlite::Result<()> {
        self.delete(movie.name)?;
        let details = self.corpus.details(self.connection, movie.name)?;
        let (terms, rank) = (terms(self.corpus, movie, &details), rank(movie));
        let mut add = self
            .connection
            .prepare_cached(self.corpus.sql().add_title)?;
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
        if is_in_delta(self.connection, self.corpus.sql(), name)? {
            for (sql, values) in delete(self.corpus, name) {
                let mut statement = self.connection.prepare_cached(sql)?;
                statement.execute(params_from_iter(values))?;
            }
        }
        Ok(())
    }

    /// Writes the rows that are left.
    pub fn finish(&mut self) -> rusqlite::Result<()> {
        self.rows.sort_unstable();
        let mut add = self.connection.prepare_cached(self.corpus.sql().add_list)?;
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
