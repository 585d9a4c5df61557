//! `FIND`: answers a search, a page at a time.
//!
//! The query is first taken as it was typed. If no well-known movie is found, corrected spellings
//! and spaces are tried too, and then fewer words. All interpretations are used together: each has
//! a penalty, and a movie has its best score.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::path::Path;
use std::rc::Rc;

use rusqlite::Connection;

use super::base::Base;
use super::budget::{Budget, QueryError};
use super::corpus::Corpus;
use super::delta::Delta;
use super::known_words::KnownWordsCache;
use super::page::{PageBuilder, PageEnd};
use super::people;
use super::request::{PeopleSearch, Search, SearchOrder};
use super::row_lookup::{RowLookup, SearchContext};
use super::segment::{SMALL_GROUP, Segment};
use crate::config::limits;
use crate::movie::MovieRef;
use crate::search::{
    Cursor, Interpretation, QueryMatch, Rank, Score, SimilarWord, TermKind, TermMatcher,
    Vocabulary, WHOLE_TITLE, score,
};
use crate::store::StoreError;
use crate::store::packed_record::{IdPrefix, Key};
use crate::store::records::Records;
use crate::store::tables::other_names;

/// How many times more candidates are looked up when too few of them were answers.
const MORE: usize = 8;

/// Corrected spellings and fewer words are tried when the score of the best answer is lower than
/// that of a movie this many levels below the best known one: with a sixty-fourth of its votes.
const LEVELS_BEFORE_RELAXING: u8 = 6;
/// The same for another word in place of a known one.
const LEVELS_BEFORE_OTHER_WORDS: u8 = 11;

/// The movies of a page, each as `with` makes it, in at most `steps` steps.
pub(in crate::store) fn find<T>(
    path: &Path,
    connection: &Connection,
    known_words: &KnownWordsCache,
    search: &Search,
    steps: u64,
    with: impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T,
) -> Result<Vec<T>, StoreError> {
    if search.query.is_empty() && search.filter.is_empty() {
        return Ok(Vec::new());
    }
    let context = SearchContext {
        corpus: Corpus::Movies,
        path,
        connection,
        budget: &Budget::new(steps),
        search,
    };
    answer(context, known_words, with).map_err(|error| error.about(path))
}

/// The answers of a page, each mapped by `with`.
fn answer<T>(
    context: SearchContext<'_>,
    known_words: &KnownWordsCache,
    with: impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T,
) -> Result<Vec<T>, QueryError> {
    let index = IndexSearch::open(context, known_words)?;
    index.answer(&mut RowLookup::new(context, with)?)
}

/// The people of a page, the best first, each by the key of the row.
pub(in crate::store) fn find_people(
    path: &Path,
    connection: &Connection,
    known_words: &KnownWordsCache,
    wanted: &PeopleSearch,
    steps: u64,
) -> Result<Vec<Key>, StoreError> {
    if wanted.query.is_empty() {
        return Ok(Vec::new());
    }
    let not_an_answer = |name: &String| StoreError::NotAnAnswer(name.clone());
    let mut search = Search::new(wanted.query.clone(), wanted.rows);
    if let Some(after) = &wanted.after {
        let key = other_names::key(connection, IdPrefix::Person, after)
            .map_err(|error| StoreError::sqlite(path, error))?;
        let key = key.ok_or_else(|| not_an_answer(after))?;
        search.after = Some(people::name_of(key));
    }
    let context = SearchContext {
        corpus: Corpus::People,
        path,
        connection,
        budget: &Budget::new(steps),
        search: &search,
    };
    let keys = answer(context, known_words, |person, _| {
        people::key_of(person.name)
    });
    match (keys, &wanted.after) {
        (Err(QueryError::Store(StoreError::NotAnAnswer(_))), Some(after)) => {
            Err(not_an_answer(after))
        }
        (keys, _) => Ok(keys
            .map_err(|error| error.about(path))?
            .into_iter()
            .flatten()
            .collect()),
    }
}

