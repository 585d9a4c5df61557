//! Builds the index of all movies.
//!
//! The movies are read twice in the order of their names: first their votes, which number the
//! movies, then their titles. Terms, titles and names are collected in sorted runs, which are then
//! merged, so that every table is written in order. Ten million movies need about 150 MiB of
//! memory, and temporary files of the size of the index.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::base::level_of;
use super::base_writer::{ListWriter, NameWriter, Prefixes, sort_and_merge, wide};
use super::budget::QueryError;
use super::collect::{NameCollector, TermCollector, TitleCollector};
use super::corpus::{Corpus, IndexSql};
use super::extras::{self, DetailsInOrder};
use super::known_words;
use super::people;
use super::posting_lists::TitleNumbers;
use super::sorted_runs::{RunReader, SortedRuns};
use crate::config::limits;
use crate::movie::{Genres, MovieRef};
use crate::search::postings::{Posting, Unpacker};
use crate::search::{
    ANALYZER_VERSION, AnalyzedTitles, KnownWordsBuilder, TermKind, each_term, genre_key, level,
    title_hash,
};
use crate::store::tables::details;
use crate::store::{ProgressObserver, StoreError};

const VOTES: &str = "SELECT votes FROM movie ORDER BY name";
const MOVIES: &str = "SELECT name, title, original_title, released, genres, rating, votes FROM movie \
     ORDER BY name";

/// Movies between two calls of the progress callback.
const MOVIES_PER_LOOK: usize = 16 * 1024;

/// The name of this work for a [`ProgressObserver`].
pub(super) const INDEXING: &str = "indexing for search";

/// Rebuilds the index of each corpus, as [`rebuild`] does.
pub(in crate::store) fn rebuild_all(
    connection: &Connection,
    folder: &Path,
    observer: &mut ProgressObserver<'_>,
) -> Result<(), QueryError> {
    let mut all = Corpus::ALL.into_iter();
    all.try_for_each(|corpus| rebuild(corpus, connection, folder, observer))
}

/// Rebuilds the index of a corpus in the open transaction. Temporary files are created in `folder`,
/// without names.
pub(in crate::store) fn rebuild(
    corpus: Corpus,
    connection: &Connection,
    folder: &Path,
    observer: &mut ProgressObserver<'_>,
) -> Result<(), QueryError> {
    let sql = corpus.sql();
    connection.execute_batch(sql.clear)?;
    let (order, levels) = number(corpus, connection)?;
    let mut collector = Collector::new(corpus, folder, order);
    match corpus {
        Corpus::Movies => collect_movies(connection, &mut collector, observer)?,
        Corpus::People => people::all(connection, &mut |person| {
            collector.add(&person, &[])?;
            collector.report(observer)
        })?,
    }
    let collected = collector.finish()?;
    let mut lists = ListWriter::new(connection, sql)?;
    let known_words = write_terms(&collected.terms, folder, &mut lists)?;
    for (kind, (count, runs)) in [
        (TermKind::Title, &collected.titles),
        (TermKind::OtherTitle, &collected.other_titles),
    ] {
        write_titles(kind, runs, *count, &mut lists)?;
    }
    write_names(&collected.names, connection, sql)?;
    known_words::write(connection, sql, known_words, |movie| {
        level_of(&levels, movie)
    })?;
    let levels: Vec<String> = levels.iter().map(u64::to_string).collect();
    connection.execute(sql.set_state, (ANALYZER_VERSION, levels.join(",")))?;
    Ok(())
}

/// The numbers of the movies.
struct MovieOrder {
    /// The number of each movie with votes, in the order of names.
    rated: Vec<u32>,
    /// For each movie, in the order of names, whether it has votes.
    has_votes: Vec<bool>,
}

/// Numbers the movies by votes and then by name. Also returns how many movies have at least each
/// level.
fn number(corpus: Corpus, connection: &Connection) -> Result<(MovieOrder, Vec<u64>), QueryError> {
    let mut of_level = [0_u64; u32::BITS as usize + 1];
    let mut has_votes = Vec::new();
    // For each movie with votes, a key that sorts by votes, highest first, and then by name.
    let mut rated: Vec<u64> = Vec::new();
    let mut add = |votes: u32| {
        of_level[usize::from(level(votes))] += 1;
        has_votes.push(votes > 0);
        if votes > 0 {
            rated.push(u64::from(u32::MAX - votes) << 32 | rated.len() as u64);
        }
    };
    match corpus {
        Corpus::Movies => {
            let mut statement = connection.prepare(VOTES)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                add(votes(row.get_ref(0)?).unwrap_or(0));
            }
        }
        Corpus::People => people::all(connection, &mut |person| {
            add(person.votes.unwrap_or(0));
            Ok::<_, QueryError>(())
        })?,
    }
    if has_votes.len() > limits::MAX_INDEXED_MOVIES {
        return Err(StoreError::TooManyMovies(has_votes.len()).into());
    }
    rated.sort_unstable();
    let mut numbers = vec![0; rated.len()];
    for (number, place) in (0_u32..).zip(rated) {
        numbers[place as u32 as usize] = number;
    }
    let mut movies = 0;
    let levels = of_level.iter().rev().map(|of_level| {
        movies += of_level;
        movies
    });
    let order = MovieOrder {
        rated: numbers,
        has_votes,
    };
    let levels = levels.collect();
    Ok((order, levels))
}

