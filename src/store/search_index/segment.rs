//! The interface of base and delta: posting lists in the order of votes, and the walk through them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::base::Base;
use super::budget::{QueryError, ROW_STEPS};
use super::delta::{Delta, DeltaKey, DeltaLists};
use super::posting_lists::MergedLists;
use crate::config::limits;
use crate::search::{
    Cursor, EPISODE, Filter, Hit, Interpretation, Intersection, LONGER_TITLE_BONUS,
    OTHER_TITLE_LESS, Placement, Score, TermKind, TermMatcher, TermRange, episode_score,
    highest_level, of_type, score, years,
};

/// The largest group of movies that is sorted by the votes of their rows. A larger group keeps the
/// order of the last rebuild.
pub(super) const SMALL_GROUP: usize = 32;

/// The maximum number of candidates with one score: more rows than these exceed the budget of a
/// search.
const MAX_CANDIDATES: usize = (limits::MAX_SEARCH_STEPS / ROW_STEPS) as usize;

/// A part of the index: the base or the delta.
pub(super) trait Segment {
    /// A movie, smaller when it is better known.
    type Movie: Ord + Clone;
    /// Some of its movies.
    type List<'p>: Cursor<Movie = Self::Movie, Error = QueryError> + Clone
    where
        Self: 'p;

    /// The movies with a matching word.
    fn having(&self, wanted: &TermMatcher) -> Result<Self::List<'_>, QueryError>;
    /// The movies with a complete word.
    fn having_whole(&self, wanted: &TermMatcher) -> Result<Self::List<'_>, QueryError>;
    /// The movies with a term of a range.
    fn within(&self, range: &TermRange) -> Result<Self::List<'_>, QueryError>;
    /// The movies of which a title of this kind has the hash of one of these keys.
    fn titled(&self, kind: TermKind, keys: &[String]) -> Result<Self::List<'_>, QueryError>;
    /// The level of a movie's votes.
    fn level(&self, movie: &Self::Movie) -> u8;
    /// The position before all movies of a level and after those of higher levels.
    fn start(&self, level: u8) -> Self::Movie;
    /// The position right after a movie.
    fn next(movie: &Self::Movie) -> Self::Movie;
    fn name(&self, movie: &Self::Movie) -> Result<Option<String>, QueryError>;
    /// Whether its movies hide those of the other segment.
    fn is_newest(&self) -> bool;
}

impl Segment for Base<'_> {
    type Movie = u64;
    type List<'p>
        = MergedLists<'p>
    where
        Self: 'p;

    fn having(&self, wanted: &TermMatcher) -> Result<MergedLists<'_>, QueryError> {
        self.having(wanted)
    }

    fn having_whole(&self, wanted: &TermMatcher) -> Result<MergedLists<'_>, QueryError> {
        self.having_whole(wanted)
    }

    fn within(&self, range: &TermRange) -> Result<MergedLists<'_>, QueryError> {
        self.within(range)
    }

    fn titled(&self, kind: TermKind, keys: &[String]) -> Result<MergedLists<'_>, QueryError> {
        self.titled(kind, keys)
    }

    fn level(&self, movie: &u64) -> u8 {
        self.level(*movie)
    }

    fn start(&self, level: u8) -> u64 {
        self.of_level(level).start
    }

    fn next(movie: &u64) -> u64 {
        movie + 1
    }

    fn name(&self, movie: &u64) -> Result<Option<String>, QueryError> {
        self.name(*movie)
    }

    fn is_newest(&self) -> bool {
        false
    }
}

impl Segment for Delta<'_> {
    type Movie = DeltaKey;
    type List<'p>
        = DeltaLists<'p>
    where
        Self: 'p;

    fn having(&self, wanted: &TermMatcher) -> Result<DeltaLists<'_>, QueryError> {
        self.having(wanted)
    }

    fn having_whole(&self, wanted: &TermMatcher) -> Result<DeltaLists<'_>, QueryError> {
        self.having_whole(wanted)
    }

    fn within(&self, range: &TermRange) -> Result<DeltaLists<'_>, QueryError> {
        self.within(range)
    }

    fn titled(&self, kind: TermKind, keys: &[String]) -> Result<DeltaLists<'_>, QueryError> {
        self.titled(kind, keys)
    }

    fn level(&self, (rank, _): &DeltaKey) -> u8 {
        crate::search::level(u32::try_from(rank.unsigned_abs()).unwrap_or(u32::MAX))
    }

    fn start(&self, level: u8) -> DeltaKey {
        // The most votes that the level has.
        let votes = (1_i64 << level.min(u32::BITS as u8)) - 1;
        (-votes, String::new())
    }

    fn next((rank, name): &DeltaKey) -> DeltaKey {
        // No name has this character.
        (*rank, format!("{name}\0"))
    }

    fn name(&self, (_, name): &DeltaKey) -> Result<Option<String>, QueryError> {
        Ok(Some(name.clone()))
    }

    fn is_newest(&self) -> bool {
        true
    }
}