/// The interpretations of a search.
#[cfg(test)]
pub(super) fn interpretations(
    path: &Path,
    connection: &Connection,
    search: &Search,
) -> Result<Vec<Interpretation>, StoreError> {
    let context = SearchContext {
        corpus: Corpus::Movies,
        path,
        connection,
        budget: &Budget::new(u64::MAX),
        search,
    };
    let run = || {
        let known_words = KnownWordsCache::default();
        let index = IndexSearch::open(context, &known_words)?;
        let mut rows = RowLookup::new(context, |_, _| ())?;
        index.answer(&mut rows)?;
        Ok(rows.interpretations().to_vec())
    };
    run().map_err(|error: QueryError| error.about(path))
}

/// How many times fewer interpretations are tried when they take too much work.
const RETRIES: usize = 3;

/// The positions of steps in [`IndexSearch::relax`].
const SERIES: usize = 0;
const PERSON: usize = 1;
const SPELLING: usize = 2;
const OTHER_WORDS: usize = 3;
const FEWER_WORDS: usize = 4;

/// Makes further interpretations of a query.
type Relax<'r> = &'r dyn Fn() -> Result<Vec<Interpretation>, QueryError>;

/// The arguments of [`Vocabulary::similar`].
type SimilarKey = (Vec<char>, bool, usize);

/// Both segments of the index, and the search.
pub(super) struct IndexSearch<'c> {
    context: SearchContext<'c>,
    known_words: &'c KnownWordsCache,
    pub(super) base: Base<'c>,
    pub(super) delta: Delta<'c>,
    /// The similar words of each word that was looked up, with the arguments.
    similar: RefCell<HashMap<SimilarKey, Rc<Vec<SimilarWord>>>>,
    /// How many words were looked up.
    lookups: Cell<usize>,
    /// Texts that were looked up, each with the first word that is not less. There is no word
    /// between the two.
    first_words: RefCell<BTreeMap<String, Option<String>>>,
}

/// The rows of a page, and the score of the first one.
pub(super) struct PageRows<T> {
    pub rows: Vec<T>,
    best: Option<Score>,
}

impl<'c> std::ops::Deref for IndexSearch<'c> {
    type Target = SearchContext<'c>;

    fn deref(&self) -> &SearchContext<'c> {
        &self.context
    }
}