/// The votes in a column. Another program may have written a value that is not a number of votes.
fn votes(column: ValueRef<'_>) -> Option<u32> {
    let votes: Option<i64> = column.as_i64_or_null().unwrap_or_default();
    votes.map(|votes| votes.clamp(0, u32::MAX.into()) as u32)
}

/// The runs of terms, titles and names.
struct Collected {
    terms: SortedRuns,
    /// The number of whole titles, and their runs.
    titles: (u64, SortedRuns),
    other_titles: (u64, SortedRuns),
    names: SortedRuns,
}

/// Collects the index entries of the members.
struct Collector {
    corpus: Corpus,
    terms: TermCollector,
    all_titles: TitleCollector,
    other_titles: TitleCollector,
    names: NameCollector,
    titles: AnalyzedTitles,
    genres: HashMap<String, String>,
    order: MovieOrder,
    /// The number of members that were read, and the number with votes.
    done: usize,
    rated: usize,
}

impl Collector {
    fn new(corpus: Corpus, folder: &Path, order: MovieOrder) -> Collector {
        Collector {
            corpus,
            terms: TermCollector::new(folder),
            all_titles: TitleCollector::new(folder),
            other_titles: TitleCollector::new(folder),
            names: NameCollector::new(folder),
            titles: AnalyzedTitles::default(),
            genres: HashMap::new(),
            order,
            done: 0,
            rated: 0,
        }
    }

    /// The number of the next member. `None` when there were no more of them before.
    fn next_number(&mut self) -> Option<u32> {
        let has_votes = *self.order.has_votes.get(self.done)?;
        self.done += 1;
        if has_votes {
            self.rated += 1;
            return self.order.rated.get(self.rated - 1).copied();
        }
        Some((self.order.rated.len() + self.done - self.rated - 1) as u32)
    }

    /// Adds the next member.
    fn add(&mut self, movie: &MovieRef<'_>, details: &[u8]) -> Result<(), QueryError> {
        let Some(number) = self.next_number() else {
            return Ok(());
        };
        let (titles, terms) = (&mut self.titles, &mut self.terms);
        self.names.add(number, movie.name)?;
        self.corpus.analyze(titles, movie);
        extras::add_others(titles, details);
        let all = self.order.has_votes.len() as u64;
        if self.corpus.has_words(all, movie) {
            each_term(
                titles,
                movie,
                self.corpus.extras(details),
                |kind, thing, at_start| match kind {
                    TermKind::Genre => {
                        let key = genre(&mut self.genres, thing);
                        terms.add(kind.letter(), key, number, at_start);
                    }
                    _ => terms.add(kind.letter(), thing, number, at_start),
                },
            );
        }
        let numbers = TitleNumbers::new(self.order.has_votes.len() as u64);
        let title = |key: &str| numbers.join(title_hash(key), number.into());
        for key in titles.keys() {
            self.all_titles.add(title(key))?;
        }
        for key in titles.other_keys() {
            self.other_titles.add(title(key))?;
        }
        Ok(terms.compact()?)
    }

    fn report(&self, observer: &mut ProgressObserver<'_>) -> Result<(), QueryError> {
        if self.done % MOVIES_PER_LOOK == 1 {
            let all = self.order.has_votes.len();
            observer.report(INDEXING, self.done as u64 - 1, all as u64)?;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Collected> {
        Ok(Collected {
            terms: self.terms.finish()?,
            titles: (self.all_titles.count, self.all_titles.finish()?),
            other_titles: (self.other_titles.count, self.other_titles.finish()?),
            names: self.names.finish()?,
        })
    }
}

/// Reads all movies.
fn collect_movies(
    connection: &Connection,
    collector: &mut Collector,
    observer: &mut ProgressObserver<'_>,
) -> Result<(), QueryError> {
    let mut all_details = connection.prepare(details::ALL)?;
    let mut all_details = DetailsInOrder::new(connection, &mut all_details)?;
    let mut details = Vec::new();
    let mut statement = connection.prepare(MOVIES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match view(row) {
            Ok(movie) => {
                all_details.read(movie.name, &mut details)?;
                collector.add(&movie, &details)?;
            }
            // A row that is not a valid movie has a number too.
            Err(_) => drop(collector.next_number()),
        }
        collector.report(observer)?;
    }
    Ok(())
}

/// The key of a genre, from a cache.
fn genre<'g>(known: &'g mut HashMap<String, String>, genre: &str) -> &'g str {
    if known.len() > limits::MAX_CACHED_GENRES {
        known.clear();
    }
    if !known.contains_key(genre) {
        known.insert(genre.to_owned(), genre_key(genre));
    }
    &known[genre]
}

