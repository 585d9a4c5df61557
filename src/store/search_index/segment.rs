//! What the base and the delta movies have in common: lists, from the best
//! known movie to the least.

use super::base::Base;
use super::budget::QueryError;
use super::delta::{Delta, DeltaKey, DeltaLists};
use super::posting_lists::MergedLists;
use crate::search::{
    Cursor, Filter, Hit, Interpretation, Intersection, QUALITIES, TermMatcher, TermRange, years,
};

/// The largest group of movies that is sorted by the votes of their rows. A larger group keeps the
/// order of the last rebuild.
pub(super) const SMALL_GROUP: usize = 32;

/// One of the two parts of the index.
pub(super) trait Segment {
    /// A movie, smaller when it is better known.
    type Movie: Ord + Clone;
    /// Some of its movies.
    type PostingList<'p>: Cursor<Movie = Self::Movie, Error = QueryError>
    where
        Self: 'p;

    /// Those that have a word in one of its patterns.
    fn having(&self, wanted: &TermMatcher) -> Result<Self::PostingList<'_>, QueryError>;
    /// Those that have a word just as it is.
    fn having_whole(&self, wanted: &TermMatcher) -> Result<Self::PostingList<'_>, QueryError>;
    /// Those that have a term of a range.
    fn within(&self, range: &TermRange) -> Result<Self::PostingList<'_>, QueryError>;
    /// Those whose whole title probably has one of these keys.
    fn titled(&self, keys: &[String]) -> Result<Self::PostingList<'_>, QueryError>;
    /// The level of a movie's votes.
    fn level(&self, movie: &Self::Movie) -> u8;
    /// What is before all movies of a level and behind all of higher ones.
    fn start(&self, level: u8) -> Self::Movie;
    /// What comes right behind a movie.
    fn next(movie: &Self::Movie) -> Self::Movie;
}

impl Segment for Base<'_> {
    type Movie = u64;
    type PostingList<'p>
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

    fn titled(&self, keys: &[String]) -> Result<MergedLists<'_>, QueryError> {
        self.titled(keys)
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
}

impl Segment for Delta<'_> {
    type Movie = DeltaKey;
    type PostingList<'p>
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

    fn titled(&self, keys: &[String]) -> Result<DeltaLists<'_>, QueryError> {
        self.titled(keys)
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
}

/// The movies of a part that answer some interpretations, from the best known on.
pub(super) struct SegmentSearch<'p, P: Segment> {
    part: &'p P,
    interpretations: Vec<Walk<P::PostingList<'p>, P::Movie>>,
}

struct Walk<L, M> {
    matcher: Intersection<L>,
    next: Option<Hit<M>>,
}

/// Movies of one group, in the order of their part.
#[derive(Debug)]
pub(super) struct Bucket<M> {
    /// The movies; of those that come before the wanted ones, the others.
    pub movies: Vec<M>,
    /// Those before the wanted ones.
    pub before: Vec<M>,
    /// Whether there are more than were wanted.
    pub is_cut: bool,
}

/// What of a level is wanted.
pub(super) struct Portion<M> {
    /// The best quality that is.
    pub quality: u8,
    /// The first movie of that quality.
    pub from: Option<M>,
    /// How many of each quality.
    pub most: usize,
}

