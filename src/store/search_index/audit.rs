//! Compares the search index with the rows.
//!
//! Lists are sorted by term and rows by name. So the audit first adds up one hash for each posting,
//! by movie, and then compares each sum with that of the movie's row. It needs eight bytes for each
//! movie.

use std::hash::BuildHasher;
use std::path::Path;

use hashbrown::{DefaultHashBuilder, HashMap};
use rusqlite::{Connection, OptionalExtension};

use super::base::{Base, NAMES_PER_BLOCK, name_in_block};
use super::budget::{Budget, QueryError};
use super::corpus::Corpus;
use super::delta::is_in_delta;
use super::delta_writer;
use super::extras;
use super::known_words;
use super::lifecycle::{count_delta, is_indexed};
use super::people;
use super::posting_lists::TitleNumbers;
use crate::config::limits;
use crate::movie::MovieRef;
use crate::search::postings::{Posting, Unpacker};
use crate::search::{
    AnalyzedTitles, KnownWordsBuilder, TermKind, each_term, genre_key, is_unspaced, level,
    title_hash,
};
use crate::store::{ProgressObserver, StoreError};

/// Compares everything in the open transaction and reports each fault. A catalogue without an index
/// has none. `movies` is the number of valid movies.
pub(in crate::store) fn audit(
    path: &Path,
    connection: &Connection,
    movies: u64,
    fault: &mut dyn FnMut(String),
    observer: &mut ProgressObserver<'_>,
) -> Result<(), QueryError> {
    audit_corpus(Corpus::Movies, path, connection, movies, fault, observer)?;
    let mut people = 0;
    people::all(connection, &mut |_| {
        people += 1;
        Ok::<_, QueryError>(())
    })?;
    let mut fault = |text| fault(format!("people: {text}"));
    audit_corpus(
        Corpus::People,
        path,
        connection,
        people,
        &mut fault,
        observer,
    )
}

/// Does the same for the index of one corpus with this number of members.
fn audit_corpus(
    corpus: Corpus,
    path: &Path,
    connection: &Connection,
    movies: u64,
    fault: &mut dyn FnMut(String),
    observer: &mut ProgressObserver<'_>,
) -> Result<(), QueryError> {
    if !is_indexed(corpus, connection)? {
        return Ok(());
    }
    let budget = Budget::new(u64::MAX);
    let base = Base::open(corpus, connection, &budget)?;
    let sql = corpus.sql();
    let mut audit = IndexAudit {
        corpus,
        path,
        connection,
        hasher: DefaultHashBuilder::default(),
        sums: vec![0; usize::try_from(base.movies()).unwrap_or(0)],
        prefixes: HashMap::new(),
        known_words: KnownWordsBuilder::default(),
        seen: 0,
        fault,
    };
    audit.add_up()?;
    let known_words = std::mem::take(&mut audit.known_words);
    if !known_words::has(connection, sql, known_words, |movie| base.level(movie))? {
        (audit.fault)("the list of known words differs from the other lists".to_owned());
    }
    audit.compare(&base, observer)?;
    audit.delta()?;
    let missing = movies.saturating_sub(audit.seen);
    if missing > 0 {
        (audit.fault)(format!(
            "{missing} of the {} are in no list",
            corpus.members()
        ));
    }
    Ok(())
}

struct IndexAudit<'a> {
    corpus: Corpus,
    path: &'a Path,
    connection: &'a Connection,
    hasher: DefaultHashBuilder,
    /// The sum of the hashes of each movie's postings, by its number in the base.
    sums: Vec<u64>,
    /// The prefixes that have a list, with their hashes.
    prefixes: HashMap<String, u64>,
    /// The words of the best-known movies.
    known_words: KnownWordsBuilder,
    /// How many movies the index has.
    seen: u64,
    fault: &'a mut dyn FnMut(String),
}

/// The summary of a list.
#[derive(Default)]
struct ListSummary {
    term: String,
    hash: u64,
    /// The number of movies that each piece states, and the number that was found.
    movies: u64,
    found: u64,
    last: Option<u64>,
    is_in_order: bool,
}