/// The indexed part of a row, which need not be a valid movie.
fn view<'r>(row: &'r Row<'_>) -> Result<MovieRef<'r>, QueryError> {
    Ok(MovieRef {
        id: 0,
        name: row.get_ref(0)?.as_str()?,
        title: row.get_ref(1)?.as_str()?,
        original_title: row.get_ref(2)?.as_str_or_null()?,
        released: row
            .get_ref(3)?
            .as_str_or_null()?
            .and_then(|text| text.parse().ok()),
        runtime_minutes: None,
        genres: Genres::Joined(row.get_ref(4)?.as_str()?),
        rating: row.get(5)?,
        votes: votes(row.get_ref(6)?),
    })
}

/// The next term of each run, the smallest on top.
type NextTerms = BinaryHeap<Reverse<(Vec<u8>, usize)>>;

/// Reads the next term of a run. `term` is a buffer to reuse.
fn next_term(
    readers: &mut [RunReader<'_>],
    run: usize,
    mut term: Vec<u8>,
    next: &mut NextTerms,
) -> io::Result<()> {
    if let Some(length) = readers[run].number()? {
        term.clear();
        readers[run].take(length as usize, &mut term)?;
        next.push(Reverse((term, run)));
    }
    Ok(())
}

/// Merges the runs of terms, and writes their lists and the lists of prefixes. Returns the words of the
/// best-known movies.
fn write_terms(
    runs: &SortedRuns,
    folder: &Path,
    lists: &mut ListWriter<'_>,
) -> Result<KnownWordsBuilder, QueryError> {
    let mut known_words = KnownWordsBuilder::default();
    let mut readers = runs.readers();
    let mut next = NextTerms::new();
    for run in 0..readers.len() {
        next_term(&mut readers, run, Vec::new(), &mut next)?;
    }
    let mut prefixes = Prefixes::new(folder)?;
    let (mut packed, mut postings) = (Vec::new(), Vec::new());
    while let Some(Reverse((first, _))) = next.peek() {
        let term = first.clone();
        postings.clear();
        while next.peek().is_some_and(|Reverse((same, _))| *same == term)
            && let Some(Reverse((same, run))) = next.pop()
        {
            packed.clear();
            let length = readers[run].number()?.unwrap_or(0);
            readers[run].take(length as usize, &mut packed)?;
            let mut unpacker = Unpacker::default();
            postings.extend(std::iter::from_fn(|| {
                let posting = unpacker.next(&packed)?;
                Some((posting.movie() as u32) << 1 | u32::from(posting.at_start()))
            }));
            next_term(&mut readers, run, same, &mut next)?;
        }
        sort_and_merge(&mut postings);
        let term = String::from_utf8_lossy(&term);
        let movies = postings.len() as u64;
        lists.list(&term, movies, postings.iter().map(|p| Ok(wide(*p))))?;
        if let Some(word) = term.strip_prefix(TermKind::Word.letter()) {
            prefixes.word(word, &postings)?;
            if let Some(best) = postings.first() {
                known_words.add(word, u64::from(best >> 1));
            }
        }
    }
    prefixes.finish(lists)?;
    Ok(known_words)
}

/// Merges the runs of titles and writes their list.
fn write_titles(
    kind: TermKind,
    runs: &SortedRuns,
    count: u64,
    lists: &mut ListWriter<'_>,
) -> Result<(), QueryError> {
    let mut readers = Vec::new();
    for mut reader in runs.readers() {
        if let Some(first) = reader.number()? {
            readers.push((first, reader));
        }
    }
    let postings = std::iter::from_fn(|| {
        let place = (0..readers.len()).min_by_key(|place| readers[*place].0)?;
        let (here, reader) = &mut readers[place];
        let posting = Posting::new(*here, false);
        match reader.number() {
            Ok(Some(distance)) => *here += distance,
            Ok(None) => drop(readers.swap_remove(place)),
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(posting))
    });
    lists.list(&kind.term(""), count, postings)
}

/// Merges the runs of names and writes them in blocks.
fn write_names(
    runs: &SortedRuns,
    connection: &Connection,
    sql: &IndexSql,
) -> Result<(), QueryError> {
    let mut writer = NameWriter::new(connection, sql)?;
    let mut readers = Vec::new();
    for mut reader in runs.readers() {
        if let Some(first) = reader.number()? {
            readers.push((first, reader));
        }
    }
    let mut next = 0;
    let mut name = Vec::new();
    while let Some(place) = (0..readers.len()).min_by_key(|place| readers[*place].0) {
        let (movie, reader) = &mut readers[place];
        // A row that could not be read has a number but no name.
        for _ in next..*movie {
            writer.name("")?;
        }
        next = *movie + 1;
        name.clear();
        let length = reader.number()?.unwrap_or(0);
        reader.take(length as usize, &mut name)?;
        writer.name(&String::from_utf8_lossy(&name))?;
        match reader.number()? {
            Some(following) => *movie = following,
            None => drop(readers.swap_remove(place)),
        }
    }
    Ok(writer.finish()?)
}