impl<'c> IndexSearch<'c> {
    fn open(
        context: SearchContext<'c>,
        known_words: &'c KnownWordsCache,
    ) -> Result<IndexSearch<'c>, QueryError> {
        let SearchContext {
            corpus,
            connection,
            budget,
            ..
        } = context;
        Ok(IndexSearch {
            context,
            known_words,
            similar: RefCell::default(),
            lookups: Cell::new(0),
            base: Base::open(corpus, connection, budget)?,
            delta: Delta::open(corpus, connection, budget)?,
            first_words: RefCell::default(),
        })
    }

    fn answer<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
    ) -> Result<Vec<T>, QueryError> {
        let query = &self.search.query;
        if self.search.order != SearchOrder::Relevance || !self.search.filter.people.is_empty() {
            return self.sorted(rows);
        }
        rows.interpret(query.interpretations());
        let mut found = None;
        if !query.is_empty() {
            // A later page needs only the best answer to find the interpretations of the first page.
            let most = if self.search.after.is_some() {
                1
            } else {
                self.search.rows
            };
            let typed = self.page(rows, most, None)?;
            let is_relaxed = self.relax(rows, typed.best)?;
            found = (!is_relaxed).then_some(typed.rows);
        }
        let after = match &self.search.after {
            Some(name) => match rows.rank(name)? {
                Some(after) => Some(after),
                None => return Err(StoreError::NotAnAnswer(name.clone()).into()),
            },
            None => None,
        };
        match found.filter(|_| after.is_none()) {
            Some(found) => Ok(found),
            None => Ok(self.page(rows, self.search.rows, after)?.rows),
        }
    }

    /// The index of a corpus for another search.
    pub(super) fn with_search<'s>(
        &self,
        corpus: Corpus,
        search: &'s Search,
    ) -> Result<IndexSearch<'s>, QueryError>
    where
        'c: 's,
    {
        let context = SearchContext {
            corpus,
            search,
            ..self.context
        };
        IndexSearch::open(context, self.known_words)
    }

    /// The first row for the interpretations so far.
    pub(super) fn first<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
    ) -> Result<Option<T>, QueryError> {
        Ok(self.page(rows, 1, None)?.rows.pop())
    }

    /// The movies that name all people of the filter, by their votes and names.
    pub(super) fn films(&self) -> Result<Vec<(u32, String)>, QueryError> {
        let people: Vec<&str> = self
            .search
            .filter
            .people
            .iter()
            .map(String::as_str)
            .collect();
        Ok(Records::new(self.path, self.connection).film_names(&people)?)
    }

    /// Adds further interpretations as long as the best answer is not well known. Returns whether there
    /// are any. When a step takes too much work, its interpretations are left out.
    fn relax<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
        mut best: Option<Score>,
    ) -> Result<bool, QueryError> {
        let query = &self.search.query;
        // Of known words that no known title has together, a rare one is often a wrong one.
        let is_unknown = best.is_none() || best < self.score_below(LEVELS_BEFORE_OTHER_WORDS);
        let steps: [(u8, Relax<'_>); 7] = [
            (LEVELS_BEFORE_RELAXING, &|| self.with_series()),
            (LEVELS_BEFORE_RELAXING, &|| self.with_person()),
            (LEVELS_BEFORE_RELAXING, &|| query.corrected(self)),
            (LEVELS_BEFORE_RELAXING, &|| {
                self.with_another_rare_word(is_unknown)
            }),
            (LEVELS_BEFORE_RELAXING, &|| query.with_fewer_words(self)),
            (LEVELS_BEFORE_OTHER_WORDS, &|| {
                query.with_another_word(self, false)
            }),
            (LEVELS_BEFORE_OTHER_WORDS, &|| {
                query.corrected_by_all_words(self)
            }),
        ];
        let typed = rows.interpretations().len();
        let mut left = 0;
        let (mut penalty, mut is_of_person) = (None, false);
        for (number, (levels, relax)) in steps.into_iter().enumerate() {
            let is_good = best.is_some() && best >= self.score_below(levels);
            // A movie of a person matches all other words.
            if is_good || is_of_person && number >= OTHER_WORDS {
                continue;
            }
            let before = rows.interpretations().len();
            match number {
                SERIES => left = limits::MAX_SERIES_STEPS,
                PERSON => left = limits::MAX_PERSON_STEPS,
                SPELLING | FEWER_WORDS => left = limits::MAX_RELAXING_STEPS,
                _ => {}
            }
            let step = self.budget.within(&mut left, || {
                let penalty = match penalty {
                    Some(penalty) => penalty,
                    None => *penalty.insert(self.penalty_of_relaxing(rows)?),
                };
                let mut more = relax()?;
                if more.is_empty() {
                    return Ok(best);
                }
                for interpretation in &mut more {
                    interpretation.penalty = interpretation.penalty.saturating_add(penalty);
                }
                rows.interpret(more);
                Ok(self.page(rows, 1, None)?.best)
            })?;
            let step = match step {
                None => self.fewer(rows, before)?,
                step => step,
            };
            match step {
                Some(better) => {
                    is_of_person |= number == PERSON && rows.interpretations().len() > before;
                    best = better;
                }
                None => rows.keep_interpretations(before),
            }
        }
        Ok(rows.interpretations().len() > typed)
    }

    /// Interpretations with another word in place of a rare one, if no known title has the words.
    fn with_another_rare_word(&self, is_unknown: bool) -> Result<Vec<Interpretation>, QueryError> {
        if is_unknown {
            self.search.query.with_another_word(self, true)
        } else {
            Ok(Vec::new())
        }
    }

    /// The score of the best answer with fewer of the interpretations after the first `before`: half
    /// of them, then half of those. The most probable ones stay, and take less work than all of them.
    /// `None` if they still take too much.
    fn fewer<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
        before: usize,
    ) -> Result<Option<Option<Score>>, QueryError> {
        for _ in 0..RETRIES {
            let kept = (rows.interpretations().len() - before) / 2;
            rows.keep_interpretations(before + kept);
            if kept == 0 {
                break;
            }
            let mut left = limits::MAX_RELAXING_STEPS / 2;
            let work = || Ok(self.page(rows, 1, None)?.best);
            if let Some(best) = self.budget.within(&mut left, work)? {
                return Ok(Some(best));
            }
        }
        Ok(None)
    }

    /// The additional penalty of other interpretations: not 0 when a movie has the typed text as
    /// its whole title.
    fn penalty_of_relaxing<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
    ) -> Result<u8, QueryError> {
        let mut names = Vec::new();
        for interpretation in self.search.query.interpretations() {
            let keys = &interpretation.keys;
            let mut of_base = self.base.titled(TermKind::Title, keys)?;
            let mut of_delta = self.delta.titled(TermKind::Title, keys)?;
            for _ in 0..limits::MAX_TITLES_OF_HASH {
                if let Some(movie) = of_base.movie() {
                    names.extend(self.base.name(movie)?);
                    of_base.seek(&Base::next(&movie))?;
                }
                if let Some(movie) = of_delta.movie() {
                    of_delta.seek(&Delta::next(&movie))?;
                    names.push(movie.1);
                }
            }
        }
        for name in names {
            if rows.is_whole_title(&name)? {
                return Ok(WHOLE_TITLE);
            }
        }
        Ok(0)
    }

    /// The score of a movie that is this number of levels below the best known one. `None` when
    /// there is no such level, so that every answer is good enough.
    fn score_below(&self, levels: u8) -> Option<Score> {
        let level = self.base.highest_level().checked_sub(levels)?;
        Some(score(level, 0, 0))
    }

    pub(super) fn page<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
        most: usize,
        after: Option<Rank>,
    ) -> Result<PageRows<T>, QueryError> {
        let interpretations = rows.interpretations().to_vec();
        let mut portion = most.max(SMALL_GROUP) + 1;
        loop {
            let mut page = PageBuilder {
                base: &self.base,
                delta: &self.delta,
                rows,
                interpretations: &interpretations,
                is_closed: self.search.query.is_closed(),
                filter: &self.search.filter,
                after: after.as_ref(),
                most,
                portion,
                found: Vec::new(),
                best: None,
            };
            match page.fill()? {
                PageEnd::Done => {
                    return Ok(PageRows {
                        rows: page.found,
                        best: page.best,
                    });
                }
                PageEnd::TooFew => portion *= MORE,
            }
        }
    }
}