impl IndexAudit<'_> {
    fn hash(&self, of: impl std::hash::Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// Reads all lists.
    fn add_up(&mut self) -> Result<(), QueryError> {
        let connection = self.connection;
        let mut statement = connection.prepare(self.corpus.sql().other_pieces)?;
        let mut rows = statement.query([TermKind::KnownWords.term("")])?;
        let mut list = ListSummary::default();
        while let Some(row) = rows.next()? {
            let term = row.get_ref(0)?.as_str()?;
            if term != list.term {
                self.end(&list);
                list = ListSummary {
                    term: term.to_owned(),
                    hash: self.hash(term),
                    movies: row.get::<_, i64>(2)?.unsigned_abs(),
                    is_in_order: true,
                    ..ListSummary::default()
                };
                if let Some(prefix) = term.strip_prefix(TermKind::Prefix.letter()) {
                    self.prefixes.insert(prefix.to_owned(), list.hash);
                }
            }
            let last = row.get::<_, i64>(1)?.unsigned_abs();
            let movies = row.get::<_, i64>(2)?.unsigned_abs();
            self.piece(&mut list, row.get_ref(3)?.as_blob()?);
            list.is_in_order &= list.last == Some(last) && list.movies == movies;
        }
        self.end(&list);
        Ok(())
    }

    fn piece(&mut self, list: &mut ListSummary, bytes: &[u8]) {
        let says = [false, true].map(|at_start| self.hash((list.hash, at_start)));
        let kinds = [TermKind::Title, TermKind::OtherTitle];
        let of_titles = kinds
            .into_iter()
            .find(|kind| list.term.starts_with(kind.letter()));
        let mut unpacker = Unpacker::default();
        while let Some(posting) = unpacker.next(bytes) {
            let here = posting.movie();
            // Both titles of a movie may have the same hash.
            list.is_in_order &= list
                .last
                .is_none_or(|last| last < here || of_titles.is_some() && last == here);
            if list.last.is_none()
                && let Some(word) = list.term.strip_prefix(TermKind::Word.letter())
            {
                self.known_words.add(word, here);
            }
            list.last = Some(here);
            list.found += 1;
            let (movie, says) = match of_titles {
                Some(kind) => self.title(kind, posting),
                None => (here, says[usize::from(posting.at_start())]),
            };
            match self.sums.get_mut(movie as usize) {
                Some(sum) => *sum = sum.wrapping_add(says),
                None => list.is_in_order = false,
            }
        }
    }

    /// The movie of a posting of a list of titles, and the hash of the posting.
    fn title(&self, kind: TermKind, posting: Posting) -> (u64, u64) {
        let numbers = TitleNumbers::new(self.sums.len() as u64);
        let (hash, movie) = numbers.split(posting.movie());
        (movie, self.title_says(kind, hash))
    }

    fn title_says(&self, kind: TermKind, hash: u32) -> u64 {
        self.hash((kind.letter(), hash))
    }

    fn end(&mut self, list: &ListSummary) {
        if list.found != list.movies || !list.is_in_order && !list.term.is_empty() {
            let term = list.term.escape_debug();
            (self.fault)(format!("the list of `{term}` is damaged"));
        }
    }

    /// Reads the row of every movie of the base.
    fn compare(
        &mut self,
        base: &Base<'_>,
        observer: &mut ProgressObserver<'_>,
    ) -> Result<(), QueryError> {
        let connection = self.connection;
        let has_delta = count_delta(self.corpus, connection)? > 0;
        let sql = self.corpus.sql();
        let mut blocks = connection.prepare(sql.all_names)?;
        let mut blocks = blocks.query([])?;
        let mut titles = AnalyzedTitles::default();
        let (mut next, all) = (0, self.sums.len());
        while next < all {
            let Some(row) = blocks.next()? else { break };
            observer.report("search index", next as u64, all as u64)?;
            let block = row.get::<_, i64>(0)?.unsigned_abs();
            let names = row.get_ref(1)?.as_blob()?;
            next = usize::try_from(block * NAMES_PER_BLOCK).unwrap_or(all);
            for place in 0..NAMES_PER_BLOCK as usize {
                let Some(name) = name_in_block(names, place) else {
                    break;
                };
                let number = next + place;
                if number >= all || has_delta && is_in_delta(connection, sql, &name)? {
                    continue;
                }
                let details = self.corpus.details(connection, &name)?;
                let found = self.corpus.row(self.path, connection, &name, |movie| {
                    let level = level(movie.votes.unwrap_or(0));
                    let says = self.of_row(&mut titles, &movie, &details);
                    says == self.sums[number] && level == base.level(number as u64)
                });
                match found {
                    Ok(None) => continue,
                    Ok(Some(true)) => {}
                    Ok(Some(false)) => self.differs(&name),
                    // Another check reports an invalid row.
                    Err(QueryError::Store(StoreError::InvalidRow { .. })) => continue,
                    Err(error) => return Err(error),
                }
                self.seen += 1;
            }
            next += NAMES_PER_BLOCK as usize;
        }
        Ok(())
    }

    fn differs(&mut self, name: &str) {
        let name = name.escape_debug();
        (self.fault)(format!("`{name}` has an entry that differs from its row"));
    }

    /// The sum of hashes that a movie should have.
    fn of_row(&self, titles: &mut AnalyzedTitles, movie: &MovieRef<'_>, details: &[u8]) -> u64 {
        self.corpus.analyze(titles, movie);
        extras::add_others(titles, details);
        let mut terms: Vec<(u64, bool)> = Vec::new();
        let mut term = String::new();
        let has_words = self.corpus.has_words(self.sums.len() as u64, movie);
        each_term(
            titles,
            movie,
            self.corpus.extras(details),
            |kind, thing, at_start| {
                if !has_words {
                    return;
                }
                term.clear();
                term.push(kind.letter());
                match kind {
                    TermKind::Genre => term.push_str(&genre_key(thing)),
                    _ => term.push_str(thing),
                }
                terms.push((self.hash(term.as_str()), at_start));
                if kind == TermKind::Word && !thing.starts_with(is_unspaced) {
                    let ends = thing.char_indices().take(limits::MAX_PREFIX_LETTERS);
                    let prefixes = ends.map(|(at, letter)| &thing[..at + letter.len_utf8()]);
                    // When a prefix has no list, no longer prefix has one.
                    let hashes = prefixes.map_while(|prefix| self.prefixes.get(prefix));
                    terms.extend(hashes.map(|hash| (*hash, at_start)));
                }
            },
        );
        terms.sort_unstable();
        terms.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            kept.1 |= is_same && later.1;
            is_same
        });
        let keys = |kind: TermKind| move |key: &str| self.title_says(kind, title_hash(key));
        let titles_say = titles.keys().map(keys(TermKind::Title));
        let keys = titles_say.chain(titles.other_keys().map(keys(TermKind::OtherTitle)));
        let says = terms.iter().map(|term| self.hash(term));
        says.chain(keys).fold(0, u64::wrapping_add)
    }

    /// Reads the row of every movie of the delta, and its entries in the lists.
    fn delta(&mut self) -> Result<(), QueryError> {
        let connection = self.connection;
        let (corpus, sql) = (self.corpus, self.corpus.sql());
        let mut leads_of = connection.prepare(sql.delta_leads)?;
        let mut delta = connection.prepare(sql.delta)?;
        let mut delta = delta.query([])?;
        let mut entries = 0;
        while let Some(row) = delta.next()? {
            let name: String = row.get(0)?;
            let (rank, kept): (i64, String) = (row.get(1)?, row.get(2)?);
            let details = corpus.details(connection, &name)?;
            let wanted = corpus.row(self.path, connection, &name, |movie| {
                (
                    delta_writer::rank(&movie),
                    delta_writer::terms(corpus, &movie, &details),
                )
            });
            let (mut is_as_its_row, terms) = match wanted {
                Ok(Some((rank_of_row, terms))) => (
                    rank_of_row == rank && delta_writer::as_json(&terms) == kept,
                    terms,
                ),
                Ok(None) => (false, Default::default()),
                Err(QueryError::Store(StoreError::InvalidRow { .. })) => continue,
                Err(error) => return Err(error),
            };
            entries += terms.len() as i64;
            for (term, at_start) in &terms {
                let listed: Option<u8> = leads_of
                    .query_row((term, rank, &name), |row| row.get(0))
                    .optional()?;
                is_as_its_row &= listed == Some(*at_start);
            }
            if !is_as_its_row {
                self.differs(&name);
            }
            self.seen += 1;
        }
        let listed: i64 = connection.query_row(sql.count_delta_lists, [], |row| row.get(0))?;
        if listed > entries {
            let more = listed - entries;
            (self.fault)(format!(
                "{more} of the entries of changed movies belong to none"
            ));
        }
        Ok(())
    }
}