/// The movies of a segment that answer some interpretations, the best known first.
pub(super) struct SegmentSearch<'p, S: Segment> {
    segment: &'p S,
    walks: Vec<Walk<S::List<'p>, S::Movie>>,
}

/// The lists of a walk, the list of the complete last word, and the bonus of whole titles.
type WalkLists<L> = (Vec<L>, Option<L>, Option<i16>);

/// The walk through the movies of one interpretation.
struct Walk<L, M> {
    intersection: Intersection<L>,
    next: Option<Hit<M>>,
    /// The number of words.
    words: usize,
    penalty: u8,
    /// The bonus of the movies, if it is not that of the words.
    whole_bonus: Option<i16>,
}

/// Movies that were found, by the best score that they may have.
pub(super) struct Candidates<M>(BTreeMap<Score, Bucket<M>>);

/// Movies that may have the same score.
pub(super) struct Bucket<M> {
    /// The movies, in the order of their segment.
    pub movies: Vec<M>,
    /// The first movie after the requested ones.
    cut: Option<M>,
}

/// The requested movies of a level.
pub(super) struct Portion<M> {
    /// The score of the movie after which the page begins, and the first movie that may follow it
    /// among those of its level.
    pub after: Option<(Score, M)>,
    /// How many of each walk and score.
    pub most: usize,
}

