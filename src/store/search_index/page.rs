//! One page of answers: score after score, the best first.

use super::base::Base;
use super::budget::QueryError;
use super::delta::{Delta, DeltaKey};
use super::row_lookup::{FoundMovie, Looked, RowLookup};
use super::segment::{Bucket, Candidates, Portion, SMALL_GROUP, Segment, SegmentSearch};
use crate::movie::MovieRef;
use crate::search::{Filter, Interpretation, QueryMatch, Rank, Score, TermKind, level};

/// Builds a page.
pub(super) struct PageBuilder<'p, 'b, 'r, T, F> {
    pub base: &'p Base<'b>,
    pub delta: &'p Delta<'b>,
    pub rows: &'p mut RowLookup<'r, F>,
    pub interpretations: &'p [Interpretation],
    /// Whether a space follows the last word of the query.
    pub is_closed: bool,
    pub filter: &'p Filter,
    /// The page begins after this rank.
    pub after: Option<&'p Rank>,
    /// The maximum number of rows of the page.
    pub most: usize,
    /// The maximum number of candidates of each walk and score.
    pub portion: usize,
    /// The rows so far.
    pub found: Vec<T>,
    /// The score of the first row.
    pub best: Option<Score>,
}

/// How a page ended.
pub(super) enum PageEnd {
    /// The page is complete.
    Done,
    /// Too few of the candidates were answers. More candidates are needed.
    TooFew,
}

/// The walks through one segment, and the candidates that they found.
struct SegmentWalks<'p, S: Segment> {
    titles: SegmentSearch<'p, S>,
    other_titles: SegmentSearch<'p, S>,
    words: SegmentSearch<'p, S>,
    portion: Portion<S::Movie>,
    candidates: Candidates<S::Movie>,
}