impl Vocabulary for IndexSearch<'_> {
    type Error = QueryError;

    fn first_word(&self, from: &str) -> Result<Option<String>, QueryError> {
        let mut known = self.first_words.borrow_mut();
        let before = known
            .range::<str, _>((Bound::Unbounded, Bound::Included(from)))
            .next_back();
        if let Some((_, first)) = before
            && first.as_deref().is_none_or(|first| first >= from)
        {
            return Ok(first.clone());
        }
        self.lookups.set(self.lookups.get() + 1);
        let words = [self.base.first_word(from)?, self.delta.first_word(from)?];
        let first = words.into_iter().flatten().min();
        known.insert(from.to_owned(), first.clone());
        Ok(first)
    }

    fn count(&self, matcher: &TermMatcher) -> Result<u64, QueryError> {
        Ok(Segment::having(&self.base, matcher)?.size()
            + Segment::having(&self.delta, matcher)?.size())
    }

    fn movies(&self) -> u64 {
        self.base.movies()
    }

    fn is_exhausted(&self) -> bool {
        self.lookups.get() >= limits::MAX_SPELLING_LOOKUPS
    }

    fn similar(
        &self,
        typed: &[char],
        is_open: bool,
        most: usize,
    ) -> Result<Rc<Vec<SimilarWord>>, QueryError> {
        let key = (typed.to_vec(), is_open, most);
        let mut similar = self.similar.borrow_mut();
        if let Some(words) = similar.get(&key) {
            return Ok(Rc::clone(words));
        }
        let known = self.known_words.get(self.corpus, self.connection)?;
        let words = Rc::new(known.similar(typed, is_open, most));
        similar.insert(key, Rc::clone(&words));
        Ok(words)
    }
}