impl<'p, S: Segment> SegmentSearch<'p, S> {
    /// The movies that have the words, and the terms of the filter.
    pub fn of_words(
        segment: &'p S,
        interpretations: &[Interpretation],
        filter: &Filter,
    ) -> Result<SegmentSearch<'p, S>, QueryError> {
        SegmentSearch::new(segment, interpretations, filter, |interpretation| {
            let words = interpretation.words.iter().enumerate();
            // A repeated word is looked up once; the row shows whether the title repeats it.
            let others = words.filter(|(place, matcher)| {
                *place == interpretation.lead || !interpretation.words[..*place].contains(matcher)
            });
            let lists: Vec<_> = others
                .map(|(_, matcher)| segment.having(matcher))
                .collect::<Result<_, _>>()?;
            let last = interpretation.words.last();
            let whole = last
                .map(|matcher| segment.having_whole(matcher))
                .transpose()?;
            Ok(Some((lists, whole, None)))
        })
    }

    /// The movies whose title or other title is what was typed.
    pub fn of_titles(
        segment: &'p S,
        interpretations: &[Interpretation],
        filter: &Filter,
        kind: TermKind,
        is_closed: bool,
    ) -> Result<SegmentSearch<'p, S>, QueryError> {
        let less = if kind == TermKind::OtherTitle {
            OTHER_TITLE_LESS
        } else {
            0
        };
        SegmentSearch::new(segment, interpretations, filter, |interpretation| {
            if interpretation.keys.is_empty() {
                return Ok(None);
            }
            let titles = segment.titled(kind, &interpretation.keys)?;
            let bonus = interpretation.whole_bonus(is_closed) - less;
            Ok(Some((vec![titles], None, Some(bonus))))
        })
    }

    fn new(
        segment: &'p S,
        interpretations: &[Interpretation],
        filter: &Filter,
        lists: impl Fn(&Interpretation) -> Result<Option<WalkLists<S::List<'p>>>, QueryError>,
    ) -> Result<SegmentSearch<'p, S>, QueryError> {
        let mut walks = Vec::new();
        let episodes = match filter.kind {
            Some(_) => None,
            None => Some(segment.within(&of_type(EPISODE))?).filter(|list| list.size() > 0),
        };
        for interpretation in interpretations {
            // Their answers are known.
            if interpretation.films.is_some() {
                continue;
            }
            let Some((mut lists, whole, whole_bonus)) = lists(interpretation)? else {
                continue;
            };
            let lead = (interpretation.lead < lists.len()).then_some(interpretation.lead);
            let ranges = filter.terms().into_iter();
            for range in ranges.chain(interpretation.years.map(years)) {
                lists.push(segment.within(&range)?);
            }
            walks.push(Walk {
                intersection: Intersection::new(lists, lead, whole, episodes.clone()),
                next: None,
                words: interpretation.words.len(),
                penalty: interpretation.penalty,
                whole_bonus,
            });
        }
        Ok(SegmentSearch { segment, walks })
    }

    /// Starts at the first movies that may have this score or a lower one, or at the best known.
    pub fn start(&mut self, from: Option<Score>) -> Result<(), QueryError> {
        for walk in &mut self.walks {
            let level = from.map_or(u8::MAX, |from| highest_level(from, walk.penalty));
            walk.next = walk.intersection.seek(&self.segment.start(level))?;
        }
        Ok(())
    }

    /// Calls `each` with the movies of each walk, the best known first, until it returns `false`.
    pub fn each(
        &mut self,
        mut each: impl FnMut(S::Movie) -> Result<bool, QueryError>,
    ) -> Result<(), QueryError> {
        for walk in &mut self.walks {
            while let Some(hit) = walk.next.take() {
                walk.next = walk.intersection.seek(&S::next(&hit.movie))?;
                if !each(hit.movie)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The walk whose unread movies may have the best score, and that score.
    pub fn best_walk(&self) -> Option<(usize, Score)> {
        let bounds = self.walks.iter().enumerate().filter_map(|(number, walk)| {
            let level = self.segment.level(&walk.next.as_ref()?.movie);
            Some((number, walk.highest_score(level)))
        });
        bounds.max_by_key(|(number, bound)| (*bound, Reverse(*number)))
    }

    /// Adds the unread movies of a walk that have its highest level to the candidates.
    pub fn read_level(
        &mut self,
        number: usize,
        portion: &Portion<S::Movie>,
        candidates: &mut Candidates<S::Movie>,
    ) -> Result<(), QueryError> {
        let segment = self.segment;
        let walk = &mut self.walks[number];
        let Some(level) = walk.next.as_ref().map(|hit| segment.level(&hit.movie)) else {
            return Ok(());
        };
        let mut counts: BTreeMap<Score, usize> = BTreeMap::new();
        let belongs = |next: &mut Hit<S::Movie>| segment.level(&next.movie) == level;
        while let Some(hit) = walk.next.take_if(belongs) {
            walk.next = walk.intersection.seek(&S::next(&hit.movie))?;
            let score = walk.best_score(level, &hit);
            if walk.is_exact() && portion.is_before(score, &hit.movie) {
                continue;
            }
            let bucket = candidates.0.entry(score).or_default();
            let count = counts.entry(score).or_default();
            *count += 1;
            if *count <= portion.most || portion.is_better(score) {
                if bucket.movies.len() == MAX_CANDIDATES {
                    return Err(QueryError::TooMuchWork);
                }
                bucket.movies.push(hit.movie);
                continue;
            }
            let next = bucket
                .cut
                .take()
                .map_or(hit.movie.clone(), |cut| cut.min(hit.movie.clone()));
            bucket.cut = Some(next);
            if score == walk.highest_score(level) {
                // The page is full before it needs the rest of the level.
                walk.next = match level.checked_sub(1) {
                    Some(below) => walk.intersection.seek(&segment.start(below))?,
                    None => None,
                };
                break;
            }
        }
        Ok(())
    }
}

impl<L: Cursor> Walk<L, L::Movie> {
    fn best_score(&self, level: u8, hit: &Hit<L::Movie>) -> Score {
        let bonus = self
            .whole_bonus
            .unwrap_or_else(|| Placement::best(self.words, hit.at_start).bonus(hit.is_whole));
        episode_score(score(level, bonus, self.penalty), hit.is_episode)
    }

    fn highest_score(&self, level: u8) -> Score {
        score(
            level,
            self.whole_bonus.unwrap_or(LONGER_TITLE_BONUS),
            self.penalty,
        )
    }

    /// Whether the lists alone show the score of a movie.
    fn is_exact(&self) -> bool {
        self.words <= 1 || self.whole_bonus.is_some()
    }
}

impl<M: Ord> Portion<M> {
    /// Whether a movie with this score is before the page.
    fn is_before(&self, score: Score, movie: &M) -> bool {
        let after = self.after.as_ref();
        after.is_some_and(|(after, from)| score > *after || score == *after && movie < from)
    }

    /// Whether a score is better than that of the movie after which the page begins.
    fn is_better(&self, score: Score) -> bool {
        self.after.as_ref().is_some_and(|(after, _)| score > *after)
    }
}

impl<M: Ord> Candidates<M> {
    /// No candidates yet.
    pub fn new() -> Candidates<M> {
        Candidates(BTreeMap::new())
    }

    pub fn best(&self) -> Option<Score> {
        self.0.last_key_value().map(|(score, _)| *score)
    }

    /// Takes the movies with this score, each once.
    pub fn take(&mut self, score: Score) -> Bucket<M> {
        let mut bucket = self.0.remove(&score).unwrap_or_default();
        bucket.movies.sort_unstable();
        bucket.movies.dedup();
        if let Some(cut) = &bucket.cut {
            bucket.movies.retain(|movie| movie < cut);
        }
        bucket
    }

    /// Adds a movie whose row shows this score.
    pub fn add(&mut self, score: Score, movie: M) {
        self.0.entry(score).or_default().movies.push(movie);
    }
}

impl<M> Bucket<M> {
    /// Whether further movies may have this score.
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }
}

impl<M> Default for Bucket<M> {
    fn default() -> Bucket<M> {
        Bucket {
            movies: Vec::new(),
            cut: None,
        }
    }
}