impl<T, F: FnMut(MovieRef<'_>, QueryMatch<'_>) -> T> PageBuilder<'_, '_, '_, T, F> {
    pub fn fill(&mut self) -> Result<PageEnd, QueryError> {
        let (base, delta) = (self.base, self.delta);
        let from = self
            .after
            .map(|after| self.first_after(after))
            .transpose()?;
        let (in_base, in_delta) = match (self.after, from) {
            (Some(after), Some((movie, key))) => {
                (Some((after.score.0, movie)), Some((after.score.0, key)))
            }
            _ => (None, None),
        };
        let mut in_base = self.search(base, in_base)?;
        let mut in_delta = self.search(delta, in_delta)?;
        // They are sorted by their names, like the movies of the delta.
        let films = self.interpretations.iter();
        for film in films.flat_map(|interpretation| interpretation.films.iter().flat_map(|f| &**f))
        {
            let movie = (-i64::from(film.votes), film.name.clone());
            in_delta.candidates.add(film.score, movie);
        }
        loop {
            let best = in_base.candidates.best().max(in_delta.candidates.best());
            // Unread movies may be as good as the best candidate.
            if in_base.read(best)? || in_delta.read(best)? {
                continue;
            }
            let Some(score) = best else {
                return Ok(PageEnd::Done);
            };
            let base = in_base.candidates.take(score);
            let delta = in_delta.candidates.take(score);
            let is_cut = base.is_cut() || delta.is_cut();
            self.settle(
                score,
                (base, delta),
                &mut in_base.candidates,
                &mut in_delta.candidates,
            )?;
            if self.found.len() == self.most {
                return Ok(PageEnd::Done);
            }
            if is_cut {
                return Ok(PageEnd::TooFew);
            }
        }
    }

    /// Starts the walks through a segment.
    fn search<'s, S: Segment>(
        &self,
        segment: &'s S,
        after: Option<(Score, S::Movie)>,
    ) -> Result<SegmentWalks<'s, S>, QueryError> {
        let (interpretations, filter) = (self.interpretations, self.filter);
        let of_titles =
            |kind| SegmentSearch::of_titles(segment, interpretations, filter, kind, self.is_closed);
        let mut search = SegmentWalks {
            titles: of_titles(TermKind::Title)?,
            other_titles: of_titles(TermKind::OtherTitle)?,
            words: SegmentSearch::of_words(segment, self.interpretations, self.filter)?,
            portion: Portion {
                after,
                most: self.portion,
            },
            candidates: Candidates::new(),
        };
        let from = self.after.map(|after| after.score.0);
        for walks in [
            &mut search.titles,
            &mut search.other_titles,
            &mut search.words,
        ] {
            walks.start(from)?;
        }
        Ok(search)
    }

    /// The positions in base and delta from which movies may follow this rank.
    fn first_after(&mut self, after: &Rank) -> Result<(u64, DeltaKey), QueryError> {
        let range = self.base.of_level(level(after.votes.0));
        let movie = self.rows.first_after(self.base, range, after)?;
        Ok((movie, (-i64::from(after.votes.0), after.name.clone())))
    }

    /// Puts the movies with a score on the page, in order. A movie whose row shows a lower score
    /// returns to the candidates.
    fn settle(
        &mut self,
        score: Score,
        (base, delta): (Bucket<u64>, Bucket<DeltaKey>),
        in_base: &mut Candidates<u64>,
        in_delta: &mut Candidates<DeltaKey>,
    ) -> Result<(), QueryError> {
        let is_small = base.movies.len() + delta.movies.len() <= SMALL_GROUP;
        let is_cut = base.is_cut() || delta.is_cut();
        let (base_is_cut, delta_is_cut) = (base.is_cut(), delta.is_cut());
        let is_before = self.after.is_some_and(|after| score > after.score.0);
        let (mut base, mut delta) = (base.movies.into_iter(), delta.movies.into_iter());
        if is_small && !is_cut || is_before {
            let mut found = Vec::new();
            while let Some(movie) = self.next_of_base(&mut base, score, in_base)? {
                found.push(movie);
            }
            while let Some(movie) = self.next_of_delta(&mut delta, score, in_delta)? {
                found.push(movie);
            }
            found.sort_by(|one, other| one.rank.cmp(&other.rank));
            found.into_iter().for_each(|found| self.add(found));
            return Ok(());
        }
        let (mut of_base, mut of_delta) = (None, None);
        while self.found.len() < self.most {
            if of_base.is_none() {
                of_base = self.next_of_base(&mut base, score, in_base)?;
            }
            if of_delta.is_none() {
                of_delta = self.next_of_delta(&mut delta, score, in_delta)?;
            }
            let better = match (&of_base, &of_delta) {
                (None, None) => break,
                // Movies that were cut may precede the other one.
                (None, Some(_)) if base_is_cut => break,
                (Some(_), None) if delta_is_cut => break,
                (Some(base), Some(delta)) if base.rank < delta.rank => of_base.take(),
                (Some(_), None) => of_base.take(),
                _ => of_delta.take(),
            };
            better.into_iter().for_each(|found| self.add(found));
        }
        Ok(())
    }

    /// The next movie of the base that has this score.
    fn next_of_base(
        &mut self,
        movies: &mut impl Iterator<Item = u64>,
        score: Score,
        candidates: &mut Candidates<u64>,
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        for movie in movies {
            match self.rows.of_base(self.base, self.delta, movie, score)? {
                Looked::Here(found) => return Ok(Some(found)),
                Looked::Lower(lower) => candidates.add(lower, movie),
                Looked::Higher(_) | Looked::Elsewhere => {}
            }
        }
        Ok(None)
    }

    /// The next movie of the delta that has this score.
    fn next_of_delta(
        &mut self,
        movies: &mut impl Iterator<Item = DeltaKey>,
        score: Score,
        candidates: &mut Candidates<DeltaKey>,
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        for movie in movies {
            match self.rows.of_name(&movie.1, score)? {
                Looked::Here(found) => return Ok(Some(found)),
                Looked::Lower(lower) => candidates.add(lower, movie),
                Looked::Higher(_) | Looked::Elsewhere => {}
            }
        }
        Ok(None)
    }

    fn add(&mut self, found: FoundMovie<T>) {
        let is_wanted = self.after.is_none_or(|after| found.rank > *after);
        if is_wanted && self.found.len() < self.most {
            self.best.get_or_insert(found.rank.score.0);
            self.found.push(found.row);
        }
    }
}

impl<S: Segment> SegmentWalks<'_, S> {
    /// Reads a level of a walk whose movies may be as good as the best candidate. Returns whether there
    /// was one.
    fn read(&mut self, best: Option<Score>) -> Result<bool, QueryError> {
        let mut has_read = false;
        for walks in [&mut self.titles, &mut self.other_titles, &mut self.words] {
            if let Some((walk, bound)) = walks.best_walk()
                && best.is_none_or(|best| bound >= best)
            {
                walks.read_level(walk, &self.portion, &mut self.candidates)?;
                has_read = true;
            }
        }
        Ok(has_read)
    }
}