impl<'p, P: Segment> SegmentSearch<'p, P> {
    /// Those that have the words, and what the filter's terms ask for.
    pub fn of_words(
        part: &'p P,
        interpretations: &[Interpretation],
        filter: &Filter,
    ) -> Result<SegmentSearch<'p, P>, QueryError> {
        SegmentSearch::new(part, interpretations, filter, |interpretation| {
            let words = interpretation.words.iter().enumerate();
            // A word that is there twice is looked for once; the row shows whether it is.
            let others = words.filter(|(place, wanted)| {
                *place == interpretation.lead || !interpretation.words[..*place].contains(wanted)
            });
            let lists: Vec<_> = others
                .map(|(_, wanted)| part.having(wanted))
                .collect::<Result<_, _>>()?;
            let last = interpretation.words.last();
            let whole = last.map(|wanted| part.having_whole(wanted)).transpose()?;
            Ok((lists, whole))
        })
    }

    /// Those whose title is what was typed.
    pub fn of_titles(
        part: &'p P,
        interpretations: &[Interpretation],
        filter: &Filter,
    ) -> Result<SegmentSearch<'p, P>, QueryError> {
        SegmentSearch::new(part, interpretations, filter, |interpretation| {
            Ok((vec![part.titled(&interpretation.keys)?], None))
        })
    }

    fn new(
        part: &'p P,
        interpretations: &[Interpretation],
        filter: &Filter,
        lists: impl Fn(
            &Interpretation,
        )
            -> Result<(Vec<P::PostingList<'p>>, Option<P::PostingList<'p>>), QueryError>,
    ) -> Result<SegmentSearch<'p, P>, QueryError> {
        let walk = |interpretation: &Interpretation| -> Result<_, QueryError> {
            let (mut lists, whole) = lists(interpretation)?;
            let lead = (interpretation.lead < lists.len()).then_some(interpretation.lead);
            for range in filter
                .terms()
                .into_iter()
                .chain(interpretation.years.map(years))
            {
                lists.push(part.within(&range)?);
            }
            Ok(Walk {
                matcher: Intersection::new(lists, lead, whole),
                next: None,
            })
        };
        let interpretations = interpretations.iter().map(walk).collect::<Result<_, _>>()?;
        Ok(SegmentSearch {
            part,
            interpretations,
        })
    }

    /// Begins, or goes on, at that level.
    pub fn seek(&mut self, level: u8) -> Result<(), QueryError> {
        let start = self.part.start(level);
        for walk in &mut self.interpretations {
            walk.next = walk.matcher.seek(&start)?;
        }
        Ok(())
    }

    /// The highest level that it has a movie of.
    pub fn level(&self) -> Option<u8> {
        let heres = self
            .interpretations
            .iter()
            .filter_map(|walk| walk.next.as_ref());
        heres.map(|next| self.part.level(&next.movie)).max()
    }

    /// Collects the movies of a level, by quality. A level that is wanted in
    /// part only is left where enough of it was found.
    pub fn level_by_quality(
        &mut self,
        level: u8,
        portion: &Portion<P::Movie>,
    ) -> Result<[Bucket<P::Movie>; QUALITIES], QueryError> {
        let part = self.part;
        let belongs = |movie: &P::Movie| part.level(movie) == level;
        self.collect(portion, belongs, |found| {
            2 * usize::from(!found.at_start) + usize::from(!found.is_whole)
        })
    }

    /// Collects all movies, whatever their level, as of the best quality.
    pub fn all(&mut self, portion: &Portion<P::Movie>) -> Result<Bucket<P::Movie>, QueryError> {
        let [first, ..] = self.collect(portion, |_| true, |_| 0)?;
        Ok(first)
    }

    fn collect(
        &mut self,
        portion: &Portion<P::Movie>,
        belongs: impl Fn(&P::Movie) -> bool,
        quality: impl Fn(&Hit<P::Movie>) -> usize,
    ) -> Result<[Bucket<P::Movie>; QUALITIES], QueryError> {
        let mut buckets: [Bucket<P::Movie>; QUALITIES] = Default::default();
        let best = usize::from(portion.quality);
        for walk in &mut self.interpretations {
            let mut counts = [0; QUALITIES];
            while let Some(found) = walk.next.take_if(|next| belongs(&next.movie)) {
                walk.next = walk.matcher.seek(&P::next(&found.movie))?;
                let quality = quality(&found);
                let bucket = &mut buckets[quality];
                let is_before = portion
                    .from
                    .as_ref()
                    .is_some_and(|from| found.movie < *from);
                if quality < best {
                    continue;
                }
                if quality == best && is_before {
                    if bucket.before.len() <= SMALL_GROUP {
                        bucket.before.push(found.movie);
                    }
                    continue;
                }
                counts[quality] += 1;
                if counts[quality] <= portion.most {
                    bucket.movies.push(found.movie);
                    continue;
                }
                bucket.is_cut = true;
                if quality == best {
                    // Nothing else of this level is needed.
                    buckets.iter_mut().for_each(|bucket| bucket.is_cut = true);
                    break;
                }
            }
        }
        let several = self.interpretations.len() > 1;
        for bucket in buckets.iter_mut().filter(|_| several) {
            bucket.movies.sort_unstable();
            bucket.movies.dedup();
            bucket.before.sort_unstable();
            bucket.before.dedup();
            if bucket.is_cut {
                // Behind the first that was cut, another interpretation has more.
                bucket.movies.truncate(portion.most);
            }
        }
        Ok(buckets)
    }
}

impl<M> Default for Bucket<M> {
    fn default() -> Bucket<M> {
        Bucket {
            movies: Vec::new(),
            before: Vec::new(),
            is_cut: false,
        }
    }
}
